"""Every case of every rule on Spark, from the same clean rows, by the same SQL; cases that can share a world do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from on_spark import WHOLE, failures, worlds

WORLDS = worlds()
SHORT = 1  # worlds that are asked for without `make test-spark`: the first holds most of the cases


@pytest.mark.parametrize("place", range(len(WORLDS)))
def test_the_cases_of_a_world_hold_on_spark(spark: Any, place: int, tmp_path: Path) -> None:
    if place >= SHORT and not WHOLE:
        pytest.skip("make test-spark asks for it")
    key, cases = list(WORLDS.items())[place]
    assert failures(spark, tmp_path, key, cases) == []


def test_no_case_is_left_out() -> None:
    from ruralkpi.obligations.declared import rules

    assert sum(map(len, WORLDS.values())) == sum(len(rule.words["case"]) for rule in rules())
    assert len(next(iter(WORLDS.values()))) > 100
