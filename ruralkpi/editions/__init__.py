"""Editions: what was published of a month stays as it was, and every figure that has moved since says why.

inputs: all that figures hang on · shelf: the folder of editions, chained by hash · publish: writing one · opened: one as a book ·
again: a book made anew of an edition's inputs · causes: which input moved which row · changes: the figures that moved.
"""
