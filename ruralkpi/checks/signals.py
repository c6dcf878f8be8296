"""Signs of careless or made-up records: warnings that a person looks at, never a punishment."""

from __future__ import annotations

from importlib.resources import files

import duckdb

# One file of signal/ each: its rows (flagged or not) of source_table, file_no, row, agent_id, month, is_flagged.
SIGNALS = (
    "visit_overlap", "visit_zero_minutes", "note_copied", "keyed_late", "keyed_at_slot_end", "reply_at_once",
    "reopened", "confirmed_same_second", "impossible_travel",
)  # fmt: skip


def find_signals(con: duckdb.DuckDBPyConnection) -> None:
    """Create signal_row (one flagged row a signal) and signal (agent, month and signal beside the area's share)."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE seen (signal VARCHAR, source_table VARCHAR, file_no INTEGER, row BIGINT, "
        "agent_id VARCHAR, month VARCHAR, is_flagged BOOLEAN)"
    )
    for signal in SIGNALS:
        sql = (files("ruralkpi") / "checks" / "signal" / f"{signal}.sql").read_text(encoding="utf-8")
        con.execute(
            f"INSERT INTO seen SELECT '{signal}', source_table, file_no, row, agent_id, month, "
            f"coalesce(is_flagged, false) FROM ({sql})"
        )
    con.execute("""
CREATE TABLE signal_row AS  -- grain: one flagged row and signal
SELECT seen.signal, seen.source_table, source_file.file, seen.row, seen.agent_id, seen.month
FROM seen JOIN source_file USING (file_no) WHERE seen.is_flagged ORDER BY seen.signal, file_no, seen.row""")
    con.execute("""
CREATE TABLE signal AS  -- grain: one agent, month and signal that the agent's records could give
WITH held AS (SELECT agent_id, max(area_id) AS area_id FROM clean.agents GROUP BY 1),
own AS (
    SELECT signal, month, agent_id, coalesce(area_id, '') AS area_id,
        count(*) FILTER (WHERE is_flagged) AS flagged_n, count(*) AS base_n
    FROM seen LEFT JOIN held USING (agent_id) WHERE agent_id IS NOT NULL AND month IS NOT NULL GROUP BY ALL
)
SELECT signal, month, agent_id, area_id, flagged_n, base_n, flagged_n / base_n AS share,
    sum(flagged_n) OVER area / sum(base_n) OVER area AS area_share
FROM own WINDOW area AS (PARTITION BY signal, month, area_id) ORDER BY ALL""")
    con.execute("DROP TABLE seen")
