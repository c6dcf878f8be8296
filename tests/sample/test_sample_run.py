"""The committed sample through the whole engine, against the generator's own list of what it planted."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, Office, tables

from ruralkpi.marts import key_of, statements
from ruralkpi.sample import write

PLANTED_RULES = (
    "key_visit_half_monthly", "key_call_weekly", "visit_question_replied", "complaint_first_reply",
    "fault_repaired_in_limit", "fault_lodged_with_10000", "agreement_renewed_in_time",
)  # fmt: skip
KEYS = {number_and_name.split("_", 1)[1]: key_of(sql) for number_and_name, sql in statements()} | {
    "calendar_day": "day", "month": "month", "obligation": "rule_id, source_id", "rule": "rule_id",
    "kpi_agent_month": "rule_id, agent_id, month", "kpi_area_month": "rule_id, area_id, month", "festival": "occasion, day",
    "birthday_on": "is_lunar, is_leap, month_n, day_n, day",
}  # fmt: skip


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("planted")
    return write(folder, agents=24, months=13, end="2026-10", seed=20261001).obligations


def faults_after_the_early_export(sample: Office) -> set[str]:
    """The second county's faults that its last export, of 20 October, could not know or not know the end of."""
    known = sample.book().sql("SELECT max(source_id) AS last FROM fault WHERE source_id LIKE 'GZ02%'")["last"].item()
    return {f"GZ02{n:07d}" for n in range(int(known[4:]) - 3, int(known[4:]) + 40)}


def test_every_planted_obligation_has_its_outcome(sample: Office, planted: pd.DataFrame) -> None:
    found = sample.book().sql(
        "SELECT rule_id, source_id, agent_id, month, outcome, reason FROM obligation WHERE reason IS DISTINCT FROM 'before_data' AND (start_at < TIMESTAMP '2026-11-01' OR source_table <> 'key_slot')"
    )
    found = found[found["rule_id"].isin(PLANTED_RULES)]
    both = planted.merge(found, on=["rule_id", "source_id"], how="outer", suffixes=("_planted", "_found"), indicator=True)
    only_found = both[(both["_merge"] == "right_only") & (both["outcome_found"] != "void")]
    early = both["rule_id"].str.startswith("fault_") & both["source_id"].isin(faults_after_the_early_export(sample))
    known = both[early].dropna(subset="outcome_found")
    assert ((known["outcome_found"] == known["outcome_planted"]) | (known["outcome_found"] == "unknown")).all()
    assert (known["outcome_found"] == "unknown").any() and early.sum() > len(known) > 3
    both = both[~early]
    assert both[both["_merge"] == "left_only"].empty and only_found[only_found["month_found"] <= "2026-10"].empty
    twice = both[both["_merge"] == "both"]
    assert len(twice) == len(planted) - early.sum() > 20_000
    word = twice["reason"] == "word"  # a missed week with a visit of unknown mode, which may have been a call
    assert set(twice.loc[word, "outcome_planted"]) == {"missed_open"} and 0 < word.sum() <= 3
    assert (twice["outcome_planted"] == twice["outcome_found"])[~word].all()
    assert (twice["month_planted"] == twice["month_found"]).all()
    assert (twice["agent_id_planted"].fillna("") == twice["agent_id_found"].fillna("")).all()


def test_explain_gives_exactly_the_rows_of_every_figure(sample: Office) -> None:
    figures = pd.DataFrame(sample.json("score", "--month", "2026-10"))
    with sample.book() as book:
        rows = book.obligations(month="2026-10")
    counts = rows.groupby(["rule_id", "agent_id"]).size()
    for row in figures.to_dict("records"):
        assert row["owed_n"] == counts.get((row["rule_id"], row["agent_id"]), 0), row
        assert row["owed_n"] == row["met_n"] + row["late_n"] + row["open_n"]
    assert set(rows["outcome"]) <= {"met", "missed_late", "missed_open"} and rows["sentence"].str.len().min() > 10


def test_the_explain_command_for_every_agent(sample: Office) -> None:
    with sample.book() as book:
        agents = book.sql("SELECT agent_id FROM agent ORDER BY 1")["agent_id"].tolist()
        owed = dict(
            book.sql(
                "SELECT agent_id, owed_n FROM kpi_agent_month WHERE rule_id = 'complaint_first_reply' AND month = '2026-10'"
            ).to_numpy()
        )
    for agent in agents:
        rows = sample.json("explain", "complaint_first_reply", "--month", "2026-10", "--agent", agent)
        assert len(rows) == owed.get(agent, 0)


def test_agents_and_area_only_obligations_sum_to_areas_and_areas_to_the_province(sample: Office) -> None:
    book = sample.book()
    counts = "met_n, owed_n, pending_n, unknown_n, exempt_n"
    agents = book.sql(f"""
        SELECT rule_id, month, {", ".join(f"sum({c.strip()}) AS {c.strip()}" for c in counts.split(","))} FROM (
            SELECT rule_id, month, {counts} FROM kpi_agent_month UNION ALL
            SELECT rule_id, month, (outcome = 'met')::INT, (outcome IN ('met', 'missed_late', 'missed_open'))::INT,
                (outcome = 'pending')::INT, (outcome = 'unknown')::INT, (outcome = 'exempt')::INT
            FROM obligation WHERE agent_id IS NULL) GROUP BY ALL ORDER BY ALL""")
    areas = book.sql(f"""
        SELECT rule_id, month, {", ".join(f"sum({c.strip()}) AS {c.strip()}" for c in counts.split(","))}
        FROM kpi_area_month GROUP BY ALL ORDER BY ALL""")
    owed = agents[agents["rule_id"].isin(areas["rule_id"])].reset_index(drop=True)
    both = owed.merge(areas, on=["rule_id", "month"], suffixes=("_agents", "_areas"), how="outer").fillna(0)
    for name in counts.split(", "):
        assert (both[f"{name}_agents"] == both[f"{name}_areas"]).all(), name
    province = book.kpi("2026-10", by="province")
    area = book.kpi("2026-10", by="area").groupby("rule_id")[["met_n", "owed_n"]].sum()
    assert province.set_index("rule_id")[["met_n", "owed_n"]].sort_index().equals(area.sort_index())


@pytest.mark.parametrize("table", sorted(KEYS))
def test_rows_are_keys(sample: Office, table: str) -> None:
    book = sample.book()
    rows, keys = book.sql(
        f"SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT {KEYS[table]} FROM {table})) FROM {table}"
    ).iloc[0]
    # the sample's system does remind, so that nobody owes a list; and nobody contests a miss in it
    assert rows == keys and (rows > 0 or table in ("expiring_month", "request"))


def test_every_mart_has_a_stated_grain_and_a_tested_key() -> None:
    for number_and_name, sql in statements():
        table = number_and_name.split("_", 1)[1]
        assert sql.startswith(f"-- {table}: one row per"), number_and_name
        assert KEYS[table], number_and_name


def test_run_twice_every_table_is_the_same(sample: Office, tmp_path: Path) -> None:
    again = Office(tmp_path)
    text = (sample.folder / "ruralkpi.toml").read_text(encoding="utf-8")
    (again.folder / "ruralkpi.toml").write_text(text, encoding="utf-8")
    again.make()
    first, second = tables(sample.book().path), tables(again.book().path)
    assert list(first) == list(second)
    for name in first:
        pd.testing.assert_frame_equal(first[name], second[name], obj=name)


def test_the_sample_reads_without_a_loss_but_for_the_faults_planted(sample: Office, tmp_path: Path) -> None:
    counts = sample.book().sql("SELECT * FROM source_count")
    assert (counts["read_n"] == counts[["blank_n", "clean_n", "superseded_n", "quarantined_n"]].sum(axis=1)).all()
    dirt = write(tmp_path, agents=24, months=13, end="2026-10", seed=20261001, slips=True).dirt
    kept = dirt["kind"].isin(["duplicated_id", "zero_minutes", "unknown_word"])
    assert counts["quarantined_n"].sum() == (~kept).sum() > 20 and len(counts) == len(list((ROOT / "data" / "raw").rglob("*.*")))
