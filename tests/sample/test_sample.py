"""The sample set: reproducible bytes, real shapes, and all that the generator says is planted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from python_calamine import CalamineWorkbook

from ruralkpi.errors import UserError
from ruralkpi.sample import Planted, write
from ruralkpi.sample.writing.dirt import KINDS, WORD

RAW, MAPPINGS = ROOT / "data" / "raw", ROOT / "data" / "mappings"
COMMITTED = {"agents": 24, "months": 13, "end": "2026-10", "seed": 20261001, "slips": True}
RULES = {
    "key_visit_half_monthly", "key_call_weekly", "visit_question_replied", "complaint_first_reply",
    "fault_repaired_in_limit", "fault_lodged_with_10000", "agreement_renewed_in_time",
}  # fmt: skip
EXPORTS = 13


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Planted]:
    folder = tmp_path_factory.mktemp("sample")
    return folder, write(folder / "raw", **COMMITTED, mappings=folder / "mappings")


def test_the_committed_set_is_what_the_generator_writes(small: tuple[Path, Planted]) -> None:
    assert digests(small[0] / "raw") == digests(RAW)
    assert digests(small[0] / "mappings" / "jiange") == digests(MAPPINGS / "jiange")


def test_two_runs_are_equal_and_seeds_differ(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write(tmp_path / name, agents=13, months=2, end="2026-02", seed=seed, dirty=0.03)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert not digests(tmp_path / "a").items() & digests(tmp_path / "c").items()


def test_the_committed_set_stays_small() -> None:
    assert sum(path.stat().st_size for path in RAW.rglob("*") if path.is_file()) <= 6_000_000
    assert sorted(path.name for path in RAW.iterdir()) == [str(m) for m in pd.period_range("2025-10", "2026-10", freq="M")]


def test_encodings_and_shapes(small: tuple[Path, Planted]) -> None:
    newest = small[0] / "raw" / "2026-10"
    assert len(list(newest.glob("青川县_*.csv"))) == len(list(newest.glob("剑阁县_*.xlsx"))) == EXPORTS
    for path in (small[0] / "raw").rglob("青川县_*.csv"):
        body = path.read_bytes()
        if "_协议_" in path.name:
            assert body.startswith(b"\xef\xbb\xbf") and body.decode("utf-8")
        else:
            assert body.decode("gbk")
            with pytest.raises(UnicodeDecodeError):
                body.decode("utf-8")


def test_stamps_are_spelled_in_several_ways(small: tuple[Path, Planted]) -> None:
    newest = small[0] / "raw" / "2026-10"
    text = {name: (newest / f"青川县_{name}_2026-10.csv").read_text("gbk") for name in ("投诉", "拜访", "电话拜访")}
    for name, spelled in (
        ("投诉", r"2026-10-\d\d \d\d:\d\d:\d\d"),
        ("拜访", r"2026/10/\d+ \d+:\d\d,"),
        ("电话拜访", r"2026年(?:9|10)月\d+日 \d\d:\d\d"),
    ):
        strewn = [row - 1 for file, row in small[1].dirt[["file", "row"]].itertuples(index=False) if f"_{name}_2026-10" in file]
        rows = [line for n, line in enumerate(text[name].splitlines()) if n and n not in strewn]
        assert pd.Series(rows).str.contains(spelled).all()
    rows = CalamineWorkbook.from_path(newest / "剑阁县_走访台账_2026-10.xlsx").get_sheet_by_index(0).to_python()
    assert hasattr(rows[1][rows[0].index("走访时刻")], "hour")


def test_ids_keep_their_zeros(small: tuple[Path, Planted]) -> None:
    path = small[0] / "raw" / "2026-10" / "青川县_代理人员_2026-10.csv"
    assert pd.read_csv(path, dtype=str, encoding="gbk")["工号"].tolist() == [f"{n:04d}" for n in range(1, 13)]


def test_own_sheets_take_the_visits_out_of_the_county_file(small: tuple[Path, Planted]) -> None:
    newest = small[0] / "raw" / "2026-10"
    own = sorted(newest.glob("拜访_自报_*.xlsx"))
    assert [path.stem.split("_")[-1] for path in own] == ["0002", "0009", "JG005"]
    county = pd.read_csv(newest / "青川县_拜访_2026-10.csv", dtype=str, encoding="gbk")
    assert not county["工号"].isin(["0002", "0009"]).any()


def test_a_late_reply_comes_with_the_next_months_file(small: tuple[Path, Planted]) -> None:
    rows = [pd.read_csv(p, dtype=str, encoding="gbk") for p in sorted((small[0] / "raw").rglob("青川县_投诉_*.csv"))]
    both = pd.concat(rows).groupby("投诉编号")["首次回复时间"].agg(["first", "last", "size"])
    assert ((both["size"] > 1) & both["last"].notna()).any()
    assert {"corrected_next_month"} <= set(small[1].cases["kind"])


def test_every_kind_is_planted(small: tuple[Path, Planted]) -> None:
    cases = small[1].cases.groupby("kind").size()
    expected = {
        "on_spot", "never", "exactly_48h", "second_over_48h", "withdrawn", "auto_only", "closed_confirmed",
        "closed_silent", "day_1", "day_2", "day_3", "duplicate", "exactly_5min", "over_5min", "never_lodged",
        "clock_skew", "no_consent", "terminal", "deferred", "exactly_at_limit", "over_limit", "on_the_day",
        "day_after", "20_days_after", "operator_ended", "auto", "successor", "over_a_holiday", "only_not_met",
        "only_by_phone", "by_other_agent", "agent_changed_inside", "week_without_workday",
    }  # fmt: skip
    assert expected <= set(cases.index)
    assert {"partial_slot", "taken_by_10000", "is_a_complaint"} <= set(small[1].not_owed["why"])


def test_planted_cases_come_out_as_meant(small: tuple[Path, Planted]) -> None:
    planted = small[1]
    table = planted.cases.merge(planted.obligations, on=["rule_id", "source_id"])
    outcomes = table[table["outcome"] != "exempt"].groupby("kind")["outcome"].unique().map(set)
    for kind, outcome in {
        "exactly_48h": "met", "second_over_48h": "missed_late", "day_1": "met", "day_2": "unknown",
        "day_3": "missed_late", "withdrawn": "void", "duplicate": "void", "closed_silent": "unknown",
        "exactly_5min": "met", "over_5min": "missed_late", "never_lodged": "missed_open", "clock_skew": "met",
        "exactly_at_limit": "met", "over_limit": "missed_late",
    }.items():  # fmt: skip
        assert outcomes[kind] == {outcome}, kind
    assert set(table.loc[table["kind"].isin(["terminal", "week_without_workday"]), "outcome"]) >= {"exempt"}


def test_obligations_are_keyed_and_hold_all_outcomes(small: tuple[Path, Planted]) -> None:
    owed = small[1].obligations
    assert set(owed["rule_id"]) == RULES
    assert set(owed["outcome"]) == {
        "met",
        "missed_late",
        "missed_open",
        "pending",
        "unknown",
        "exempt",
        "void",
    }
    assert not owed.duplicated(["rule_id", "source_id"]).any()
    assert small[1].counts["n"].sum() == len(owed)


def test_agents_differ_and_some_have_twenty_owed(small: tuple[Path, Planted]) -> None:
    owed = small[1].obligations.query("month == '2026-10' and outcome in ['met', 'missed_late', 'missed_open']")
    for rule in ("key_visit_half_monthly", "key_call_weekly"):
        met = owed[owed["rule_id"] == rule].assign(met=lambda f: f["outcome"] == "met").groupby("agent_id")["met"]
        assert (met.size() >= 20).sum() >= 5
        assert met.mean().max() - met.mean().min() > 0.2


def test_the_committed_set_holds_a_little_of_every_kind_of_fault(small: tuple[Path, Planted]) -> None:
    dirt = small[1].dirt
    assert set(dirt["kind"]) == {kind for kinds in KINDS.values() for kind in kinds} | {WORD} and len(dirt) < 40
    assert set(dirt["file"].str[:7]) == {"2026-08", "2026-10"}
    newest = small[0] / "raw" / "2026-10"
    rows = CalamineWorkbook.from_path(newest / "剑阁县_障碍工单_2026-10.xlsx").get_sheet_by_index(0).to_python()
    stamps = [cell for row in rows[1:] for cell in row if hasattr(cell, "hour")]
    assert max(f"{stamp:%Y-%m-%d}" for stamp in stamps) < "2026-10-21" if stamps else "2026/10/2" in str(rows)
    exempt = (newest / "青川县_例外_2026-10.csv").read_text("gbk").splitlines()
    assert exempt[-1].split(",")[1] == exempt[-2].split(",")[1][:-1]


def test_the_clean_set_has_no_dirt_and_the_dirty_set_lists_its_own(tmp_path: Path) -> None:
    assert write(tmp_path / "clean", agents=6, months=2, end="2026-10", seed=3).dirt.empty
    planted = write(tmp_path, agents=24, months=4, end="2026-10", seed=3, dirty=0.15)
    kinds = {"end_before_start", "sentinel_year", "after_as_of", "damaged_id", "unknown_agent", "no_date",
             "missing_required", "duplicated_id", "zero_minutes"}  # fmt: skip
    assert set(planted.dirt["kind"]) == kinds
    text = planted.dirt.query("kind == 'no_date' and file.str.contains('青川县')")
    for file, row in text[["file", "row"]].itertuples(index=False):
        assert "下周三" in (tmp_path / file).read_text("gbk").splitlines()[row - 1]


def test_more_agents_make_more_counties(tmp_path: Path) -> None:
    planted = write(tmp_path, agents=260, months=1, end="2026-10", seed=1)
    agents = planted.obligations["agent_id"].dropna()
    assert agents.nunique() == 260
    assert (tmp_path / "2026-10" / "平武县_投诉_2026-10.csv").exists()
    assert len(list((tmp_path / "2026-10").glob("*.xlsx"))) == EXPORTS + 3


def test_sixty_agents(tmp_path: Path) -> None:
    planted = write(tmp_path, agents=60, months=2, end="2026-03", seed=1)
    assert set(planted.obligations["rule_id"]) == RULES


@pytest.mark.parametrize("wrong", [{"end": "2026-13"}, {"end": "10/2026"}, {"agents": 0}, {"months": 0}, {"end": "2031-01"}])
def test_wrong_arguments_are_said_in_a_line(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(UserError):
        write(tmp_path, **(COMMITTED | wrong))  # type: ignore[arg-type]
