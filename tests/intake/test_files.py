"""Files as people hand them in: odd encodings and shapes are read, damaged ones told in one clear line each."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from conftest import Office

from ruralkpi.intake.readers import sheets

HEAD = "投诉编号,客户编号,受理时间,受理人,首次回复时间"
ROWS = [f"C{n},K{n},2026-10-{n:02d} 10:00:00,007,2026-10-{n:02d} 11:00:00" for n in range(1, 10)]
GOOD = "\n".join([HEAD, *ROWS])


def put(office: Office, name: str, content: bytes | str) -> Path:
    path = office.folder / "raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def counts(office: Office) -> dict[str, int]:
    """Sums over the files, after proving that they add up."""
    office.run("check")
    with office.staging() as con:
        rows = con.execute("SELECT * FROM source_count").df()
    assert (rows["read_n"] == rows[["blank_n", "clean_n", "superseded_n", "quarantined_n"]].sum(axis=1)).all()
    return {name: int(rows[name].sum()) for name in ("read_n", "blank_n", "note_n", "clean_n", "superseded_n", "quarantined_n")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encodings_and_delimiters(office: Office, encoding: str, delimiter: str) -> None:
    put(office, "投诉_2026-10.csv", GOOD.replace(",", delimiter).encode(encoding))
    assert office.run("ingest").code == 0 and counts(office)["clean_n"] == 9


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(office: Office, end: str) -> None:
    put(office, "投诉_2026-10.csv", GOOD.replace("\n", end) + end)
    assert office.run("ingest").code == 0 and counts(office)["clean_n"] == 9


def test_titles_remarks_an_example_a_repeated_header_totals_and_foot_lines(office: Office) -> None:
    lines = [
        "某县投诉明细表,,,,",
        "单位：某县分公司,,,填表日期：2026年11月1日,",
        ",,,,",
        HEAD,
        "示例：C0,K0,2026-01-01 10:00,007,2026-01-01 11:00",
    ]
    lines += [
        *ROWS[:4],
        HEAD,
        *ROWS[4:],
        ",,,,",
        "合计,,,9,",
        "注：本表由系统导出，未经审核。,,,,",
        "数据来源：营销支撑系统,,,,",
        "制表人：张三,,审核人：李四,,",
    ]
    put(office, "投诉_2026-10.csv", "\n".join(lines))
    assert office.run("ingest").code == 0
    assert counts(office) == {"read_n": 18, "blank_n": 9, "note_n": 7, "clean_n": 9, "superseded_n": 0, "quarantined_n": 0}


def test_a_header_in_row_40_padded_columns_and_row_numbers(office: Office) -> None:
    put(office, "投诉_2026-10.csv", "说明文字,,,,,,\n" * 39 + HEAD + ",,\n" + ",,\n\n".join(ROWS) + ",,\n")
    assert office.run("ingest").code == 0 and counts(office)["clean_n"] == 9
    with office.staging() as con:
        assert con.execute("SELECT header_row, read_n, blank_n FROM source_count").fetchall() == [(40, 49, 40)]
        assert con.execute("SELECT row FROM clean.complaints WHERE complaint_id = 'C3'").fetchone() == (45,)


def test_a_row_shorter_than_what_must_be_there_is_quarantined_not_set_aside(office: Office) -> None:
    put(office, "投诉_2026-10.csv", GOOD + "\nC77,,,,\n注销户0001,K1,,,\n")
    office.run("ingest")
    assert counts(office)["quarantined_n"] == 2 and counts(office)["note_n"] == 0


def test_a_row_with_an_unquoted_comma_is_told(office: Office) -> None:
    put(office, "投诉_2026-10.csv", GOOD + "\nC77,K1,2026-10-03,007,2026-10-04,南街,3 号\n")
    office.run("ingest")
    counts(office)
    with office.staging() as con:
        assert con.execute("SELECT code, row FROM quarantine").fetchall() == [("shifted_row", 11)]


def test_rows_cut_by_another_delimiter(office: Office) -> None:
    put(office, "投诉_2026-10.csv", "\n".join([HEAD, *ROWS[:5], *(row.replace(",", ";") for row in ROWS[5:])]))
    office.run("ingest")
    assert counts(office)["clean_n"] == 9


def test_two_headers_for_one_column(office: Office) -> None:
    put(office, "投诉_2026-10.csv", "\n".join([HEAD + ",客户编码", *(row + ",X" for row in ROWS)]))
    result = office.run("ingest")
    assert result.code == 0 and "客户编码" in result.err and "客户编号" in result.err
    with office.staging() as con:
        assert con.execute("SELECT count(*) FROM raw.complaints WHERE customer_id LIKE 'K%'").fetchone() == (9,)


@pytest.mark.parametrize(
    "head",
    [
        "投诉,客户编号,受理,,首次回复,备注\n编号,,时间,人,时间,",  # the group and what stands under it make the header
        "投诉编号,客户编号,受理,,回复情况,\n,,受理时间,受理人,首次回复时间,备注",  # the lower one says it all
    ],
)
def test_group_heads_above_the_headers(office: Office, head: str) -> None:
    put(office, "投诉_2026-10.csv", "\n".join(["某县投诉明细,,,,,", head, *(row + ",x" for row in ROWS)]))
    result = office.run("ingest")
    assert result.code == 0 and "备注" in result.err and counts(office)["clean_n"] == 9
    with office.staging() as con:
        assert con.execute("SELECT header_row, absent LIKE '%first_reply_at%' FROM source_file").fetchall() == [(3, False)]
        assert con.execute("SELECT received_at, agent_id FROM raw.complaints WHERE row = 4").fetchone() == (
            "2026-10-01 10:00:00",
            "007",
        )


def test_the_first_records_are_no_part_of_the_header(office: Office) -> None:
    put(office, "投诉_2026-10.csv", "\n".join([HEAD, "C0,,,,", *ROWS]))
    office.run("ingest")
    with office.staging() as con:
        assert con.execute("SELECT header_row, read_n FROM source_file").fetchall() == [(1, 11)]


@pytest.mark.parametrize("mark", [";", "^", "\t"])
def test_a_first_line_that_says_the_delimiter(office: Office, mark: str) -> None:
    put(office, "投诉_2026-10.csv", f"sep={mark}\r\n" + "\r\n".join([HEAD, *ROWS]).replace(",", mark))
    assert office.run("ingest").code == 0 and counts(office)["clean_n"] == 9


def test_ids_wrapped_so_that_a_spreadsheet_leaves_them_alone(office: Office) -> None:
    head = ",".join(f'="{cell}"' for cell in HEAD.split(","))
    rows = [row.replace("007", '="007"') for row in ROWS[:4]] + [row.replace("007", '"=""007"""') for row in ROWS[4:]]
    put(office, "投诉_2026-10.csv", "\n".join([head, *rows]))
    assert office.run("ingest").code == 0 and counts(office)["clean_n"] == 9
    with office.staging() as con:
        assert con.execute("SELECT DISTINCT agent_id FROM raw.complaints").fetchall() == [("007",)]


def test_what_is_missing_is_told_of_the_export_by_its_name(office: Office) -> None:
    mapping = 'export = "agreements"\nfiles = ["Business*"]\n[columns]\ncustomer_id = ["Business"]\nproduct = ["Class"]\n'
    (office.folder / "mappings" / "m.toml").write_text(mapping, encoding="utf-8")
    put(office, "Business.csv", "Class,Business\nBar,Joe's\n")
    put(office, "说明.csv", "说明\n" * 70 + GOOD)
    err = office.run("ingest").err
    assert "协议 agreements" in err and "协议编号" in err and "Business*" not in err
    assert "前 60 行没有认识的表头" in err and "例外" not in err


def test_an_unused_alias_and_an_unknown_column_are_told_once(office: Office) -> None:
    (office.folder / "mappings" / "m.toml").write_text(
        'export = "complaints"\nfiles = ["county*"]\n[columns]\nkind = ["类别甲"]\n', encoding="utf-8"
    )
    for month in ("09", "10"):
        put(office, f"county_2026-{month}.csv", GOOD.replace("受理人", "受理人,杂项").replace("007", "007,x"))
    err = office.run("ingest").err
    assert err.count("类别甲") == 1 and err.count("杂项") == 1


def workbook(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def wide() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([["a"]]))) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            new.writestr(
                part.filename, old.read(part).replace(b'r="A1"', b'r="XFD1048576"').replace(b'<row r="1"', b'<row r="1048576"')
            )
    return out.getvalue()


def zipped(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><html>&e;</html>'
BAD = {
    "坏/锁.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"), "密码"),
    "坏/断.xlsx": (workbook([["投诉编号"]] * 50)[:-400], "不完整"),
    "坏/引号.csv": ("\n".join([HEAD, *ROWS[:3], 'C77,"K7,2026-10-04 10:00:00,007,', *ROWS[3:]]), "第 5 行"),
    "坏/引号二.csv": (
        "\n".join([HEAD, *ROWS[:3], 'C77,"K7,2026-10-04 10:00:00,007,', ROWS[3], 'C78,"K8",2026-10-04,007,']),
        "第 5 行",
    ),
    "坏/空.csv": (b"", "空"),
    "坏/只有换行.csv": ("\n\n\n", "没有任何内容"),
    "坏/空表.xlsx": (workbook([]), "没有任何内容"),
    "坏/网页.xls": ("<html><table><tr><td>投诉编号</td></tr></table></html>", "网页"),
    "坏/实体.xls": (ENTITY, "网页"),
    "坏/文.pdf": (b"%PDF-1.4\n", "PDF"),
    "坏/图.csv": (b"\x89PNG\r\n\x1a\n" + bytes(99), "图片"),
    "坏/包.xlsx": (zipped({"投诉.csv": GOOD}), "解压"),
    "坏/锁.ods": (zipped({"content.xml": "?", "META-INF/manifest.xml": "<manifest:encryption-data/>"}), "密码"),
    "坏/断.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "不完整"),
    "坏/二进制.csv": (bytes(range(256)) * 9, "UTF-8"),
    "坏/宽.xlsx": (wide(), "10,000,000 格"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_file_is_one_clear_line_and_the_rest_goes_on(office: Office, name: str) -> None:
    content, word = BAD[name]
    put(office, name, content)
    put(office, "投诉_2026-10.csv", GOOD)
    result = office.run("ingest")
    lines = [line for line in result.err.splitlines() if Path(name).name in line]
    assert result.code == 1 and len(lines) == 1 and word in lines[0] and "Traceback" not in result.err, result.err
    assert counts(office)["clean_n"] == 9


def test_a_folder_named_like_a_file(office: Office) -> None:
    put(office, "x.csv/投诉_2026-10.csv", GOOD)
    result = office.run("ingest")
    assert result.code == 1 and "x.csv" in result.err and "文件夹" in result.err and counts(office)["clean_n"] == 9


def test_a_file_that_may_not_be_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(office, "投诉_2026-09.csv", GOOD)
    put(office, "投诉_2026-10.csv", GOOD)
    if os.getuid() == 0:  # root may read anything: let opening fail as it does for others
        real = Path.open

        def closed(self: Path, *arguments: object, **options: object) -> object:
            if self.name == path.name:
                raise PermissionError(13, "Permission denied")
            return real(self, *arguments, **options)  # type: ignore[call-overload]

        monkeypatch.setattr(Path, "open", closed)
    else:
        path.chmod(0)
    result = office.run("ingest")
    assert result.code == 1 and "投诉_2026-09.csv" in result.err and "权限" in result.err and counts(office)["clean_n"] == 9


def test_a_locked_cell_and_quotes_in_tabbed_text(office: Office) -> None:
    rows = [row.replace(",", "\t") for row in ROWS]
    rows[3] += '\t"'
    rows[5] += '\t"half quoted'
    put(office, "投诉_2026-10.tsv", "\n".join([HEAD.replace(",", "\t") + "\t备注", *rows]))
    assert office.run("ingest").code == 0 and counts(office)["clean_n"] == 9


@pytest.mark.parametrize("small", [True, False])
def test_large_files_are_read_like_small_ones(office: Office, monkeypatch: pytest.MonkeyPatch, small: bool) -> None:
    if not small:
        monkeypatch.setattr(sheets, "SMALL", 0)
    rows = [
        *ROWS[:3],
        "",
        'C77,"K,""7",2026-10-04 10:00:00,"0\n07",',
        "  ",
        *ROWS[3:],
        "注：说明。,,,,",
        "C78,K8,2026-10-05,007,,,多一格",
        "",
    ]
    put(office, "投诉_2026-10.csv", ("\r\n".join([HEAD, *rows]) + "\r\n").encode("gb18030"))
    assert office.run("ingest").code == 0
    assert counts(office) == {"read_n": 13, "blank_n": 2, "note_n": 1, "clean_n": 10, "superseded_n": 0, "quarantined_n": 1}
    with office.staging() as con:
        assert con.execute("SELECT row, customer_id FROM raw.complaints WHERE complaint_id = 'C77'").fetchall() == [(6, 'K,"7')]
        assert con.execute("SELECT row FROM raw.complaints WHERE complaint_id = 'C9'").fetchall() == [(13,)]


@pytest.mark.parametrize(
    "lines", [['C77,"K7,2026-10-04 10:00:00,007,', ROWS[3]], ['C77,"K7,2026-10-04,007,', 'C78,"K8",2026-10-04,007,']]
)
def test_a_large_file_with_an_open_quote(office: Office, monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    monkeypatch.setattr(sheets, "SMALL", 0)
    put(office, "投诉_2026-10.csv", "\n".join([HEAD, *ROWS[:3], *lines, *ROWS[4:]]))
    result = office.run("ingest")
    assert result.code != 0 and "引号" in result.err


def test_a_note_cut_by_its_own_commas_is_no_record(office: Office) -> None:
    mapping = 'export = "village_info"\n[columns]\nvillage_name = ["地区"]\nupdated_on = { constant = "2024-12-31" }\nsection = { constant = "业务" }\n'
    (office.folder / "mappings" / "m.toml").write_text(mapping, encoding="utf-8")
    notes = "注：2020年为普查数,2021年,2022年,2023年为推算数\n数据来源：国家统计局,,,\n"
    put(office, "年度数据.csv", "数据库：年度数据\n地区,2021年,2022年,2023年\n注家村,1,2,3\n北京市,1,2,3\n" + notes)
    assert office.run("ingest").code == 0
    with office.staging() as con:
        assert con.execute("SELECT village_name FROM raw.village_info").fetchall() == [("注家村",), ("北京市",)]
        assert con.execute("SELECT note_n FROM source_file").fetchone() == (3,)  # the title too


def test_a_remark_beside_the_table_is_no_shifted_row(office: Office) -> None:
    rows = [row + ",,,好天气" if n == 3 else row + ",,," for n, row in enumerate(ROWS)]
    put(office, "投诉_2026-10.csv", "\n".join([HEAD + ",,,", *rows, "C77,K1,2026-10-03,007,2026-10-04,南街,3 号,,,"]))
    office.run("ingest")
    assert counts(office)["clean_n"] == 9
    with office.staging() as con:
        assert con.execute("SELECT code, row FROM quarantine").fetchall() == [("shifted_row", 11)]


def test_how_other_systems_write_days_and_amounts(office: Office) -> None:
    mapping = 'export = "agreements"\nfiles = ["lic*"]\ndate_order = "mdy"\n[columns]\nstarts_on = ["start"]\n'
    (office.folder / "mappings" / "m.toml").write_text(mapping, encoding="utf-8")
    lines = [
        "协议编号,客户编号,到期日期,金额,start",
        'A1,K1,2/22/26,"1,234.50 元",3/17/99',
        'A2,K2,2026/12/13 00:00:00+00,"1.234,56",',
    ]
    put(office, "lic.csv", "\n".join(lines))
    office.run("ingest")
    assert office.run("check", "--as-of", "2026-12-31").code == 0
    with office.staging() as con:
        got = con.execute(
            "SELECT agreement_id, CAST(expires_on AS VARCHAR), CAST(starts_on AS VARCHAR), amount_yuan FROM typed.agreements"
        ).fetchall()
        assert sorted(got) == [("A1", "2026-02-22", "1999-03-17", 1234.5), ("A2", "2026-12-13", None, None)]
        assert con.execute("SELECT code, row FROM quarantine").fetchall() == [("bad_number", 3)]


def test_a_workbooks_other_sheets_are_named_once(office: Office) -> None:
    """A table that is no export may be a mistake in its headers: it is not passed over without a word."""
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        for name, lines in (("投诉", GOOD.splitlines()), ("销售", ["商品,数量", "宽带,3", "手机,4"])):
            sheet = made.add_worksheet(name)
            for n, line in enumerate(lines):
                sheet.write_row(n, 0, line.split(","))
    put(office, "投诉_2026-10.xlsx", book.getvalue())
    done = office.run("ingest")
    assert done.code == 0 and sum("销售" in line for line in done.err.splitlines()) == 1
    assert counts(office)["clean_n"] == 9


def test_files_that_are_no_exports_by_their_ending_are_told(office: Office) -> None:
    office.csv("投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人工号\nC1,K1,2026-10-03 10:00,007")
    for name in ("投诉_2026-09.json", "README.md", "desktop.ini", ".hidden"):
        (office.folder / "raw" / name).write_text("{}", encoding="utf-8")
    done = office.run("ingest")
    assert done.code == 0
    assert "2 个文件按扩展名不是导出，没有读：README.md、投诉_2026-09.json；" in done.err
