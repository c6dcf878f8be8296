"""One record followed from its file to its figure, for every rule there is."""

from __future__ import annotations

import pytest
from conftest import Office

from ruralkpi.book import Book
from ruralkpi.obligations.declared import rules

STEPS = ["file", "mart", "rule", "obligation", "figure"]
UNSEEN = {"key_slot", "report_week", "village_month", "greeting_day", "expiring_month"}  # owed without a row of their own


def followed(book: Book, rule: str) -> set[str]:
    """The outcomes of a rule, of each of which the last record is followed; what is wrong fails."""
    query = "SELECT outcome, max(source_id) FROM obligation WHERE rule_id = ? GROUP BY outcome"
    records = book.sql(query, [rule]).to_numpy().tolist()
    for _, source_id in records:
        trail = book.trail(rule, source_id)
        facts = {(step, name): value for step, name, value in trail.to_numpy().tolist()}
        steps = list(dict.fromkeys(trail["step"]))
        row = book.sql("SELECT source_table, row FROM obligation WHERE rule_id = ? AND source_id = ?", [rule, source_id]).iloc[0]
        is_unseen = row["source_table"] in UNSEEN and bool(row.isna()["row"])
        assert steps == STEPS[is_unseen:], (rule, source_id, steps)
        assert is_unseen or facts["file", "row"] == str(row["row"])
        assert facts["obligation", "sentence"] and facts["rule", "clause"]
        assert int(facts["figure", "met_n"]) <= int(facts["figure", "owed_n"])
    return {outcome for outcome, _ in records}


@pytest.mark.parametrize("rule", [rule.id for rule in rules() if rule.id != "expiring_list_delivered"])
def test_every_rule_on_the_sample(sample: Office, rule: str) -> None:
    with sample.book() as book:
        assert followed(book, rule)


def test_the_rule_that_is_its_managers_and_not_in_the_sample(office: Office) -> None:
    office.csv("代理人员_2026-06.csv", "工号,片区,姓名\n007,南片区,张三")
    office.csv("客户_2026-06.csv", "客户编号,名称,客户级别,工号\nK1,甲,普通,007")
    office.csv(
        "协议_2026-06.csv",
        "协议编号,客户编号,产品,工号,起始日期,到期日期\n1,K1,宽带,007,2025-04-01,2026-04-15\n2,K1,专线,007,2025-05-01,2026-05-15",
    )
    office.csv("投诉_2026-03.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-03-01 10:00,007,2026-03-02 10:00")
    office.csv("到期清单_2026-03.csv", "片区,到期月份,交付日期\n南片区,2026-04,2026-03-20")
    office.make("2026-06-30")
    with office.book() as book:
        assert followed(book, "expiring_list_delivered") == {"met", "missed_open"}
