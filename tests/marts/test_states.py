"""How long a class, a state, an assignment, an agent's area and trade last over several lists (X10 X33)."""

from __future__ import annotations

import pytest
from conftest import Office

VISITS = "拜访编号,客户编号,工号,拜访时间,方式,结果"
LIST = "客户编号,客户类型,工号,状态,级别生效日期,级别失效日期,归属起始日期,归属终止日期"
OPEN = "在用,,,,"


def slots(office: Office, january: str, march: str) -> dict[str, str]:
    """Who owes which half-month of K1 until April, by its first day, after two lists."""
    office.csv("代理人员_2026-01.csv", "工号,片区\nA1,甲片区\nA2,甲片区")
    for month, row in (("2026-01", january), ("2026-03", march)):
        office.csv(f"客户_{month}.csv", f"{LIST}\n{row}\nF1,家庭,A1,{OPEN}")
    days = [
        f"V{month}{day:02d},F1,A1,2026-{month:02d}-{day:02d} 09:00,上门,完成" for month in (1, 2, 3, 4) for day in (2, 20, 28)
    ]
    office.csv("拜访_2026-01.csv", "\n".join([VISITS, *days]))
    office.make("2026-04-30")
    found = office.book().sql(
        "SELECT strftime(start_at, '%m-%d'), agent_id FROM obligation WHERE rule_id = 'key_visit_half_monthly' "
        "AND customer_id = 'K1' AND outcome LIKE 'm%' ORDER BY 1"
    )
    return dict(found.to_numpy().tolist())


ALL = ["01-01", "01-16", "02-01", "02-16", "03-01", "03-16", "04-01", "04-16"]


@pytest.mark.parametrize(
    ("january", "march", "owed"),
    [
        (f"K1,重要,A1,{OPEN}", "K1,重要,A1,销户,2024-05-01,,,", ALL[:4]),
        (f"K1,重要,A1,{OPEN}", "K1,重要,A1,在用,2024-05-01,2026-03-15,,", ALL[:5]),
        (f"K1,重要,A1,{OPEN}", "K1,重要,A1,在用,,,2024-05-01,2026-03-15", ALL[:5]),
        (f"K1,家庭,A1,{OPEN}", "K1,重要,A1,在用,2025-12-31,,,", ALL),
        (f"K1,家庭,A1,{OPEN}", f"K1,重要,A1,{OPEN}", ALL[4:]),
        ("K1,重要,A1,在用,2026-02-01,,,", "K1,家庭,A1,在用,2025-01-01,,,", []),
        ("K1,重要,A1,在用,2024-05-01,,,", f"K1,家庭,A1,{OPEN}", ALL[:4]),
        (f"K1,重要,A1,{OPEN}", "K1,重要,A1,销户,2026-02-10,,,", ALL[:4]),
        ("K1,重要,A1,销户,,,,", "K1,重要,A1,在用,2026-02-10,,,", ALL[4:]),
        (f"K1,重要,A1,{OPEN}", "K1,重要,A1,销户,2026-03-20,,,", ALL[:4]),
        (f"K1,重要,A1,{OPEN}", f"K1,重要,A1,{OPEN}", ALL),
    ],
)
def test_from_the_day_of_which_the_newest_list_speaks_no_older_one_counts(
    office: Office, january: str, march: str, owed: list[str]
) -> None:
    """A dated class or assignment holds from its day, one without from its list's month; a state always from that."""
    assert sorted(slots(office, january, march)) == owed


def test_an_assignment_with_a_day_before_the_older_list_holds_from_that_day(office: Office) -> None:
    assert slots(office, f"K1,重要,A1,{OPEN}", "K1,重要,A2,在用,,,2025-12-15,") == dict.fromkeys(ALL, "A2")


def test_a_history_in_one_list_is_kept_whole(office: Office) -> None:
    rows = "K1,重要,A1,在用,2025-01-01,2026-02-15,2025-01-01,\nK1,家庭,A1,在用,2026-02-16,,2025-01-01,"
    assert sorted(slots(office, rows, rows)) == ALL[:3]


def test_a_customer_is_as_its_newest_list_has_it(office: Office) -> None:
    slots(office, f"K1,重要,A1,{OPEN}", "K1,家庭,A2,销户,2024-05-01,,2024-05-01,")
    found = office.book().sql("SELECT is_key, is_active, agent_id FROM customer WHERE customer_id = 'K1'").to_numpy().tolist()
    assert found == [[False, False, "A2"]]


def test_repairs_and_the_household_bundle_are_those_of_the_day(office: Office) -> None:
    for month, one, other in (("2026-01", "否", "是"), ("2026-03", "是", "否")):
        office.csv(f"代理人员_{month}.csv", f"工号,片区,代维标志\nA1,甲片区,{one}\nA2,甲片区,{other}")
        office.csv(f"客户_{month}.csv", f"客户编号,客户类型,工号,E家标志,城乡\nK1,家庭,A1,{one},农村\nK2,家庭,A2,{other},农村")
    head = "故障单号,客户编号,申告时间,产品,修复时间,受理人,维修人"
    rows = [f"F{m}{n},K{n},2026-{m:02d}-05 10:00,宽带,2026-{m:02d}-09 10:00,A{n},A{n}" for m in (2, 3) for n in (1, 2)]
    office.csv("故障_2026.csv", "\n".join([head, *rows]))
    notices = "告知10000、告知10001、告知114、网上服务"
    jobs = [f"J{m}{n},K{n},A{n},装机,2026-{m:02d}-10 09:00,{notices},否" for m in (2, 3) for n in (1, 2)]
    office.csv("上门服务_2026.csv", "\n".join(["工单号,客户编号,工号,类型,到达时间,四项告知,E家告知", *jobs]))
    office.make("2026-04-30")
    faults = office.book().sql("SELECT source_id, is_repaired_by_agent FROM fault ORDER BY 1").to_numpy().tolist()
    assert faults == [["F21", False], ["F22", True], ["F31", True], ["F32", False]]
    told = office.book().sql("SELECT source_id, is_ehome FROM job ORDER BY 1").to_numpy().tolist()
    assert told == [["J21", False], ["J22", True], ["J31", True], ["J32", False]]


def test_areas_of_one_name_in_two_counties_are_two(office: Office) -> None:
    office.csv("代理人员_2026-01.csv", "工号,片区,片区经理,区县\nA1,城关片区,赵,甲县\nB1,城关片区,钱,乙县\nB2,河东片区,钱,乙县")
    head = "投诉编号,客户编号,受理时间,受理人,首次回复时间"
    office.csv(
        "投诉_2026-01.csv", f"{head}\nC1,K1,2026-01-05 10:00,A1,2026-01-05 11:00\nC2,K2,2026-01-05 10:00,B1,2026-01-09 11:00"
    )
    office.run("ingest")
    told = office.run("check", "--as-of", "2026-01-31").err
    assert "有 1 个片区名在几个区县里都有（城关片区 → 乙县、甲县）" in told and "乙县·城关片区" in told
    office.run("build")
    areas = office.book().sql("SELECT area_id, county_id, manager_name, agent_n FROM area ORDER BY 1").to_numpy().tolist()
    assert areas == [["乙县·城关片区", "乙县", "钱", 1], ["河东片区", "乙县", "钱", 1], ["甲县·城关片区", "甲县", "赵", 1]]
    met = office.book().sql("""
        SELECT area_id, met_n, met_n + late_n + open_n FROM kpi_area_month
        WHERE rule_id = 'complaint_first_reply' AND month = '2026-01' AND owed_n > 0 ORDER BY 1""")
    assert met.to_numpy().tolist() == [["乙县·城关片区", 0, 1], ["甲县·城关片区", 1, 1]]


def test_an_area_that_one_list_names_without_its_county_stays_one(office: Office) -> None:
    office.csv("代理人员_2026-01.csv", "工号,片区\nA1,城关片区")
    office.csv("代理人员_2026-03.csv", "工号,片区,区县\nA1,城关片区,甲县")
    office.csv("投诉_2026-01.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-01-05 10:00,A1,2026-01-05 11:00")
    office.make("2026-03-31")
    assert office.book().sql("SELECT DISTINCT area_id FROM agent_area").to_numpy().tolist() == [["城关片区"]]
