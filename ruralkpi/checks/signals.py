"""Signs of careless or made-up records: warnings that a person looks at, never a punishment."""

from __future__ import annotations

from importlib.resources import files

import duckdb

# One file of signal/ each: its rows (flagged or not) of source_table, file_no, row, agent_id, month, is_flagged.
SIGNALS = (
    "visit_overlap", "visit_zero_minutes", "note_copied", "keyed_late", "keyed_at_slot_end", "reply_at_once",
    "reopened", "confirmed_same_second", "impossible_travel",
)  # fmt: skip
_PLACED = """  -- grain: one agent and list, from its month on; the first speaks for the time before it too (X33)
SELECT agent_id,
    CASE WHEN count(DISTINCT county_id) OVER (PARTITION BY area_id) > 1 THEN concat_ws('·', county_id, area_id) ELSE area_id END
        AS area_id,  -- as the marts call it, where two counties give one name
    CASE WHEN file_month = min(file_month) OVER (PARTITION BY agent_id) THEN '' ELSE file_month END AS since
FROM clean.agents QUALIFY row_number() OVER (PARTITION BY agent_id, file_month ORDER BY file_no DESC, row DESC) = 1"""


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
    con.execute(f"""
CREATE TABLE signal AS  -- grain: one agent, month and signal that the agent's records could give
WITH placed AS ({_PLACED}
),
own AS (
    SELECT signal, month, seen.agent_id, coalesce(area_id, '') AS area_id, len(flagged) AS flagged_n, base_n
    FROM seen ASOF LEFT JOIN placed ON placed.agent_id = seen.agent_id AND seen.month >= placed.since
    WHERE seen.agent_id IS NOT NULL AND month IS NOT NULL
)
SELECT signal, month, agent_id, area_id, flagged_n, base_n, flagged_n / base_n AS share,
    sum(flagged_n) OVER area / sum(base_n) OVER area AS area_share
FROM own WINDOW area AS (PARTITION BY signal, month, area_id) ORDER BY ALL""")
    con.execute("DROP TABLE seen")
