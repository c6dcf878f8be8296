"""A measure's own cases, run through its real SQL: rows of marts → facts → measure.

NAME.toml stands beside NAME.sql. [usual.MART] is what a mart's row holds unless a case says otherwise; a [[case]] gives
rows by mart, `only` for which rows of `measure` it asks, and `expect`: those rows, all of them, whole.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from contextlib import nullcontext
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from ruralkpi.checks.cutoff import parse_as_of
from ruralkpi.measures import MEASURE, fold, repair_times, statements
from ruralkpi.obligations import COLUMNS
from ruralkpi.obligations.cases import AS_OF, world
from ruralkpi.obligations.expected import faults, plain
from ruralkpi.sql import name

KEYS = ("measure_id", "part", "agent_id", "area_id", "month")
_NOT_CASE = ("name", "as_of", "only", "expect")


@cache
def declared() -> dict[str, Mapping[str, Any]]:
    """Each measure's declaration by the name of its file."""
    folder = files("ruralkpi") / "measures"
    found = sorted((f.name[:-5], f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".toml"))
    return {measure: tomllib.loads(text) for measure, text in found}


def failures(measure: str, words: Mapping[str, Any] | None = None) -> list[str]:
    """One line for each row of a case that is not as expected; empty when all hold. `words` in place of the file's."""
    words, lines = words or declared()[measure], []
    with world([], parse_as_of(AS_OF), "", []) as con:
        con.execute(COLUMNS)
        con.execute("DELETE FROM month")
        con.execute(MEASURE)
        for case in words["case"]:
            con.execute("BEGIN")
            _fill(con, words.get("usual", {}), case)
            _measure(con, measure, parse_as_of(case.get("as_of", AS_OF)))
            lines += [f"{measure}: {case['name']['en']}: {fault}" for fault in _faults(con, case)]
            con.execute("ROLLBACK")
    return lines


def _fill(con: duckdb.DuckDBPyConnection, usual: Mapping[str, Any], case: Mapping[str, Any]) -> None:
    """Put a case's rows into their marts; "" is NULL, as in an export, but for the list of columns that a file has not."""
    for mart in (key for key in case if key not in _NOT_CASE):
        for given in case[mart]:
            words = {**usual.get(mart, {}), **given}
            row = {key: None if value == "" and key != "absent" else value for key, value in words.items()}
            marks = ", ".join("?" * len(row))
            con.execute(f"INSERT INTO {name(mart)} ({', '.join(map(name, row))}) VALUES ({marks})", list(row.values()))


def _measure(con: duckdb.DuckDBPyConnection, measure: str, as_of: dt.datetime) -> None:
    facts = dict(statements()).get(measure)
    if facts is None:
        repair_times(con, nullcontext(), as_of)
    else:
        fold(con, nullcontext(), facts, as_of)


def _faults(con: duckdb.DuckDBPyConnection, case: Mapping[str, Any]) -> list[str]:
    """The rows asked for, beside the expected ones: value is n of of_n and nothing is provisional unless a case says so."""
    only = " AND ".join(f"coalesce({name(key)}, '') = ?" for key in case.get("only", {})) or "true"
    found = con.execute(f"SELECT * FROM measure WHERE {only} ORDER BY {', '.join(KEYS)}", list(case.get("only", {}).values()))
    columns = [column[0] for column in found.description]
    got = [plain(dict(zip(columns, row, strict=True))) for row in found.fetchall()]
    return faults(got, [_whole(row) for row in case["expect"]], KEYS)


def _whole(row: Mapping[str, Any]) -> dict[str, Any]:
    of_n = row.get("of_n", "")
    return {"of_n": of_n, "value": row["n"] / of_n if of_n else "", "is_provisional": False, **row}
