"""A rule's declaration → one SQL statement that gives its obligations. The same code serves every rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ruralkpi.obligations.due import due_of, precision_of
from ruralkpi.obligations.limits import limit
from ruralkpi.obligations.rule import Rule
from ruralkpi.sql import literal

MONTH_FROM = {"due": "due_on", "start": "begun_on"}  # the day whose month a duty belongs to, by `month_by`
_OUTCOME = (files("ruralkpi") / "obligations" / "outcome.sql").read_text(encoding="utf-8")


def obligations_sql(rule: Rule, as_of: str, month_by: str = "due", only: str = "") -> str:
    """SELECT with the columns of `obligation` for one rule at the cut-off `as_of`; a setting that is another from a day on is
    that of the day on which the duty starts.

    `only`: SQL over begun_on, due_on and owner_id, for a part of them; it is asked before the evidence is.
    """
    parts = [_of_period(own, as_of, month_by, only, first, after) for first, after, own in rule.periods()]
    return "\nUNION ALL\n".join(f"SELECT * FROM (\n{part})" for part in parts) if len(parts) > 1 else parts[0]


def _of_period(rule: Rule, as_of: str, month_by: str, only: str, first: str, after: str | None) -> str:
    words = rule.words
    filled = _Filler(rule, as_of)
    timed = _timed(words, rule, filled)
    if only:
        timed = f"    SELECT * FROM (\n{timed}\n    ) WHERE {only}"
    steps = [
        ("owed", _owed(words["owed"], filled, first, after)),
        ("timed", timed),  # some steps speak of it twice: to make it again costs less than to keep it
        ("done", _done(words["done"], filled)),
        ("judged", _judged(words, filled)),
    ]
    body = ",\n".join(f"{name} AS NOT MATERIALIZED (\n{sql}\n)" for name, sql in steps)
    outcome = _OUTCOME.replace("{rule_id}", literal(rule.id)).replace("{owner_role}", literal(words["owner"]))
    outcome = outcome.replace("{evidence}", _evidence(words["done"])).replace("{mend_until}", _mend_until(words, filled))
    outcome = outcome.replace("{since}", filled(words["owed"].get("since", "begun_at")))
    return f"WITH {body}\n" + outcome.replace("{as_of}", filled.as_of).replace("{month_from}", MONTH_FROM[month_by])


def _mend_until(words: Mapping[str, Any], filled: _Filler) -> str:
    """Until when what is overdue can still be done: a rule without `mend` ends with its deadline, one without `until` never."""
    if "mend" not in words:
        return "due_at"
    return filled(words["mend"].get("until", "CAST(NULL AS TIMESTAMP)"))


def _evidence(done: Mapping[str, Any]) -> str:
    """The export that alone could show that it was done; "own": the one that the record stands in."""
    export = done.get("evidence")
    if export == "own":
        return "judged.source_table"
    return literal(export) if export else "CAST(NULL AS VARCHAR)"


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


def _owed(owed: dict[str, Any], filled: _Filler, first: str, after: str | None) -> str:
    """The things owed from `first` on until before `after`: a mart's rows, or those of a SELECT over marts that needs the rule's
    settings."""
    each, start = filled(owed["each"]), filled(owed["start"])
    source = f"({each}) AS listed" if " " in each else each
    precision = owed.get("start_precision") or precision_of(start)
    begun = f" AND CAST({start} AS DATE) >= DATE {literal(first)}" if first else ""
    begun += f" AND CAST({start} AS DATE) < DATE {literal(after)}" if after else ""
    return f"""    SELECT *, {start} AS begun_at, {precision} AS begun_precision
    FROM {source}
    WHERE ({start}) IS NOT NULL AND ({filled(owed.get("when", "true"))}){begun}"""


def _timed(words: Mapping[str, Any], rule: Rule, filled: _Filler) -> str:
    """The deadline, and who owes: nobody's card carries what the area manager or hotline 10000 owes."""
    owed = words["owed"]
    due = due_of(owed["due"], rule)
    agent = filled(owed.get("agent", "dated.agent_id")) if words["owner"] == "agent" else "CAST(NULL AS VARCHAR)"
    area, holder = filled(owed.get("area", "dated.area_id")), ""
    if "holder" in owed:
        holder = f"""
    LEFT JOIN assignment_span AS holder
        ON holder.customer_id = dated.customer_id AND {owed["holder"]} BETWEEN holder.from_on AND holder.to_on"""
        agent, area = f"coalesce(holder.agent_id, {agent})", f"coalesce(holder.area_id, {area})"
    # whoever owes stands in the area of that day (X33)
    return f"""    SELECT owed_by.* EXCLUDE (newest_area_id), coalesce(placed.area_id, newest_area_id) AS owner_area_id
    FROM (
    SELECT dated.*, {agent} AS owner_id, {area} AS newest_area_id
    FROM (
        SELECT *, CAST(begun_at AS DATE) AS begun_on, {due.is_day} AS is_day_due, {str(due.is_minutes).lower()} AS is_minute_rule,
            {due.at} AS due_at, {due.on} AS due_on, {due.precision} AS due_precision
        FROM owed{due.joins}
    ) AS dated{holder}
    WHERE {filled(owed.get("only", "true"))}
    ) AS owed_by
    LEFT JOIN agent_area AS placed ON placed.agent_id = owner_id AND due_on BETWEEN placed.from_on AND placed.to_on"""


_NO_EVENT = "CAST(NULL AS VARCHAR) AS done_file, CAST(NULL AS BIGINT) AS done_row, 0 AS own_n, 0 AS unsure_n, 0 AS word_n"


def _done(done: Mapping[str, Any], filled: _Filler) -> str:
    """When it was done: the record's own time, its start where something is `ticked`, or the first event that counts."""
    if "first" in done:
        return _first_event(done, filled)
    if "ticked" in done:
        at, precision = f"CASE WHEN {filled(done['ticked'])} THEN begun_at END", "begun_precision"
    else:
        at, precision = filled(done["at"]), filled(done.get("precision") or precision_of(done["at"]))
    return f"""    SELECT *, {at} AS done_at, {precision} AS done_precision, {_NO_EVENT}
    FROM timed"""


def _first_event(done: Mapping[str, Any], filled: _Filler) -> str:
    """The first event that counts between start and due; `own_n` by the owner, `unsure_n` undecidable ones.

    same: the column that ties an event to what is owed; slot: the day on which the event's own slot starts, where what is owed is
    owed by slots: both start on one day, so that no event is held against the slots of other times; window: when it must have
    been; counts: whether it does;
    word: whether only a word in no list keeps it from counting (`word_n` of them, X25); take: more columns of that first event;
    carry: what all that count give together.
    """
    at, same, counts = done["at"], done.get("same", "customer_id"), filled(done.get("counts", "event.counts"))
    window = filled(done.get("window", f"event.{at} >= owed.begun_at AND event.{at} < owed.due_at"))
    slot = f" AND {filled(done['slot'])} = owed.begun_on" if "slot" in done else ""
    carry = "".join(f",\n            {sql} FILTER (WHERE is_counted) AS {name}" for name, sql in done.get("carry", {}).items())
    names = "".join(f", found.{name}" for name in done.get("carry", {}))
    names += "".join(f", found.event.{name} AS {name}" for name in done.get("take", {}))
    taken = "".join(f", {name} := {sql}" for name, sql in done.get("take", {}).items())
    exact = precision_of(at)
    return f"""    SELECT timed.*, found.event.at AS done_at, found.event.exact AS done_precision,
        found.event.file AS done_file, found.event.row AS done_row,
        coalesce(found.own_n, 0) AS own_n, coalesce(found.unsure_n, 0) AS unsure_n, coalesce(found.word_n, 0) AS word_n{names}
    FROM timed
    LEFT JOIN (
        SELECT owed_id,
            -- one event whole, the same one whatever the order of the rows
            min(struct_pack(at := {at}, file := file, row := row, exact := {exact}{taken})) FILTER (WHERE is_counted) AS event,
            sum(CASE WHEN is_counted AND agent_id = owed_owner_id THEN 1 ELSE 0 END) AS own_n,
            sum(CASE WHEN is_counted IS NULL THEN 1 ELSE 0 END) AS unsure_n,
            sum(CASE WHEN is_counted IS NULL AND is_unread THEN 1 ELSE 0 END) AS word_n{carry}
        FROM (
            SELECT event.*, owed.source_id AS owed_id, owed.owner_id AS owed_owner_id, ({counts}) AS is_counted,
                ({done.get("word", "false")}) AS is_unread
            FROM timed AS owed
            JOIN {done["first"]} AS event ON event.{same} = owed.{same}{slot} AND ({window})
            WHERE {filled(done.get("where", "true"))}
        ) AS heard
        GROUP BY owed_id
    ) AS found ON found.owed_id = timed.source_id"""


def _judged(words: Mapping[str, Any], filled: _Filler) -> str:
    """Reasons and flags; a rule may speak of begun_at, due_at, done_at, due_on and owner_id beside its mart's columns."""
    parts = {
        "void_reason": _first_reason(words.get("void", {}), filled),
        "exempt_reason": _first_reason(words.get("exempt", {}), filled),
        "unknown_reason": _first_reason(_doubts(words), filled),
        # whether anything was owed nobody can tell: what was done in time is kept, nothing is missed
        "unsure_reason": _first_reason(words.get("unsure", {}), filled),
        "rule_flags": _flags(words.get("flags", {}), words.get("evidence", {}), filled),
    }
    columns = ",\n        ".join(f"{sql} AS {name}" for name, sql in parts.items())
    return f"""    SELECT *,
        {columns}
    FROM done"""


def _doubts(words: Mapping[str, Any]) -> dict[str, str]:
    """Why the evidence can't decide: the rule's own reasons, a column its file has not, a blank tick, a time before the start."""
    done = words["done"]
    undone = f"({done['ticked']}) IS NULL" if "ticked" in done else "done_at IS NULL"
    unread = "word_n > 0" if "first" in done else f"({done.get('word', 'false')})"
    unknown = {"word": f"{undone} AND {unread}"} if "word" in done else {}
    unknown |= words.get("unknown", {})
    for column in done.get("needs", []):
        unknown[f"no_column_{column}"] = f"{undone} AND list_contains(string_split(absent, ' '), '{column}')"
    if "ticked" in done:
        unknown["blank"] = undone
    if done.get("after_start"):
        unknown["before_start"] = """done_at + CASE done_precision WHEN 'day' THEN INTERVAL 1 DAY
            WHEN 'minute' THEN INTERVAL 1 MINUTE ELSE INTERVAL 1 SECOND END <= begun_at"""
    return unknown


def _first_reason(reasons: dict[str, str], filled: _Filler) -> str:
    if not reasons:
        return "CAST(NULL AS VARCHAR)"
    return "CASE " + " ".join(f"WHEN {filled(sql)} THEN {literal(code)}" for code, sql in reasons.items()) + " END"


def _flags(flags: dict[str, str], evidence: dict[str, str], filled: _Filler) -> str:
    """The flags that hold, apart by blanks; numbers that a sentence tells beside its outcome stand there as name=number."""
    own = [f"CASE WHEN {filled(sql)} THEN {literal(code)} END" for code, sql in flags.items()]
    own += [f"{literal(name + '=')} || CAST({filled(sql)} AS VARCHAR)" for name, sql in evidence.items()]
    restated = "CASE WHEN version_n > 1 AND file_month > strftime(due_on, '%Y-%m') THEN 'restated' END"
    return "concat_ws(' ', " + ", ".join([*own, restated]) + ")"
