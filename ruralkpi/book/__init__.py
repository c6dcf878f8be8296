"""The reader's side: a book of the published marts, asked for figures, obligations, quality, one record, what if.

opened: what all questions share · reading: months and ids as SQL · words, times: sentences · frames: how it shows.
"""

from ruralkpi.book.book import Book, open_book

__all__ = ["Book", "open_book"]
