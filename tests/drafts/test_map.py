"""`map`: what is certain is in force, what is not stands behind #; nobody is named, nothing is overwritten, and it says why."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT, SHARED, Office

from ruralkpi.drafts.dates import order_of
from ruralkpi.exports.mappings import drafts, with_mappings

FOREIGN = """工单流水,客户编号,接诉时刻,首次回应,经办工号,客户姓名,来电号码
TS01,K0001,25/10/2026 08:05,25/10/2026 09:00,A007,欧阳修,13812345678
TS02,K0002,26/10/2026 10:00,27/10/2026 09:00,A008,王小丫,13912345678
TS03,K0003,03/10/2026 10:00,04/10/2026 09:00,A009,李四光,13712345678"""


def drafted(office: Office, name: str, text: str, *more: str, encoding: str = "utf-8") -> str:
    path = office.csv(name, text, encoding)
    result = office.run("map", str(path), *more)
    assert result.code == 0, result.err
    (made,) = [Path(part) for part in re.findall(r"mappings/\S+\.toml", result.err)]
    return (office.folder / made).read_text(encoding="utf-8")


def test_a_draft_puts_what_is_certain_in_force_and_nothing_else(office: Office) -> None:
    text = drafted(office, "县里台账_2026-10.csv", FOREIGN, encoding="gb18030")
    words = tomllib.loads(text)
    assert words == {
        "draft": True,
        "files": ["县里台账_*"],
        "date_order": "dmy",
        "columns": {},
    }
    assert re.findall(r'^#export = "(\w+)"', text, re.M)[0] == "complaints"
    for line in ('#customer_id = ["客户编号"]', '#received_at = ["接诉时刻"]', '#first_reply_at = ["首次回应"]'):
        assert line in text, line
    assert "表头在第 1 行，gb18030" in text and "不是 mdy：第 2 行是 25/10/2026 08:05" in text


def test_an_export_that_is_said_puts_its_own_headers_in_force(office: Office) -> None:
    words = tomllib.loads(drafted(office, "县里台账_2026-10.csv", FOREIGN, "--export", "complaints"))
    assert words["export"] == "complaints" and "draft" not in words and words["columns"] == {"customer_id": ["客户编号"]}


def test_a_draft_names_nobody(office: Office) -> None:
    text = drafted(office, "台账_13812345678_2026-10.csv", FOREIGN)
    for told in ("欧阳修", "王小丫", "李四光", "13812345678", "小丫"):
        assert told not in text
    assert "欧*" in text and "138****5678" in text


def test_a_draft_written_out_is_a_mapping_that_reads_the_file(office: Office) -> None:
    """The lines that a person would take # from."""
    text = drafted(office, "县里台账_2026-10.csv", FOREIGN)
    path = office.folder / "mappings" / "县里台账.toml"
    assert drafts(office.folder / "mappings") == ["县里台账.toml"]
    assert len(with_mappings(office.folder / "mappings")) == len(with_mappings(None))
    for line in ('export = "complaints"', 'complaint_id = ["工单流水"]', 'received_at = ["接诉时刻"]', 'agent_id = ["经办工号"]',
                 'customer_id = ["客户编号"]', 'first_reply_at = ["首次回应"]'):  # fmt: skip
        assert f"#{line}" in text, line
        text = text.replace(f"#{line}", line, 1)
    path.write_text(text, encoding="utf-8")
    said = office.run("ingest")
    assert said.code == 2 and "县里台账.toml 还是草稿" in said.err and "draft = true" in said.err
    path.write_text(text.replace("draft = true\n", ""), encoding="utf-8")
    office.csv("代理人员_2026-10.csv", "工号,片区\nA007,甲片区\nA008,甲片区\nA009,甲片区")
    office.make("2026-10-31")
    assert [row[:2] for row in office.outcomes("complaint_first_reply")] == [("TS01", "met"), ("TS02", "met"), ("TS03", "met")]


def test_what_is_there_is_never_overwritten(office: Office) -> None:
    path = office.csv("县里台账_2026-10.csv", FOREIGN)
    (office.folder / "mappings" / "县里台账.toml").write_text(
        'export = "visits"\nfiles = ["别的"]\n[columns]\n', encoding="utf-8"
    )
    result = office.run("map", str(path))
    assert result.code == 1 and "已有" in result.err
    assert "别的" in (office.folder / "mappings" / "县里台账.toml").read_text(encoding="utf-8")


def test_a_link_that_leads_nowhere_stops_no_other_file(office: Office) -> None:
    link = office.folder / "raw" / "a_2026-10.csv"
    link.symlink_to("gone.csv")
    found = office.run("map", str(link), str(office.csv("县里台账_2026-10.csv", FOREIGN)))
    assert found.code == 1 and "a_2026-10.csv：链接没有指向任何文件（gone.csv）" in found.err
    assert [path.name for path in (office.folder / "mappings").iterdir()] == ["县里台账.toml"]


def test_words_that_no_list_holds_are_named_with_those_that_may_be_written(office: Office) -> None:
    visits = "拜访编号,客户编号,工号,拜访时间,方式,结果\nV1,K1,007,2026-10-05 09:00,上门,没人应门\nV2,K1,007,2026-10-06 09:00,上门,完成"
    text = drafted(office, "拜访_2026-10.csv", visits)
    assert "没人应门 1" in text and re.search(
        r'^#result = \{ headers = \["结果"\], values = \{ "没人应门" = "完成 \| ', text, re.M
    )
    assert tomllib.loads(text)["columns"]["visit_id"] == ["拜访编号"]


def test_without_a_file_it_is_asked_of_all_that_are_not_understood(office: Office) -> None:
    office.csv("投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-10-05 10:00,007,2026-10-06 10:00")
    assert "没有没认出来的文件" in office.run("map").err
    office.csv("县里台账_2026-10.csv", FOREIGN)
    result = office.run("map")
    assert result.code == 0 and [path.name for path in (office.folder / "mappings").iterdir()] == ["县里台账.toml"]


@pytest.mark.parametrize(
    ("texts", "month", "possible"),
    [
        (["25/10/2026", "3/10/2026"], "", ("dmy",)),
        (["12/20/2004"], "", ("mdy",)),
        (["10/11/2026"], "", ("dmy", "mdy")),
        (["10/11/2026", "10/12/2026"], "2026-10", ("mdy", "dmy")),
        (["26-10-25"], "", ("dmy", "ymd")),
        (["25-10-26"], "2026-10", ("dmy", "ymd")),
        (["25/10/2026", "10/25/2026"], "", ()),
    ],
)
def test_an_order_of_dates_is_settled_by_all_of_them_or_not_at_all(
    texts: list[str], month: str, possible: tuple[str, ...]
) -> None:
    import pandas as pd

    order = order_of(pd.DataFrame({"place": 0, "text": texts, "n": 1, "row": range(2, 2 + len(texts))}), month)
    assert order is not None and order.possible == possible


@pytest.mark.parametrize("text", ["2026-10-25", "2026年10月5日", "K1"])
def test_what_says_its_year_first_needs_no_order(text: str) -> None:
    import pandas as pd

    assert order_of(pd.DataFrame({"place": 0, "text": [text], "n": 1, "row": [2]})) is None


def test_a_check_says_what_each_mapping_did(office: Office) -> None:
    office.csv("台账_2026-10.csv", FOREIGN)
    mapping = 'export = "complaints"\nfiles = ["台账"]\ndate_order = "dmy"\n[columns]\ncomplaint_id = ["工单流水", "流水号"]\n'
    mapping += 'received_at = ["接诉时刻"]\nagent_id = ["经办工号"]\n'
    (office.folder / "mappings" / "a.toml").write_text(mapping, encoding="utf-8")
    (office.folder / "mappings" / "b.toml").write_text('export = "visits"\nfiles = ["没有"]\n[columns]\n', encoding="utf-8")
    result = office.run("map", "--check")
    first, second = result.out.split("b.toml")
    assert result.code == 1 and "a.toml  投诉 complaints" in first and "台账_2026-10.csv" in first
    assert "complaint_id（投诉编号） ← 工单流水\n" in first and "流水号" in first and "first_reply_at" in first
    assert "一张表也没有读" in second


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data are not here")
@pytest.mark.parametrize("name", ["hui-visits/team_kamaole.tsv", "zh-messages/附件4.xlsx", "zh-nbs/月度数据.csv"])
def test_real_files_get_a_draft_that_can_be_read(office: Office, name: str) -> None:
    result = office.run("map", str(SHARED / "data" / name))
    assert result.code == 0, result.err
    (made,) = (office.folder / "mappings").iterdir()
    assert tomllib.loads(made.read_text(encoding="utf-8"))["draft"] is True
    with_mappings(office.folder / "mappings")


def test_a_countys_own_workbook_is_taken_for_what_it_is(office: Office) -> None:
    """A county of the sample whose every header is foreign."""
    for word, export in (("用户申诉", "complaints"), ("走访台账", "visits"), ("障碍工单", "faults")):
        office.run("map", str(ROOT / "data" / "raw" / "2026-10" / f"剑阁县_{word}_2026-10.xlsx"))
        text = (office.folder / "mappings" / f"剑阁县_{word}.toml").read_text(encoding="utf-8")
        assert re.findall(r'^#?export = "(\w+)"', text, re.M)[0] == export
        assert tomllib.loads(text)["draft"] is True, "a name alone says nothing, with every header foreign"
