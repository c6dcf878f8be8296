"""The tables and columns of a book, and the columns and headers of the exports."""

from __future__ import annotations

import duckdb

from ruralkpi.book import about
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import ORIGIN
from ruralkpi.reference.markdown import anchor, code, heading, heads, page, table
from ruralkpi.texts import say


def of_book(con: duckdb.DuckDBPyConnection, lang: str) -> str:
    """tables.md: every table and column that `con` holds."""
    blocks = []
    for name, own in about.tables(con, lang).groupby("table", sort=True):
        rows = [
            [f"{anchor(f'{name}.{row.column}')}{code(str(row.column))}", str(row.type), str(row.meaning)]
            for row in own.itertuples()
        ]
        blocks += [
            heading(2, code(str(name)), str(name)),
            about.grain(str(name), lang),
            table(heads(lang, "column", "type", "meaning"), rows),
        ]
    return page("tables", lang, *blocks)


def of_exports(lang: str) -> str:
    """exports.md: every export with its files' names, columns, kinds and headers."""
    blocks = []
    for export in built_in().values():
        rows = [
            [
                f"{anchor(f'{export.name}.{name}')}{code(name)}",
                say(f"map.kind.{column.kind}", lang) + (f" · {say('map.required', lang)}" if column.required else ""),
                "　".join(column.headers),
            ]
            for name, column in export.columns.items()
            if name not in ORIGIN
        ]
        title = f"{export.title} {code(export.name)}" if lang == "zh" else code(export.name)
        files = say("reference.files", lang, words="、".join(export.files), by="、".join(map(code, export.key)))
        several = [say("reference.any_of", lang, columns="、".join(map(code, group))) for group in export.required_any]
        blocks += [heading(2, title, export.name), files, *several, table(heads(lang, "column", "kind", "headers"), rows)]
    return page("exports", lang, *blocks)
