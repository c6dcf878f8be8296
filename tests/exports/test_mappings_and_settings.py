"""Mappings that do nothing are told, one file may feed several exports, and figures say what settings they stand under."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Office

GOOD = """台账号,客户编号,时间,员工,回复
C1,K1,2026-10-05 10:00:00,007,2026-10-06 10:00:00
C2,K1,2026-10-07 10:00:00,007,2026-10-08 10:00:00
"""
COMPLAINTS = """export = "complaints"
files = ["台账"]
[columns]
complaint_id = ["台账号"]
received_at = ["时间"]
agent_id = ["员工"]
first_reply_at = ["回复"]
"""
VISITS = """export = "visits"
files = ["台账"]
[columns]
visited_at = ["时间"]
agent_id = ["员工"]
mode = { constant = "上门" }
"""


def mapping(office: Office, name: str, text: str) -> Path:
    path = office.folder / "mappings" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def told(office: Office, word: str) -> list[str]:
    """The lines of ingest that hold a word."""
    return [line for line in office.run("ingest").err.splitlines() if word in line]


def test_one_file_feeds_every_export_whose_mapping_names_it(office: Office) -> None:
    office.csv("台账_2026-10.csv", GOOD)
    mapping(office, "a/x.toml", COMPLAINTS)
    mapping(office, "b/x.toml", VISITS)
    office.make("2026-10-31")
    assert [row[0] for row in office.outcomes("complaint_first_reply")] == ["C1", "C2"]
    with office.staging() as con:
        counts = con.execute("SELECT source_table, read_n, clean_n FROM source_count ORDER BY 1").fetchall()
        assert counts == [("complaints", 3, 2), ("visits", 3, 2)]


def test_a_file_of_two_sheets_gives_each_to_its_mapping_once(office: Office) -> None:
    """Both mappings name the file, each can read one of its tables only."""
    import io

    import xlsxwriter

    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        for name, text in (("投诉", GOOD), ("走访", "走访号,客户编号,时间,员工\nV1,K1,2026-10-05 09:00,007\n")):
            sheet = made.add_worksheet(name)
            for n, line in enumerate(text.splitlines()):
                sheet.write_row(n, 0, line.split(","))
    (office.folder / "raw" / "台账_2026-10.xlsx").write_bytes(book.getvalue())
    mapping(office, "x.toml", COMPLAINTS)
    mapping(office, "y.toml", VISITS.replace('agent_id = ["员工"]', 'agent_id = ["员工"]\nvisit_id = ["走访号"]'))
    assert office.run("ingest").code == 0
    with office.staging() as con:
        assert con.execute("SELECT file, source_table FROM source_file ORDER BY ALL").fetchall() == [
            ("台账_2026-10.xlsx#投诉", "complaints"),
            ("台账_2026-10.xlsx#投诉", "visits"),
            ("台账_2026-10.xlsx#走访", "visits"),
        ]


def test_a_mapping_for_no_file_is_told_with_the_nearest(office: Office) -> None:
    office.csv("台账_2026-10.csv", GOOD)
    mapping(office, "x.toml", COMPLAINTS)
    mapping(office, "y.toml", VISITS.replace("台账", "台帐"))
    lines = told(office, "y.toml")
    assert len(lines) == 1 and "台帐" in lines[0] and "台账_2026-10.csv" in lines[0] and not told(office, "x.toml")


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (COMPLAINTS.replace('files = ["台账"]', 'files = ["台账_2026"]'), "更贴近"),
        (COMPLAINTS, "名字在前"),
        (COMPLAINTS.replace('first_reply_at = ["回复"]\n', ""), "表头更多"),
        (COMPLAINTS.replace('["员工"]', '["谁"]'), "必需的列"),
    ],
)
def test_two_mappings_of_one_export_for_one_file(office: Office, other: str, why: str) -> None:
    office.csv("台账_2026-09.csv", GOOD.replace("2026-10", "2026-09").replace("C", "D"))
    office.csv("台账_2026-10.csv", GOOD)
    mapping(office, "x.toml", COMPLAINTS)
    mapping(office, "y.toml", other)
    lines = [line for line in told(office, "同类") if "x.toml" in line and "y.toml" in line]
    assert len(lines) == 1 and why in lines[0] and "2 个文件" in lines[0]
    used, unused = ("y.toml", "x.toml") if why == "更贴近" else ("x.toml", "y.toml")
    assert f"用了 {used}，没用 {unused}" in lines[0]


def test_a_mapping_whose_file_was_read_by_another_form_is_told(office: Office) -> None:
    office.csv("投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人\nC1,K1,2026-10-05 10:00,007\n")
    mapping(
        office, "x.toml", COMPLAINTS.replace("台账", "投诉").replace('["时间"]', '["受理的时间"]').replace("台账号", "编号甲")
    )
    mapping(office, "y.toml", VISITS.replace("台账", "投诉"))
    lines = told(office, "没有用上")
    assert any("y.toml" in line and "投诉_2026-10.csv" in line for line in lines)


def test_keys_and_words_without_effect_are_told_once(office: Office) -> None:
    office.csv("台账_2026-10.csv", GOOD.replace("回复", "回复,渠道,方式").replace("10:00:00\n", "10:00:00,10000号,电话\n"))
    idle = """export = "complaints"
files = ["台账"]
key = ["complaint_id"]
holds = ["received_at"]
[columns]
complaint_id = { headers = ["台账号"], required = true }
received_at = ["时间"]
agent_id = { headers = ["员工"], constant = "007" }
first_reply_at = ["回复"]
customer_id = { headers = ["客户编号"], true = ["K1"], values = { "K1" = "K01", "K9" = "K09" } }
reply_kind = { headers = ["方式"], values = { "电话" = "电话", "没见过" = "电话" } }
"""
    mapping(office, "x.toml", idle)
    (line,) = told(office, "不起作用")
    for word in ("key", "holds", "complaint_id.required", "agent_id.headers", "customer_id.true"):
        assert word in line, word
    assert "5 处" in line
    (line,) = told(office, "没有见到")
    assert "2 个词" in line and "K9、没见过" in line


def test_a_mapping_that_does_its_work_is_not_told(office: Office) -> None:
    office.csv("台账_2026-10.csv", GOOD)
    mapping(office, "x.toml", COMPLAINTS + 'kind = { constant = "网速慢" }\n')
    assert not told(office, "x.toml")


# --- settings and figures


def said(office: Office, *arguments: str) -> str:
    """What a command says of the settings, as one line or none."""
    result = office.run(*arguments)
    lines = [line for line in result.err.splitlines() if "设置" in line]
    assert result.code == 0 and len(lines) <= 1, result.err
    return "".join(lines)


def test_figures_say_when_the_settings_are_others_now(office: Office) -> None:
    office.csv("台账_2026-10.csv", GOOD)
    path = mapping(office, "x.toml", COMPLAINTS)
    office.configure('calendar = "日历.toml"\n')
    office.make("2026-10-31")
    questions = (["score"], ["explain", "complaint_first_reply"], ["due"], ["render", "--formats", "html"])
    for question in questions:
        assert not said(office, *question), question
    same = 'calendar = "日历.toml"\nmonth_by = "due"\n[rules.complaint_first_reply]\nlimit = "48 hours"\n[composite]\nis_on = false\n'
    path.write_text("# 说明\n" + COMPLAINTS, encoding="utf-8")
    office.configure(same)
    assert not said(office, "score")
    changes = {
        "rules.complaint_first_reply.limit（算时 48 hours，现在 24 hours）": '[rules.complaint_first_reply]\nlimit = "24 hours"\n',
        "targets.key_call_weekly（算时 —，现在 0.9）": "[targets]\nkey_call_weekly = 0.9\n",
        "month_by（算时 due，现在 start）": 'month_by = "start"\n',
        "composite.is_on": "[composite]\nis_on = true\n",
        "quality.max_share": "[quality]\nmax_share = 0.5\n",
        "as_of": 'as_of = "2026-10-20"\n',
    }
    for word, settings in changes.items():
        office.configure('calendar = "日历.toml"\n' + settings)
        line = said(office, "score")
        assert word in line and "ruralkpi build" in line, word
    for question in questions:
        office.configure('calendar = "日历.toml"\n' + next(iter(changes.values())))
        assert "48 hours" in said(office, *question), question
    out = office.run("score", "--format", "json").out
    assert json.loads(out)


def test_figures_say_when_mappings_or_calendar_are_others_now(office: Office) -> None:
    office.csv("台账_2026-10.csv", GOOD)
    mapping(office, "x.toml", COMPLAINTS)
    office.configure('calendar = "日历.toml"\n')
    office.make("2026-10-31")
    (office.folder / "日历.toml").write_text('[2026]\noff = ["2026-10-09"]\n', encoding="utf-8")
    assert "calendar 已改" in said(office, "score") and "ruralkpi build" in said(office, "score")
    office.make("2026-10-31")
    assert not said(office, "score")
    mapping(office, "x.toml", COMPLAINTS.replace("回复", "首次回复"))
    mapping(office, "新.toml", VISITS)
    assert "mappings/x.toml 已改、mappings/新.toml 新增" in said(office, "score")
    assert office.run("build").code == 0
    assert "ruralkpi run" in said(office, "score")  # a build alone reads no file again


def test_a_book_of_an_earlier_version_says_so(office: Office) -> None:
    import duckdb

    office.csv("投诉_2026-10.csv", GOOD.replace("台账号", "投诉编号").replace("员工", "受理人").replace("时间", "受理时间"))
    office.make("2026-10-31")
    with duckdb.connect(str(office.folder / "marts" / "book.duckdb")) as con:
        con.execute("DROP TABLE setting_in_force")
    assert "旧版本" in said(office, "score")


FIRST, REPAIR, VISIT = "rules.complaint_first_reply", "rules.fault_repaired_in_limit", "rules.key_visit_half_monthly"


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (REPAIR, "limit = 72"),
        (REPAIR, "limit = []"),
        (REPAIR, 'limit = ["48 hours"]'),
        (REPAIR, 'limit = [{ when = "true" }]'),
        (REPAIR, 'limit = [{ when = "true", since = "some day", limit = "48 hours" }]'),
        (REPAIR, 'limit = [{ when = "true", since = "2008-04-01", limit = "2 workdays" }]'),
        (REPAIR, 'limit = [{ when = "true", since = "2008-04-01", limit = "48 hours", until = "2030-01-01" }]'),
        (FIRST, 'limit = "99999999999 hours"'),
        (FIRST, 'limit = "0 hours"'),
        (FIRST, 'limit = { "2008-04-01" = { "2008-04-01" = "48 hours" } }'),
        (FIRST, 'limit = { "2008-04-01" = "48 hours", "2026-07-01" = "0 hours" }'),
        ("rules.complaint_progress_told", 'block = "0 hours"'),
        ("rules.visit_question_replied", 'limit = "99999 workdays"'),
        (VISIT, "bunched_within_d = nan"),
        (VISIT, "bunched_within_d = 2.5"),
        (VISIT, "bunched_within_d = -1"),
        ("composite", "max_unused = 40"),
        ("composite", "max_unused = nan"),
        ("composite", "min_evidence = -0.1"),
        ("composite", "is_on = 1"),
    ],
)
def test_a_value_of_a_wrong_form_or_beyond_its_bounds_is_one_line(office: Office, table: str, line: str) -> None:
    office.configure(f"[{table}]\n{line}\n")
    result = office.run("catalog", "--format", "json")
    assert result.code == 2 and len(result.err.strip().splitlines()) == 1, result.err
    assert table.removeprefix("rules.") in result.err or "99999" in result.err


def test_a_condition_that_the_marts_do_not_know_is_one_line_and_nothing_is_built(office: Office) -> None:
    office.csv("故障.csv", "故障单号,客户编号,申告时间,产品,修复时间\nF1,K1,2026-10-03 10:00,宽带,2026-10-09 10:00")
    for when, code, word in (("is_urbn", 2, "is_urbn"), ("is_urban", 2, "F1"), ("NOT is_urban", 0, "")):
        office.configure(f'[{REPAIR}]\nlimit = [{{ when = "{when}", since = 2008-04-01, limit = "24 hours" }}]\n')
        office.run("ingest")
        office.run("check")
        result = office.run("build")
        assert result.code == code, result.err
        assert code == 0 or (word in result.err and "limit" in result.err and "Traceback" not in result.err)


def test_a_span_that_is_none_is_used_where_it_says_something(office: Office) -> None:
    office.configure('[rules.festival_greeted]\nwindow = "0 days"\n[rules.visit_arrived_early]\nlead = "0 minutes"\n')
    assert office.run("catalog", "--format", "json").code == 0


def test_words_to_write_stay_as_they_are_written_in_an_english_error(office: Office) -> None:
    """A column's or an export's title may be a word of a list, too: 上门服务 and 上门."""
    path = mapping(office, "x.toml", 'export = "visits"\n[columns]\nmode = { values = { "A" = "未上门" } }\n')
    office.csv("拜访.csv", "拜访编号,客户编号,工号,拜访时间,方式\nV1,K1,007,2026-10-05 10:00,A")
    said = office.run("ingest", "--lang", "en").err
    listed = said.partition("write one of: ")[2]
    assert path.exists() and "上门, 电话" in listed and "visits" not in listed, said
