"""A sheet cut into tables (X32): below each other, side by side, none at all; and the rows that are no records (X31)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import duckdb
import openpyxl
import pytest
from conftest import Office

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.mappings import with_mappings
from ruralkpi.intake import told
from ruralkpi.intake.leftovers import leftovers, tell_unread
from ruralkpi.intake.load import Intake, ingest
from ruralkpi.intake.readers import sheets
from ruralkpi.intake.readers.files import discover

COMPLAINTS = "投诉编号,客户编号,受理时间,受理人,首次回复时间"
FAULTS = "故障单号,客户编号,申告时间,产品,修复时间"
AGENTS = "工号,片区,姓名"


def complaints(*numbers: int) -> str:
    return "\n".join(f"C{n},K{n},2026-10-{n:02d} 10:00,0007,2026-10-{n:02d} 11:00" for n in numbers)


def faults(*numbers: int) -> str:
    return "\n".join(f"F{n},K{n},2026-10-{n:02d} 10:00,宽带,2026-10-{n:02d} 11:00" for n in numbers)


def beside(left: str, right: str, gap: str = ",,") -> str:
    """Two tables side by side, apart by an empty column."""
    one, two = left.splitlines(), right.splitlines()
    n = max(len(one), len(two))
    pad = lambda lines: lines + ["," * lines[0].count(",")] * (n - len(lines))
    return "\n".join(f"{a}{gap}{b}" for a, b in zip(pad(one), pad(two), strict=True))


class Read:
    """What one folder of exports became, before anything is judged."""

    def __init__(self, folder: Path, files: dict[str, str | bytes], mappings: dict[str, str] | None = None) -> None:
        for name, content in files.items():
            path = folder / "raw" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        (folder / "maps").mkdir(exist_ok=True)
        for name, content in (mappings or {}).items():
            (folder / "maps" / name).write_text(content, encoding="utf-8")
        self.con = duckdb.connect()
        exports = with_mappings(folder / "maps")
        self.done: Intake = ingest(self.con, discover(folder / "raw"), exports)
        self.con.execute(told.TOLD)
        tell_unread(self.con, self.done.unread)
        self.told = [*leftovers(self.done.tables, exports, self.done.unread), *told.lines(self.con)]

    def ids(self, export: str) -> str:
        """The ids of an export's rows, in the order of files and rows."""
        key = built_in()[export].key[0]
        rows = self.con.execute(f'SELECT "{key}" FROM raw.{export} ORDER BY file_no, row').fetchall()
        return " ".join(str(row[0]) for row in rows)

    def notes(self) -> list[tuple[int, str]]:
        return self.con.execute("SELECT row, kind FROM note ORDER BY file_no, row").fetchall()

    def counts(self) -> list[tuple[str, str, int, int]]:
        """Of each table its title, export, rows and those that are no records, after proving that none is lost."""
        kept = " UNION ALL ".join(f"SELECT file_no FROM raw.{name}" for name in built_in())
        lost = self.con.execute(
            f"SELECT file_no FROM source_file s LEFT JOIN (SELECT file_no, count(*) AS n FROM ({kept}) GROUP BY 1) USING (file_no) "
            "WHERE read_n <> blank_n + coalesce(n, 0)"
        ).fetchall()
        assert not lost
        return self.con.execute("SELECT file, source_table, read_n, blank_n FROM source_file ORDER BY file_no").fetchall()


STARRED = "\ufeff" + ",".join(f"*{head}" for head in COMPLAINTS.split(","))


@pytest.mark.parametrize(
    "again", [COMPLAINTS, STARRED, COMPLAINTS.replace(",", " ,"), "投\u200b诉编号（必填）,客户编号,受理时间,受理人,首次回复时间"]
)
def test_the_same_header_again_is_no_record(tmp_path: Path, size: str, again: str) -> None:
    read = Read(tmp_path, {"投诉_2026-10.csv": f"{COMPLAINTS}\n{complaints(1, 2)}\n{again}\n{complaints(3)}\n"})
    assert read.ids("complaints") == "C1 C2 C3"
    assert read.counts() == [("投诉_2026-10.csv", "complaints", 5, 2)] and read.notes() == [(4, "header")]


@pytest.mark.parametrize("name", ["投诉_2026-10.csv", "故障_2026-10.csv", "十月.csv"])
def test_a_second_header_begins_a_table_of_its_own_whatever_the_file_is_called(tmp_path: Path, size: str, name: str) -> None:
    text = f"{COMPLAINTS}\n{complaints(1, 2)}\n,,,,\n{FAULTS}\n{faults(1)}\n{COMPLAINTS}\n{complaints(3)}\n"
    read = Read(tmp_path, {name: text})
    assert (read.ids("complaints"), read.ids("faults")) == ("C1 C2 C3", "F1")
    assert [row[1:] for row in read.counts()] == [("complaints", 3, 1), ("faults", 2, 1), ("complaints", 2, 1)]


def test_a_lower_table_of_the_same_export_has_its_own_columns(tmp_path: Path, size: str) -> None:
    lower = "备注,客户编码,投诉单号,受理人工号,投诉时间\n没有,K9,C9,0008,2026-10-09 09:00"
    read = Read(tmp_path, {"投诉_2026-10.csv": f"{COMPLAINTS}\n{complaints(1)}\n\n{lower}\n"})
    assert read.ids("complaints") == "C1 C9"
    assert read.con.execute("SELECT customer_id, agent_id, first_reply_at FROM raw.complaints WHERE row = 5").fetchall() == [
        ("K9", "0008", None)
    ]


def test_group_heads_stand_below_other_tables_and_come_again(tmp_path: Path, size: str) -> None:
    heads = "投诉,客户编号,受理,,首次回复,\n编号,,时间,人,时间,"
    lower = f"故障,客户编号,申告,产品,修复\n单号,,时间,,时间\n{faults(1)}"
    read = Read(tmp_path, {"十月.csv": f"{heads}\n{complaints(1)}\n{heads}\n{complaints(2)}\n{lower}\n"})
    assert (read.ids("complaints"), read.ids("faults")) == ("C1 C2", "F1")
    assert [row[1:] for row in read.counts()] == [("complaints", 6, 4), ("faults", 3, 2)]


@pytest.mark.parametrize(
    "heads",
    [
        "投诉编号,客户编号,片区经理,,首问,,受理时间,首次回复时间\n,,工号,姓名,人工号,姓名,,",
        "投诉,,片区经理,,受理,,时间,\n投诉编号,客户编号,工号,姓名,人工号,姓名,受理时间,首次回复时间",
        "投诉,,片区经理,,,,,\n编号,客户编号,工号,姓名,受理人,姓名,受理时间,首次回复时间",
    ],
)
def test_a_header_known_in_full_comes_before_one_under_an_unknown_head(tmp_path: Path, size: str, heads: str) -> None:
    read = Read(tmp_path, {"投诉.csv": f"{heads}\nC1,K1,0008,李四,0007,张三,2026-10-01 10:00,2026-10-01 11:00\n"})
    assert read.con.execute("SELECT complaint_id, agent_id FROM raw.complaints").fetchall() == [("C1", "0007")]


def test_the_agent_is_no_manager_whose_number_stands_first(tmp_path: Path, size: str) -> None:
    heads = "拜访编号,客户编号,片区经理,,代理人,,拜访时间,方式\n,,工号,姓名,工号,姓名,,"
    read = Read(tmp_path, {"拜访.csv": f"{heads}\nV1,K1,0008,李四,0007,张三,2026-10-01 10:00,上门\n"})
    assert read.con.execute("SELECT visit_id, agent_id FROM raw.visits").fetchall() == [("V1", "0007")]


MAPPING = """export = "complaints"
files = ["台账*"]
[columns]
complaint_id = ["流水号"]
customer_id = ["用户"]
received_at = ["时间"]
agent_id = { constant = "0007" }
"""


def test_headers_of_a_mapping_come_again_above_a_table_of_another_export(tmp_path: Path, size: str) -> None:
    head, row = "流水号,用户,时间", "{0},K{0},2026-10-0{0} 10:00"
    text = "\n".join([head, row.format(1), "\ufeff*流水号,*用户,*时间", row.format(2), FAULTS, faults(1)])
    read = Read(tmp_path, {"台账_2026-10.csv": text}, {"m.toml": MAPPING})
    assert (read.ids("complaints"), read.ids("faults")) == ("1 2", "F1")


def test_two_languages_over_one_table_are_one_header(tmp_path: Path) -> None:
    read = Read(tmp_path, {"投诉.csv": f"{COMPLAINTS}\ncomplaint_id,customer_id,received_at,agent_id,x\n{complaints(1)}\n"})
    assert read.ids("complaints") == "C1" and read.counts() == [("投诉.csv", "complaints", 3, 2)]


def test_the_same_columns_in_other_places_begin_a_table_though_no_row_stands_between(tmp_path: Path, size: str) -> None:
    one, other = f"{COMPLAINTS},办结时间", COMPLAINTS.replace("首次回复时间", "办结时间,首次回复时间")
    row = complaints(1).replace("11:00", "12:00,2026-10-01 11:00")
    read = Read(tmp_path, {"投诉.csv": f"{one}\n{other}\n{row}\n"})
    found = read.con.execute("SELECT first_reply_at, closed_at FROM raw.complaints").fetchall()
    assert found == [("2026-10-01 11:00", "2026-10-01 12:00")]
    assert [row[1:] for row in read.counts()] == [("complaints", 1, 1), ("complaints", 2, 1)]


def test_titles_belong_to_the_table_below_them(tmp_path: Path) -> None:
    text = f"十月投诉,,,,\n{COMPLAINTS}\n{complaints(1, 2)}\n合计,2,,,\n\n故障清单,,,,\n单位：某县,日期：十月,,,\n{FAULTS}\n{faults(1)}\n"
    read = Read(tmp_path, {"十月.csv": text})
    assert read.counts() == [("十月.csv", "complaints", 5, 3), ("十月.csv", "faults", 4, 3)]
    assert read.notes() == [(1, "title"), (5, "total"), (7, "title"), (8, "title")]


@pytest.mark.parametrize(
    "table",
    [
        "库存编号,名称,数量\nS1,鞋套,10\nS2,雨衣,5",  # reads like headers all through
        "工号,姓名,扣款,原因\n0009,王五,20,迟到\n0010,赵六,30,缺卡",  # shares words with the export above
        "工号,片区,拜访次数\n0009,竹园,7\n0010,竹园,9",  # all that agents must have, but it counts
    ],
)
@pytest.mark.parametrize("gap", ["", "\n", "物资清单,,\n"])
def test_a_table_that_is_no_export_is_named_and_not_read_into_the_one_above(
    tmp_path: Path, size: str, table: str, gap: str
) -> None:
    head = f"{AGENTS}\n0007,竹园,张三\n0008,竹园,李四\n"
    read = Read(tmp_path, {"拜访.csv" if "拜访" in table else "代理人员.csv": f"{head}{gap}{table}\n{AGENTS}\n0011,竹园,钱七\n"})
    if "拜访" in table and not read.ids("agents"):
        pytest.fail("agents are lost")
    assert read.ids("agents").replace("物资清单 ", "") == "0007 0008 0011"
    line = next(line for line in read.told if "另一张表" in line)
    assert table.split(",")[0] in line and "2 行未读" in line
    read.counts()


def test_what_an_incomplete_table_lacks_is_told(tmp_path: Path, size: str) -> None:
    lower = "故障单号,客户编号,申告时间,修复时间\nF1,K1,2026-10-01 10:00,2026-10-01 11:00"
    read = Read(tmp_path, {"投诉.csv": f"{COMPLAINTS}\n{complaints(1)}\n\n{lower}\n"})
    assert read.ids("complaints") == "C1" and read.ids("faults") == ""
    assert any("故障 faults" in line and "产品" in line and "第 4–5 行" in line for line in read.told)


def test_a_table_that_is_no_export_stands_above(tmp_path: Path) -> None:
    read = Read(tmp_path, {"投诉.csv": f"库存编号,名称,数量\nS1,鞋套,10\nS2,雨衣,5\n\n{COMPLAINTS}\n{complaints(1)}\n"})
    assert read.ids("complaints") == "C1" and read.counts() == [("投诉.csv", "complaints", 5, 4)]
    assert any("库存编号" in line for line in read.told)


def test_labels_and_a_title_above_the_header_are_no_table_of_their_own(tmp_path: Path) -> None:
    read = Read(tmp_path, {"投诉.csv": f"库存编号,名称,数量,,\n投诉明细,,,,\n{COMPLAINTS}\n{complaints(1)}\n"})
    assert read.ids("complaints") == "C1" and read.counts() == [("投诉.csv", "complaints", 4, 3)] and read.told == []


@pytest.mark.parametrize(
    "odd",
    [
        "C9,备注,2026-10-09 09:00,0007,",  # a customer called like a header
        "乔庄片区,,,,",
        "乔庄片区,青川县,,,",  # a heading between the records
        "客户编号,工号,,,",  # two words of headers, and nothing below that looks otherwise
    ],
)
def test_an_odd_row_swallows_no_records(tmp_path: Path, size: str, odd: str) -> None:
    read = Read(tmp_path, {"投诉.csv": f"{COMPLAINTS}\n{complaints(1, 2)}\n{odd}\n{complaints(3, 4)}\n"})
    read.counts()
    told = [line for line in read.told if "另一张表" in line]
    assert {"C1", "C2", "C3", "C4"} <= set(read.ids("complaints").split()) or told


@pytest.mark.parametrize("gap", [",,", ",", ",,,,"])
def test_tables_side_by_side_are_each_read(tmp_path: Path, gap: str) -> None:
    text = beside(f"{COMPLAINTS}\n{complaints(1, 2, 3)}", f"{FAULTS}\n{faults(1, 2)}\n合计,2,,,\n,,,,\n,F9,,,", gap)
    read = Read(tmp_path, {"十月.csv": f"十月,,\n{text}\n"})
    assert (read.ids("complaints"), read.ids("faults")) == ("C1 C2 C3", "F1 F2 None")
    column = "F" if gap == "," else "G" if gap == ",," else "I"
    assert read.counts() == [("十月.csv", "complaints", 5, 2), (f"十月.csv!{column}", "faults", 5, 2)]


def test_two_halves_of_one_list_side_by_side(tmp_path: Path) -> None:
    read = Read(tmp_path, {"投诉.csv": beside(f"{COMPLAINTS}\n{complaints(1, 2)}", f"{COMPLAINTS}\n{complaints(3)}")})
    assert read.ids("complaints") == "C1 C2 C3"


def test_a_table_begins_beside_the_records_of_another(tmp_path: Path) -> None:
    right = f",,,,\n故障清单,,,,\n{FAULTS}\n{faults(1, 2)}"
    for name, text in {
        "右": beside(f"{COMPLAINTS}\n{complaints(1, 2, 3, 4, 5)}", right),
        "左": beside(right, f"{COMPLAINTS}\n{complaints(1, 2, 3, 4, 5)}"),
    }.items():
        read = Read(tmp_path / name, {"十月.csv": text})
        assert sorted(read.ids("complaints").split()) == ["C1", "C2", "C3", "C4", "C5"] and read.ids("faults") == "F1 F2", name
        assert sorted(row[2:] for row in read.counts()) == [(4, 2), (6, 1)]


def test_a_wide_table_below_two_narrow_ones(tmp_path: Path) -> None:
    agents = beside(f"{AGENTS}\n0007,竹园,张三", f"{AGENTS}\n0008,竹园,李四")
    read = Read(tmp_path, {"十月.csv": f"{agents}\n\n{COMPLAINTS}\n{complaints(1, 2)}\n"})
    assert (read.ids("agents"), read.ids("complaints")) == ("0007 0008", "C1 C2")


BOX = "处理人,件数\n张三,3\n李四,3"


@pytest.mark.parametrize("right", [BOX, "客户编号,金额\nK1,20\nK2,30", BOX.replace("件数", "首次回复方式")])
def test_a_box_beside_a_table_is_named_and_its_cells_are_no_columns_of_it(tmp_path: Path, right: str) -> None:
    read = Read(tmp_path, {"投诉.csv": beside(f"{COMPLAINTS}\n{complaints(1, 2, 3, 4, 5)}", right)})
    assert read.ids("complaints") == "C1 C2 C3 C4 C5" and any("投诉.csv!G" in line for line in read.told)
    assert read.con.execute("SELECT count(owner_id), count(reply_kind) FROM raw.complaints").fetchone() == (0, 0)


def test_a_box_that_is_longer_than_the_table_leaves_notes(tmp_path: Path) -> None:
    read = Read(tmp_path, {"投诉.csv": beside(f"{COMPLAINTS}\n{complaints(1)}", BOX)})
    assert read.counts() == [("投诉.csv", "complaints", 3, 2)] and read.notes() == [(3, "other")]


def test_columns_behind_an_empty_one_belong_to_the_table(tmp_path: Path) -> None:
    rows = "\n".join(f"C{n},K{n},2026-10-0{n} 10:00,0007,,电话,x" for n in range(1, 6))
    read = Read(tmp_path, {"投诉.csv": f"投诉编号,客户编号,受理时间,受理人,,回复方式,备注\n{rows}\n"})
    assert read.con.execute("SELECT count(reply_kind) FROM raw.complaints").fetchone() == (5,)


def test_a_large_file_with_tables_side_by_side_is_refused_by_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "SMALL", 0)
    text = beside(f"{COMPLAINTS}\n{complaints(1)}", f"{FAULTS}\n{faults(1)}")
    read = Read(tmp_path, {"十月.csv": f"十月\n{text}\n", "投诉.csv": f"{COMPLAINTS}\n{complaints(1)}\n"})
    assert len(read.done.refused) == 1 and "十月.csv：第 2 行" in read.done.refused[0] and read.ids("complaints") == "C1"


def test_totals_labels_and_titles_are_no_agents_and_no_customers(tmp_path: Path, size: str) -> None:
    agents = [
        "0007,竹园,张三",
        "竹园片区小计,1,",
        "合计,2,",
        "总 计：,,",
        "制表人,李四,",
        "审核：王五,日期：十月,",
        "平均,3,",
        "工号,0,",
        "以下空白,,",
    ]
    customers = [
        "K1,0007,政企,合计超市",
        "K2,0007,政企,合计",
        ",0007,,小计",
        "累计,9,政企9,",
        "0007 汇总,9,政企9,",
        "K3,0007,政企,总数据中心",
    ]
    read = Read(
        tmp_path,
        {
            "代理人员.csv": "\n".join([AGENTS, *agents]),
            "客户.csv": "\n".join(["客户编号,工号,客户类型,名称", *customers]),
        },
    )
    assert (read.ids("agents"), read.ids("customers")) == ("0007", "K1 K2 K3")
    assert sorted(row[1:] for row in read.counts()) == [("agents", 10, 9), ("customers", 7, 4)]


def test_totals_of_any_form_and_words_without_an_id_are_nobody(tmp_path: Path) -> None:
    words = (
        "合计人数 其中代维 其中 共3人 合計 总计人数 总 计 汇总表 ∑ 序号 日期 单位 经办 审批 制单 盖章 签字 待定 未分配 空 # * ."
    )
    agents = [*(f"{word},3," for word in words.split()), "单位：某县,2026-11-02,"]
    customers = [
        "合计户数,0007,政企,",
        "其中政企,0007,政企,",
        "其中：农村,0007,政企,",
        "K2,0007,政企,总汇商店",
        "K3,0007,政企,其中",
    ]
    files = {
        "代理人员.csv": "\n".join([AGENTS, "0007,竹园,张三", *agents]),
        "客户.csv": "\n".join(["客户编号,工号,客户类型,名称", "K1,0007,政企,某", *customers, "待定,0007,政企,某"]),
    }
    read = Read(tmp_path, files)
    assert (read.ids("agents"), read.ids("customers")) == ("0007", "K1 K2 K3 待定")
    assert len(read.notes()) == len(agents) + 3


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_file_begins_at_a_byte_order_mark_inside_a_line(tmp_path: Path, size: str, ends: str) -> None:
    head = COMPLAINTS.replace("受理人", "受理\ufeff人,备注")  # one that stands in a header, or in a record, begins none
    rows = complaints(1, 2).replace("0007,", "0007,\ufeff某,").replace("K1", "K1\ufeff")
    text = f"\ufeff{head}\n{rows}\ufeff{FAULTS}\n{faults(1)}\ufeff{AGENTS}\n0007,竹园,张三\ufeff{COMPLAINTS}\n{complaints(3)}"
    read = Read(tmp_path, {"投诉.csv": text.replace("\n", ends)})
    assert (read.ids("complaints"), read.ids("faults"), read.ids("agents")) == ("C1 C2 C3", "F1", "0007")
    assert [row[1:] for row in read.counts()] == [("complaints", 3, 1), ("faults", 2, 1), ("agents", 2, 1), ("complaints", 2, 1)]


def test_a_row_with_all_that_a_record_must_have_is_no_note(tmp_path: Path, size: str) -> None:
    rows = [
        "竹园：C4,K4,2026-10-08 09:00,0009,",
        "投诉:2026001,K5,2026-10-08 09:00,0009,",
        "单位：某县,日期：十月,审核：李四,王五,",
    ]
    villages = "柳林村：一组,业务信息,2026-10-06,0007\n场镇,渠道,2026-10-06,0007\n说明,渠道,2026-10-06,0007"
    files = {
        "投诉.csv": "\n".join([COMPLAINTS, complaints(1), *rows]),
        "信息收集.csv": f"村/场镇,类别,更新日期,填报人\n{villages}\n村,,,\n说明,,,\n",
    }
    read = Read(tmp_path, files)
    assert read.ids("complaints") == "C1 竹园：C4 投诉:2026001"
    assert read.ids("village_info") == "柳林村：一组 场镇 说明"
    assert [row[1:] for row in read.counts()] == [("village_info", 6, 3), ("complaints", 5, 2)]


@pytest.mark.parametrize("line", ["，", "、", "；", "｜", '","', "    "])
def test_a_line_that_became_one_cell_is_no_remark(tmp_path: Path, size: str, line: str) -> None:
    row = complaints(2).replace(",", line.strip('"'))
    row = f'"{row}"' if line == '","' else row
    remark = "说法一，说法二，说法三，说法四，说法五"
    read = Read(tmp_path, {"投诉.csv": f"{COMPLAINTS}\n{complaints(1)}\n{row}\n{complaints(3)}\n{remark}\n"})
    is_cut = size == "small" and line.strip()
    assert read.ids("complaints") == f"C1 {'C2' if is_cut else row.strip(chr(34))} C3"
    assert read.notes() == [(5, "foot")]


CLOCKS = "投诉编号,客户编号,受理时间,,受理人,首次回复时间,"


@pytest.mark.parametrize(
    ("day", "clock", "says"),
    [
        ("2026-10-03", "08:05", "2026-10-03 08:05"),
        ("2026/10/3", "8:05:09", "2026/10/3 8:05:09"),
        ("2026-10-03", "上午8点05分", "2026-10-03 上午8点05分"),
        ("2026-10-03", "", "2026-10-03"),
        ("2026-10-03", "未记", "2026-10-03 未记"),  # kept out by its check
    ],
)
def test_a_clock_stands_behind_its_day_under_one_header(tmp_path: Path, size: str, day: str, clock: str, says: str) -> None:
    more = "\n".join(f"C{n},K1,2026-10-02,09:00,0007,2026-10-03 10:00,电话" for n in (2, 3))
    read = Read(tmp_path, {"投诉_2026-10.csv": f"{CLOCKS}\nC1,K1,{day},{clock},0007,2026-10-03 10:00,短信\n{more}\n"})
    rows = read.con.execute("SELECT received_at, agent_id, first_reply_at FROM raw.complaints ORDER BY row").fetchall()
    assert rows[:2] == [(says, "0007", "2026-10-03 10:00"), ("2026-10-02 09:00", "0007", "2026-10-03 10:00")]


@pytest.mark.parametrize(("time", "behind"), [("2026-10-03 08:05", "09:00"), ("2026-10-03", "加急"), ("2026-10-03", "12")])
def test_what_stands_behind_a_time_and_is_no_clock_of_it(tmp_path: Path, size: str, time: str, behind: str) -> None:
    read = Read(tmp_path, {"投诉_2026-10.csv": f"{CLOCKS}\nC1,K1,{time},{behind},0007,2026-10-04,\n"})
    assert read.con.execute("SELECT received_at FROM raw.complaints").fetchall() == [(time,)]


@pytest.mark.parametrize("clock", [dt.time(8, 5), dt.time(0)])
def test_a_header_merged_over_a_day_and_a_clock(tmp_path: Path, clock: dt.time) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["投诉编号", "客户编号", "受理人", "首次回复时间", "受理时间"])
    sheet.append(["C1", "K1", "0007", "2026-10-04", dt.date(2026, 10, 3), clock])
    sheet.merge_cells("E1:F1")
    out = io.BytesIO()
    book.save(out)
    read = Read(tmp_path, {"投诉_2026-10.xlsx": out.getvalue()})
    assert read.con.execute("SELECT received_at FROM raw.complaints").fetchall() == [(f"2026-10-03 {clock}",)]


@pytest.mark.parametrize("mark", ["同上", "〃", '""""', "″", "同 上", "ditto"])
def test_what_means_the_row_above_is_kept_out_by_its_code(office: Office, mark: str) -> None:
    office.csv("代理人员.csv", f"{AGENTS}\n0007,竹园,张三")
    office.csv("客户.csv", f"客户编号,工号,客户类型\nK1,0007,政企\nK2,{mark},政企\n{mark},0007,政企")
    office.make("2026-10-31")
    rows = office.book().sql("SELECT file, row, code FROM quarantine WHERE severity = 'reject' ORDER BY row")
    assert [tuple(row) for row in rows.to_numpy().tolist()] == [("客户.csv", 3, "ditto"), ("客户.csv", 4, "ditto")]
    assert office.book().sql("SELECT customer_id FROM customer")["customer_id"].tolist() == ["K1"]


def workbook(pages: dict[str, Sequence[Sequence[object]]], hidden: str = "") -> bytes:
    """As openpyxl saves it: formulas without their values."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in pages.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    book.save(out)
    return out.getvalue()


def cells(text: str) -> list[list[object]]:
    return [line.split(",") for line in text.splitlines()]


def test_a_hidden_sheet_is_named_and_read_only_where_a_mapping_says_so(tmp_path: Path) -> None:
    pages = {"投诉": cells(f"{COMPLAINTS}\n{complaints(1)}"), "旧": cells(f"{COMPLAINTS}\n{complaints(2)}")}
    read = Read(tmp_path / "a", {"投诉.xlsx": workbook(pages, "旧")})
    assert read.ids("complaints") == "C1" and any("隐藏" in line and "投诉.xlsx#旧" in line for line in read.told)
    mapping = 'export = "complaints"\nsheets = ["旧", "投诉", "没有"]\n'
    read = Read(tmp_path / "b", {"投诉.xlsx": workbook(pages, "旧")}, {"m.toml": mapping})
    assert read.ids("complaints") == "C1 C2" and any("没有" in line for line in read.told)
    read = Read(
        tmp_path / "c", {"投诉.xlsx": workbook(pages)}, {"m.toml": 'export = "complaints"\nfiles = ["投诉"]\nsheets = "旧"\n'}
    )
    assert read.ids("complaints") == "C2" and any("投诉.xlsx#投诉" in line for line in read.told)


def test_a_workbook_of_hidden_sheets_is_refused(tmp_path: Path) -> None:
    pages = {"空": [], "旧": cells(f"{COMPLAINTS}\n{complaints(2)}")}
    read = Read(tmp_path, {"投诉.xlsx": workbook(pages, "旧"), "投诉.csv": f"{COMPLAINTS}\n{complaints(1)}"})
    assert read.ids("complaints") == "C1" and len(read.done.refused) == 1 and "隐藏" in read.done.refused[0]


def test_a_formula_without_a_value_keeps_its_row_out(office: Office) -> None:
    rows: list[list[object]] = [
        ["C1", "K1", "2026-10-01 10:00", "0007", "=C2+1", "=A1"],
        ["C2", "K2", "2026-10-02 10:00", "0007", None, "=A1"],  # the formula stands in a column that is not read
    ]
    pages = {"投诉": [*cells(COMPLAINTS + ",备注"), *rows]}
    (office.folder / "raw" / "投诉_2026-10.xlsx").write_bytes(workbook(pages))
    office.run("ingest")
    assert "公式" in office.run("check", "--as-of", "2026-10-31").err
    office.make("2026-10-31")
    found = office.book().sql("SELECT row, code, message FROM quarantine WHERE severity = 'reject'").to_numpy().tolist()
    assert [row[:2] for row in found] == [[2, "formula_without_value"]] and "首次回复时间(E2)" in found[0][2]
    assert office.outcomes("complaint_first_reply") == [("C2", "missed_open", "2026-10")]


def test_what_cannot_be_seen_is_no_part_of_an_id(office: Office) -> None:
    rows: list[list[object]] = [["C\u200b1", "K1\ufeff", "2026-10-01\u200e 10:00", "\u202a0007\u202c", "2026-10-01 11:00"]]
    head = ["投\u200b诉编号", *COMPLAINTS.split(",")[1:]]
    (office.folder / "raw" / "投诉_2026-10.xlsx").write_bytes(workbook({"投诉": [head, *rows]}))
    office.csv("投诉_2026-09.csv", f"{COMPLAINTS}\nC2\ufeff,K\u200b2,2026-09-01 10:00\u200b,00\u200b07,2026-09-01 11:00")
    office.make("2026-10-31")
    with office.staging() as con:
        found = con.execute("SELECT complaint_id, customer_id, agent_id FROM clean.complaints ORDER BY 1").fetchall()
    assert found == [("C1", "K1", "0007"), ("C2", "K2", "0007")]


def test_the_run_says_what_it_left_out(office: Office) -> None:
    pages = {"投诉": cells(f"{COMPLAINTS}\n{complaints(1)}\n\n库存编号,名称,数量\nS1,鞋套,10"), "旧": cells("a,b")}
    (office.folder / "raw" / "投诉_2026-10.xlsx").write_bytes(workbook(pages, "旧"))
    for command in (["ingest"], ["check", "--as-of", "2026-10-31"]):
        err = office.run(*command).err
        assert "隐藏" in err and "投诉_2026-10.xlsx#旧" in err and "第 4–5 行" in err
