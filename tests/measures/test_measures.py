"""Every measure's own cases hold in its real SQL; a wrong expectation, and a measure without cases, are noticed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from conftest import Office

from ruralkpi.measures import statements
from ruralkpi.measures.cases import declared, failures
from ruralkpi.texts import LANGUAGES

MEASURES = [*(name for name, _ in statements()), "repair_time"]


@pytest.mark.parametrize("measure", MEASURES)
def test_the_measures_own_cases_hold(measure: str) -> None:
    assert failures(measure) == []


def test_every_measure_has_cases_and_every_case_a_measure() -> None:
    assert sorted(declared()) == sorted(MEASURES)
    for measure, words in declared().items():
        assert all(case["name"].keys() == set(LANGUAGES) and all(case["name"].values()) for case in words["case"]), measure


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 2, "value": 0.5}, {"of_n": 3, "value": 0.5}, {"value": 0.6}, {"month": "2026-02"}, {"area_id": "p2"}, {"is_provisional": True}
    ],
)  # fmt: skip
def test_a_row_is_compared_whole(wrong: dict[str, Any]) -> None:
    words = copy.deepcopy(dict(declared()["complaints"]))
    words["case"] = words["case"][:1]
    assert failures("complaints", words) == []
    words["case"][0]["expect"][0] |= wrong
    assert len(failures("complaints", words)) == 1


def test_a_row_too_many_or_too_few_is_noticed() -> None:
    words = copy.deepcopy(dict(declared()["complaints"]))
    words["case"] = words["case"][:1]
    del words["case"][0]["expect"][1]
    assert "expected 1 rows, got 2" in failures("complaints", words)[0]
    words["case"][0]["expect"] = []
    assert "expected 0 rows, got 2" in failures("complaints", words)[0]


def test_a_stage_is_read_whole(office: Office) -> None:
    """未成交 holds 成交 and 待签约 holds 签约: neither is a win; a word of no list says nothing (X25)."""
    stages = ["已成交", "签约", "未成交", "待签约", "不再成交", ""]
    closed = ["2026-01-09", "2026-01-09", "2026-01-09", "", "2026-01-09", ""]
    rows = [f"S{n},007,2026-01-05,{stage},{at}" for n, (stage, at) in enumerate(zip(stages, closed, strict=True))]
    office.csv("商机.csv", "商机编号,工号,创建时间,阶段,关闭时间\n" + "\n".join(rows))
    office.csv("代理人员.csv", "工号,片区\n007,甲片区")
    office.make("2026-06-30")
    rows = office.book().measures("2026-01", measure="conversion_count", agent="007")
    assert [tuple(row) for row in rows[["n", "of_n"]].to_numpy()] == [(2, 5)] * 3
