"""What the files and the mappings did not meet each other on, and what of the files was not read: told once, however many
files it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from ruralkpi.exports.form import Export, plain
from ruralkpi.intake.reading import TableRead, Unread
from ruralkpi.intake.tables.kinds import Aside
from ruralkpi.intake.tables.match import shown
from ruralkpi.intake.told import tell
from ruralkpi.texts import LANGUAGES, say

_NAMED = 6  # of what one line may name
STAGE = "ingest"


def tell_unread(con: duckdb.DuckDBPyConnection, unread: Unread) -> None:
    """Tell the hidden sheets in a line, and the tables that are no export in a line for each set of headers, since every
    month's file has the same box in its corner."""
    if unread.hidden:
        tell(con, "hidden_sheet", len(unread.hidden), unread.hidden[0], STAGE, sheets=_listed(unread.hidden))
    alike: dict[tuple[str, ...], list[Aside]] = {}
    for one in unread.asides:
        alike.setdefault(one.headers, []).append(one)
    for several in alike.values():
        first = several[0]
        words = {"file": first.title, "first": first.first, "last": first.last, "headers": shown(first.headers)}
        export, columns = first.nearest or ("", "")
        why = {lang: say("told.second_table_lacks", lang, export=export, columns=columns) if export else "" for lang in LANGUAGES}
        tell(con, "second_table", sum(one.rows_n for one in several), first.title, STAGE, why=why, **words)


def leftovers(tables: Sequence[TableRead], exports: Sequence[Export], unread: Unread) -> list[str]:
    """One line for two headers of one column, for each export's unknown headers, each mapping's unused ones and unused sheets,
    for the sheets that a mapping leaves out, and for those that are no export in workbooks that hold one."""
    lines = [*_doubled(tables), *_unknown(tables), *_unused(tables, exports)]
    for key, sheets in (("cli.unnamed_sheets", unread.unnamed), ("cli.passed_over", unread.passed_over)):
        if sheets:
            lines.append(say(key, n=len(sheets), sheets=_listed(sheets)))
    return lines


def _listed(titles: Sequence[str], most: int = _NAMED) -> str:
    return "、".join(titles[:most]) + (f"…（{len(titles)}）" if len(titles) > most else "")


def _doubled(tables: Sequence[TableRead]) -> list[str]:
    found: dict[tuple[str, str], list[str]] = {}
    for table in tables:
        for pair in table.doubled:
            found.setdefault(pair, []).append(table.title)
    return [
        say("cli.doubled", used=used, other=other, file=files[0], n=len(files)) for (used, other), files in sorted(found.items())
    ]


def _unknown(tables: Sequence[TableRead]) -> list[str]:
    found: dict[str, dict[str, str]] = {}
    for table in tables:
        for header in table.unknown:
            found.setdefault(table.export, {}).setdefault(header, table.title)
    return [
        say("cli.unknown_headers", export=export, file=next(iter(headers.values())), headers=_listed(sorted(headers), 30))
        for export, headers in sorted(found.items())
    ]


def _unused(tables: Sequence[TableRead], exports: Sequence[Export]) -> Iterator[str]:
    """Headers and sheets that a county's mapping names and that no file of it has: a slip, or a header that has changed."""
    by_form: dict[tuple[str, str], list[TableRead]] = {}
    for table in tables:
        by_form.setdefault((table.export, table.origin), []).append(table)
    for export in exports:
        own = by_form.get((export.name, export.origin), [])
        if not export.origin or not own:
            continue
        heads = {plain(title) for titles in {table.titles for table in own} for title in titles}
        named = sorted({header for header in export.own_headers if plain(header) not in heads})
        if named:
            yield say("cli.unused_aliases", mapping=export.origin, headers="、".join(named))
        pages = {plain(table.page) for table in own}
        named = sorted({sheet for sheet in export.sheets if pages - {""} and plain(sheet) not in pages})
        if named:
            yield say("cli.unused_sheets", mapping=export.origin, sheets="、".join(named))
