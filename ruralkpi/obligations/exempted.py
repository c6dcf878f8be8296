"""Exemptions that name a rule or a record that does not exist, or one of several: told, never passed over (X26, X36)."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from ruralkpi.errors import nearest
from ruralkpi.intake.told import tell
from ruralkpi.obligations.rule import Rule
from ruralkpi.texts import LANGUAGES, say, some

_SHOWN = 3


def tell_unmatched(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Tell the exemptions of the book that exempt nothing, in one line; each with the nearest rule or record."""
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


def tell_ambiguous(con: duckdb.DuckDBPyConnection) -> None:
    """Tell the exemptions by an id that stands for several records (X26), in one line, with the ids of the later ones: the bare
    id exempts the first."""
    rows = con.execute("""
SELECT exemption.source_id, list_sort(list(DISTINCT marked.source_id)) AS others
FROM exemption
JOIN (SELECT rule_id, source_id, split_part(source_id, '@', 1) AS bare FROM obligation WHERE contains(source_id, '@')) AS marked
    ON marked.rule_id = exemption.rule_id AND marked.bare = exemption.source_id
GROUP BY exemption.rule_id, exemption.source_id ORDER BY ALL""").fetchall()
    if rows:
        shown = some([f"{record} → {'、'.join(others)}" for record, others in rows], _SHOWN)
        tell(con, "exemption_ambiguous", len(rows), "", stage="build", ids=shown)


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
