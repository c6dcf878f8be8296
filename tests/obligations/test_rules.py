"""Every rule's own cases hold in the real engine, and each would notice if a setting were another."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import pytest

from ruralkpi.errors import UserError
from ruralkpi.obligations.cases import failures, tried
from ruralkpi.obligations.declared import rules
from ruralkpi.obligations.limits import limit
from ruralkpi.obligations.moved import moved, unnoticed
from ruralkpi.obligations.rule import Rule
from ruralkpi.texts import catalogue

RULES = {rule.id: rule for rule in rules()}
WITH_SETTINGS = [rule_id for rule_id, rule in RULES.items() if rule.settings]


@cache
def judged(rule_id: str) -> dict[str, list[str]]:
    """The rule's failing cases as it is, under '', and under each of its moves: the worlds that they live in are made once."""
    rule = RULES[rule_id]
    moves = {f"{name}: {step}": variant for name, step, variant in moved(rule)}
    return dict(zip(["", *moves], tried(rule, [rule, *moves.values()]), strict=True))


@pytest.mark.parametrize("rule_id", RULES)
def test_the_rules_own_cases_hold(rule_id: str) -> None:
    assert judged(rule_id)[""] == []


@pytest.mark.parametrize("rule_id", WITH_SETTINGS)
def test_a_setting_moved_by_one_step_breaks_a_case(rule_id: str) -> None:
    assert [move for move, failing in judged(rule_id).items() if move and not failing] == []


WITH_EVIDENCE = [rule_id for rule_id, rule in RULES.items() if "evidence" in rule.words["done"]]


@pytest.mark.parametrize("rule_id", WITH_EVIDENCE)
def test_without_the_export_that_alone_could_show_it_nothing_is_missed(rule_id: str) -> None:
    rule = RULES[rule_id]
    case = next(case for case in rule.words["case"] if any(row.get("outcome") == "missed_open" for row in case["expect"]))
    evidence = rule.words["done"]["evidence"]
    unheard = {"outcome": "unknown", "reason": "no_data"}
    expect = [row | unheard if row.get("outcome") == "missed_open" else row for row in case["expect"]]
    silent = {"calls" if evidence == "own" else evidence: ""}
    assert failures(replace(rule, words={**rule.words, "case": [{**case, "freshness": silent, "expect": expect}]})) == []


def test_every_other_rule_is_about_what_its_record_holds_from_the_start() -> None:
    for rule in RULES.values():
        is_blank_unknown = {"no_booking", "no_arrival"} & set(rule.words.get("unknown", {}))
        is_list = rule.words["owed"]["each"].startswith("agreement")
        assert rule.id in WITH_EVIDENCE or "ticked" in rule.words["done"] or is_blank_unknown or is_list, rule.id


def blind() -> Rule:
    """The lodging of faults with cases that stay clear of both of its limits."""
    words = copy.deepcopy(dict(RULES["fault_lodged_with_10000"].words))
    fault = {"fault_id": "1", "reported_at": "2026-03-02 22:00:00", "consented_at": "2026-03-02 22:58:00", "symptom": "断网"}
    words["case"] = [
        {
            "name": {"zh": "马上", "en": "soon"},
            "faults": [fault | {"lodged_at": "2026-03-02 22:59:00"}],
            "expect": [{"outcome": "met"}],
        },
        {"name": {"zh": "没有", "en": "never"}, "faults": [fault], "expect": [{"outcome": "missed_open"}]},
    ]
    return replace(RULES["fault_lodged_with_10000"], words=words)


def test_cases_that_do_not_notice_are_found() -> None:
    assert failures(blind()) == []
    assert unnoticed(blind()) == [
        "fault_lodged_with_10000.limit: 5 minutes -1 second",
        "fault_lodged_with_10000.limit: 5 minutes +1 second",
        "fault_lodged_with_10000.clock_skew: 2 minutes -1 second",
        "fault_lodged_with_10000.clock_skew: 2 minutes +1 second",
    ]


def test_a_wrong_expectation_is_a_failure() -> None:
    words = copy.deepcopy(dict(blind().words))
    words["case"][0]["expect"] = [{"outcome": "missed_late"}]
    assert len(failures(replace(blind(), words=words))) == 1
    words["case"][0]["expect"] = []
    assert len(failures(replace(blind(), words=words))) == 1


def test_every_limit_is_moved_both_ways() -> None:
    for rule in RULES.values():
        steps = {(name, step) for name, step, _ in moved(rule)}
        for name, value in rule.settings.items():
            assert sum(1 for moved_name, _ in steps if moved_name == name) == (
                1 if isinstance(value, bool) else 2 * len(value) if isinstance(value, list) else 2
            )


def test_a_borrowed_setting_follows_its_owner_and_is_changed_there_alone() -> None:
    assert RULES["fault_escalated_ahead"].settings["limit"] == RULES["fault_repaired_in_limit"].settings["limit"]
    changed = {rule.id: rule for rule in rules({"fault_repaired_in_limit": {"limit": "24 hours"}})}
    borrower, owner = changed["fault_escalated_ahead"], changed["fault_repaired_in_limit"]
    assert borrower.settings["limit"] == owner.settings["limit"] and borrower.set_by("limit") == "user"
    with pytest.raises(UserError, match="fault_repaired_in_limit.limit"):
        rules({"fault_escalated_ahead": {"limit": "24 hours"}})


def test_a_limit_in_seconds_is_clock_time() -> None:
    """Five minutes are three hundred seconds, in the cases as well; from two hours on a bare day may decide (X19)."""
    rule = RULES["fault_lodged_with_10000"]
    assert failures(replace(rule, settings={**rule.settings, "limit": "300 seconds", "clock_skew": "120 seconds"})) == []
    assert limit("7199 seconds").is_minutes and not limit("7200 seconds").is_minutes
    assert limit("119 minutes").is_minutes and not limit("2 hours").is_minutes and not limit("1 day").is_minutes


def test_a_number_is_no_switch_and_a_switch_no_number() -> None:
    own = {"own_visits_only": True, "bunched_within_d": 4}
    assert {rule.id: rule for rule in rules({"key_visit_half_monthly": own})}["key_visit_half_monthly"].settings == own
    for wrong in ({"own_visits_only": 1}, {"bunched_within_d": True}, {"bunched_within_d": "soon"}):
        with pytest.raises(UserError, match="key_visit_half_monthly"):
            rules({"key_visit_half_monthly": wrong})


OWNERS = {"visit_recorded": "manager", "expiring_list_delivered": "manager", "fault_called_back": "hotline"}
INFORMATION = {"visit_arrived_early", "village_info_current", "complaint_reported_up", "inspection_passed"}
AUDIT = {"agreement_file_current", "job_kit_complete", "job_notices_given", "job_identity_checked"}


@pytest.mark.parametrize("rule_id", RULES)
def test_who_owes_and_what_is_scored(rule_id: str) -> None:
    """As STANDARD section 4 has it: what others owe, informs or is audited is on nobody's score."""
    use = "M" if rule_id in OWNERS else "I" if rule_id in INFORMATION else "A" if rule_id in AUDIT else "S"
    words = RULES[rule_id].words
    assert (words["owner"], words["use"]) == (OWNERS.get(rule_id, "agent"), use)


def test_every_reason_has_its_words() -> None:
    for rule in RULES.values():
        for part in ("void", "exempt", "unknown"):
            for code in rule.words.get(part, {}):
                assert code.startswith("no_column_") or f"reason.{code}" in catalogue(), (rule.id, code)


@pytest.mark.parametrize("rule_id", RULES)
def test_the_rules_words_are_whole(rule_id: str) -> None:
    rule = RULES[rule_id]
    assert rule.words["owner"] in ("agent", "manager", "hotline") and rule.words["use"] in "SMIA"
    for lang in ("zh", "en"):
        assert rule.text("label", lang) and rule.text("how", lang)
        assert {"thing", "duty", "done"} <= set(rule.sentence_words(lang))
    assert all(rule.set_by(name) for name in rule.settings)
