"""Until when the data speak (X28): names of files, the cut-off that records imply, what stops earlier, what began before (X34)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pytest
from conftest import Office

from ruralkpi.checks.cutoff import default_as_of
from ruralkpi.checks.heard.pace import stops_short
from ruralkpi.intake.file_names import Named
from ruralkpi.intake.readers.files import discover
from ruralkpi.quality.report import quality_report

VISITS = "拜访编号,客户编号,工号,拜访时间,方式,结果\n"
CALLS = "编号,客户编号,工号,通话时间,是否接通,呼出/呼入\n"
COMPLAINTS = "投诉编号,客户编号,受理时间,受理人,首次回复时间\n"
AGENTS = "工号,片区,区县\n007,甲片区,青川县\n101,乙片区,剑阁县\n"
CUSTOMERS = "客户编号,客户级别,工号,归属起始日期\nK1,重要,007,2020-01-01\nK9,重要,101,2020-01-01\n"


@pytest.mark.parametrize(
    ("name", "month", "day"),
    [
        ("投诉_20261102.csv", "", "2026-11-02"),
        ("2026-11-02_投诉.csv", "", "2026-11-02"),
        ("投诉2026年11月2日.xlsx", "", "2026-11-02"),
        ("投诉2026.11.2.xlsx", "", "2026-11-02"),
        ("20261102153000_投诉.csv", "", "2026-11-02"),
        ("20261102/投诉.csv", "", "2026-11-02"),
        ("2026-10/投诉_20261102.csv", "2026-10", "2026-11-02"),
        ("投诉_2026-10_20261102.csv", "2026-10", "2026-11-02"),
        ("投诉_20261001-20261031.csv", "2026-10", ""),  # the month whole
        ("投诉_20260101-20261031.csv", "", ""),
        ("投诉_2026-10-1.csv", "", ""),  # the 1st, or part 1?
        ("投诉_2026-09-1.csv", "2026-09", ""),
        ("投诉_20261131.csv", "", ""),  # no such day
        ("2026年10月/投诉.csv", "2026-10", ""),
        ("投诉202610.csv", "2026-10", ""),
        ("投诉２０２６年９月.csv", "2026-09", ""),
        ("2026/10月/投诉.csv", "2026-10", ""),
        ("10月/投诉.csv", "", ""),  # of which year?
        ("2026年1-10月投诉.csv", "", ""),
        ("二〇二六年十月/投诉.csv", "2026-10", ""),
        ("投诉二零二六年十一月二十日.csv", "", "2026-11-20"),
        ("13820261012345.csv", "", ""),
        ("投诉_2026-1.csv", "2026-01", ""),
        ("投诉_2026.1.csv", "2026-01", ""),
        ("2026/1/投诉.csv", "2026-01", ""),
        ("投诉_Oct-2026.csv", "2026-10", ""),
        ("投诉_2026-October.csv", "2026-10", ""),
        ("投诉_10-2026.csv", "2026-10", ""),
        ("投诉_2-10-2026.csv", "", ""),
        ("投诉_2026Q4.csv", "", ""),
        ("投诉_202609-202610.csv", "", ""),  # over two months: none
        ("2026年9-10月投诉.csv", "", ""),
        ("2026-10/投诉_2026年9-10月.csv", "", ""),
        ("投诉_20261005-20261011.csv", "", ""),
    ],
)
def test_a_full_date_in_a_name_is_the_day_of_export_and_no_month(name: str, month: str, day: str) -> None:
    said = Named.of(name)
    assert (said.month, str(said.exported_on or "")) == (month, day)


def test_a_day_of_export_stands_among_the_months(tmp_path: Path) -> None:
    names = ["投诉.csv", "投诉_2026-09.csv", "投诉_20261015.csv", "投诉_2026-10.csv", "投诉_20261102.csv", "投诉_2026-11.csv"]
    for name in reversed(names):
        (tmp_path / name).touch()
    assert [source.name for source in discover(tmp_path)] == names


@pytest.mark.parametrize(
    "names",
    [
        ["投诉_2026-09.csv", "投诉_20261005-20261011.csv", "投诉_20261012-20261018.csv", "投诉_2026-10.csv"],
        ["投诉_2026-09.csv", "投诉_202609-202610.csv", "投诉_2026-11.csv"],
        ["投诉_2026-9.csv", "投诉_2026-10.csv"],
        ["投诉_2026-10.csv.bak", "投诉_2026-10.csv"],
        ["投诉_2026-10.csv~", "投诉_2026-10.csv"],
        ["投诉_2026-10_初版.csv", "投诉_2026-10.csv", "投诉_2026-10_修正.csv"],
        ["投诉_2026-10_v2.csv", "投诉_2026-10_V3.csv"],
        ["投诉_2026-10（2）.csv", "投诉_2026-10(3).csv", "投诉_2026-10 (4).csv"],
        ["投诉_2026-10上旬.csv", "投诉_2026-10中旬.csv", "投诉_2026-10下旬.csv"],
        ["投诉_2026-10第一周.csv", "投诉_2026-10第二周.csv", "投诉_2026-10第三周.csv"],
    ],
)
def test_the_order_of_names(tmp_path: Path, names: list[str]) -> None:
    for name in [*reversed(names), "投诉_2026-10.csv.part"]:
        (tmp_path / name).touch()
    assert [source.name for source in discover(tmp_path)] == names


def day(text: str) -> str:
    """10-05 is 5 October 2026."""
    return text if len(text) > 11 else f"2026-{text}"


def visits(*days: str) -> str:
    """Visits of 007 to K1 at these times: 10-05, or 10-05 09:30."""
    return VISITS + "".join(f"V{day(at)},K1,007,{day(at)},上门,完成\n" for at in days)


def complaints(*days: str) -> str:
    return COMPLAINTS + "".join(f"C{n},K1,{day(at)},007,\n" for n, at in enumerate(days))


def daily(first: int, last: int, clock: str = " 09:00") -> list[str]:
    return [f"10-{n:02d}{clock}" for n in range(first, last + 1)]


def cut_off(office: Office, files: dict[str, str], within: int = 3) -> str:
    for name, text in files.items():
        office.csv(name, text)
    assert office.run("ingest").code == 0
    with office.staging() as con:
        return f"{default_as_of(con, within):%Y-%m-%d %H:%M}"


OCTOBER = "2026-11-01 00:00"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"拜访_2026-10.csv": visits(*daily(1, 16), "10-17 15:42")}, "2026-10-17 15:42", id="ends on the 17th at 15:42"),
        pytest.param({"拜访_2026-10.csv": visits(*daily(1, 17, ""))}, "2026-10-18 00:00", id="a bare day ends at its 24:00"),
        pytest.param({"拜访_2026-10.csv": visits("10-28 09:00")}, OCTOBER, id="two working days before a Saturday"),
        pytest.param({"拜访_2026-10.csv": visits("10-27 09:00")}, OCTOBER, id="three"),
        pytest.param({"拜访_2026-10.csv": visits("10-26 09:00")}, "2026-10-26 09:00", id="four"),
        pytest.param(
            {"拜访_2025-01.csv": visits("2025-01-23 09:00")}, "2025-02-01 00:00", id="24, 26 and 27 January are worked, then it is Spring Festival"
        ),
        pytest.param(
            {"拜访_2026-09.csv": visits("09-29 09:00", "10-08 09:30", "10-12 10:00")}, "2026-10-12 10:00", id="goes on after National Day"
        ),
        pytest.param(
            {"拜访_2026-10.csv": visits(*daily(1, 30), "12-25 10:00")}, OCTOBER, id="one visit at Christmas in October's file"
        ),
        pytest.param({"拜访_2026-10.csv": visits("10-29 09:00", "2027-10-05 09:00")}, OCTOBER, id="one a year ahead"),
        pytest.param({"拜访.csv": visits(*daily(1, 30), "12-25 10:00")}, OCTOBER, id="the same without a month in the name"),
        pytest.param({"拜访.csv": visits(*daily(12, 30), "12-25 10:00")}, OCTOBER, id="twenty are enough for that"),
        pytest.param({"拜访.csv": visits(*daily(13, 30), "12-25 10:00")}, "2026-12-25 10:00", id="nineteen are not"),
        pytest.param({"拜访.csv": visits("10-01 09:00", "10-30 09:00", "2027-10-05 09:00")}, OCTOBER, id="few, and one a year ahead"),
        pytest.param({"拜访.csv": visits("02-01 09:00", "06-30 09:00")}, "2026-07-01 00:00", id="few, and far apart"),
        pytest.param({"拜访_20261102.csv": visits(*daily(1, 30), "11-20 09:00")}, OCTOBER, id="later than the day of export"),
        pytest.param({"拜访_20261102.csv": visits(*daily(1, 30), "11-02 09:00")}, "2026-11-02 09:00", id="on the day of export"),
        pytest.param({"拜访_20261001.csv": visits(*daily(1, 30))}, OCTOBER, id="named by the day on which it begins"),
        pytest.param({"拜访_2026-01.csv": visits("01-05", *daily(1, 30))}, OCTOBER, id="named by the month in which it begins"),
        pytest.param(
            {"拜访_2026-10.csv": visits(*daily(1, 30)), "投诉_2026-10.csv": complaints(*daily(1, 15))}, "2026-10-30 09:00", id="one stops on the 15th"
        ),
        pytest.param(
            {"拜访_2026-10.csv": VISITS, "投诉_2026-10.csv": complaints("10-01 09:00", "10-30 09:00")}, OCTOBER, id="a header alone has no say"
        ),
        pytest.param(
            {"拜访_2026-10.csv": visits(*daily(1, 30)), "投诉_2026-09.csv": complaints("09-30 09:00")}, OCTOBER, id="nor has what ended before the month"
        ),
        pytest.param(
            {"拜访_2026-10.csv": visits(*daily(1, 30)), "客户_2027-01.csv": CUSTOMERS}, OCTOBER, id="a list of a later month"
        ),
        pytest.param(
            {"拜访_2026-08.csv": visits("08-31 09:00"), "投诉.csv": complaints(*daily(1, 30))}, OCTOBER, id="a ledger goes on without a month"
        ),
        pytest.param({"协议_2026-10.csv": "协议编号,客户编号,到期日期\nA1,K1,2027-01-31"}, OCTOBER, id="lists alone, by month"),
        pytest.param({"协议_20261030.csv": "协议编号,客户编号,到期日期\nA1,K1,2027-01-31"}, "2026-10-31 00:00", id="lists alone, by day"),
        pytest.param({"拜访_2051-01.csv": visits("2051-01-30 09:00")}, "2051-02-01 00:00", id="a year that no calendar covers yet"),
        pytest.param({"拜访_2026-10.csv": visits("10-30 09:00", "2099-12-31", "1970-01-01")}, OCTOBER, id="sentinel years"),
    ],
)  # fmt: skip
def test_the_cut_off_is_what_the_records_say(office: Office, files: dict[str, str], expected: str) -> None:
    assert cut_off(office, files) == expected


def test_how_near_an_export_must_come_is_a_setting(office: Office) -> None:
    assert cut_off(office, {"拜访_2026-10.csv": visits("10-28 09:00")}, within=1) == "2026-10-28 09:00"
    office.configure("[cut_off]\nwithin_days = 1\n")
    assert "2026-10-28 09:00" in office.run("check").err
    office.configure('[cut_off]\nwithin_days = "3"\n')
    result = office.run("check")
    assert result.code == 2 and "cut_off.within_days" in result.err


def workdays(*numbers: int) -> list[dt.date]:
    """The working days of March 2026 by number, a Monday being 0."""
    return [dt.date(2026, 3, 2) + dt.timedelta(days=n // 5 * 7 + n % 5) for n in numbers]


@pytest.mark.parametrize(
    ("numbers", "last", "is_short"),
    [
        (range(15), 17, False),
        (range(15), 18, True),
        ([0, 7], 11, True),  # two records make no rhythm
        ([0, 5, 10, 15, 20, 25], 35, False),  # one a week: two weeks without one have been seen
        ([0, 5, 10, 15, 20, 25], 36, True),
    ],
)
def test_what_comes_seldom_has_not_stopped(numbers: Iterable[int], last: int, is_short: bool) -> None:
    assert stops_short(workdays(*numbers), workdays(last)[0], 3, None) is is_short


def slots(office: Office, rule: str = "key_visit_half_monthly") -> list[tuple[str, str, str]]:
    rows = office.book().sql(
        "SELECT source_id, outcome, coalesce(reason, '') FROM obligation WHERE rule_id = ? AND month = '2026-10' ORDER BY source_id",
        [rule],
    )
    return [tuple(row) for row in rows.to_numpy().tolist()]


def two_counties(office: Office, *own: str, of_others: str = "") -> Office:
    """K1 of 青川县 visited on `own`, K9 of 剑阁县 as `of_others` says; complaints of both to the 30th."""
    office.csv("代理人员.csv", AGENTS)
    office.csv("客户.csv", CUSTOMERS)
    office.csv("青川县_拜访_2026-10.csv", visits(*own))
    office.csv("剑阁县_拜访_2026-10.csv", VISITS + of_others)
    office.csv(
        "投诉_2026-10.csv",
        complaints("10-01 09:00", "10-30 09:00") + "D1,K9,2026-10-01 09:00,101,\nD2,K9,2026-10-30 09:00,101,\n",
    )
    return office


def test_a_county_that_stops_earlier_is_told_and_not_missed(office: Office) -> None:
    two_counties(office, "10-05 09:00", "10-30 09:00", of_others="W1,K9,101,2026-10-13 09:00,上门,未遇\n")
    assert office.run("ingest").code == 0
    told = office.run("check").err
    assert "拜访的记录比其他导出先断（剑阁县到 2026-10-13）" in told and "青川县到" not in told.split("数据只说到")[0]
    assert office.run("build").code == 0
    assert slots(office) == [
        ("K1/2026-10-01", "met", ""),
        ("K1/2026-10-16", "met", ""),
        ("K9/2026-10-01", "unknown", "no_data"),
        ("K9/2026-10-16", "unknown", "no_data"),
    ]
    heard = office.book().quality("freshness").query("source_table == 'visits'").set_index("county_id")
    assert heard["is_early"].to_dict() == {"剑阁县": True, "青川县": False}
    assert str(heard.loc["剑阁县", "last_on"])[:10] == "2026-10-13"


def test_a_county_whose_file_holds_a_header_alone_is_told_by_name(office: Office) -> None:
    two_counties(office, "10-05 09:00", "10-30 09:00")
    assert office.run("ingest").code == 0
    assert "剑阁县_拜访_2026-10.csv 只有表头" in office.run("check").err
    assert office.run("build").code == 0
    assert [outcome for _, outcome, _ in slots(office)] == ["met", "met", "unknown", "unknown"]
    with office.book() as book:
        page = quality_report(book.con, office.folder, "2026-10", {}).read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if "剑阁县</td>" in line and "2026-10-30" in line)
    assert "只有表头" in row


def test_a_county_of_which_an_export_holds_nothing(office: Office) -> None:
    two_counties(office, "10-05 09:00", "10-30 09:00")
    (office.folder / "raw" / "剑阁县_拜访_2026-10.csv").unlink()
    assert office.run("ingest").code == 0
    assert "拜访的记录比其他导出先断（剑阁县没有可用的记录）" in office.run("check").err
    assert office.run("build").code == 0
    assert [outcome for _, outcome, _ in slots(office)] == ["met", "met", "unknown", "unknown"]


def test_an_export_with_a_header_and_no_row_shows_nothing(office: Office) -> None:
    office.csv("代理人员.csv", AGENTS)
    office.csv("客户.csv", CUSTOMERS)
    office.csv("拜访_2026-10.csv", VISITS)
    office.csv("关怀_2026-10.csv", "客户编号,工号,时间,节日/生日\n")
    office.csv("投诉_2026-10.csv", complaints("10-01 09:00", "10-30 09:00"))
    assert office.run("ingest").code == 0
    told = office.run("check").err
    assert "2 个文件只有表头" in told and "拜访_2026-10.csv" in told and "关怀_2026-10.csv" in told
    assert office.run("build").code == 0
    assert {(outcome, reason) for _, outcome, reason in slots(office)} == {("unknown", "no_data")}
    sentences = [
        row["sentence"] for row in office.json("explain", "key_visit_half_monthly", "--month", "2026-10", "--outcome", "unknown")
    ]
    assert all("能证明的导出在到期前就没有记录了" in sentence for sentence in sentences)


def greeted(*at: str) -> str:
    return "客户编号,工号,时间,节日/生日\n" + "".join(f"K1,007,{day(one)},生日\n" for one in at)


def test_a_month_between_others_that_was_not_handed_in_is_told_and_not_missed(office: Office) -> None:
    office.csv("代理人员.csv", "工号,片区,区县\n007,甲片区,青川县\n")
    office.csv(
        "客户.csv",
        "客户编号,客户级别,工号,归属起始日期,生日\nK6,重要,007,2020-01-01,08-01\n"  # owed from 31 July on, due where nothing came
        + "".join(f"K{n},重要,007,2020-01-01,0{n}-15\n" for n in (7, 8, 9)),
    )
    office.csv("拜访_2026-07.csv", visits("07-05 09:00", "07-20 09:00"))
    office.csv("拜访_2026-09.csv", visits("09-05 09:00", "09-30 09:00"))
    office.csv("关怀_2026-07.csv", greeted("07-03"))
    office.csv("关怀_2026-08.csv", greeted())
    office.csv("关怀_2026-09.csv", greeted("09-03"))
    assert office.run("ingest").code == 0
    told = office.run("check").err
    assert "没有收到 青川县 2026-08 的拜访" in told and "关怀_2026-08.csv 只有表头" in told
    assert office.run("build").code == 0
    rows = office.book().sql(
        "SELECT rule_id, month, outcome, coalesce(reason, '') AS reason FROM obligation WHERE rule_id IN ('key_visit_half_monthly', 'birthday_greeted') "
        "AND customer_id IN ('K6', 'K7', 'K8', 'K9') AND month <= '2026-09' GROUP BY ALL ORDER BY ALL"
    )
    seen, unseen = ("missed_open", ""), ("unknown", "no_data")
    found = [tuple(row) for row in rows.values.tolist()]
    for rule in ("birthday_greeted", "key_visit_half_monthly"):
        assert [row[2:] for row in found if row[0] == rule] == [seen, unseen, seen]


@pytest.mark.parametrize("name", ["青川", "青川县", "青川-更正"])
def test_a_county_that_files_call_by_its_short_name_speaks_for_itself_alone(office: Office, name: str) -> None:
    office.csv("代理人员.csv", AGENTS)
    office.csv("客户.csv", CUSTOMERS)
    for month in ("08", "09", "10"):
        met = (f"V{month}{day},K1,007,2026-{month}-{day} 10:00,上门,完成\n" for day in ("05", "20", "30"))
        office.csv(f"{name}_拜访_2026-{month}.csv", VISITS + "".join(met))
    for month in ("08", "10"):
        office.csv(f"剑阁_拜访_2026-{month}.csv", VISITS + f"W{month},K9,101,2026-{month}-30 10:00,上门,完成\n")
    assert office.run("ingest").code == 0
    assert "没有收到 剑阁县 2026-09 的拜访" in office.run("check").err
    assert office.run("build").code == 0
    met = [row[:2] for row in office.outcomes("key_visit_half_monthly") if row[0].startswith("K9/") and row[2] == "2026-09"]
    assert met == [("K9/2026-09-01", "unknown"), ("K9/2026-09-16", "unknown")]


def test_where_all_speak_to_the_end_nothing_is_told(office: Office) -> None:
    two_counties(office, "10-05 09:00", "10-30 09:00", of_others="W1,K9,101,2026-10-28 09:00,上门,完成\n")
    assert office.run("ingest").code == 0
    assert "注意" not in office.run("check").err
    assert office.run("build").code == 0
    assert [outcome for _, outcome, _ in slots(office)] == ["met", "met", "missed_open", "met"]


def test_files_named_by_their_day_of_export_speak_of_no_later_month(office: Office) -> None:
    office.csv("客户_20261102.csv", "客户编号,工号,客户类型\nK1,007,政企\n")
    office.csv("拜访_20261102.csv", visits("10-05 09:00", "10-25 10:00"))
    office.csv("投诉_20261102.csv", COMPLAINTS + "C1,K1,2026-10-08 10:00,007,2026-10-08 11:00\n")
    office.make()
    assert [outcome for _, outcome, _ in slots(office)] == ["met", "met"]
    owed = office.book().sql("SELECT DISTINCT month FROM kpi_agent_month WHERE owed_n > 0")
    assert owed["month"].tolist() == ["2026-10"]


def test_a_record_far_ahead_is_kept_out_and_named(office: Office) -> None:
    office.csv("投诉_2026-10.csv", complaints("10-01 09:00", "10-30 09:00", "12-25 09:00"))
    office.make()
    found = office.book().quality("row")
    assert found[["file", "row", "code"]].values.tolist() == [["投诉_2026-10.csv", 4, "after_cut_off"]]


def test_34_the_week_in_which_the_calls_begin(office: Office) -> None:
    office.csv("客户.csv", CUSTOMERS)
    office.csv("电话拜访_2026-02.csv", CALLS + "T1,K1,007,2026-02-01 10:00,是,呼出\nT2,K9,101,2026-02-27 10:00,是,呼出\n")
    office.csv("拜访_2026-01.csv", visits("01-05 09:00"))
    office.make()
    rows = office.book().sql(
        "SELECT source_id, outcome, reason, month FROM obligation WHERE rule_id = 'key_call_weekly' AND source_id LIKE '%/2026-01-26' ORDER BY 1"
    )
    assert rows.fillna("").values.tolist() == [
        ["K1/2026-01-26", "met", "", "2026-02"],
        ["K9/2026-01-26", "unknown", "before_data", "2026-02"],
    ]


def test_records_long_before_the_month_of_their_file_are_told(office: Office) -> None:
    """Nothing tells how far back it speaks: the line says how many they are and by which name all of it would count (X34)."""
    office.csv("代理人员.csv", "工号,片区\n007,甲片区")
    office.csv("客户.csv", CUSTOMERS)
    days = [f"2026-{month:02d}-{day:02d} 09:00" for month in (1, 2, 3, 4) for day in (5, 20, 28)]
    met = "拜访编号,客户编号,工号,拜访时间,方式,结果\n" + "\n".join(f"V{n},K1,007,{at},上门,完成" for n, at in enumerate(days))
    calls = CALLS + "\n".join(
        f"T{n},K1,007,{at},是,呼出" for n, at in enumerate(["2026-03-23 09:00", "2026-03-31 09:00", *days[9:]])
    )
    lists = "片区,月份,交付日期\n甲片区,2026-03,2026-02-28\n甲片区,2026-04,2026-03-31"
    office.csv("拜访_2026-04.csv", met)
    office.csv("电话拜访_2026-04.csv", calls)
    greeted = office.csv(
        "关怀_2026-04.csv", "客户编号,工号,时间,节日/生日\nK1,007,2026-03-25 09:00,生日\nK1,007,2026-04-02 09:00,生日"
    )
    office.csv("到期清单_2026-04.csv", lists)
    told = "SELECT subject, n, zh, en FROM told WHERE code = 'earlier_rows' ORDER BY subject"
    rows = office.make("2026-04-30").book().sql(told)
    assert rows[["subject", "n"]].values.tolist() == [["calls", 2], ["expiring_lists", 1], ["visits", 9]]
    assert "calls_2026-03-2026-04.csv" in rows["en"][0] and "到期清单_2026-03-2026-04.csv" in rows["zh"][1]
    assert "2026-04-01" in rows["zh"][2] and "2026-01-05" in rows["zh"][2] and "拜访_2026-01-2026-04.csv" in rows["zh"][2]
    slots = (
        "SELECT count(*) AS n FROM obligation WHERE rule_id = 'key_visit_half_monthly' AND customer_id = 'K1' AND outcome = 'met'"
    )
    assert office.book().sql(slots)["n"].tolist() == [2]

    for file in greeted.parent.glob("*_2026-04.csv"):
        file.rename(file.with_name(file.name.replace("2026-04", "2026-01-2026-04" if "拜访" in file.name else "2026-03-2026-04")))
    assert office.make("2026-04-30").book().sql(told).empty
    assert office.book().sql(slots)["n"].tolist() == [8]


def test_the_week_over_new_year_has_its_working_days_of_december(office: Office) -> None:
    office.csv("客户.csv", CUSTOMERS)
    office.csv("电话拜访_2026-01.csv", CALLS + "T1,K1,007,2026-01-30 10:00,是,呼出\n")
    office.make()
    rows = office.book().sql(
        "SELECT outcome, reason FROM obligation WHERE source_id = 'K1/2025-12-29' AND rule_id = 'key_call_weekly'"
    )
    assert rows.values.tolist() == [["unknown", "before_data"]]
    assert office.book().sql("SELECT workday_n AS n FROM slot WHERE slot_kind = 'week' AND start_on = DATE '2025-12-29'")[
        "n"
    ].tolist() == [4]


def test_who_is_hired_only_next_month_is_listed_and_owes_nothing_yet(office: Office) -> None:
    office.csv("代理人员.csv", "工号,片区,入职日期\n007,甲片区,2020-01-01\n008,甲片区,2026-11-16")
    office.csv("商机.csv", "商机编号,客户编号,工号,创建时间\nS1,K1,007,2026-10-05 10:00")
    office.make("2026-10-31")
    book = office.book()
    assert book.sql("SELECT agent_id FROM agent ORDER BY 1")["agent_id"].tolist() == ["007", "008"]
    assert book.sql("SELECT DISTINCT agent_id FROM obligation WHERE agent_id IS NOT NULL")["agent_id"].tolist() == ["007"]


def test_an_export_that_repeats_its_earlier_months_speaks_since_the_first_file(office: Office) -> None:
    rows = [f"V{day},K1,007,{day} 10:00,上门,完成\n" for day in ("2026-09-03", "2026-10-05", "2026-10-20", "2026-10-30")]
    office.csv("代理人员_2026-09.csv", AGENTS)
    office.csv("客户_2026-09.csv", CUSTOMERS.replace("K9,重要,101,2020-01-01\n", ""))
    office.csv("拜访_2026-09.csv", VISITS + rows[0])
    office.csv("拜访_2026-10.csv", VISITS + "".join(rows))
    office.make("2026-10-31")
    assert ("K1/2026-09-16", "missed_open", "2026-09") in office.outcomes("key_visit_half_monthly")


def test_a_complaint_that_comes_again_is_a_record_of_that_day(office: Office) -> None:
    """Otherwise complaints would be held to stop at its first receipt."""
    office.csv("拜访_2026-10.csv", VISITS + "".join(f"V{day},K1,007,2026-10-{day} 10:00,上门,完成\n" for day in range(10, 31)))
    office.csv("投诉_2026-09.csv", COMPLAINTS + "1,K3,2026-09-20 10:00,007,\n")
    office.csv("投诉_2026-10.csv", COMPLAINTS + "1,K3,2026-10-30 10:00,007,\n")
    office.make("2026-10-31")
    assert office.outcomes("complaint_first_reply") == [("1", "missed_open", "2026-09")]
