"""obligation → kpi_agent_month and kpi_area_month: counts, rate and its 95 % Wilson interval (STANDARD section 6)."""

from __future__ import annotations

from functools import partial
from importlib.resources import files

import duckdb
import pandas as pd

from ruralkpi.abreast import abreast


def build_figures(con: duckdb.DuckDBPyConnection) -> None:
    """Create both tables in the book. rate, low and high are shares of 1; all three are NULL when nothing was owed."""
    keys = {"kpi_agent_month": "agent_id", "kpi_area_month": "area_id, county_id"}
    abreast(con, {table: partial(_figures, table=table, key=key) for table, key in keys.items()})


def _figures(con: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE counted AS {figures_sql(table)}")
    _intervals(con)
    con.execute(f"""CREATE TABLE {table} AS SELECT rule_id, {key}, month, met_n, owed_n, pending_n, unknown_n, exempt_n,
        CASE WHEN owed_n > 0 THEN met_n / owed_n END AS rate, low, high, late_n, open_n, partial_n,
        unexempted_met_n, unexempted_owed_n
        FROM counted LEFT JOIN interval_of USING (met_n, owed_n)
        ORDER BY {key.split(",")[0]}, rule_id, month""")


def figures_sql(table: str) -> str:
    """The counts of kpi_agent_month or kpi_area_month, with the one list of counts put in."""
    folder = files("ruralkpi") / "kpi"
    counts = (folder / "counts.sql").read_text(encoding="utf-8").partition("\n")[2].rstrip()
    names = [line.rstrip(",").rpartition(" ")[2] for line in counts.splitlines()]
    filled = ",\n    ".join(f"coalesce(counted.{name}, 0) AS {name}" for name in names)
    sql = (folder / f"{table}.sql").read_text(encoding="utf-8")
    return sql.replace("{counts}", counts.replace("\n", "\n        ")).replace("{filled}", filled)


def build_composite(con: duckdb.DuckDBPyConnection, max_unused: float, min_evidence: float) -> None:
    """Create kpi_composite in the book; only called where the office has switched it on."""
    sql = (files("ruralkpi") / "kpi" / "composite.sql").read_text(encoding="utf-8")
    sql = sql.replace("{max_unused}", str(max_unused)).replace("{min_evidence}", str(min_evidence))
    con.execute(f"CREATE TABLE kpi_composite AS {sql} ORDER BY agent_id, month")


def _intervals(con: duckdb.DuckDBPyConnection) -> None:
    """interval_of: one row per pair of counts that occurs, so that the library is asked once for each."""
    from statsmodels.stats.proportion import proportion_confint  # brings SciPy along: only where it is used

    pairs = con.execute("SELECT DISTINCT met_n, owed_n FROM counted WHERE owed_n > 0 ORDER BY met_n, owed_n").df()
    low, high = proportion_confint(pairs["met_n"], pairs["owed_n"], method="wilson") if len(pairs) else ([], [])
    frame = pd.DataFrame({**pairs, "low": low, "high": high}).astype(
        {"met_n": "int64", "owed_n": "int64", "low": "float64", "high": "float64"}
    )
    con.register("intervals", frame)
    con.execute("CREATE OR REPLACE TEMP TABLE interval_of AS SELECT * FROM intervals")
    con.unregister("intervals")
