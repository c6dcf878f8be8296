"""What a person must know: found anywhere on the way, kept in `told`, printed where he looks, at the end of the run."""

from __future__ import annotations

import duckdb

from ruralkpi.sql import name
from ruralkpi.texts import LANGUAGES, say

# Most consequential first: what makes numbers wrong, then what leaves them open, then what stands aside.
CODES = (
    "id_conflict", "id_reused", "id_moved", "area_shared", "unknown_word", "repeat_of_none", "personal_id", "unknown_agent",
    "unknown_customer", "formula_without_value", "cut_off", "header_only", "stops_early", "month_missing", "earlier_rows",
    "month_unclear", "list_by_day", "kept_out", "exemption_unknown", "exemption_ambiguous", "request_no_such_code",
    "request_two_of_this_code", "request_not_missed", "request_waiting", "bad_birthday", "hidden_sheet", "second_table",
    "states_since", "list_missing", "two_encodings", "mapping_misnamed", "mapping_no_file", "mapping_unused", "mapping_doubled",
    "mapping_idle", "tidied",
)  # fmt: skip
MOST = 10  # lines on the console; the rest are counted and stand on the quality page
TOLD = """
CREATE TABLE IF NOT EXISTS told (  -- grain: one thing that a person must know, a line; stage: ingest, check or build
    stage VARCHAR, code VARCHAR, n BIGINT, subject VARCHAR, zh VARCHAR, en VARCHAR
)"""


def tell(con: duckdb.DuckDBPyConnection, code: str, n: int, subject: str, stage: str = "check", **values: object) -> None:
    """Keep one line, texts.toml's `told.CODE` filled in by n, subject and `values`; `n`: how many rows, ids or files.

    A value that is a dict is worded by language: {"zh": …, "en": …}. Raises ValueError for a code that has no place in CODES.
    """
    if code not in CODES:
        raise ValueError(f"told: {code} has no place in CODES")
    con.execute(TOLD)
    lines = [
        say(f"told.{code}", lang, n=n, subject=subject, **{k: v[lang] if isinstance(v, dict) else v for k, v in values.items()})
        for lang in LANGUAGES
    ]
    con.execute("INSERT INTO told VALUES (?, ?, ?, ?, ?, ?)", [stage, code, n, subject, *lines])


def forget(con: duckdb.DuckDBPyConnection, stage: str) -> None:
    """Take back what a stage has said, before it runs again."""
    con.execute(TOLD)
    con.execute("DELETE FROM told WHERE stage = ?", [stage])


def lines(con: duckdb.DuckDBPyConnection, lang: str = "zh", schema: str = "main") -> list[str]:
    """All lines, most consequential first; of one kind those that concern most rows first."""
    rows = con.execute(f"SELECT code, n, subject, {name(lang)} FROM {schema}.told").fetchall()
    return [line for code, n, subject, line in sorted(rows, key=lambda row: (CODES.index(row[0]), -row[1], row[2], row[3]))]
