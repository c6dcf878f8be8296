"""Complaints marked as repeating one that is no earlier complaint of their customer: told, since they stay owed (X15, X26)."""

from __future__ import annotations

import duckdb

from ruralkpi.intake.told import tell
from ruralkpi.texts import some

_SHOWN = 3


def tell_not_repeated(con: duckdb.DuckDBPyConnection) -> None:
    """Tell the complaints that name another one without being its duplicates, in one line with the first ids."""
    rows = con.execute("""
SELECT source_id, not_repeated_id FROM complaint_received WHERE not_repeated_id IS NOT NULL ORDER BY source_id""").fetchall()
    if rows:
        shown = some([f"{source_id} → {named}" for source_id, named in rows], _SHOWN)
        tell(con, "repeat_of_none", len(rows), "", stage="build", ids=shown)
