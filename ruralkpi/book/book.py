"""The book: the published marts, read-only, as pandas frames; what can be asked of it stands in the modules beside."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ruralkpi.book import about, frames
from ruralkpi.book.quality import Quality
from ruralkpi.book.records import Records
from ruralkpi.book.trail import Trail
from ruralkpi.book.what_if import WhatIf
from ruralkpi.masking import listed


class Book(Trail, WhatIf, Records, Quality):
    """One published database, read-only. Close it, or use it as a context manager; many may read it at once.

    A book goes on showing the marts that it was opened on; one opened while a build runs shows the last good ones.
    Where a method takes `month`: one month as YYYY-MM, a pair (first, last), or None for the newest complete one.
    `agent`, `area`, `county` and `rule` take one id or several; a rule also its name, or words that only its Chinese name
    holds. `names=True` puts names beside ids. Whatever is not known, and months without any obligation, raise UserError.

    >>> book.months, book.as_of
    (['2026-01', '2026-02', '2026-03'], datetime.datetime(2026, 4, 1, 0, 0))
    """

    def __repr__(self) -> str:
        return about.text(self._told(), self._shown_path())

    def _repr_html_(self) -> str:
        return about.html(self._told(), self._shown_path(), self.catalog())

    def tables(self, lang: str = "zh") -> pd.DataFrame:
        """Every table and column of the book, for `sql`. Grain: one column; the reference's page of tables is the same.

        table, and grain: what one row of it stands for; column, type (DuckDB's) and meaning, in `lang`.

        >>> book.tables("en").query("table == 'area' and column == 'manager_name'")[["type", "meaning"]].values.tolist()
        [['varchar', 'the area manager']]
        """
        return about.tables(self.con, lang)

    def _shown_path(self) -> str:
        return listed.masked(self.con, [str(self.path)])[str(self.path)]

    def _told(self) -> list[str]:
        return about.lines(self.con, self.months, self.as_of, self.meta["rules_version"])


def open_book(path: str | Path = "data/marts/ruralkpi.duckdb", threads: int | None = None) -> Book:
    """Open the published marts read-only; a relative path is looked for in the current folder, then in those above it.

    In a notebook or a terminal session pandas is also told to show wide frames whole, with Chinese aligned.
    Raises UserError when there are no marts yet.

    >>> rk.open(book.path)  # doctest: +ELLIPSIS
    3 个月 2026-01 至 2026-03 · 3 位代理人员 · 2 个片区 · 数据截至 2026-03-31 24:00 · ...
    """
    frames.readable()
    return Book(frames.found(Path(path)), threads)
