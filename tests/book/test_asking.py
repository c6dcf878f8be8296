"""What is asked of a book is understood or refused: no empty frame where a name was wrong, no part under a whole's name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from conftest import Office

import ruralkpi as rk
from ruralkpi.book import frames
from ruralkpi.errors import UserError

REPLY = "complaint_first_reply"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda b: b.obligations(outcomes="overdue"), "missed_open"),
        (lambda b: b.obligations(outcomes=["met", "done"]), "missed"),
        (lambda b: b.measures(measure="nope"), "renewal_count"),
        (lambda b: b.measures(agent="nobody"), "nobody"),
        (lambda b: b.measures(area="普安"), "普安片区"),
        (lambda b: b.kpi(county="青川"), "青川县"),
        (lambda b: b.kpi(agent=4), "0004"),
        (lambda b: b.kpi(agent=4.5), "4.5"),
        (lambda b: b.kpi(2026), "2026-10"),
        (lambda b: b.kpi(dt.date(2026, 10, 1)), "2026-10"),
        (lambda b: b.kpi(2026.1), "2026-10"),
        (lambda b: b.kpi("2031-01"), "2025-10 至 2026-10"),
        (lambda b: b.kpi(rule="投诉"), "complaint_reported_up"),
        (lambda b: b.kpi(rule="投"), "投"),
        (lambda b: b.due("31 Oct"), "31 Oct"),
        (lambda b: b.due(20261031), "20261031"),
        (lambda b: b.kpi(by="county", area="普安片区"), 'by="area"'),
        (lambda b: b.kpi(by="province", county="青川县"), 'by="county"'),
        (lambda b: b.kpi(by="area", agent="0001"), 'by="agent"'),
        (lambda b: b.kpi(area="沙州片区", county="剑阁县"), "剑阁县"),
        (lambda b: b.obligations(lang="fr"), "zh、en"),
        (lambda b: b.kpi(lang="fr"), "zh、en"),
        (lambda b: b.trail(REPLY, "x", lang="fr"), "zh、en"),
        (lambda b: rk.figures.trend(b, REPLY, lang="fr"), "zh、en"),
        (lambda b: rk.open(b.path, edition="2026-10"), 'edition=("2026-10", 1)'),
        (lambda b: b.due(days=10**12), "36600"),
        (lambda b: b.due(days=-1), "36600"),
        (lambda b: b.known_rule([]), "rule="),
        (lambda b: b.known_rule(None), "rule="),
        (lambda b: b.known_agent([]), "agent="),
        (lambda b: b.times([]), "rule="),
        (lambda b: b.times([REPLY, "key_call_weekly"]), "rule="),  # the second would be passed over
        (lambda b: rk.figures.trend(b, None), "rule="),
        (lambda b: rk.figures.waterfall(b, REPLY, "2026-10", "2026-10"), "2026-10"),
        (lambda b: rk.figures.small_multiples(b, REPLY, columns=0), "columns"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(book: rk.Book, ask: Callable[[rk.Book], Any], said: str) -> None:
    with pytest.raises(UserError) as fault:
        ask(book)
    assert said in str(fault.value) and "\n" not in str(fault.value)


def test_what_is_meant_beyond_doubt_is_understood(book: rk.Book) -> None:
    same = pd.testing.assert_frame_equal
    plain = book.kpi("2026-10", rule=REPLY)
    same(plain, book.kpi(202610, rule="投诉 48 小时内首次回复"))
    same(plain, book.kpi(pd.Period("2026-10", "M"), rule="48小时内首次回复"))
    missed = book.obligations(REPLY, "2026-10", outcomes="missed")
    same(missed, book.obligations("首次回复", "2026-10", outcomes=["missed_late", "missed_open"]))
    assert len(missed) == len(book.misses("2026-10", rule=REPLY)) > 0
    assert len(book.obligations(REPLY, outcomes="all")) == sum(
        len(book.obligations(REPLY, outcomes=one)) for one in ("decided", "pending", "unknown", "exempt", "void")
    )
    asked = [book.due(at) for at in ("2026-10-31", "2026-10-31 24:00", dt.date(2026, 10, 31), dt.datetime(2026, 11, 1), None)]
    assert len(asked[0]) > 0
    for other in asked[1:]:
        same(asked[0], other)


def test_a_county_is_its_areas_wherever_areas_are_asked_for(book: rk.Book) -> None:
    areas = list(book.sql("SELECT area_id FROM area WHERE county_id = '剑阁县' ORDER BY 1")["area_id"])
    asks: list[Callable[..., pd.DataFrame]] = [
        lambda **where: book.kpi(rule=REPLY, **where),
        lambda **where: book.kpi(by="area", **where),
        lambda **where: book.obligations(REPLY, lang=None, **where),
        lambda **where: book.misses(lang=None, **where),
        lambda **where: book.due(lang=None, **where),
        lambda **where: book.measures(measure="coverage", **where),
        lambda **where: book.kpi(names=True, **where),
    ]
    for ask in asks:
        frame = ask(county="剑阁县")
        assert len(frame) > 0
        pd.testing.assert_frame_equal(frame, ask(area=areas))
        pd.testing.assert_frame_equal(ask(area=areas[0], county="剑阁县"), ask(area=areas[0]))
    whole = book.kpi(by="county", county="剑阁县").set_index("rule_id")
    parts = book.kpi(by="area", county="剑阁县").groupby("rule_id")[["met_n", "owed_n"]].sum()
    assert set(whole["county_id"]) == {"剑阁县"} and (whole.loc[parts.index, ["met_n", "owed_n"]] == parts).all(axis=None)


def test_names_stand_beside_their_ids_and_are_masked(book: rk.Book) -> None:
    rows = book.misses(rule="key_visit_half_monthly", names=True)
    assert list(rows.columns[:11]) == [
        "rule_id", "rule_label", "agent_id", "agent_name", "area_id", "county_id", "customer_id", "customer_name", "village_name",
        "source_id", "outcome",
    ]  # fmt: skip
    assert rows.columns[-1] == "sentence"
    real = book.sql("SELECT agent_name FROM agent UNION SELECT customer_name FROM customer WHERE NOT is_government")
    assert not set(rows["agent_name"]) & set(real["agent_name"]) and rows["agent_name"].dropna().str.contains(r"\*").all()
    told = book.sql("SELECT customer_id, village_name FROM customer").set_index("customer_id")["village_name"]
    assert list(rows["village_name"]) == list(told[rows["customer_id"]])
    assert set(book.misses(names=True, lang="en")["rule_label"]) <= set(book.catalog()["label_en"])
    figures = book.kpi(names=True, rule=REPLY)
    assert list(figures.columns[:6]) == ["rule_id", "rule_label", "agent_id", "agent_name", "area_id", "county_id"]
    assert list(book.measures(names=True, measure="coverage")["measure_label"].unique()) == ["重点客户本月联系过"]
    assert "customer_name" in book.due(names=True)


def test_english_sentences_name_a_villages_sections_in_english(book: rk.Book) -> None:
    told = book.obligations("village_info_current", outcomes="all", lang="en")["sentence"]
    assert not told.str.contains("基本|业务|渠道|竞争").any() and told.str.contains("/competitors").any()


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("zh", "故障 GZ1：10 月 28 日 14:12:30 销障，销障前应经客户确认；未确认，漏办，已不能补。"),
        (
            "en",
            "Fault GZ1: closed 28 Oct 14:12:30, the customer's confirmation due before; not confirmed: missed, and too late to be made good.",
        ),
    ],
)
def test_a_start_that_is_the_deadline_is_said_once(office: Office, lang: str, sentence: str) -> None:
    office.csv(
        "故障_2026-10.csv",
        """故障单号,客户编号,申告时间,受理人,产品,确认时间,销障时间
        GZ1,K1,2026-10-28 09:00:00,007,宽带,,2026-10-28 14:12:30""",
    )
    told = office.make().book().obligations("fault_confirmed_before_close", lang=lang)
    assert told["sentence"].tolist() == [sentence]


def test_scored_is_what_an_agents_card_counts(book: rk.Book) -> None:
    rows = book.obligations(month="2026-10", outcomes="all", lang=None)
    scored = book.sql("""SELECT sum(owed_n) AS n FROM kpi_agent_month JOIN rule USING (rule_id)
        WHERE month = '2026-10' AND use = 'S'""")["n"][0]
    assert rows["is_scored"].sum() == scored > 0
    assert set(rows.loc[rows["is_scored"], "use"]) == {"S"} and not rows.loc[rows["agent_id"].isna(), "is_scored"].any()


def test_gaps_are_those_between_visits_within_the_days_an_agent_held_the_customer(office: Office) -> None:
    office.csv("代理人员.csv", "工号,片区,区县\n007,甲片区,青川县\n008,甲片区,青川县")
    office.csv(
        "客户.csv",
        """客户编号,客户级别,工号,级别生效日期,归属起始日期,归属结束日期,村/场镇
        K1,重要,007,2025-01-01,2025-01-01,2026-01-20,乔庄镇
        K1,重要,008,2025-01-01,2026-01-21,,乔庄镇""",
    )
    office.csv(
        "拜访.csv",
        """拜访编号,客户编号,工号,拜访时间,方式,结果
        V1,K1,007,2026-01-03 09:00,上门,完成
        V2,K1,007,2026-01-10 09:00,上门,未遇
        V3,K1,008,2026-01-15 09:00,上门,完成
        V4,K1,008,2026-01-31 09:00,上门,""",
    )
    office.make("2026-02-28")
    with office.book() as book:
        rows = book.gaps(("2026-01", "2026-02"))
        shown = rows[["agent_id", "gap_d", "is_after_visit", "is_ended_by_visit", "unsure_n"]].values.tolist()
        assert shown == [
            ["008", 38, False, False, 1],  # nobody since the handover, a visit without a result aside
            ["007", 12, True, True, 0],  # 3 to 15 January: who was not at home was not visited, a colleague's visit counts
            ["007", 5, True, False, 0],
            ["007", 2, False, True, 0],  # from the first day of the data's half-month
        ]
        assert set(rows["village_name"]) == {"乔庄镇"} and set(rows["county_id"]) == {"青川县"}
        assert book.gaps("2026-02")["gap_d"].tolist() == [38] and book.gaps("2026-02", agent="007").empty


def test_what_is_at_risk_is_what_the_marts_hold_open_and_dear_first(book: rk.Book) -> None:
    rows = book.at_risk(60)
    held = book.sql("""SELECT o.source_id, a.monthly_yuan, a.product FROM obligation AS o JOIN agreement AS a USING (source_id)
        WHERE rule_id = 'agreement_renewed_in_time' AND outcome = 'pending' AND due_on BETWEEN '2026-11-01' AND '2026-12-30'""")
    assert set(rows["source_id"]) == set(held["source_id"]) and len(rows) == len(held) > 10
    assert rows["monthly_yuan"].dropna().is_monotonic_decreasing and rows["days_left"].between(1, 60).all()
    assert rows["monthly_yuan"].sum() == pytest.approx(held["monthly_yuan"].sum())
    assert set(book.at_risk(60, county="青川县")["county_id"]) == {"青川县"}


def test_times_are_the_obligations_own(book: rk.Book) -> None:
    rows, owed = book.times("首次回复", "2026-10"), book.obligations(REPLY, "2026-10", lang=None)
    assert sorted(rows["source_id"]) == sorted(owed["source_id"]) and rows["start_at"].is_monotonic_increasing
    both = rows.merge(owed, on="source_id", suffixes=("", "_owed"))
    hours = (both["done_at_owed"].fillna(pd.Timestamp(book.as_of)) - both["start_at"]).dt.total_seconds() / 3600
    is_timed = (both["start_precision"] != "day") & (both["done_precision"] != "day")
    assert (
        both["hours"].dropna().tolist() == pytest.approx(hours[is_timed].tolist()) and (is_timed == both["hours"].notna()).all()
    )
    with pytest.raises(UserError):
        book.times("每半月上门")


def test_text_stands_on_the_left_in_notebooks_and_figures_on_the_right() -> None:
    frame = pd.DataFrame({"who": ["张*"], "n": [3], "due_on": pd.to_datetime(["2026-10-31"])})
    shown = frames.html(frame)
    assert (
        shown is not None and "td:nth-of-type(1)" in shown and "td:nth-of-type(3)" in shown and "td:nth-of-type(2)" not in shown
    )
    assert "2026-10-31</td>" in shown
    assert "text-align:left" not in str(frames.html(frame[["n"]]))
