"""Editions as frames: which there are, how far their rates have moved since (the triangle), and how much a rule's are revised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from ruralkpi.databases import reading
from ruralkpi.editions.opened import attached
from ruralkpi.editions.shelf import Edition, Shelf
from ruralkpi.masking.told import masked
from ruralkpi.settings import Settings
from ruralkpi.sql import literal

_COLUMNS = ("month", "rule_id", "place_id", "edition", "days_n", "met_n", "owed_n", "rate", "points")
_COUNTED = """SELECT {month} AS month, {edition} AS edition, {days} AS days_n, rule_id, {place} AS place_id,
    sum(met_n) AS met_n, sum(owed_n) AS owed_n
FROM {table} WHERE month = {month} GROUP BY ALL HAVING sum(owed_n) > 0"""
LISTED = ("month", "edition", "published_on", "as_of", "rules_version", "files_n", "bytes_n", "seal", "note")


def listed(settings: Settings) -> pd.DataFrame:
    """What was published. Grain: one edition, in the order of publication; as_of is its cut-off, seal what its cards bear.

    Raises UserError where one is not as it was published.
    """
    there = Shelf(settings.editions).all()
    for one in there:
        one.refuse_changed()
    rows = [
        (
            one.month,
            one.number,
            one.published_on,
            one.inputs.as_of,
            one.inputs.rules_version,
            len(one.inputs.files),
            sum(one.part(name).stat().st_size for name in one.parts),
            one.seal,
            masked(one.note, [settings.db]),
        )
        for one in there
    ]
    return pd.DataFrame(rows, columns=list(LISTED))


def triangle(book: Path, editions: Sequence[Edition], by: str = "province") -> pd.DataFrame:
    """Rates of published months, edition by edition, and as they are now. Grain: month, rule, place (`by` county or province)
    and edition (0: now).

    days_n: days from the month's end to the cut-off of the edition; met_n, owed_n; rate: a share of 1; points: how far the rate
    has moved since, in percentage points (missing for now, and where now nothing is owed).
    """
    place = "county_id" if by == "county" else "'*'"
    with reading(book) as con:
        parts = [_of(con, one, number, place) for number, one in enumerate(editions)]
        now = "(SELECT kpi.*, meta.value AS as_of FROM book.main.kpi_area_month AS kpi CROSS JOIN meta WHERE meta.key = 'as_of')"
        for month in sorted({one.month for one in editions}):
            days = f"date_diff('day', {_end(month)}, CAST(CAST(any_value(as_of) AS TIMESTAMP) AS DATE))"
            parts.append(_COUNTED.format(month=literal(month), edition=0, days=days, place=place, table=now))
        if not parts:
            return pd.DataFrame(
                columns=["month", "rule_id", "place_id", "edition", "days_n", "met_n", "owed_n", "rate", "points"]
            )
        return con.execute(f"""
WITH counted AS ({" UNION ALL ".join(parts)})
SELECT own.month, own.rule_id, own.place_id, own.edition, CAST(own.days_n AS BIGINT) AS days_n,
    CAST(own.met_n AS BIGINT) AS met_n, CAST(own.owed_n AS BIGINT) AS owed_n, own.met_n / own.owed_n AS rate,
    CASE WHEN own.edition > 0 THEN 100 * (now.met_n / now.owed_n - own.met_n / own.owed_n) END AS points
FROM counted AS own
LEFT JOIN counted AS now
    ON now.edition = 0 AND now.month = own.month AND now.rule_id = own.rule_id AND now.place_id = own.place_id
ORDER BY own.month, own.rule_id, own.place_id, own.edition = 0, own.edition""").df()


def revisions(rates: pd.DataFrame) -> pd.DataFrame:
    """What a `triangle` teaches: how far a first edition's rates were from what they are now. Grain: rule and place.

    months_n: months published; days_n: the most days after a month's end at which it was published first; mean and mean_absolute
    revision in percentage points: the first shows a drift, the second how much one has to expect.
    """
    first = rates[(rates["edition"] == 1) & rates["points"].notna()]
    found = first.groupby(["rule_id", "place_id"]).agg(
        months_n=("month", "nunique"),
        days_n=("days_n", "max"),
        mean=("points", "mean"),
        mean_absolute=("points", lambda points: points.abs().mean()),
    )
    return found.sort_values(["mean_absolute"], ascending=False, kind="stable").reset_index()


def _of(con: duckdb.DuckDBPyConnection, edition: Edition, number: int, place: str) -> str:
    schema = f"edition_{number}"
    attached(edition, con, schema)
    days = f"date_diff('day', {_end(edition.month)}, DATE {literal(edition.inputs.as_of.date().isoformat())})"
    table = f"{schema}.main.kpi_area_month"
    return _COUNTED.format(month=literal(edition.month), edition=edition.number, days=days, place=place, table=table)


def _end(month: str) -> str:
    """The day after a month's last, as SQL."""
    return f"DATE '{month}-01' + INTERVAL 1 MONTH"
