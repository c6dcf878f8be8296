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
        "CREATE OR REPLACE TEMP TABLE seen (signal VARCHAR, source_table VARCHAR, agent_id VARCHAR, month VARCHAR, "
        "base_n BIGINT, flagged STRUCT(file_no INTEGER, row BIGINT)[])"
    )
    for signal in SIGNALS:
        sql = (files("ruralkpi") / "checks" / "signal" / f"{signal}.sql").read_text(encoding="utf-8")
        con.execute(f"""
INSERT INTO seen SELECT '{signal}', source_table, agent_id, month, count(*),
    coalesce(list(struct_pack(file_no := file_no, row := row)) FILTER (WHERE is_flagged), [])
FROM ({sql}) GROUP BY ALL""")
    con.execute("""
CREATE TABLE signal_row AS  -- grain: one flagged row and signal
SELECT one.signal, one.source_table, source_file.file, one.at.row AS row, one.agent_id, one.month
FROM (SELECT signal, source_table, agent_id, month, unnest(flagged) AS at FROM seen) AS one
JOIN source_file ON source_file.file_no = one.at.file_no ORDER BY one.signal, one.at.file_no, one.at.row""")
    con.execute("""
CREATE TABLE signal AS  -- grain: one agent, month and signal that the agent's records could give
WITH held AS (SELECT agent_id, max(area_id) AS area_id FROM clean.agents GROUP BY 1),
own AS (
    SELECT signal, month, agent_id, coalesce(area_id, '') AS area_id, len(flagged) AS flagged_n, base_n
    FROM seen LEFT JOIN held USING (agent_id) WHERE agent_id IS NOT NULL AND month IS NOT NULL
)
SELECT signal, month, agent_id, area_id, flagged_n, base_n, flagged_n / base_n AS share,
    sum(flagged_n) OVER area / sum(base_n) OVER area AS area_share
FROM own WINDOW area AS (PARTITION BY signal, month, area_id) ORDER BY ALL""")
    con.execute("DROP TABLE seen")
