"""The seam between SQL and what runs it: DuckDB on one machine, Spark on many; marts, rules and figures know neither.

Their SQL is written once, in DuckDB's words, and kept to what means the same on both (meaning.py).
"""
