"""Which rows are one record, which of them holds, who exists, and how long a state lasts (X15 X17 X26 X27 X31 X33 X36)."""

from __future__ import annotations

import pytest
from conftest import Office

from ruralkpi.intake.file_names import Named

COMPLAINT = "投诉编号,客户编号,受理时间,受理人,首次回复时间"
RULE = "complaint_first_reply"


def replies(office: Office) -> list[tuple[str, str, str]]:
    """(customer, month, outcome) of each complaint."""
    rows = office.book().sql("SELECT customer_id, month, outcome FROM obligation WHERE rule_id = ? ORDER BY ALL", [RULE])
    return [tuple(row) for row in rows.to_numpy().tolist()]


def test_an_id_used_again_is_two_records_and_told(office: Office) -> None:
    tied = [
        "5,K5,2026-09-05 10:00,007,2026-09-05 11:00",
        "5,K6,2026-09-08 10:00,007,",
        "5,K6,2026-09-05 10:00,007,",
    ]  # one record
    once = [*tied, "7,K1,2026-09-03 10:00,007,", "8,K2,2026-09-04 10:00,007,2026-09-04 11:00"]
    office.csv("投诉_2026-09.csv", "\n".join([COMPLAINT, *once]))
    office.csv(
        "投诉_2026-10.csv", f"{COMPLAINT}\n7,K9,2026-10-02 10:00,007,2026-10-02 11:00\n9,K3,2026-10-31 10:00,007,2026-10-31 11:00"
    )
    office.run("ingest")
    told = office.run("check").err
    office.run("build")
    assert replies(office) == [
        ("K1", "2026-09", "missed_open"),
        ("K2", "2026-09", "met"),
        ("K3", "2026-11", "met"),
        ("K6", "2026-09", "met"),
        ("K9", "2026-10", "met"),
    ]
    assert "投诉 complaints 有 1 个编号被重复使用（7）" in told
    assert office.run("check", "--strict").code == 3


@pytest.mark.parametrize("second", ["C1,K1,2026-10-04 10:00,007,2026-10-05 09:00", "C1,K8,2026-10-03 10:00,007,2026-10-03 11:00"])
def test_one_fact_corrected_is_one_record(office: Office, second: str) -> None:
    office.csv("投诉_2026-10.csv", f"{COMPLAINT}\nC1,K1,2026-10-03 10:00,007,\n{second}")
    office.make("2026-10-31")
    assert [outcome for *_, outcome in replies(office)] == ["met"]


def test_records_tied_by_a_third_row_are_one(office: Office) -> None:
    rows = ["C1,K1,2026-10-03 10:00,007,", "C1,K9,2026-10-08 10:00,007,", "C1,K9,2026-10-03 10:00,007,2026-10-03 11:00"]
    office.csv("投诉_2026-10.csv", "\n".join([COMPLAINT, *rows]))
    office.make("2026-10-31")
    assert len(replies(office)) == 1
    assert office.book().quality("superseded")[["row", "by_row"]].to_numpy().tolist() == [[2, 3], [4, 3]]


def test_a_complaint_that_comes_again_is_owed_from_its_first_receipt(office: Office) -> None:
    office.csv("投诉_2026-09.csv", f"{COMPLAINT}\nC1,K1,2026-09-03 10:00,007,2026-09-04 09:00\nC2,K2,2026-09-03 10:00,007,")
    office.csv(
        "投诉_2026-10.csv",
        f"{COMPLAINT}\nC1,K1,2026-10-05 10:00,007,2026-10-12 09:00\nC2,K2,2026-10-05 10:00,007,2026-10-05 11:00",
    )
    office.make("2026-10-31")
    assert replies(office) == [("K1", "2026-09", "met"), ("K2", "2026-09", "missed_late")]
    assert office.staging().execute("SELECT complaint_id, reopened_n FROM clean.complaints ORDER BY 1").fetchall() == [
        ("C1", 1),
        ("C2", 1),
    ]


@pytest.mark.parametrize(
    ("older", "newer"),
    [("投诉_2026-10", "投诉_2026-10 (1)"), ("投诉_2026-10", "投诉_2026-10-更正"), ("投诉_2026-10", "副本 投诉_2026-10"),
     ("投诉_2026-10", "投诉_2026-10_v2"), ("投诉_2026-10_旧", "投诉_2026-10"), ("备份 投诉_2026-10", "投诉_2026-10"),
     ("投诉_2026-10_old", "投诉_2026-10"), ("投诉_2026-10 (2)", "投诉_2026-10 (10)"),
     ("投诉_2026-10", "投诉_2026-10(修改)"), ("投诉_2026-10", "投诉_2026-10-复制"), ("投诉_2026-10", "投诉_2026-10.1"),
     ("投诉_2026-10", "投诉_2026-10-终"), ("投诉_2026-10_修改前", "投诉_2026-10"), ("投诉_2026-10_作废", "投诉_2026-10")],
)  # fmt: skip
def test_a_names_standing_says_which_file_is_newer(office: Office, older: str, newer: str) -> None:
    office.csv(f"{older}.csv", f"{COMPLAINT}\nC1,K1,2026-10-03 10:00,007,")
    office.csv(f"{newer}.csv", f"{COMPLAINT}\nC1,K1,2026-10-03 10:00,007,2026-10-03 11:00")
    office.make("2026-10-31")
    assert [outcome for *_, outcome in replies(office)] == ["met"]


def test_no_county_is_old_because_of_its_name() -> None:
    names = ("个旧市_投诉_2026-10.csv", "旧县镇_投诉.csv", "投诉_renew.csv", "bold_投诉.csv")
    assert [Named.of(name).standing for name in names] == [0, 0, 0, 0]


def test_in_one_file_the_newest_time_holds_else_the_later_row(office: Office) -> None:
    office.csv("检查_2026-10.csv", "工号,日期,项目,条款,是否合格\n007,2026-10-08,仪容,1.2,合格\n007,2026-10-08,仪容,1.2,不合格")
    office.csv("投诉_2026-10.csv", f"{COMPLAINT}\nC1,K1,2026-10-03 10:00,007,2026-10-03 11:00\nC1,K1,2026-10-03 10:00,007,")
    office.make("2026-10-31")
    assert [outcome for _, outcome, _ in office.outcomes("inspection_passed")] == ["missed_open"]
    assert [outcome for *_, outcome in replies(office)] == ["met"]


def test_rows_of_one_record_in_a_file_join_their_repeated_times(office: Office) -> None:
    head = "投诉编号,客户编号,受理时间,受理人,办结时间,进度告知时间"
    rows = [f"C1,K1,2026-10-01 10:00,007,2026-10-08 10:00,2026-10-0{day} 09:00" for day in (4, 6)]
    office.csv("投诉_2026-10.csv", "\n".join([head, *rows]))
    office.make("2026-10-31")
    assert {outcome for _, outcome, _ in office.outcomes("complaint_progress_told")} == {"met"}


def test_numbers_that_may_begin_anew_each_month_are_told(office: Office) -> None:
    """One customer, another day: by X26 a correction, which the run says, since a ledger of each month looks the same."""
    head = "拜访编号,客户编号,工号,拜访时间,方式,结果"
    office.csv("拜访_2026-09.csv", f"{head}\n1,K1,007,2026-09-03 10:00,上门,完成\n2,K2,007,2026-09-29 10:00,上门,完成")
    office.csv("拜访_2026-10.csv", f"{head}\n1,K1,007,2026-10-03 10:00,上门,完成\n3,K2,007,2026-10-30 10:00,上门,完成")
    office.run("ingest")
    assert "有 1 个编号（1）在几个月的文件里是同一客户不同月份的记录" in office.run("check", "--as-of", "2026-10-31").err
    # a day put right in the next month's file is a correction of the same month, and nothing to tell
    office.csv("拜访_2026-10.csv", f"{head}\n1,K1,007,2026-09-04 10:00,上门,完成\n3,K2,007,2026-10-30 10:00,上门,完成")
    office.run("ingest")
    assert "同一客户不同月份" not in office.run("check", "--as-of", "2026-10-31").err


def test_suspected_duplicates_count_once_by_the_one_that_says_most(office: Office) -> None:
    office.csv("客户.csv", "客户编号,客户级别,工号\nK1,重要,007\nK2,重要,007")
    visits = ["K1,007,2026-10-05 10:00,上门,未遇", "K1,007,2026-10-05 10:06,上门,完成", "K1,007,2026-10-05 10:12,上门,未遇",
              "K2,007,2026-10-05 10:00,上门,未遇", "K2,007,2026-10-05 10:10,上门,未遇"]  # fmt: skip
    office.csv("拜访_2026-10.csv", "\n".join(["客户编号,工号,拜访时间,方式,结果", *visits]))
    office.make("2026-10-31")
    found = office.book().sql("SELECT row FROM quarantine WHERE code = 'suspected_duplicate' ORDER BY ALL")["row"].tolist()
    assert found == [2, 5]  # 10:12 is past ten minutes of the first, 10:10 is not
    assert ("K1/2026-10-01", "met", "2026-10") in office.outcomes("key_visit_half_monthly")


LISTED = "工号,姓名,片区,区县\n0007,张三,甲片区,青川县\n0008,李四,甲片区,青川县"


def test_who_is_on_no_list_does_not_exist(office: Office) -> None:
    office.csv("代理人员.csv", LISTED)
    agents = ["7", "0007 张三", "李四", "0009", "10000", "0007"]
    rows = [f"C{n},K{n},2026-10-03 10:00,{agent},2026-10-03 11:00" for n, agent in enumerate(agents)]
    office.csv("投诉_2026-10.csv", "\n".join([COMPLAINT, *rows]))
    office.run("ingest")
    told = office.run("check", "--as-of", "2026-10-31").err
    office.run("build")
    found = office.book().sql("SELECT row, message FROM quarantine WHERE code = 'unknown_agent' ORDER BY row").to_numpy().tolist()
    near = [(row, text.rsplit("；", 1)[-1]) for row, text in found]
    assert near[:3] == [(2, "相近的是 0007"), (3, "相近的是 0007"), (4, "相近的是 0008")] and near[3][0] == 5
    assert office.book().sql("SELECT agent_id FROM agent ORDER BY 1")["agent_id"].tolist() == ["0007", "0008"]
    assert replies(office) == [("K5", "2026-10", "met")]
    assert "4 行没有计入" in told


@pytest.mark.parametrize("is_said", [True, False])
def test_two_counties_that_share_an_id(office: Office, is_said: bool) -> None:
    """Whether a column of their lists says the county or only the names of their files."""
    for county, person, customer in (("青川县", "张三", "K1"), ("剑阁县", "王五", "K9")):
        head, cell = (",区县", f",{county}") if is_said else ("", "")
        office.csv(f"{county}_代理人员_2026-10.csv", f"工号,姓名,片区{head}\n001,{person},{county}片区{cell}")
        office.csv(f"{county}_投诉_2026-10.csv", f"{COMPLAINT}\n1,{customer},2026-10-03 10:00,001,2026-10-03 11:00")
    office.run("ingest")
    told = office.run("check", "--as-of", "2026-10-31").err
    office.run("build")
    kept_out = office.book().sql("SELECT DISTINCT file FROM quarantine WHERE code = 'id_conflict' ORDER BY 1")["file"].tolist()
    assert kept_out == ["青川县_代理人员_2026-10.csv", "青川县_投诉_2026-10.csv"] and replies(office) == [
        ("K9", "2026-10", "met")
    ]
    assert "001" in told and "其他不合格的记录" not in told
    (office.folder / "mappings" / "jg.toml").write_text(
        'export = "agents"\nfiles = ["剑阁县_代理"]\nid_prefix = "JG"\n', encoding="utf-8"
    )
    (office.folder / "mappings" / "jgc.toml").write_text(
        'export = "complaints"\nfiles = ["剑阁县_投诉"]\nid_prefix = "JG"\n', encoding="utf-8"
    )
    office.make("2026-10-31")
    assert replies(office) == [("K1", "2026-10", "met"), ("JGK9", "2026-10", "met")][::-1]
    assert office.outcomes(RULE) == [("1", "met", "2026-10"), ("JG1", "met", "2026-10")]


def test_an_area_in_a_files_name_is_no_county(office: Office) -> None:
    for area, person in (("竹园片区", "张三"), ("阳光小区", "王五"), ("普安社区", "李四")):
        office.csv(f"{area}_代理人员.csv", f"工号,姓名,片区\n001,{person},{area}")
    office.run("ingest")
    assert "id_conflict" not in office.run("check", "--as-of", "2026-10-31").err
    assert office.staging().execute("SELECT count(*) FROM clean.agents").fetchall() == [(1,)]


def test_a_customer_under_two_names_is_two_only_in_two_counties(office: Office) -> None:
    office.csv("代理人员.csv", "工号,姓名,片区,区县\n001,甲,p1,青川县\n002,乙,p2,剑阁县\n003,丙,p1,青川县")
    office.csv(
        "客户.csv", "客户编号,客户名称,客户级别,工号\nK1,老名字,普通,001\nK1,新名字,普通,003\nK2,张家,普通,001\nK2,李家,普通,002"
    )
    office.run("ingest")
    told = office.run("check", "--as-of", "2026-10-31").err
    assert "1 行没有计入（K2）" in told and "K1" not in told


NAMELESS = "客户编号,客户级别,工号"
NAMED = "客户编号,客户级别,工号,客户名称"


@pytest.mark.parametrize(
    ("lists", "kept_out"),
    [
        ({"剑阁县_客户_2026-10": (NAMELESS, "K1,重要,001"), "青川县_客户_2026-10": (NAMELESS, "K1,普通,002")}, 1),
        ({"剑阁县_客户_2026-09": (NAMELESS, "K1,重要,001"), "青川县_客户_2026-10": (NAMELESS, "K1,普通,002")}, 1),
        ({"剑阁县_客户_2026-10": (NAMED, "K1,重要,001,张家"), "青川县_客户_2026-10": (NAMELESS, "K1,普通,002")}, 1),
        ({"剑阁县_客户_2026-10": (NAMELESS, "K1,重要,001"), "青川县_客户_2026-10": (NAMED, "K1,普通,002,李家")}, 1),
        ({"甲_客户_2026-10": (NAMELESS, "K1,重要,001"), "乙_客户_2026-10": (NAMELESS, "K1,普通,002")}, 1),
        ({"剑阁县_客户_2026-10": (NAMED, "K1,重要,001,张家"), "青川县_客户_2026-10": (NAMED, "K1,普通,002,张家")}, 0),
        ({"剑阁县_客户_2026-09": (NAMED, "K1,重要,001,张家"), "剑阁县_客户_2026-10": (NAMELESS, "K1,重要,001"),
          "青川县_客户_2026-09": (NAMELESS, "K1,普通,002"), "青川县_客户_2026-10": (NAMED, "K1,普通,002,张家")}, 0),
        ({"剑阁县_客户_2026-09": (NAMELESS, "K1,重要,001"), "剑阁县_客户_2026-10": (NAMELESS, "K1,普通,001")}, 0),
        ({"客户_2026-09": (NAMELESS, "K1,重要,001\nK2,重要,002"), "客户_2026-10": (NAMELESS, "K1,重要,002\nK2,重要,001")}, 0),
    ],
    ids=["no_name", "two_months", "first_named", "later_named", "agents_county", "one_name", "a_name_of_each", "one_county", "city"],
)  # fmt: skip
def test_a_customer_of_two_counties_lists_is_one_only_where_a_name_says_so(
    office: Office, lists: dict[str, tuple[str, str]], kept_out: int
) -> None:
    office.csv("代理人员.csv", "工号,姓名,片区,区县\n001,甲,p1,剑阁县\n002,乙,p2,青川县")
    for name, (head, rows) in lists.items():
        office.csv(f"{name}.csv", f"{head}\n{rows}")
    office.run("ingest")
    told = office.run("check", "--as-of", "2026-10-31").err
    with office.staging() as con:
        found = con.execute("SELECT DISTINCT file FROM quarantine WHERE code = 'id_conflict'").fetchall()
    assert len(found) == kept_out and ("1 行没有计入（K1）；后一县的名单是 " in told) is bool(kept_out)


def test_agents_without_names_are_one_only_in_one_county_or_one_list(office: Office) -> None:
    for place in ("剑阁县", "青川县"):
        office.csv(
            f"{place}_代理人员_2026-10.csv", "工号,片区,区县\n001," + ("甲片区," if place == "剑阁县" else "乙片区,") + place
        )
    office.csv("代理人员_2026-10.csv", "工号,片区,区县\n002,甲片区,剑阁县\n003,乙片区,青川县")
    office.csv("代理人员_2026-11.csv", "工号,片区,区县\n002,乙片区,青川县\n003,甲片区,剑阁县")
    office.run("ingest")
    told = office.run("check", "--as-of", "2026-11-30").err
    assert "1 行没有计入（001）；后一县的名单是 青川县_代理人员_2026-10.csv" in told
    with office.staging() as con:
        assert con.execute("SELECT count(*) FROM clean.agents WHERE agent_id <> '001'").fetchall() == [(4,)]


def test_two_counties_customers_are_told_apart_without_a_list_of_agents_too(office: Office) -> None:
    for county, town in (("剑阁县", "普安镇"), ("青川县", "乔庄镇")):
        office.csv(f"{county}_客户_2026-10.csv", f"客户编号,客户级别,工号,村/场镇\nK1,重要,007,{town}")
        office.csv(f"{county}_拜访_2026-10.csv", f"拜访编号,客户编号,工号,拜访时间\n{county},K1,007,2026-10-03 10:00")
    office.run("ingest")
    assert "2 行没有计入（K1）；后一县的名单是 青川县_客户_2026-10.csv" in office.run("check", "--as-of", "2026-10-31").err
    with office.staging() as con:
        assert con.execute("SELECT village_name FROM clean.customers").fetchall() == [("普安镇",)]
        assert con.execute("SELECT visit_id FROM clean.visits").fetchall() == [("剑阁县",)]


VISIT = "拜访编号,客户编号,工号,拜访时间,方式,结果"


def slots(office: Office) -> list[tuple[str, str]]:
    rows = office.book().sql(
        "SELECT source_id, outcome FROM obligation WHERE rule_id = 'key_visit_half_monthly' AND due_on <= DATE '2026-03-31' ORDER BY 1"
    )
    return [tuple(row) for row in rows.to_numpy().tolist()]


def test_a_state_lasts_until_the_next_list_and_never_reaches_back(office: Office) -> None:
    office.csv("客户_2026-01.csv", "客户编号,客户级别,状态,工号\nK1,重要,在用,007\nK2,普通,在用,007\nK3,重要,在用,007")
    office.csv("客户_2026-03.csv", "客户编号,客户级别,状态,工号\nK1,重要,销户,007\nK2,重要,在用,007")
    office.csv("客户.csv", "客户编号,客户级别,状态,工号\nK4,普通,在用,007")  # of no month: it is missing nowhere
    office.csv("拜访_2026-01.csv", f"{VISIT}\nV1,K1,007,2026-01-05 09:00,上门,完成")
    office.run("ingest")
    told = office.run("check", "--as-of", "2026-03-31").err
    office.run("build")
    owed = dict(slots(office))
    assert owed["K1/2026-01-01"] == "met" and "K1/2026-02-16" in owed and "K1/2026-03-01" not in owed
    assert "K2/2026-02-16" not in owed and "K2/2026-03-01" in owed
    assert "K3/2026-03-16" in owed and "1 位客户" in told
    (office.folder / "mappings" / "full.toml").write_text('export = "customers"\nlist = "full"\n', encoding="utf-8")
    office.make("2026-03-31")
    full = [source for source, _ in slots(office)]
    assert "K3/2026-02-16" in full and "K3/2026-03-01" not in full


def test_a_state_beside_dates_of_class_and_assignment_does_not_reach_back_either(office: Office) -> None:
    head = "客户编号,客户级别,状态,工号,级别生效日期,归属起始日期"
    office.csv("客户_2026-01.csv", f"{head}\nK1,重要,在用,007,2020-01-01,2020-01-01\nK2,重要,在用,007,,2020-01-01")
    office.csv("客户_2026-03.csv", f"{head}\nK1,重要,销户,007,2020-01-01,2020-01-01\nK2,普通,在用,008,,")
    office.csv("拜访_2025-12.csv", f"{VISIT}\nV1,K1,007,2025-12-05 09:00,上门,完成")
    office.make("2026-03-31")
    owed = dict(slots(office))
    assert {slot for slot in owed if slot.startswith("K1")} == {
        f"K1/{month}-{day}" for month in ("2025-12", "2026-01", "2026-02") for day in ("01", "16")
    }
    assert {slot for slot in owed if slot.startswith("K2")} == {
        f"K2/2026-0{month}-{day}" for month in (1, 2) for day in ("01", "16")
    }
    spans = office.book().sql("SELECT is_active, from_on, to_on FROM class_span WHERE customer_id = 'K1' ORDER BY from_on")
    assert [(is_active, str(on)[:10]) for is_active, on, _ in spans.to_numpy().tolist()] == [
        (True, "2020-01-01"),
        (False, "2026-03-01"),
    ]


def test_an_area_holds_from_its_list_on(office: Office) -> None:
    for month, area in (("2026-01", "甲片区"), ("2026-03", "乙片区")):
        office.csv(f"代理人员_{month}.csv", f"工号,片区\n007,{area}")
    rows = [f"C{n},K1,2026-0{n}-03 10:00,007,2026-0{n}-03 11:00" for n in (1, 2, 3)]
    office.csv("投诉.csv", "\n".join([COMPLAINT, *rows]))
    office.make("2026-03-31")
    areas = office.book().sql("SELECT month, area_id FROM obligation WHERE rule_id = ? ORDER BY 1", [RULE]).to_numpy().tolist()
    assert areas == [["2026-01", "甲片区"], ["2026-02", "甲片区"], ["2026-03", "乙片区"]]


def test_an_exemption_that_exempts_nothing_is_told_with_the_nearest(office: Office) -> None:
    office.csv("投诉_2026-10.csv", f"{COMPLAINT}\nC1,K1,2026-10-03 10:00,007,\nC2,K1,2026-10-06 10:00,007,")
    rows = ["complaint_first_replly,C1,R1,王", "complaint_first_reply,C02,R1,王", "complaint_first_reply,C2,R1,王"]
    office.csv(
        "故障_2026-10.csv", "故障单号,客户编号,申告时间,产品,工号\nC02,K1,2026-10-05 10:00,宽带,007"
    )  # another rule's record
    office.csv("例外_2026-10.csv", "\n".join(["规则,记录编号,原因代码,批准人", *rows]))
    office.run("ingest")
    office.run("check", "--as-of", "2026-10-31")
    told = office.run("build").err
    assert "例外 2 条没有用上" in told and "相近的是 complaint_first_reply" in told and "没有记录 C02，相近的是 C2" in told
    assert [outcome for _, outcome, _ in office.outcomes(RULE)] == ["missed_open", "exempt"]


@pytest.mark.parametrize("rule", ["COMPLAINT_FIRST_REPLY", "投诉首次回复", "complaint-first-reply"])
def test_an_exemption_by_a_rules_title_or_in_large_letters_is_told_with_the_rules_id(office: Office, rule: str) -> None:
    office.csv("投诉_2026-10.csv", f"{COMPLAINT}\nC1,K1,2026-10-03 10:00,007,")
    office.csv("例外_2026-10.csv", f"规则,记录编号,原因代码,批准人\n{rule},C1,R1,王")
    office.run("ingest")
    office.run("check", "--as-of", "2026-10-31")
    assert f"没有规则 {rule}（记录 C1），相近的是 complaint_first_reply" in office.run("build").err
    assert [outcome for _, outcome, _ in office.outcomes(RULE)] == ["missed_open"]


def test_an_exemption_that_nobody_has_approved_excuses_nothing(office: Office) -> None:
    ids = [f"C{n}" for n in range(1, 7)]
    office.csv("投诉_2026-10.csv", "\n".join([COMPLAINT, *(f"{one},K{one},2026-10-03 10:00,007," for one in ids)]))
    said = [("R1", "未批准"), ("无", "王经理"), ("R1", "同上"), ("R1", ""), ("R1", "王经理"), ("R1", "吴批")]
    rows = [f"{RULE},{one},{why},{who}" for one, (why, who) in zip(ids, said, strict=True)]
    office.csv("例外_2026-10.csv", "\n".join(["规则,记录编号,原因代码,批准人", *rows]))
    office.run("ingest")
    assert "missing_value 4" in office.run("check", "--as-of", "2026-10-31").err
    assert office.run("build").code == 0
    assert [outcome for _, outcome, _ in office.outcomes(RULE)] == ["missed_open"] * 4 + ["exempt"] * 2


def test_months_in_numerals_are_in_their_order_and_without_a_year_told(office: Office) -> None:
    for month, n, reply in (("二月", 2, ""), ("三月", 3, "2026-02-04 10:00"), ("十月", 10, "2026-02-04 10:00")):
        rows = ["C1,K1,2026-02-03 10:00,007," + reply, f"C{n},K1,2026-{n:02d}-20 10:00,007,2026-{n:02d}-20 11:00"]
        office.csv(f"{month}/投诉.csv", "\n".join([COMPLAINT, *rows]))
    told = office.run("ingest").err
    assert "有 3 个文件的名字看不出是哪年哪月（二月/投诉.csv、三月/投诉.csv、十月/投诉.csv）" in told
    office.run("check", "--as-of", "2026-10-31")
    office.run("build")
    assert replies(office)[0] == ("K1", "2026-02", "met")
    for month in ("二月", "三月", "十月"):
        (office.folder / "raw" / month).rename(office.folder / "raw" / f"2026年{month}")
    assert "看不出是哪年哪月" not in office.run("ingest").err
    assert [Named.of(f"{name}.csv").month for name in ("2026年十一月/投诉", "2026/十月份投诉", "2026年一月至三月", "2026年1月至3月")] == [
        "2026-11", "2026-10", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "told"), [(("2026-09", "2026-10-1"), True), (("2026-10-1",), False), (("2026-09", "2026-10-01"), False)]
)
def test_a_name_that_may_be_a_day_or_a_part_is_told_where_there_are_others(office: Office, names: tuple[str], told: bool) -> None:
    for n, name in enumerate(names):
        office.csv(f"投诉_{name}.csv", f"{COMPLAINT}\nC{n},K1,2026-09-03 10:00,007,")
    assert ("有 1 个文件的名字看不出是哪年哪月（投诉_2026-10-1.csv）" in office.run("ingest").err) == told


BAD = "7,K3,2026-09-31 10:00,007,"  # there is no such day


@pytest.mark.parametrize(
    ("again", "n"),
    [("7,K3,2026-09-30 10:00,007,", 1),  # the same customer's: mended
     ("7,K9,2026-10-03 10:00,007,2026-10-03 11:00", 0)],  # the id was used again
)  # fmt: skip
def test_a_row_kept_out_is_mended_by_its_own_record_only(office: Office, again: str, n: int) -> None:
    office.csv("投诉_2026-09.csv", f"{COMPLAINT}\n{BAD}\n8,K2,2026-09-29 10:00,007,2026-09-29 11:00")
    office.csv("投诉_2026-10.csv", f"{COMPLAINT}\n{again}\n9,K2,2026-10-30 10:00,007,2026-10-30 11:00")
    office.run("ingest")
    told = office.run("check", "--as-of", "2026-10-31").err
    with office.staging() as con:
        assert con.execute("SELECT count(*) FROM mended").fetchone() == (n,)
        assert con.execute("SELECT count(*) FROM quarantine").fetchone() == (1 - n,)
    assert ("没有计入" in told) is (n == 0)


@pytest.mark.parametrize("place", ["剑阁县", "青川县"])
def test_another_countys_row_mends_nothing(office: Office, place: str) -> None:
    office.csv("青川县_投诉_2026-09.csv", f"{COMPLAINT}\n{BAD}")
    office.csv(f"{place}_投诉_2026-10.csv", f"{COMPLAINT}\n7,K3,2026-10-03 10:00,008,")
    office.csv("代理人员_2026-09.csv", "工号,姓名,片区,区县\n007,张三,甲片区,青川县\n008,王五,乙片区,剑阁县")
    office.run("ingest")
    office.run("check", "--as-of", "2026-10-31")
    with office.staging() as con:
        assert con.execute("SELECT count(*) FROM mended").fetchone() == (int(place == "青川县"),)


AGAIN = "投诉编号,客户编号,受理时间,受理人,首次回复时间,回复方式,当场处理,客户确认时间,办结时间,受理渠道"


@pytest.mark.parametrize(
    ("first", "later", "outcome", "agent"),
    [
        ("0001,2026-09-10 10:01,自动回执,,,,", "0001,2026-10-10 12:00,电话,,,,", "missed_late", "0001"),
        ("0001,,,否,,,", "0001,,,是,,2026-10-10 10:00,", "missed_late", "0001"),
        ("0001,,,,2026-09-11 09:00,2026-09-11 09:00,", "0001,,,,,,", "met", "0001"),
        ("0001,,,,,,", "0002,,,,,,", "missed_open", "0001"),
        ("0001,,,是,,2026-09-10 10:00,", "0001,,,否,,,", "met", "0001"),
        ("0001,,,,,,", "0001,,,,,,10000号", "missed_open", "0001"),
        ("0001,2026-09-10 10:01,自动回执,,,,", "0001,,,,,,", "missed_open", "0001"),
    ],
    ids=["automatic", "spot_later", "confirmed", "acceptor", "spot_first", "channel", "never"],
)
def test_what_concerns_the_first_receipt_stays_as_it_says(
    office: Office, first: str, later: str, outcome: str, agent: str
) -> None:
    office.csv("投诉_2026-09.csv", f"{AGAIN}\nA,K3,2026-09-10 10:00,{first}")
    office.csv("投诉_2026-10.csv", f"{AGAIN}\nA,K3,2026-10-10 10:00,{later}\nB,K9,2026-10-30 10:00,0003,2026-10-30 11:00,,,,,")
    office.make("2026-10-31")
    owed = "SELECT agent_id, outcome FROM obligation WHERE rule_id = ? AND source_id = 'A'"
    assert office.book().sql(owed, [RULE]).to_numpy().tolist() == [[agent, outcome]]
    with office.staging() as con:
        assert con.execute("SELECT reopened_n FROM clean.complaints WHERE complaint_id = 'A'").fetchone() == (1,)


def test_each_receipt_of_a_complaint_that_comes_again_is_kept_and_speaks_for_its_days(office: Office) -> None:
    """The time in which it was closed belongs to nobody; an id that was used again has receipts of its own."""
    head = "投诉编号,客户编号,受理时间,受理人,首次回复时间,办结时间"
    first = ["A,K3,2026-09-10 10:00,007,2026-09-10 11:00,2026-09-11 09:00", "7,K1,2026-09-03 10:00,007,,2026-09-04 10:00"]
    again = ["A,K3,2026-10-10 10:00,007,2026-10-10 11:00,2026-10-29 10:00", "7,K9,2026-10-02 10:00,007,,2026-10-03 10:00",
             "7,K9,2026-10-20 10:00,007,,2026-10-21 10:00"]  # fmt: skip
    office.csv("投诉_2026-09.csv", "\n".join([head, *first]))
    office.csv("投诉_2026-10.csv", "\n".join([head, *again]))
    office.make("2026-10-31")
    with office.staging() as con:
        kept = con.execute("SELECT complaint_id, strftime(received_at, '%m-%d') FROM clean.complaints_receipts ORDER BY ALL")
        assert kept.fetchall() == [("7@2026-10-02", "10-02"), ("7@2026-10-02", "10-20"), ("A", "09-10"), ("A", "10-10")]
        last = con.execute("SELECT last_on FROM freshness WHERE source_table = 'complaints'").fetchall()
        assert [str(day) for (day,) in last] == ["2026-10-29"]
    owed = office.book().sql("SELECT source_id, due_at FROM obligation WHERE rule_id = 'complaint_progress_told' ORDER BY 1")
    assert [(source, str(due)) for source, due in owed.to_numpy().tolist()] == [("A/2026-10", "2026-10-28 10:00:00")]


def test_of_a_reopened_complaint_each_file_says_what_was_told_in_its_time(office: Office) -> None:
    """The first file has no column of news, so that nobody knows of September; the order of rows and of reading means nothing."""
    office.csv("投诉_2026-09.csv", "投诉编号,客户编号,受理时间,受理人,办结时间\nA,K3,2026-09-10 10:00,007,2026-09-20 10:00")
    head = "投诉编号,客户编号,受理时间,受理人,办结时间,进度告知时间"
    later = ["A,K3,2026-10-10 10:00,007,2026-10-15 10:00,2026-10-13 10:00", "B,K9,2026-10-30 10:00,008,2026-10-31 09:00,"]
    for rows in (later, later[::-1]):
        office.csv("投诉_2026-10.csv", "\n".join([head, *rows]))
        office.make("2026-10-31")
        owed = "SELECT source_id, outcome, reason FROM obligation WHERE rule_id = 'complaint_progress_told' ORDER BY 1"
        assert office.book().sql(owed).fillna("").to_numpy().tolist() == [
            ["A/2026-09", "unknown", "no_column_progress_ats"],
            ["A/2026-10", "met", ""],
        ]


@pytest.mark.parametrize(
    ("names", "told"), [(("2026-08", "20261005"), True), (("20261005",), False), (("2026-08", "2026-10"), False)]
)
def test_a_list_named_by_its_day_of_export_beside_others_is_told(office: Office, names: tuple[str], told: bool) -> None:
    for name in names:
        office.csv(f"客户_{name}.csv", "客户编号,客户类型,工号\nK1,政企,007")
    assert ("其中 1 份只写了导出日期（客户_20261005.csv）" in office.run("ingest").err) == told


def test_an_exemption_by_an_id_of_several_records_is_told_with_the_ids_of_the_others(office: Office) -> None:
    office.csv("投诉_2026-09.csv", f"{COMPLAINT}\nC7,K8,2026-09-03 10:00,008,")
    office.csv("投诉_2026-10.csv", f"{COMPLAINT}\nC7,K7,2026-10-05 10:00,007,")
    office.csv("例外_2026-10.csv", f"规则,记录编号,原因代码,批准人\n{RULE},C7,E02,李经理")
    office.make("2026-10-31")
    assert [outcome for _, outcome, _ in office.outcomes(RULE)] == ["exempt", "missed_open"]
    assert "只免了最早的一条；要免另一条，请写箭头后的编号：C7 → C7@2026-10-05" in "".join(office.book().quality("told")["zh"])
