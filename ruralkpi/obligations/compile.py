"""A rule's declaration → one SQL statement that gives its obligations. The same code serves every rule."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from ruralkpi.obligations.rule import Limit, Rule, limit
from ruralkpi.sql import literal

_OUTCOME = (files("ruralkpi") / "obligations" / "outcome.sql").read_text(encoding="utf-8")


def obligations_sql(rule: Rule, as_of: str, month_by: str = "due") -> str:
    """SELECT with the columns of `obligation` for one rule at the cut-off `as_of`."""
    words = rule.words
    filled = _Filler(rule, as_of)
    steps = [
        ("owed", _owed(words["owed"], filled)),
        ("timed", _timed(words["owed"], rule, filled)),
        ("done", _done(words["done"], filled)),
        ("judged", _judged(words, filled)),
    ]
    body = ",\n".join(f"{name} AS (\n{sql}\n)" for name, sql in steps)
    outcome = _OUTCOME.replace("{rule_id}", literal(rule.id)).replace("{owner_role}", literal(words["owner"]))
    return f"WITH {body}\n" + outcome.replace("{as_of}", filled.as_of).replace("{month_from}", f"{month_by}_on")


class _Filler:
    """Puts a rule's settings, and the cut-off, into its SQL."""

    def __init__(self, rule: Rule, as_of: str) -> None:
        self.as_of = f"TIMESTAMP {literal(as_of)}"
        self._values = {name: _setting(value) for name, value in rule.settings.items() if not isinstance(value, list)}

    def __call__(self, sql: str) -> str:
        for name, value in self._values.items():
            sql = sql.replace("{" + name + "}", value)
        return re.sub(r"\bas_of\b", self.as_of, sql)


def _setting(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return limit(value).interval if isinstance(value, str) else str(value)


def _owed(owed: dict[str, Any], filled: _Filler) -> str:
    start = owed["start"]
    precision = owed.get("start_precision") or (
        start.removesuffix("_at") + "_precision" if re.fullmatch(r"\w+_at", start) and owed["each"] != "key_slot" else "'second'"
    )
    if precision == "expires_precision":
        precision = "'day'"
    return f"""    SELECT *, {start} AS begun_at, {precision} AS begun_precision
    FROM {owed["each"]}
    WHERE ({start}) IS NOT NULL AND ({filled(owed.get("when", "true"))})"""


def _timed(owed: dict[str, Any], rule: Rule, filled: _Filler) -> str:
    due_at, due_on, is_day, is_minutes, joins = _due(owed["due"], rule)
    agent, area = filled(owed.get("agent", "agent_id")), filled(owed.get("area", "area_id"))
    columns = f"{agent} AS owner_id, {area} AS owner_area_id, {is_day} AS is_day_due, {is_minutes} AS is_minute_rule"
    return f"""    SELECT *, CAST(begun_at AS DATE) AS start_on, {columns},
        {due_at} AS due_at, {due_on} AS due_on
    FROM owed{joins}"""


def _due(due: dict[str, str], rule: Rule) -> tuple[str, str, str, str, str]:
    """due_at, due_on, whether it is a day's 24:00, whether it is a rule of minutes, and the joins needed."""
    if "on" in due:
        return f"CAST({due['on']} + 1 AS TIMESTAMP)", due["on"], "true", "false", ""
    if "at" in due:
        exact = due["at"].removesuffix("_at") + "_precision"
        at = f"CASE WHEN {exact} = 'day' THEN CAST(CAST({due['at']} AS DATE) + 1 AS TIMESTAMP) ELSE {due['at']} END"
        return at, f"CAST({due['at']} AS DATE)", f"coalesce({exact} = 'day', false)", "false", ""
    setting = rule.settings[due["within"] if "within" in due else due["by"]]
    if isinstance(setting, list):
        return _by_table(setting)
    span = limit(setting)
    sign, anchor = ("+", "begun_at") if "within" in due else ("-", due["before"])
    if span.is_clock:
        at = f"{anchor} {sign} {span.interval}"
        return at, f"CAST({at} AS DATE)", "false", str(span.unit == "minute").lower(), ""
    if span.unit == "day":
        day = f"CAST({anchor} AS DATE) {sign} {span.number}"
        return f"CAST({day} + 1 AS TIMESTAMP)", day, "true", "false", ""
    return "CAST(due_day.day + 1 AS TIMESTAMP)", "due_day.day", "true", "false", _workday_joins(span)


def _workday_joins(span: Limit) -> str:
    """The N-th working day after a day is the one whose running number is N more (X3)."""
    return f"""
    LEFT JOIN calendar_day AS start_day ON start_day.day = CAST(begun_at AS DATE)
    LEFT JOIN calendar_day AS due_day ON due_day.is_workday AND due_day.workday_no = start_day.workday_no + {span.number}"""


def _by_table(lines: list[dict[str, str]]) -> tuple[str, str, str, str, str]:
    newest_first = sorted(lines, key=lambda line: line["since"], reverse=True)
    cases = " ".join(
        f"WHEN ({line['when']}) AND begun_at >= TIMESTAMP {literal(line['since'])} THEN begun_at + {limit(line['limit']).interval}"
        for line in newest_first
    )
    return f"CASE {cases} END", f"CAST(CASE {cases} END AS DATE)", "false", "false", ""


def _done(done: dict[str, Any], filled: _Filler) -> str:
    if "first" in done:
        return _first_event(done, filled)
    precision = done.get("precision") or done["at"].removesuffix("_at") + "_precision"
    return f"""    SELECT *, {filled(done["at"])} AS done_at, {filled(precision)} AS done_precision,
        CAST(NULL AS VARCHAR) AS done_file, CAST(NULL AS BIGINT) AS done_row, 0 AS own_n, 0 AS unsure_n
    FROM timed"""


def _first_event(done: dict[str, Any], filled: _Filler) -> str:
    """The first event that counts between start and due; `own_n` by the owner, `unsure_n` undecidable ones."""
    at, window_to = done["at"], done.get("until", "owed.due_at")
    carry = "".join(f",\n            {sql} FILTER (WHERE event.counts) AS {name}" for name, sql in done.get("carry", {}).items())
    names = "".join(f", found.{name}" for name in done.get("carry", {}))
    exact = at.removesuffix("_at") + "_precision"
    return f"""    SELECT timed.*, found.done_at, found.done_precision, found.done_file, found.done_row,
        coalesce(found.own_n, 0) AS own_n, coalesce(found.unsure_n, 0) AS unsure_n{names}
    FROM timed
    LEFT JOIN (
        SELECT owed.source_id,
            min(event.{at}) FILTER (WHERE event.counts) AS done_at,
            min_by(event.{exact}, event.{at}) FILTER (WHERE event.counts) AS done_precision,
            min_by(event.file, event.{at}) FILTER (WHERE event.counts) AS done_file,
            min_by(event.row, event.{at}) FILTER (WHERE event.counts) AS done_row,
            sum(CASE WHEN event.counts AND event.agent_id = owed.owner_id THEN 1 ELSE 0 END) AS own_n,
            sum(CASE WHEN event.counts IS NULL THEN 1 ELSE 0 END) AS unsure_n{carry}
        FROM timed AS owed
        JOIN {done["first"]} AS event
            ON event.customer_id = owed.customer_id AND event.{at} >= owed.begun_at AND event.{at} < {window_to}
        WHERE {filled(done.get("where", "true"))}
        GROUP BY owed.source_id
    ) AS found ON found.source_id = timed.source_id"""


def _judged(words: dict[str, Any], filled: _Filler) -> str:
    """Reasons and flags; a rule may speak of begun_at, due_at, done_at, due_on and owner_id beside its mart's columns."""
    unknown = dict(words.get("unknown", {}))
    for column in words["done"].get("needs", []):
        missing = f"done_at IS NULL AND regexp_matches(absent, '(^| ){column}( |$)')"
        unknown[f"no_column_{column}"] = missing
    parts = {
        "void_reason": _first_reason(words.get("void", {}), filled),
        "exempt_reason": _first_reason(words.get("exempt", {}), filled),
        "unknown_reason": _first_reason(unknown, filled),
        "rule_flags": _flags(words.get("flags", {}), filled),
    }
    columns = ",\n        ".join(f"{sql} AS {name}" for name, sql in parts.items())
    return f"""    SELECT *,
        {columns}
    FROM done"""


def _first_reason(reasons: dict[str, str], filled: _Filler) -> str:
    if not reasons:
        return "CAST(NULL AS VARCHAR)"
    return "CASE " + " ".join(f"WHEN {filled(sql)} THEN {literal(code)}" for code, sql in reasons.items()) + " END"


def _flags(flags: dict[str, str], filled: _Filler) -> str:
    own = [f"CASE WHEN {filled(sql)} THEN {literal(code)} END" for code, sql in flags.items()]
    restated = "CASE WHEN version_n > 1 AND file_month > strftime(due_on, '%Y-%m') THEN 'restated' END"
    return "concat_ws(' ', " + ", ".join([*own, restated]) + ")"
