"""A setting that is another from a day on: the day on which a duty starts decides, to the day."""

from __future__ import annotations

import json

import pytest
from conftest import Office

from ruralkpi.errors import UserError
from ruralkpi.obligations.declared import rules
from ruralkpi.obligations.moved import moved

RULE = "complaint_first_reply"
DATED = f'[rules.{RULE}]\nlimit = {{ "2008-04-01" = "48 hours", "2026-01-10" = "24 hours" }}\n'
# each answered after 30 hours
ROWS = [("C1", "2026-01-08", "2026-01-09"), ("C2", "2026-01-09", "2026-01-10"), ("C3", "2026-01-10", "2026-01-11"), ("C4", "2026-01-12", "2026-01-13")]  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("dated"), DATED)
    made.csv("代理人员.csv", "工号,片区,姓名,区县\n0007,北片区,张三,甲县")
    lines = [f"{one},K1,{day} 10:00,0007,{reply} 16:00" for one, day, reply in ROWS]
    made.csv("投诉_2026-01.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\n" + "\n".join(lines))
    return made.make("2026-01-31")


def test_the_day_on_which_a_duty_starts_decides(office: Office) -> None:
    """C2 is due after the new limit's first day, and starts before it."""
    assert [(one, outcome) for one, outcome, _ in office.outcomes(RULE)] == [
        ("C1", "met"),
        ("C2", "met"),
        ("C3", "missed_late"),
        ("C4", "missed_late"),
    ]


def test_sentences_names_and_settings_say_what_was_in_force(office: Office) -> None:
    told = {row["source_id"]: row["sentence"] for row in office.json("explain", RULE, "--month", "2026-01")}
    assert "48 小时内应首次回复" in told["C2"].replace("\u00a0", " ") and "24 小时内应首次回复" in told["C3"].replace(
        "\u00a0", " "
    )
    with office.book() as book:
        about = book.catalog().set_index("rule_id").loc[RULE]
        assert "48 小时（2026-01-10 起 24 小时）" in about["label_zh"] and "24 hours from 2026-01-10" in about["label_en"]
        limit = next(one for one in json.loads(about["settings"]) if one["name"] == "limit")
        assert limit["value"] == [{"since": "2008-04-01", "value": "48 hours"}, {"since": "2026-01-10", "value": "24 hours"}]
        assert limit["set_by"] == "user"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"2026-07-01": "24 hours"}, "2008-04-01"),  # nothing before it
        ({"2008-04-01": "48 hours", "July": "24 hours"}, "日期"),
        ({}, "2008-04-01"),
        ({"2008-04-01": "48 hours", "2026-07-01": "soon"}, "soon"),
        ({"2008-04-01": "48 hours", "2026-07-01": 3}, "3"),
    ],
)
def test_gaps_and_what_is_no_day_or_value_are_errors_when_loading(value: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        rules({RULE: {"limit": value}})


def test_each_value_moves_by_a_step() -> None:
    rule = next(one for one in rules({RULE: {"limit": {"2008-04-01": "48 hours", "2026-01-10": "24 hours"}}}) if one.id == RULE)
    steps = [step for name, step, _ in moved(rule) if name == "limit"]
    assert len(steps) == 4 and any(step.startswith("2026-01-10: 24 hours +1") for step in steps)
    assert [(first, after) for first, after, _ in rule.periods()] == [("", "2026-01-10"), ("2026-01-10", None)]
