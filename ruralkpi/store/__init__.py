"""The store: what was read of each file, kept so that nothing is read twice (Parquet, one pack for the files read together).

exports → readers → **store** → views raw.* and typed.* of the working database → checks, marts, book.
"""
