"""Rows that are one thing: versions of a record, of which the newest counts, and rows without an id that repeat another."""
