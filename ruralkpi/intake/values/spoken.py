"""What the words of a column say and mean, as expressions over its cells: where they are few, no table need be joined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from ruralkpi.exports.form import Column, Export
from ruralkpi.sql import literal, literals

_FEW = 16  # beyond which a join is quicker


@dataclass(frozen=True)
class Few:
    """All texts of a column of words, each as (text, what it says, what it means). `as_enum`: what comes of them is ENUM, which
    Parquet takes at a tenth of the cost and gives as text."""

    column: Column
    words: tuple[tuple[str, str | None, str | None], ...]
    as_enum: bool

    def written(self, cell: str) -> str:
        """SQL: the cell as it is."""
        return self._case(cell, ((text, text) for text, _, _ in self.words), self._texts) if self.as_enum else cell

    def said(self, cell: str) -> str:
        """SQL: its text in the built-in words."""
        return self._case(cell, ((text, said) for text, said, _ in self.words), self._texts)

    def means(self, cell: str) -> str:
        """SQL: what it means, a list where it may mean several things."""
        found = [(text, means) for text, _, means in self.words]
        if self.column.words is not None and self.column.words.is_list:
            return f"string_split({self._case(cell, found, None)}, chr(32))"
        return self._case(cell, found, {means for _, means in found if means is not None})

    @property
    def _texts(self) -> set[str]:
        return {one for text, said, _ in self.words for one in (text, said) if one is not None}

    def _case(self, cell: str, pairs: Iterable[tuple[str, str | None]], values: set[str] | None) -> str:
        kind = f"ENUM {literals(sorted(values))}" if self.as_enum and values else "VARCHAR"
        cases = " ".join(f"WHEN {literal(text)} THEN CAST({literal(value)} AS {kind})" for text, value in pairs)
        return f"CASE {cell} {cases} END" if cases else "CAST(NULL AS VARCHAR)"


def few_words(con: duckdb.DuckDBPyConnection, form: Export, as_enum: bool) -> dict[str, Few]:
    """The columns of words of a form, by name, whose texts stand all in `word` and are few. Asks word."""
    found: dict[str, list[tuple[str, str | None, str | None]]] = {
        column.name: []
        for column in form.columns.values()
        if column.words is not None and column.kind in ("text", "flag") and not form.reader(column).is_choosy
    }
    rows = con.execute(
        "SELECT column_name, text, free_text(said), means FROM word WHERE source_table = ? AND mapping = ? "
        f"AND column_name IN {literals(sorted(found))} ORDER BY ALL",
        [form.name, form.origin],
    ).fetchall()
    for column, text, said, means in rows:
        found[column].append((text, said, means))
    return {column: Few(form.columns[column], tuple(words), as_enum) for column, words in found.items() if len(words) <= _FEW}
