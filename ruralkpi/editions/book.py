"""The book as `ruralkpi.open` gives it: what was published of it, and what has moved since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ruralkpi import settings as configuration
from ruralkpi.book import Book as Whole
from ruralkpi.book import open_book as open_whole
from ruralkpi.book.frames import found
from ruralkpi.book.reading import Months
from ruralkpi.databases import alone, temporary
from ruralkpi.editions import told
from ruralkpi.editions.changes import Changes
from ruralkpi.editions.changes import changes as compared
from ruralkpi.editions.opened import attached
from ruralkpi.editions.restated import PLACES, restated
from ruralkpi.editions.revisions import listed, revisions, triangle
from ruralkpi.editions.shelf import Edition, Shelf
from ruralkpi.errors import UserError
from ruralkpi.settings import Settings
from ruralkpi.texts import say


class Book(Whole):
    """A book that knows its editions.

    >>> isinstance(book, rk.Book), book.editions().empty
    (True, True)
    """

    def editions(self) -> pd.DataFrame:
        """What was published. Grain: one edition, in the order of publication; as_of: its cut-off; bytes_n: what it takes;
        seal: what its cards bear.

        >>> book.editions().empty
        True
        """
        return listed(Settings(db=self.path))

    def revisions(self, *, by: str = "province", is_summed: bool = True) -> pd.DataFrame:
        """How far published rates have moved since, in percentage points: how long to wait before publishing.

        Grain: rule and place (`by`: county, province), with the mean and mean absolute revision of the first editions over
        months_n months; without `is_summed` the triangle behind it: month, rule, place and edition (0: now).

        >>> book.revisions().empty
        True
        """
        rates = triangle(self.path, Shelf(Settings(db=self.path).editions).all(), by)
        return revisions(rates) if is_summed else rates

    def restated(self, month: Months = None, *, by: str = "agent") -> pd.DataFrame:
        """The figures that are others now than when their month was last published. Grain: month, rule and place (`by`: agent,
        area, county, province); edition; met_from and owed_from as published, met_to and owed_to now. All published months, or
        those asked for. Raises UserError for another `by`.

        >>> book.restated().empty
        True
        """
        if by not in PLACES:
            raise UserError(say("book.by", value=by, known="、".join(PLACES)))
        editions = Shelf(Settings(db=self.path).editions).newest_each()
        first, last = ("", "9999") if month is None else self.span(month)
        return restated(self.path, [one for one in editions if first <= one.month <= last], by)

    def changes(
        self,
        month: str | None = None,
        *,
        old: int | None = None,
        new: int | None = None,
        by: str = "province",
        agent: str | None = None,
        area: str | None = None,
        county: str | None = None,
        rule: str | None = None,
        cause: str | None = None,
        is_rows: bool = False,
        lang: str = "zh",
        settings: Settings | None = None,
    ) -> pd.DataFrame:
        """What moved from edition `old` (None: the newest) to `new` (None: the book as it is), by cause.

        Grain: a figure (`by`: agent, area, county, province; rule) and a cause: met and owed from and to, what the cause moved
        of them (met_moved_n, owed_moved_n), its share of the rate's difference in percentage points, and told in words; with
        `is_rows` one obligation, its two sides and a sentence. `settings`: those of the nearest ruralkpi.toml unless given.
        Raises UserError where the month was not published, and where the exports are no longer those that the book was made of.

        >>> book.changes("2026-03")
        Traceback (most recent call last):
        ruralkpi.errors.UserError: 2026-03 还没有发布过：请先运行 ruralkpi publish --month 2026-03
        """
        moved = self.compared(month, old=old, new=new, settings=settings)
        chosen = told.Chosen(by, agent, area, rule, cause, county)
        return told.rows(self, moved, chosen, lang) if is_rows else told.figures(self, moved, chosen, lang)

    def compared(
        self, month: str | None = None, *, old: int | None = None, new: int | None = None, settings: Settings | None = None
    ) -> Changes:
        """All that moved, as `changes` tells it, in one: for figures of one's own. Raises as `changes` does.

        >>> book.compared("2026-03", old=1)
        Traceback (most recent call last):
        ruralkpi.errors.UserError: 2026-03 没有第 1 版；已发布的：—
        """
        file = found(Path(configuration.CONFIG_NAME))
        own = replace(settings or configuration.load(file if file.exists() else None), db=self.path)
        with alone(own.db), temporary(own.db):
            return compared(own, self.month(month), old, new)


class EditionBook(Book):
    """The book of one edition: one month, figures and obligations; what it does not keep is a UserError that says so."""

    def __init__(self, edition: Edition) -> None:
        self.edition, self.path = edition, edition.folder
        self.con = attached(edition)

    def sql(self, query: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """Any query's result, of the tables that an edition keeps."""
        try:
            return super().sql(query, values)
        except duckdb.CatalogException:
            raise self._not_kept() from None

    def what_if(self, *changes: str, **chosen: Any) -> pd.DataFrame:
        """Of the whole book only. Raises UserError."""
        raise self._not_kept()

    def _not_kept(self) -> UserError:
        known = "、".join(sorted(self.edition.parts))
        return UserError(say("error.edition_part", month=self.edition.month, n=self.edition.number, known=known))


def open_book(
    path: str | Path = "data/marts/ruralkpi.duckdb", threads: int | None = None, edition: tuple[str, int] | None = None
) -> Book:
    """Open the published marts read-only, or what was published of a month: ``edition=("2026-10", 1)``.

    A relative path is looked for in the current folder, then in those above it. In a notebook or a terminal session pandas is
    also told to show wide frames whole, with Chinese aligned. Raises UserError when there are no marts yet, no such edition, one
    that is not as it was published, or where `edition` names none.

    >>> rk.open(book.path)  # doctest: +ELLIPSIS
    3 个月 2026-01 至 2026-03 · 3 位代理人员 · 2 个片区 · 数据截至 2026-03-31 24:00 · ...
    """
    with open_whole(path, threads) as whole:
        place = whole.path
    if edition is not None:
        if not isinstance(edition, tuple) or len(edition) != 2:
            raise UserError(say("book.edition", value=repr(edition)))
        return EditionBook(Shelf(Settings(db=place).editions).get(*edition))
    return Book(place, threads)
