"""Measures that are no obligations (STANDARD section 5): cohorts, volumes, coverage, and the time repairs take."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files

import duckdb
import numpy as np

MEASURE = """
CREATE TABLE measure (  -- grain: one measure and part, month, and agent (or area, where agent_id is NULL)
    measure_id VARCHAR, part VARCHAR, agent_id VARCHAR, area_id VARCHAR, month VARCHAR,
    n DOUBLE, of_n DOUBLE, value DOUBLE, is_provisional BOOLEAN
)"""
# of_n is NULL for a mere count; else value = n / of_n. A unit (a customer, a village) counts once in its scope.
# Decimals add up to the same in any order; floats would differ in the last digit from run to run.
_FOLDED = """
INSERT INTO measure
SELECT measure_id, part, {agent}, area_id, month,
    -- of silences the longest is told; everything else adds up
    CASE WHEN measure_id = 'complaint_silence' THEN max(hit) ELSE sum(hit) END, sum(weight),
    CASE WHEN sum(weight) > 0 THEN CAST(sum(hit) AS DOUBLE) / CAST(sum(weight) AS DOUBLE) END, bool_or(is_provisional)
FROM (
    SELECT measure_id, part, {agent} AS agent_id, area_id, month, unit_id,
        -- held by two agents in a month, a customer's slots were all kept only when both kept theirs
        CAST(CASE WHEN measure_id = 'compliance' THEN min(hit) ELSE max(hit) END AS DECIMAL(18, 4)) AS hit,
        CAST(max(weight) AS DECIMAL(18, 4)) AS weight,
        bool_or(is_provisional) AS is_provisional
    FROM fact
    WHERE {wanted}
    GROUP BY measure_id, part, {group}area_id, month, unit_id
)
GROUP BY measure_id, part, {group}area_id, month
ORDER BY measure_id, part, {group}area_id, month"""


def build_measures(con: duckdb.DuckDBPyConnection, as_of: dt.datetime) -> None:
    """Create `measure` in the book: every agent's and every area's, by month."""
    con.execute(MEASURE)
    for _, facts in statements():
        fold(con, facts, as_of)
    repair_times(con, as_of)


def fold(con: duckdb.DuckDBPyConnection, facts: str, as_of: dt.datetime) -> None:
    """Add to `measure` what one file of facts gives, for agents and for areas."""
    con.execute("CREATE OR REPLACE TEMP TABLE fact AS " + facts.replace("{as_of}", f"TIMESTAMP '{as_of}'"))
    for agent, group, wanted in (("agent_id", "agent_id, ", "agent_id IS NOT NULL"), ("NULL", "", "true")):
        con.execute(_FOLDED.format(agent=agent, group=group, wanted=wanted))
    con.execute("DROP TABLE fact")


def statements() -> list[tuple[str, str]]:
    """(name, SQL) of each file of facts, by name."""
    folder = files("ruralkpi") / "measures"
    return sorted((f.name[:-4], f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".sql"))


def repair_times(con: duckdb.DuckDBPyConnection, as_of: dt.datetime) -> None:
    """Add to `measure` the median and 90th percentile of the hours to repair, by area and month of report.

    Open faults are right-censored at the cut-off.
    """
    faults = con.execute(f"""
        SELECT repair_area_id AS area_id, strftime(reported_at, '%Y-%m') AS month, repaired_at IS NOT NULL AS is_repaired,
            date_diff('second', reported_at, coalesce(repaired_at, TIMESTAMP '{as_of}')) / 3600.0 AS hours
        FROM fault WHERE reported_precision <> 'day' AND coalesce(repaired_precision, '') <> 'day'
        ORDER BY ALL""").df()
    rows = []
    for (area_id, month), group in faults.groupby(["area_id", "month"]):
        for part, share in (("median_h", 0.5), ("p90_h", 0.9)):
            value = repair_quantile(group["hours"].to_numpy(), group["is_repaired"].to_numpy(), share)
            censored = int((~group["is_repaired"]).sum())
            rows.append(
                ("repair_time", part, None, area_id, month, float(len(group) - censored), float(len(group)), value, censored > 0)
            )
    if rows:
        con.executemany("INSERT INTO measure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def repair_quantile(hours: np.ndarray, is_repaired: np.ndarray, share: float) -> float | None:
    """Hours by which `share` of the faults are repaired (Kaplan–Meier); None when that share is not reached.

    >>> repair_quantile(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, False]), 0.5)
    2.0
    >>> repair_quantile(np.array([1.0, 9.0]), np.array([True, False]), 0.9) is None
    True
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    if not is_repaired.any():
        return None
    curve = SurvfuncRight(hours, is_repaired.astype(int))
    reached = np.flatnonzero(1 - curve.surv_prob >= share - 1e-12)
    return float(curve.surv_times[reached[0]]) if len(reached) else None
