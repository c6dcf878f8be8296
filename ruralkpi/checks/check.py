"""What is wrong with a submitted row: each check once, in the words of Great Expectations, with its code and sentence.

The checks that follow from a column's suffix are made here; those between columns are declared in
exports/*.toml. Both judge one table a row: the typed columns and what `derive` adds to them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ruralkpi.checks.expectations import failing
from ruralkpi.checks.sentence import Sentence, of_catalogue
from ruralkpi.exports.form import ORIGIN, Column, Export, means, precision
from ruralkpi.intake.tables.headers import word_list
from ruralkpi.sql import literal, literals, name
from ruralkpi.texts import LANGUAGES

ANY_DAY = "2026-01-01"  # checks have the same codes and sentences whatever the cut-off
SEVERITIES = ("reject", "warn", "stop")
_SENTINELS = (1900, 1970, 2099)
_OPEN_FROM = 2099  # from this year on, "no end" where the column may have none
# X29: an event before 2000 and a day from which something holds before 1950 are slips, as is what lies 10 years ahead.
_EVENT_SINCE, _HELD_SINCE, _YEARS_AHEAD = dt.datetime(2000, 1, 1), dt.datetime(1950, 1, 1), 10
_DAMAGED = r"^\d(\.\d+)?[Ee]\+?\d{2,3}$"
_UNREAD = {
    "stamp": "bad_time",
    "day": "bad_time",
    "number": "bad_number",
    "count": "bad_number",
    "stamps": "bad_time",
}
_NULL = "expect_column_values_to_be_null"
# Columns that name a row of another export; hotline 10000 is nobody's agent.
_REFERENCES = {"agent_id": "agents", "owner_id": "agents", "repairer_id": "agents", "customer_id": "customers"}
_BARE = "ltrim(lower({}), '0')"  # an id as a spreadsheet or a hurried hand may leave it
PERSONAL_IDS = "SELECT id FROM personal_id"
_EXAMPLES = {
    "bad_time": "下周三", "bad_number": "几百", "damaged_id": "4.4E+17", "sentinel_year": "1900-01-01",
    "after_cut_off": "2031-01-01", "unknown_agent": "nobody", "unknown_customer": "nobody", "unlikely_year": "1949-12-31",
    "bad_birthday": "秋天", "birthday_calendar": "八月十五", "personal_id": "13812345678", "ditto": "同上",
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One check of one export.

    `severity`: reject keeps the row out, warn marks it, stop ends the run. `expect`: type and arguments in Great
    Expectations' words. `derive`: columns it needs beside the typed ones, as SQL over typed row `t`.
    `says`: its sentence. `example`: what to write into a good row so that it fails. `needs`: an export
    that must have rows for the check to make sense.
    """

    code: str
    column: str
    severity: str
    expect: dict[str, Any]
    says: Sentence
    derive: dict[str, str] = field(default_factory=dict)
    example: dict[str, str] = field(default_factory=dict)
    needs: str = ""

    @property
    def bad(self) -> str:
        """SQL over the judged row, true when it fails."""
        return failing(self.expect)


def checks_of(export: Export, as_of: str) -> Iterator[Check]:
    """All checks of one export, in the order in which a reader would look at a row."""
    yield _fixed("shifted_row", "extra_cells", "nullif(greatest(t.extra_n, 0), 0)", _NULL)
    yield _fixed("broken_row", "lacking_cells", "nullif(least(t.extra_n, 0), 0)", _NULL)
    yield _unvalued()
    for column in export.columns.values():
        if column.name not in ORIGIN:
            yield from _by_suffix(export, column, as_of)
    for group in export.required_any:
        values = ", ".join(f"t.{name(n)}" for n in group)
        given = _mark(f"coalesce({values}) IS NOT NULL")
        columns = [export.columns[n] for n in group]
        yield _fixed("missing_value", "_or_".join(group), given, "expect_column_values_to_not_be_null", columns)
    if {"agent_id", "customer_id"} & set(export.columns):
        yield _shared_id(export)
    for words in export.checks:
        yield _declared(export, words)


def _shared_id(export: Export) -> Check:
    """An id that two counties' lists give to two people is the first-listed one's (X26): persons.py finds the other's rows."""
    shared = f"(t.file_no, t.row) IN (SELECT (file_no, row) FROM id_conflict WHERE source_table = {literal(export.name)})"
    example = {"agent_id": "s1", "agent_name": "乙", "county_id": "乙县"}
    known = {column: value for column, value in example.items() if column in export.columns}
    return replace(_fixed("id_conflict", "shared_id", _mark(shared), _NULL), example=known or {"customer_id": "s1"})


def _by_suffix(export: Export, column: Column, as_of: str) -> Iterator[Check]:
    typed = f"t.{name(column.name)}"
    unread = f"t.unread IS NOT NULL AND list_contains(string_split(t.unread, ' '), {literal(column.name)})"
    if column.required:
        said = f"t.{name(means(column.name))} IS NOT NULL" if column.kind == "flag" else unread  # an unknown word is no blank
        something = typed
        if column.words is not None and "nothing" in column.words.meanings:
            something = f"CASE WHEN t.{name(means(column.name))} IS DISTINCT FROM 'nothing' THEN {typed} END"
        given = _mark(f"{something} IS NOT NULL OR {said}")
        yield _check("missing_value", column, "given", given, "expect_column_values_to_not_be_null")
    if column.kind in _UNREAD:
        yield _check(_UNREAD[column.kind], column, "unread", _mark(unread), "expect_column_values_to_be_null")
    if column.kind == "birthday":
        for code, fault in (("bad_birthday", "unread"), ("birthday_calendar", "calendar")):
            is_so = _mark(f"t.birthday_fault = {literal(fault)}")
            yield _check(code, column, fault, is_so, "expect_column_values_to_be_null", severity="warn")
    if column.kind == "id":
        yield _check("damaged_id", column, "", "", "expect_column_values_to_not_match_regex", regex=_DAMAGED)
        yield _check("ditto", column, "", "", "expect_column_values_to_not_be_in_set", value_set=list(word_list("ditto")))
    if column.kind in ("stamp", "stamps", "day"):
        yield from _of_time(export, column, dt.datetime.fromisoformat(as_of))
    table = _REFERENCES.get(column.name, export.name)
    if _REFERENCES.get(column.name) == "agents":
        yield _personal(column)
    if table != export.name:
        yield _reference(export, column, table)


def _reference(export: Export, column: Column, table: str) -> Check:
    """Who stands on no list does not exist (X31): an agent's row is kept out, and the nearest listed id suggested."""
    typed, key = f"t.{name(column.name)}", name(table[:-1] + "_id")
    unknown = f"{typed} NOT IN (SELECT {key} FROM typed.{table} WHERE {key} IS NOT NULL)"
    if table == "customers":
        made = _check("unknown_customer", column, "unknown", _mark(unknown), _NULL, severity="warn", needs=table)
        alike = f"{_BARE.format(f'c.{key}')} = {_BARE.format(typed)}"  # another case, or zeros lost by a spreadsheet
        near = f"(SELECT min(c.{key}) FROM typed.{table} AS c WHERE {alike})"
        return _and_more(made, of_catalogue("nearest_agent", values={"near": near}))
    severity = "warn" if column.name in export.unlisted else "reject"
    own = f"t.{name(means(column.name))} IS NULL AND {typed} NOT IN {literals(word_list('ditto'))}"  # these have own codes
    made = _check("unknown_agent", column, "unknown", _mark(f"{unknown} AND {own}"), _NULL, severity, table)
    near = f"(SELECT max(n.near) FROM nearest_agent AS n WHERE n.text = {typed})"
    return _and_more(made, of_catalogue("nearest_agent", values={"near": near}))


def _and_more(made: Check, more: Sentence) -> Check:
    """The check with what is added to its sentence where that is known."""
    return replace(made, says=replace(made.says, more=more))


def _of_time(export: Export, column: Column, cut: dt.datetime) -> Iterator[Check]:
    """Times that are placeholders, later than the data speak, or so long ago or so far ahead that they are slips.

    Of several times in a cell the worst is judged: a placeholder, the first, the last.
    """
    is_open = column.name in export.open_ended
    not_in, between = "expect_column_values_to_not_be_in_set", "expect_column_values_to_be_between"
    sentinels = [year for year in _SENTINELS if not is_open or year < _OPEN_FROM]
    placeholder = f"year({{}}) IN ({', '.join(map(str, sentinels))})"
    typed = _chosen(column, "first", placeholder) if column.kind == "stamps" else f"t.{name(column.name)}"
    yield _check("sentinel_year", column, "year", f"CAST(year({typed}) AS SMALLINT)", not_in, value_set=sentinels)
    limits: dict[str, Any] = {"min_value": _HELD_SINCE if column.name in export.holds else _EVENT_SINCE}
    if column.name in export.future:
        ahead = cut - dt.timedelta(days=1) if (cut.month, cut.day) == (2, 29) else cut  # no 29 February ten years on
        limits["max_value"] = ahead.replace(year=ahead.year + _YEARS_AHEAD)
    said = f"NOT {placeholder}" + (f" AND year({{}}) < {_OPEN_FROM}" if is_open else "")
    yield _check("unlikely_year", column, "moment", _chosen(column, "min", said), between, **limits)
    if column.name not in export.future:
        yield _check("after_cut_off", column, "begun", _begun(column), between, max_value=cut)


def _chosen(column: Column, which: str, condition: str) -> str:
    """SQL: the time if the condition holds for it; of several in a cell the first, min or max of those for which it does."""
    typed = f"t.{name(column.name)}"
    if column.kind == "stamps":
        return f"list_{which}(list_filter({typed}, lambda x: {condition.replace('{}', 'x')}))"
    return f"CASE WHEN {condition.replace('{}', typed)} THEN CAST({typed} AS TIMESTAMP) END"


def _personal(column: Column) -> Check:
    """An id that is a phone or somebody's name is none; where it is on no list of agents, that is what is told (X31)."""
    typed = f"t.{name(column.name)}"
    own = _mark(f"{typed} IN ({PERSONAL_IDS} WHERE NOT is_unlisted)")
    made = _check("personal_id", column, "personal", own, _NULL)
    instead = f"(SELECT max(p.instead) FROM personal_id AS p WHERE p.id = {typed})"
    return _and_more(made, of_catalogue("use_instead", values={"code": instead}))


def _mark(is_so: str) -> str:
    """SQL: true or null. Kept for every row until all checks are done, where the text itself would cost 16 times as much."""
    return f"CASE WHEN {is_so} THEN true END"


def _begun(column: Column) -> str:
    """SQL: the stamp; for a bare day its first second, since a day that begins at the cut-off is later than it."""
    typed = f"t.{name(column.name)}"
    said = f"year({{}}) NOT IN {_SENTINELS}"
    if column.kind == "stamps":  # whose midnights may be bare days
        last = _chosen(column, "max", said)
        return f"{last} + CASE WHEN {last} = date_trunc('day', {last}) THEN INTERVAL 1 SECOND ELSE INTERVAL 0 SECOND END"
    is_day = "true" if column.kind == "day" else f"t.{name(precision(column.name))} = 'day'"
    moment = f"CASE WHEN {is_day} THEN CAST({typed} AS TIMESTAMP) + INTERVAL 1 SECOND ELSE CAST({typed} AS TIMESTAMP) END"
    return f"CASE WHEN {said.replace('{}', typed)} THEN {moment} END"


def _check(
    code: str, column: Column, suffix: str, derived: str, kind: str, severity: str = "reject", needs: str = "", **arguments: Any
) -> Check:
    judged = f"{column.name}__{suffix}" if suffix else column.name
    example = {column.name: _EXAMPLES.get(code, "")}
    expect = {"type": kind, "column": judged, **arguments}
    derive = {judged: derived} if suffix else {}
    says = of_catalogue(code, [column], {"value": _text(column)})
    return Check(code, column.name, severity, expect, says, derive, example, needs)


def _text(column: Column) -> str:
    """SQL: what a row has written in a column, as a sentence shows it."""
    return f"left(coalesce(free_text(r.{name(column.name)}), ''), 60)"


def _fixed(code: str, judged: str, derived: str, kind: str, columns: Sequence[Column] = ()) -> Check:
    example = {column.name: "" for column in columns}
    says = of_catalogue(code, columns)
    return Check(code, judged, "reject", {"type": kind, "column": judged}, says, {judged: derived}, example)


def _unvalued() -> Check:
    """X32: a formula whose value nobody has stored is not a blank; the sentence names header and cell."""
    code, expect = "formula_without_value", {"type": _NULL, "column": "formula"}
    says = of_catalogue(code, values={"value": "r.formula"})
    return Check(code, "formula", "reject", expect, says, {"formula": "t.formula"})


def _declared(export: Export, words: dict[str, Any]) -> Check:
    """A check of exports/*.toml. Of a pair, A counts by the latest moment that its spelling leaves open (X19)."""
    expect, derive = dict(words["expect"]), {}
    later = expect.get("column_A", "")
    if later.endswith("_at") and expect["type"].endswith("a_to_be_greater_than_b"):
        expect["column_A"] = f"{later}__latest"
        derive = {expect["column_A"]: f"latest(t.{name(later)}, t.{name(precision(later))})"}
    if later.endswith("_ats"):  # the first of several, a midnight as the bare day that it may be
        first = f"list_min(t.{name(later)})"
        expect["column_A"] = f"{later}__first"
        is_day = f"CASE WHEN {first} = date_trunc('day', {first}) THEN 'day' ELSE 'minute' END"
        derive = {expect["column_A"]: f"latest({first}, {is_day})"}
    severity = words.get("severity", "reject")
    if severity not in SEVERITIES:
        raise ValueError(f"{export.name} {words['code']}: severity {severity} is none of {', '.join(SEVERITIES)}")
    column = later or expect.get("column", "")
    says = Sentence({lang: words[lang] for lang in LANGUAGES}, {c.name: _text(c) for c in export.columns.values()})
    return Check(words["code"], column, severity, expect, says, derive, words.get("example", {}))
