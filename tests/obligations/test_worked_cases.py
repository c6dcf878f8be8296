"""The worked cases of STANDARD section 8, from an export file to an outcome, through the commands."""

from __future__ import annotations

import pytest
from conftest import Office

KEY = "客户编号,客户级别,工号,归属起始日期\nK1,重要,007,2020-01-01\n"
AGENTS = "工号,片区,代维标志\n007,甲片区,是\n008,甲片区,是\n"


def complaint(office: Office, reply: str, as_of: str) -> list[tuple[str, str, str]]:
    office.csv("投诉.csv", f"投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-01-31 10:00:00,007,{reply}")
    return office.make(as_of).outcomes("complaint_first_reply")


@pytest.mark.parametrize(
    ("reply", "as_of", "outcome"),
    [
        ("2026-02-02 10:00:00", "2026-02-28", "met"),
        ("2026-02-02 10:00:01", "2026-02-28", "missed_late"),
        ("", "2026-02-02 09:59", "pending"),
        ("", "2026-02-02 10:01", "missed_open"),
    ],
)
def test_1_and_2_a_complaint_replied_over_the_end_of_a_month(office: Office, reply: str, as_of: str, outcome: str) -> None:
    assert complaint(office, reply, as_of) == [("C1", outcome, "2026-02")]


@pytest.mark.parametrize(
    ("visited", "last", "next_day"), [("2026-02-13", "2026-02-24", "2026-02-25"), ("2026-09-30", "2026-10-09", "2026-10-10")]
)
def test_3_and_4_questions_over_the_holidays(office: Office, visited: str, last: str, next_day: str) -> None:
    office.csv(
        "拜访.csv",
        f"""拜访编号,客户编号,工号,拜访时间,遗留问题,回复时间
        V1,K1,007,{visited} 10:00,换机,{last} 23:59
        V2,K1,007,{visited} 10:00,换机,{next_day} 00:01
        V3,K1,007,{visited},换机,{last}""",
    )
    assert [o for _, o, _ in office.make("2026-10-31").outcomes("visit_question_replied")] == ["met", "missed_late", "met"]
    assert set(
        office.book().sql("SELECT CAST(due_on AS VARCHAR) AS d FROM obligation WHERE rule_id = 'visit_question_replied'")["d"]
    ) == {last}


def visits(office: Office, customers: str, rows: str, as_of: str = "2026-02-28") -> Office:
    office.csv("代理人员.csv", AGENTS)
    office.csv("客户.csv", customers)
    office.csv("拜访.csv", "拜访编号,客户编号,工号,拜访时间,方式,结果\n" + rows)
    return office.make(as_of)


def slots(office: Office, month: str) -> list[tuple[str, str | None, str, str]]:
    rows = office.book().sql(
        "SELECT source_id, agent_id, outcome, flags FROM obligation WHERE rule_id = 'key_visit_half_monthly' AND month = ? ORDER BY source_id",
        [month],
    )
    return [(s, a if isinstance(a, str) else None, o, f) for s, a, o, f in rows.to_numpy().tolist()]


def test_5_two_visits_over_the_edge_of_the_halves(office: Office) -> None:
    visits(office, KEY, "V1,K1,007,2026-01-15 23:50,上门,完成\nV2,K1,007,2026-01-16 08:00,上门,完成")
    assert slots(office, "2026-01") == [
        ("K1/2026-01-01", "007", "met", "bunched"),
        ("K1/2026-01-16", "007", "met", "bunched"),
    ]


def test_6_became_key_inside_a_half(office: Office) -> None:
    customers = "客户编号,客户级别,工号,级别生效日期,归属起始日期\nK1,重要,007,2026-01-10,2025-01-01\n"
    visits(office, customers, "V1,K1,007,2026-01-12 09:00,上门,完成")
    assert [(s, o) for s, _, o, _ in slots(office, "2026-01")] == [("K1/2026-01-01", "void"), ("K1/2026-01-16", "missed_open")]
    figure = office.json("score", "--month", "2026-01", "--kpi", "key_visit_half_monthly", "--agent", "007")[0]
    assert (figure["owed_n"], figure["partial_n"]) == (1, 1)


def test_7_the_customer_moved_to_another_agent_inside_a_half(office: Office) -> None:
    customers = "客户编号,客户级别,工号,归属起始日期,归属终止日期\nK1,重要,007,2025-01-01,2026-01-19\nK1,重要,008,2026-01-20,\n"
    visits(office, customers, "V1,K1,008,2026-01-25 09:00,上门,完成")
    assert [(s, a, o) for s, a, o, _ in slots(office, "2026-01")] == [
        ("K1/2026-01-01", "007", "missed_open"),
        ("K1/2026-01-16", None, "met"),
    ]
    area = office.json("score", "--month", "2026-01", "--kpi", "key_visit_half_monthly", "--by", "area")
    assert [(row["met_n"], row["owed_n"]) for row in area] == [(1, 2)]


def test_8_a_week_over_the_end_of_a_month_belongs_to_its_sunday(office: Office) -> None:
    office.csv("客户.csv", KEY)
    office.csv("电话拜访.csv", "编号,客户编号,工号,通话时间,是否接通,呼出/呼入\nT1,K1,007,2026-01-26 09:00,是,呼出")
    rows = office.make("2026-02-28").outcomes("key_call_weekly")
    assert ("K1/2026-01-26", "met", "2026-02") in rows


def test_9_the_second_half_of_february(office: Office) -> None:
    visits(office, KEY, "V1,K1,007,2026-02-16 09:00,上门,完成")
    due = office.book().sql(
        "SELECT CAST(due_on AS VARCHAR) AS d, month FROM obligation WHERE source_id = 'K1/2026-02-16' AND rule_id LIKE 'key_visit%'"
    )
    assert due.to_numpy().tolist() == [["2026-02-28", "2026-02"]]


def test_10_agreements_renewed_on_the_day_and_after(office: Office) -> None:
    rows = "\n".join(
        f"A{n},K1,2026-03-31,{at}" for n, at in enumerate(["2026-03-31 18:00", "2026-04-01", "2026-04-20", "2026-05-10"], start=1)
    )
    office.csv("协议.csv", "协议编号,客户编号,到期日期,续约签订日期\n" + rows)
    got = (
        office.make("2026-06-30")
        .book()
        .sql("SELECT outcome, flags, month FROM obligation WHERE rule_id = 'agreement_renewed_in_time' ORDER BY source_id")
    )
    assert got.to_numpy().tolist() == [
        ["met", "", "2026-03"],
        ["missed_late", "within_d7", "2026-03"],
        ["missed_late", "within_d30", "2026-03"],
        ["missed_late", "reactivated", "2026-03"],
    ]


@pytest.mark.parametrize(
    ("settings", "outcome"), [("", "met"), ('[rules.visit_booked_day_ahead]\nlead = "24 hours"\n', "missed_late")]
)
def test_11_booked_the_evening_before(office: Office, settings: str, outcome: str) -> None:
    office.configure(settings)
    office.csv(
        "拜访.csv",
        """拜访编号,客户编号,工号,拜访时间,方式,结果,预约时间,计划时间
        V1,K1,007,2026-03-10 09:00,上门,完成,2026-03-09 23:00,2026-03-10 09:00""",
    )
    assert [o for _, o, _ in office.make("2026-03-31").outcomes("visit_booked_day_ahead")] == [outcome]


@pytest.mark.parametrize(("visited", "last"), [("2026-02-13", "2026-02-25"), ("2026-09-30", "2026-10-10")])
def test_3_and_4_the_managers_record_of_the_visit(office: Office, visited: str, last: str) -> None:
    office.csv(
        "拜访.csv",
        f"""拜访编号,客户编号,工号,拜访时间,方式,结果,录入时间,资料更新时间
        V1,K1,007,{visited} 10:00,上门,完成,{visited} 18:00,{last} 23:59""",
    )
    office.make("2026-10-31")
    row = (
        office.book()
        .sql("SELECT CAST(due_on AS VARCHAR) AS d, outcome, agent_id FROM obligation WHERE rule_id = 'visit_recorded'")
        .iloc[0]
    )
    assert (row["d"], row["outcome"]) == (last, "met") and not isinstance(row["agent_id"], str)


def test_12_and_13_faults_lodged_and_repaired(office: Office) -> None:
    office.csv("代理人员.csv", AGENTS)
    office.csv("客户.csv", "客户编号,客户级别,工号,归属起始日期,城镇/农村\nK1,重要,007,2020-01-01,农村")
    office.csv(
        "故障.csv",
        """故障单号,客户编号,申告时间,产品,受理时间,10000申告时间,修复时间,原因,故障现象
        F1,K1,2026-03-02 22:00:00,宽带,2026-03-02 22:58:00,2026-03-02 23:03:00,2026-03-05 22:00:00,,断网
        F2,K1,2026-03-02 22:00:00,宽带,2026-03-02 22:58:00,2026-03-02 23:03:01,2026-03-05 22:00:01,,断网
        F3,K1,2026-03-02 22:00:00,宽带,2026-03-02 22:58:00,2026-03-02 23:03,2026-03-09 22:00:00,用户终端,断网""",
    )
    office.make("2026-03-31")
    assert [o for _, o, _ in office.outcomes("fault_lodged_with_10000")] == ["met", "missed_late", "met"]
    assert [o for _, o, _ in office.outcomes("fault_repaired_in_limit")] == ["met", "missed_late", "exempt"]


def test_14_an_offset_is_converted_before_the_month_is_cut(office: Office) -> None:
    office.csv("投诉.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-01-29T16:30:00Z,007,2026-01-31T16:30:00Z")
    office.make("2026-02-28")
    row = (
        office.book()
        .sql("SELECT start_at, due_at, month, outcome FROM obligation WHERE rule_id = 'complaint_first_reply'")
        .iloc[0]
    )
    assert (str(row["start_at"]), str(row["due_at"]), row["month"], row["outcome"]) == (
        "2026-01-30 00:30:00", "2026-02-01 00:30:00", "2026-02", "met",
    )  # fmt: skip


def test_15_and_16_no_key_customer_is_not_applicable(office: Office) -> None:
    office.csv("代理人员.csv", AGENTS)
    office.csv("客户.csv", "客户编号,客户类型,客户级别,工号,归属起始日期\nK1,家庭,普通,007,2020-01-01")
    office.csv("拜访.csv", "拜访编号,客户编号,工号,拜访时间,方式,结果\nV1,K1,007,2026-01-05 09:00,上门,完成")
    office.csv("投诉.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-01-03 10:00:00,007,2026-01-03 11:00:00")
    office.make("2026-01-31")
    for rule in ("key_visit_half_monthly", "key_call_weekly"):
        assert office.outcomes(rule) == []
        row = office.json("score", "--month", "2026-01", "--agent", "007", "--kpi", rule)[0]
        assert (row["owed_n"], row["met_n"], row["rate"], row["low"]) == (0, 0, None, None)


def test_17_the_newest_of_two_monthly_files_wins_and_the_month_is_restated(office: Office) -> None:
    head = "投诉编号,客户编号,受理时间,受理人,首次回复时间\n"
    office.csv("投诉_2026-08.csv", head + "C1,K1,2026-08-28 10:00:00,007,")
    office.csv("投诉_2026-09.csv", head + "C1,K1,2026-08-28 10:00:00,007,2026-08-29 10:00:00")
    office.make()
    row = office.book().sql("SELECT outcome, month, flags, file FROM obligation WHERE rule_id = 'complaint_first_reply'").iloc[0]
    assert list(row) == ["met", "2026-08", "restated", "投诉_2026-09.csv"]
    assert office.book().sql("SELECT superseded_n FROM source_count ORDER BY file")["superseded_n"].tolist() == [1, 0]


def test_18_a_year_beyond_the_calendar_is_named_with_the_override_file(office: Office) -> None:
    office.csv("拜访.csv", "拜访编号,客户编号,工号,拜访时间,遗留问题,回复时间\nV1,K1,007,2027-03-01 10:00,换机,")
    office.run("ingest")
    office.run("check")
    result = office.run("build")
    assert result.code == 2 and "2027" in result.err and "calendar.toml" in result.err and "Traceback" not in result.err
    (office.folder / "calendar.toml").write_text('[2027]\noff = ["2027-03-03"]\nwork = ["2027-03-06"]\n', encoding="utf-8")
    office.configure('calendar = "calendar.toml"\n')
    assert office.run("build").code == 0
    due = (
        office.book()
        .sql("SELECT CAST(due_on AS VARCHAR) AS d FROM obligation WHERE rule_id = 'visit_question_replied'")["d"]
        .tolist()
    )
    assert due == ["2027-03-04"]


def test_19_an_agent_whose_number_begins_like_the_hotlines(office: Office) -> None:
    office.csv("代理人员.csv", AGENTS + "1000077,甲片区,否")
    office.csv(
        "投诉.csv",
        "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-01-05 10:00:00,1000077,\nC2,K1,2026-01-06 10:00:00,10000,",
    )
    assert office.make("2026-01-31").outcomes("complaint_first_reply") == [("C1", "missed_open", "2026-01")]
    row = office.json("score", "--month", "2026-01", "--agent", "1000077", "--kpi", "complaint_first_reply")[0]
    assert (row["met_n"], row["owed_n"]) == (0, 1)


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """One office for the cases that stand beside each other: a customer, a complaint or an inspection each."""
    office = Office(tmp_path_factory.mktemp("ledgers"))
    office.csv("代理人员.csv", AGENTS)
    january = """客户编号,客户类型,客户级别,工号,归属起始日期,状态
        K20,公众,重要,007,2020-01-01,在用
        K21,公众,重要,007,2020-01-01,在用
        K22,个人（非政企）,,007,2020-01-01,在用
        K23,公众,重要,007,2020-01-01,在用"""
    office.csv("2026-01/客户.csv", january)
    office.csv("2026-03/客户.csv", january.replace("K23,公众,重要,007,2020-01-01,在用", "K23,公众,重要,007,2020-01-01,销户"))
    office.csv(
        "拜访_2026-01.csv",
        """客户编号,工号,拜访时间,方式,结果
        K20,007,2026-01-05 10:00,上门,未遇
        K20,007,2026-01-05 10:06,上门,完成
        K21,007,2026-01-06 10:00,微信视频,完成
        K23,007,2026-01-05 09:00,上门,完成
        K20,007,2026-01-31 08:30-09:30,上门,完成""",
    )
    complaints = "投诉编号,客户编号,受理时间,受理人,首次回复时间,重复标识\n"
    office.csv("投诉_2026-09.csv", complaints + "7,K1,2026-09-03 10:00:00,007,,首次")
    office.csv("投诉_2026-10.csv", complaints + "7,K9,2026-10-02 10:00:00,007,,\n8,K9,2026-10-05 10:00:00,007,,")
    office.csv("投诉_2026-10 (1).csv", complaints + "8,K9,2026-10-05 10:00:00,007,2026-10-05 11:00:00,")
    office.csv("检查.csv", "工号,日期,项目,条款,是否合格\n007,2026-01-09,着装,1.1,合格\n007,2026-01-09,着装,1.1,不合格")
    return office.make("2026-10-31")


def slot(office: Office, customer: str) -> list[tuple[str, str]]:
    rows = office.book().sql(
        """SELECT source_id, outcome, reason FROM obligation
        WHERE rule_id = 'key_visit_half_monthly' AND customer_id = ? AND month = '2026-01' ORDER BY due_at""",
        [customer],
    )
    return [(o, r) for _, o, r in rows.to_numpy().tolist()]


def test_20_a_visit_without_an_id_told_twice(ledgers: Office) -> None:
    assert slot(ledgers, "K20")[0][0] == "met"
    found = ledgers.book().sql("SELECT row, severity FROM quarantine WHERE code = 'suspected_duplicate'")
    assert len(found) == 1


def test_21_a_video_is_no_visit_at_the_door(ledgers: Office) -> None:
    assert slot(ledgers, "K21")[0][0] == "missed_open"


def test_22_a_person_that_is_no_firm(ledgers: Office) -> None:
    assert slot(ledgers, "K22") == []


def test_23_a_customer_closed_in_march_was_owed_a_visit_in_january(ledgers: Office) -> None:
    assert slot(ledgers, "K23")[0][0] == "met"


def test_24_25_and_27_complaints_by_id_day_and_newer_copy(ledgers: Office) -> None:
    rows = ledgers.book().sql(
        "SELECT customer_id, outcome, month FROM obligation WHERE rule_id = 'complaint_first_reply' ORDER BY due_at"
    )
    assert [tuple(row) for row in rows.to_numpy().tolist()] == [
        ("K1", "missed_open", "2026-09"), ("K9", "missed_open", "2026-10"), ("K9", "met", "2026-10"),
    ]  # fmt: skip
    told = ledgers.book().sql("SELECT subject, zh FROM told WHERE code = 'id_reused'").to_numpy().tolist()
    assert [subject for subject, _ in told] == ["complaints"] and "（7）" in told[0][1]


def test_26_the_later_of_two_rows_of_an_inspection_holds(ledgers: Office) -> None:
    rows = ledgers.book().sql("SELECT outcome FROM obligation WHERE rule_id = 'inspection_passed'")
    assert rows["outcome"].tolist() == ["missed_open"]


def test_28_a_span_of_time_is_read_by_its_start(ledgers: Office) -> None:
    rows = ledgers.book().sql("SELECT CAST(visited_at AS VARCHAR) AS at FROM visit WHERE customer_id = 'K20' ORDER BY 1")
    assert rows["at"].tolist()[-1] == "2026-01-31 08:30:00"


TERMS = "协议编号,客户编号,产品,起始日期,到期日期,续约协议编号,续约签订日期\n"


def renewals(office: Office) -> list[list[str]]:
    rows = office.book().sql(
        "SELECT source_id, outcome, flags FROM obligation WHERE rule_id = 'agreement_renewed_in_time' AND month = '2026-03' ORDER BY source_id"
    )
    return rows.to_numpy().tolist()


def test_29_one_successor_renews_one_of_two_agreements(office: Office) -> None:
    office.csv(
        "协议.csv",
        TERMS + "A1,K1,宽带,2025-04-01,2026-03-31,,\nA2,K1,宽带,2025-04-01,2026-03-31,,\nB1,K1,宽带,2026-04-01,2027-03-31,,",
    )
    office.make("2026-06-30")
    assert renewals(office) == [["A1", "met", "matched"], ["A2", "missed_open", ""]]
    counted = office.book().measures("2026-03", measure="renewal_count").query("part == 'd30'").iloc[0]
    assert (counted["n"], counted["of_n"]) == (1, 2)


def test_30_the_next_agreement_begins_on_the_last_day(office: Office) -> None:
    office.csv("协议.csv", TERMS + "A1,K1,宽带,2025-04-01,2026-03-31,,\nB1,K1,宽带,2026-03-31,2027-03-30,,")
    office.make("2026-06-30")
    assert renewals(office) == [["A1", "met", "matched"]]


def test_31_amounts_for_terms_of_different_length_are_compared_by_the_month(office: Office) -> None:
    office.csv(
        "协议.csv",
        """协议编号,客户编号,起始日期,到期日期,金额,月租,续约协议编号,续约签订日期
        A1,K1,2025-04-01,2026-03-31,1200,,B1,2026-03-20
        B1,K1,2026-04-01,2028-03-31,2400,,,
        A2,K2,2025-04-01,2026-03-31,,100,B2,2026-03-20
        B2,K2,2026-04-01,2028-04-01,2400,,,""",
    )
    rows = office.make("2026-06-30").book().measures("2026-03").set_index(["measure_id", "part"])
    for measure in ("renewal_gross", "renewal_net"):
        row = rows.loc[(measure, "d0")]
        assert (row["n"], row["of_n"], row["value"]) == (200, 200, 1.0)


def test_32_a_forgotten_complaint_is_one_obligation_a_month(office: Office) -> None:
    office.csv("代理人员.csv", AGENTS)
    office.csv(
        "投诉.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间,进度告知时间,办结时间\nC1,K1,2026-09-17 10:00:00,007,,,"
    )
    office.make("2026-10-31")
    rows = office.json("explain", "complaint_progress_told", "--month", "2026-10")
    assert [(row["source_id"], row["outcome"]) for row in rows] == [("C1/2026-10", "missed_open")]
    assert (
        "16 段里 0 段有告知，最长 44 天没有消息，漏办" in rows[0]["sentence"]
        and "投诉 C1（9 月 17 日受理）未结" in rows[0]["sentence"]
    )
    assert office.outcomes("complaint_first_reply") == [("C1", "missed_open", "2026-09")]


def test_33_the_new_year_of_the_farmers_is_the_spring_festival(office: Office) -> None:
    office.csv("代理人员.csv", AGENTS)
    office.csv("客户.csv", KEY)
    office.csv("关怀.csv", "客户编号,工号,时间,节日/生日\nK1,007,2025-12-31 10:00,元旦\nK1,007,2026-02-15 10:00,农历新年")
    rows = office.make("2026-02-28").outcomes("festival_greeted")
    assert ("met", "2026-02") in [(outcome, month) for _, outcome, month in rows]


@pytest.mark.parametrize(("connected", "outcome"), [("2026-02-01 10:00", "met"), ("2026-02-02 10:00", "unknown")])
def test_34_calls_that_begin_inside_a_week(office: Office, connected: str, outcome: str) -> None:
    office.csv("代理人员.csv", AGENTS)
    office.csv("客户.csv", KEY)
    office.csv("电话拜访_2026-02.csv", f"编号,客户编号,工号,通话时间,是否接通\nT1,K1,007,{connected},是")
    office.make("2026-02-28")
    rows = office.book().sql(
        "SELECT outcome, reason FROM obligation WHERE rule_id = 'key_call_weekly' AND month = '2026-02' ORDER BY due_at"
    )
    assert rows.fillna("").to_numpy().tolist()[0] == [outcome, "before_data" if outcome == "unknown" else ""]
