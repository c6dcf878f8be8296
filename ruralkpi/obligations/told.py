"""What a build tells, so that none is passed over: records of a time for which nothing is owed, and complaints, exemptions and
requests that say what is not so (X15 X26 X34 X36)."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from ruralkpi.errors import nearest
from ruralkpi.exports.declared import built_in
from ruralkpi.intake.told import tell
from ruralkpi.obligations.requested import STATES
from ruralkpi.obligations.rule import Rule
from ruralkpi.texts import LANGUAGES, say, some

_SHOWN = 3


def tell_all(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Tell what the book's records say that is not so, in one line a kind with the first ids."""
    _tell_earlier(con)
    _tell_not_repeated(con)
    _tell_unmatched(con, rules)
    _tell_ambiguous(con)
    _tell_requests(con)


def _tell_earlier(con: duckdb.DuckDBPyConnection) -> None:
    """Records from before the time that their files' names speak of, in whose slots nothing is owed: a line an export, with a
    name by which its file would speak of all of that time (X34)."""
    rows = con.execute("""
SELECT source_table, first_on, earlier_n, earlier_on FROM period WHERE earlier_n > 0 ORDER BY source_table""").fetchall()
    for table, first, n, earliest in rows:
        titles = {"zh": built_in()[table].files[0], "en": table}
        names = {lang: f"{title}_{earliest:%Y-%m}-{first:%Y-%m}.csv" for lang, title in titles.items()}
        tell(con, "earlier_rows", n, table, stage="build", export=titles, first=first, earliest=earliest, name=names)


def _tell_not_repeated(con: duckdb.DuckDBPyConnection) -> None:
    """Complaints that name another one without being its duplicates: they stay owed (X15, X26)."""
    rows = con.execute("""
SELECT source_id, not_repeated_id FROM complaint_received WHERE not_repeated_id IS NOT NULL ORDER BY source_id""").fetchall()
    if rows:
        shown = some([f"{source_id} → {named}" for source_id, named in rows], _SHOWN)
        tell(con, "repeat_of_none", len(rows), "", stage="build", ids=shown)


def _tell_unmatched(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Exemptions of the book that exempt nothing, each with the nearest rule or record (X36)."""
    rows = con.execute("""
SELECT rule_id, source_id, file, row FROM exemption
ANTI JOIN obligation USING (rule_id, source_id) ORDER BY file, row""").fetchall()
    if not rows:
        return
    known = {rule.id: rule.id for rule in rules} | {rule.text("label", "zh"): rule.id for rule in rules}
    shown = [_worded(con, rule_id, source_id, known) for rule_id, source_id, _, _ in rows[:_SHOWN]]
    more = "…" if len(rows) > _SHOWN else ""
    words = {lang: ("；" if lang == "zh" else "; ").join(one[lang] for one in shown) + more for lang in LANGUAGES}
    tell(con, "exemption_unknown", len(rows), "", stage="build", ids=words)


def _worded(con: duckdb.DuckDBPyConnection, rule_id: str, source_id: str, known: dict[str, str]) -> dict[str, str]:
    """A line's words; `known`: the rules' ids by what people may call them, their ids and their Chinese titles."""
    if rule_id not in known.values():
        near = [known[name] for name in nearest(rule_id, known, 1)]
        return {lang: say("told.no_rule", lang, rule=rule_id, record=source_id, near="".join(near) or "—") for lang in LANGUAGES}
    found = con.execute(
        "SELECT source_id FROM obligation WHERE rule_id = ? ORDER BY levenshtein(source_id, ?), source_id LIMIT 1",
        [rule_id, source_id],
    ).fetchall()
    near_record = found[0][0] if found else "—"
    return {lang: say("told.no_record", lang, rule=rule_id, record=source_id, near=near_record) for lang in LANGUAGES}


def _tell_ambiguous(con: duckdb.DuckDBPyConnection) -> None:
    """Exemptions by an id that stands for several records (X26), with the ids of the later ones: it exempts the first."""
    rows = con.execute("""
SELECT exemption.source_id, list_sort(list(DISTINCT marked.source_id)) AS others
FROM exemption
JOIN (SELECT rule_id, source_id, split_part(source_id, '@', 1) AS bare FROM obligation WHERE contains(source_id, '@')) AS marked
    ON marked.rule_id = exemption.rule_id AND marked.bare = exemption.source_id
GROUP BY exemption.rule_id, exemption.source_id ORDER BY ALL""").fetchall()
    if rows:
        shown = some([f"{record} → {'、'.join(others)}" for record, others in rows], _SHOWN)
        tell(con, "exemption_ambiguous", len(rows), "", stage="build", ids=shown)


def _tell_requests(con: duckdb.DuckDBPyConnection) -> None:
    """Requests that change nothing, in a line for each why."""
    for state in STATES[1:]:
        rows = con.execute("SELECT DISTINCT agent_id, code FROM requested WHERE state = ? ORDER BY ALL", [state]).fetchall()
        if rows:
            shown = some([f"{agent} {one}" for agent, one in rows], _SHOWN)
            tell(con, f"request_{state}", len(rows), "", stage="build", ids=shown)
