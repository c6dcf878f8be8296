"""Measures that are no obligations (STANDARD section 5): cohorts, volumes, coverage, and the time repairs take."""

from __future__ import annotations

import datetime as dt
from functools import partial
from importlib.resources import files

import duckdb

from ruralkpi.abreast import Adding, in_turn

MEASURE = """
CREATE TABLE measure (  -- grain: one measure and part, month, and agent (or area, where agent_id is NULL)
    measure_id VARCHAR, part VARCHAR, agent_id VARCHAR, area_id VARCHAR, month VARCHAR,
    n DOUBLE, of_n DOUBLE, value DOUBLE, is_provisional BOOLEAN
)"""
# of_n is NULL for a mere count; else value = n / of_n. A unit (a customer, a village) counts once in its scope; a row without one
# counts for itself.
# Decimals add up to the same in any order; floats would differ in the last digit from run to run. They are rounded in plain
# arithmetic, since engines cast a half to a decimal each in their own way.
_FOLDED = """
SELECT measure_id, part, {agent}, area_id, month,
    -- of silences the longest is told; everything else adds up
    CASE WHEN measure_id = 'complaint_silence' THEN max(hit) ELSE sum(hit) END, sum(weight),
    CASE WHEN sum(weight) > 0 THEN CAST(sum(hit) AS DOUBLE) / CAST(sum(weight) AS DOUBLE) END, bool_or(is_provisional)
FROM (
    SELECT measure_id, part, agent_id, area_id, month, is_provisional,
        CAST(floor(hit * 10000 + 0.5e0) / 10000 AS DECIMAL(18, 4)) AS hit,
        CAST(floor(weight * 10000 + 0.5e0) / 10000 AS DECIMAL(18, 4)) AS weight
    FROM (
        SELECT measure_id, part, {agent} AS agent_id, area_id, month,
            -- held by two agents in a month, a customer's slots were all kept only when both kept theirs
            CASE WHEN measure_id = 'compliance' THEN min(hit) ELSE max(hit) END AS hit, max(weight) AS weight,
            bool_or(is_provisional) AS is_provisional
        FROM fact
        WHERE {wanted} AND unit_id IS NOT NULL
        GROUP BY measure_id, part, {group}area_id, month, unit_id
        UNION ALL
        SELECT measure_id, part, {agent}, area_id, month, hit, weight, is_provisional
        FROM fact
        WHERE {wanted} AND unit_id IS NULL
    )
)
GROUP BY measure_id, part, {group}area_id, month
ORDER BY measure_id, part, {group}area_id, month"""
_BY = {"agent": ("agent_id", "agent_id, ", "agent_id IS NOT NULL"), "area": ("CAST(NULL AS VARCHAR)", "", "true")}

# The product of the shares that are left, by logarithms; whoever is repaired last leaves none.
_REPAIR_TIMES = """
WITH timed AS (
    SELECT repair_area_id AS area_id, strftime(reported_at, '%Y-%m') AS month,
        CASE WHEN repaired_at IS NOT NULL THEN 1 ELSE 0 END AS repaired_n,
        date_diff('second', date_trunc('second', reported_at), date_trunc('second', coalesce(repaired_at, {as_of}))) / 3600
            AS hours
    FROM fault
    WHERE reported_precision <> 'day' AND coalesce(repaired_precision, '') <> 'day' AND reported_at IS NOT NULL
), moment AS (
    SELECT area_id, month, hours, sum(repaired_n) AS repaired_n, count(*) AS fault_n
    FROM timed
    GROUP BY area_id, month, hours
), waiting AS (
    SELECT *, sum(fault_n) OVER (PARTITION BY area_id, month ORDER BY hours DESC) AS waiting_n
    FROM moment
), curve AS (
    SELECT *, CASE WHEN repaired_n = waiting_n THEN 1.0
        ELSE 1 - exp(sum(CASE WHEN repaired_n < waiting_n THEN ln(1 - repaired_n / waiting_n) ELSE 0 END)
            OVER (PARTITION BY area_id, month ORDER BY hours)) END AS repaired_share
    FROM waiting
)
SELECT 'repair_time', part.part, NULL, area_id, month, sum(repaired_n), sum(fault_n),
    min(CASE WHEN repaired_share >= part.share - 1e-12 THEN hours END), sum(fault_n) > sum(repaired_n)
FROM curve
CROSS JOIN (VALUES ('median_h', 0.5), ('p90_h', 0.9)) AS part(part, share)
GROUP BY area_id, month, part.part
ORDER BY area_id, month, part.part"""


def build_measures(con: duckdb.DuckDBPyConnection, as_of: dt.datetime) -> None:
    """Create `measure` in the book: every agent's and every area's, by month."""
    con.execute(MEASURE)
    folds = [partial(fold, facts=facts, as_of=as_of) for _, facts in statements()]
    in_turn(con, [*folds, partial(repair_times, as_of=as_of)])


def fold(con: duckdb.DuckDBPyConnection, adding: Adding, facts: str, as_of: dt.datetime) -> None:
    """Add to `measure` what one file of facts gives, for agents and for areas."""
    con.execute("CREATE OR REPLACE TEMP TABLE fact AS " + facts.replace("{as_of}", f"TIMESTAMP '{as_of}'"))
    with adding:
        for by in _BY:
            con.execute(f"INSERT INTO measure\n{folded_sql(by)}")
    con.execute("DROP TABLE fact")


def folded_sql(by: str) -> str:
    """The rows of `measure` that `fact` gives, by "agent" or by "area"."""
    agent, group, wanted = _BY[by]
    return _FOLDED.format(agent=agent, group=group, wanted=wanted)


def repair_times_sql(as_of: str) -> str:
    """The rows of `measure` that tell how long repairs take."""
    return _REPAIR_TIMES.replace("{as_of}", f"TIMESTAMP '{as_of}'")


def statements() -> list[tuple[str, str]]:
    """(name, SQL) of each file of facts, by name."""
    folder = files("ruralkpi") / "measures"
    return sorted((f.name[:-4], f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".sql"))


def repair_times(con: duckdb.DuckDBPyConnection, adding: Adding, as_of: dt.datetime) -> None:
    """Add to `measure` the median and 90th percentile of the hours to repair, by area and month of report.

    Open faults are right-censored at the cut-off; NULL where the share is not reached (Kaplan–Meier).
    """
    with adding:
        con.execute(f"INSERT INTO measure\n{repair_times_sql(str(as_of))}")
