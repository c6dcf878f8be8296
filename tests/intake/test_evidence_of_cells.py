"""From file to outcome: times that can't be, words for nothing, what nobody sees, and birthdays (X29, X30, 2.1.3)."""

from __future__ import annotations

import unicodedata

import pytest
from conftest import Office

from ruralkpi.exports.invisible import shown, visible

AGENTS = "工号,片区,姓名\n0007,甲片区,张三\n0008,甲片区,李四"
HEAD = "投诉编号,客户编号,受理时间,受理人,首次回复时间"


def kept_out(office: Office) -> list[tuple[int, str]]:
    with office.staging() as con:
        rows = con.execute("SELECT row, code FROM quarantine WHERE severity = 'reject' ORDER BY ALL").fetchall()
    return rows


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("到达时间", "1999-12-31 10:00", "unlikely_year"), ("到达时间", "2000-01-01 10:00", None), ("计划时间", "2036-11-02", "unlikely_year"),
        ("计划时间", "2036-10-30", None), ("到达时间", "26-10-03", "bad_time"), ("到达时间", "1970-01-01", "sentinel_year"),
        ("到达时间", "2026-11-02 10:00", "after_cut_off"), ("到达时间", "0000-00-00", None), ("计划时间", "2099-01-01", "sentinel_year"),
    ],
)  # fmt: skip
def test_events_too_old_or_too_far_ahead(office: Office, column: str, value: str, code: str | None) -> None:
    office.csv("拜访.csv", f"拜访编号,客户编号,工号,拜访时间,{column}\nV1,K1,0007,2026-10-03 10:00,{value}")
    assert office.run("ingest").code == 0 and office.run("check", "--as-of", "2026-10-31").code in (0, 1)
    assert kept_out(office) == ([] if code is None else [(2, code)])


@pytest.mark.parametrize(
    ("hired", "left", "code"),
    [
        ("1950-01-01", "", None), ("1949-12-31", "", "unlikely_year"), ("2010-01-01", "2099-12-31", None),
        ("2010-01-01", "9999-12-31", None), ("2010-01-01", "长期", None), ("2010-01-01", "2050-01-01", "unlikely_year"),
        ("2010-01-01", "1900-01-01", "sentinel_year"), ("22-Apr-15", "-", None), ("2015年4月", "", None),
    ],
)  # fmt: skip
def test_days_from_and_until_which_something_holds(office: Office, hired: str, left: str, code: str | None) -> None:
    office.csv("代理人员.csv", f"工号,片区,入职日期,离职日期\n0007,甲片区,{hired},{left}")
    office.csv("投诉.csv", f"{HEAD}\nC1,K1,2026-10-03 10:00,0007,2026-10-03 11:00")
    assert office.run("ingest").code == 0 and office.run("check", "--as-of", "2026-10-31").code in (0, 1)
    with office.staging() as con:
        assert con.execute("SELECT code FROM flaw WHERE source_table = 'agents'").fetchall() == (
            [] if code is None else [(code,)]
        )


def test_words_for_nothing_are_blanks_and_others_are_told(office: Office) -> None:
    words = ["", "NULL", r"\N", "None", "nan", "-", "/", "无", "0000-00-00 00:00:00", "—", "NaT", "未回复"]
    rows = [f"C{n},K{n},2026-10-03 10:00,0007,{word}" for n, word in enumerate(words)]
    office.csv("投诉_2026-10.csv", "\n".join([HEAD, *rows, "C99,K9,2026-10-30 09:00,0007,2026-10-30 10:00"]))
    office.make("2026-10-31")
    assert kept_out(office) == [(12, "bad_time"), (13, "bad_time")]
    open_ones = [(ident, outcome) for ident, outcome, _ in office.outcomes("complaint_first_reply") if ident != "C99"]
    assert sorted(open_ones) == sorted((f"C{n}", "missed_open") for n in range(10))


def test_a_mappings_own_words_come_before_its_words_for_nothing(office: Office) -> None:
    mapping = 'export = "complaints"\nfiles = ["台账"]\nblank = ["?", "无记录", "未回复"]\n[columns]\n'
    mapping += 'first_reply_at = { headers = ["首次回复时间"], values = { "?" = "2026-10-03 12:00" } }\n'
    (office.folder / "mappings" / "m.toml").write_text(mapping, encoding="utf-8")
    rows = ["C1,K1,2026-10-03 10:00,0007,?", "C2,K2,2026-10-03 10:00,0007,无记录", "C3,K3,2026-10-03 10:00,0007,未回复"]
    office.csv("台账_2026-10.csv", "\n".join([HEAD, *rows, "C9,K9,2026-10-30 09:00,0007,2026-10-30 10:00"]))
    office.make("2026-10-31")
    assert kept_out(office) == []
    found = {ident: outcome for ident, outcome, _ in office.outcomes("complaint_first_reply")}
    assert found == {"C1": "met", "C2": "missed_open", "C3": "missed_open", "C9": "met"}


def test_a_word_for_nothing_where_something_must_stand(office: Office) -> None:
    office.csv("投诉_2026-10.csv", f"{HEAD}\n-,K1,2026-10-03 10:00,0007,\nC2,K2,无,0007,\nC3,K3,2026-10-03 10:00,0007,")
    office.run("ingest")
    office.run("check", "--as-of", "2026-10-31")
    assert kept_out(office) == [(2, "missing_value"), (3, "missing_value")]


def test_a_date_and_a_time_in_cells_of_their_own(office: Office) -> None:
    mapping = 'export = "complaints"\nfiles = ["台账"]\n[columns]\nreceived_at = { join = ["日期", "时间"] }\n'
    (office.folder / "mappings" / "m.toml").write_text(mapping, encoding="utf-8")
    cells = ["2026-10-03,08:05", "2026-10-03 00:00:00,08:05", "2026/10/3,1899-12-30 08:05:00", "2026-10-03,-", "-,-", "-,08:05"]
    rows = [f"C{n},K{n},{cell},0007" for n, cell in enumerate(cells)]
    office.csv("台账.csv", "\n".join(["投诉编号,客户编号,日期,时间,受理人", *rows]))
    office.run("ingest")
    office.run("check", "--as-of", "2026-10-31")
    assert kept_out(office) == [(6, "missing_value"), (7, "bad_time")]
    with office.staging() as con:
        got = con.execute("SELECT CAST(received_at AS VARCHAR), received_precision FROM clean.complaints ORDER BY row").fetchall()
    assert got == [("2026-10-03 08:05:00", "minute")] * 2 + [("2026-10-03 08:05:00", "second"), ("2026-10-03 00:00:00", "day")]


def test_what_nobody_sees_is_no_part_of_a_value(office: Office) -> None:
    lines = [HEAD, *(f"C{n},K{n},2026-10-0{n} 10:00:00,0007,2026-10-0{n} 11:00:00" for n in range(1, 4))]
    second = ["\ufeff" + HEAD, "\ufeffC4,K\u200b4,2026-10-04\u200e 10:00:00,00\u00ad07,2026-10-04 11:00:00"]
    office.csv("投诉_2026-10.csv", "\n".join([*lines, *second, '\ufeff"C5",K5,2026-10-05 10:00:00,0007,2026-10-05 11:00:00']))
    office.make("2026-10-31")
    assert kept_out(office) == []
    assert [ident for ident, outcome, _ in office.outcomes("complaint_first_reply") if outcome == "met"] == [
        f"C{n}" for n in range(1, 6)
    ]


def test_every_format_character_of_unicode_is_taken_off() -> None:
    unseen = [chr(one) for one in range(0x110000) if unicodedata.category(chr(one)) == "Cf"]
    assert [f"U+{ord(one):04X}" for one in unseen if visible(f"00{one}07") != "0007" or shown(f"00{one}07") != b"0007"] == []


def test_a_spreadsheets_marks_are_taken_off_counted_and_told(office: Office) -> None:
    office.csv("代理人员.csv", AGENTS)
    office.csv("客户.csv", "客户编号,工号,客户类型,名称\n" + "\n".join(f"K{n},0007,政企,某某村委会{n}" for n in range(1, 5)))
    visits = [
        "V1,K1,'0007,2026-10-03 10:00",
        "V2,K2,`0007,'2026-10-03 11:00",
        "V3,K3,7,2026-10-03 12:00",
        "V4,K4,0007.0,2026-10-03 13:00",
    ]
    lines = [f"{visit},上门,完成" for visit in [*visits, "V9,K4,0008,2026-10-30 09:00"]]
    office.csv("拜访_2026-10.csv", "\n".join(["拜访编号,客户编号,工号,拜访时间,方式,结果", *lines]))
    result = office.run("ingest")
    assert result.code == 0
    with office.staging() as con:
        assert con.execute("SELECT * FROM taken_off ORDER BY ALL").fetchall() == [
            ("visits", "agent_id", "point_zero", 1), ("visits", "agent_id", "quote", 2), ("visits", "visited_at", "quote", 1),
        ]  # fmt: skip
        assert con.execute("SELECT code, n FROM told").fetchall() == [("tidied", 4)]
    assert office.run("check", "--as-of", "2026-10-31").code in (0, 1)
    assert kept_out(office) == [(4, "unknown_agent")]


BIRTHDAYS = [
    ("10月5日", "", "10-05"), ("农历八月十五", "", "09-25"), ("十月五日", "", "10-05"), ("八月十五", "是", "09-25"),
    ("九月初五", "", "10-14"), ("闰六月初一", "", "07-14"), ("农历八月十五", "否", None), ("八月十五", "", None), ("秋天", "", None),
    ("无", "", None), ("1985-10-05 00:00:00", "否", "10-05"),
]  # fmt: skip


def test_a_birthday_is_owed_on_its_day_or_told(office: Office) -> None:
    office.csv("代理人员.csv", AGENTS)
    rows = [f"K{n},0007,政企,{text},{flag}" for n, (text, flag, _) in enumerate(BIRTHDAYS)]
    office.csv("客户.csv", "\n".join(["客户编号,工号,客户类型,生日,农历标志", *rows]))
    office.csv("关怀_2026-07.csv", "客户编号,工号,时间,节日/生日\nK0,0007,2026-07-05 09:00,节日")
    office.csv("投诉_2026-10.csv", f"{HEAD}\nC1,K1,2026-10-30 10:00,0007,2026-10-30 11:00")
    office.make("2026-10-31")
    owed = office.book().sql(
        "SELECT customer_id, strftime(due_on, '%m-%d') AS day FROM obligation WHERE rule_id = 'birthday_greeted' AND due_on <= DATE '2026-10-31'"
    )
    assert dict(owed.to_numpy().tolist()) == {f"K{n}": day for n, (*_, day) in enumerate(BIRTHDAYS) if day}
    with office.staging() as con:
        found = con.execute("SELECT row, code, severity FROM quarantine WHERE source_table = 'customers' ORDER BY ALL").fetchall()
        assert found == [(8, "birthday_calendar", "warn"), (9, "birthday_calendar", "warn"), (10, "bad_birthday", "warn")]
        assert con.execute("SELECT count(*) FROM clean.customers").fetchone() == (len(BIRTHDAYS),)
        assert con.execute("SELECT n FROM told WHERE code = 'bad_birthday'").fetchall() == [(3,)]
