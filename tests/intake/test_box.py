"""Files that would end their reader, or hang it, or fill the memory: a line each, and the rest of the folder is read."""

from __future__ import annotations

import io
import os
import re
import select
import signal
import struct
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
from conftest import Office
from damaging import as_html, as_mhtml, as_ods, as_xlsx, damaged_files, parts_of, rows, zipped
from oldbook import old_book

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.box.parent import Box
from ruralkpi.intake.readers.files import Source

CORNER = b"<row r='1048576'><c x='>' r = 'XFD1048576'><v>1</v></c></row>"  # single quotes, blanks around =, > in an attribute
_SHEET = "xl/worksheets/sheet1.xml"


def with_part(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    parts = parts_of(content)
    assert old in parts[name]
    return zipped(parts | {name: parts[name].replace(old, new)})


def on_sheet(more: bytes) -> bytes:
    """An xlsx with more at the end of its sheet's data."""
    return with_part(as_xlsx(), _SHEET, b"</sheetData>", more + b"</sheetData>")


def with_header(field: int, number: int, size: int = 2) -> bytes:
    """An xlsx with a number in the header of its sheet's part, in the central directory and, for flag and method, in its own."""
    content = bytearray(as_xlsx())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        place = archive.getinfo(_SHEET).header_offset
    central = content.index(b"PK\1\2", 0)
    while content[central + 46 : central + 46 + len(_SHEET)] != _SHEET.encode():
        central = content.index(b"PK\1\2", central + 4)
    content[central + field : central + field + size] = number.to_bytes(size, "little")
    if field in (8, 10):
        content[place + field - 2 : place + field - 2 + size] = number.to_bytes(size, "little")
    return bytes(content)


def damaged_old(kind: int, record: bytes) -> bytes:
    """An xls with a record in place of its only number, and a directory that goes in a circle: the stricter reader gives up."""
    content = bytearray(old_book([[4711.5], ["a"]]))
    place = content.index(struct.pack("<HH", 0x203, 14))
    content[place : place + 18] = struct.pack("<HH", kind, 14) + record
    directory = content.index("Workbook".encode("utf-16-le")) + 0x44
    content[directory : directory + 4] = struct.pack("<I", 1)
    return bytes(content)


def twice(content: bytes, part: str) -> bytes:
    """A zip in which a part comes again and says something else."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr(part, archive.read(part).replace(b"C1", b"C9"))
    return out.getvalue()


TO_THE_END = (
    '<table:table-row{}><table:table-cell{} office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
)
DEEP = "MIME-Version: 1.0\n" + "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(1500))
MEMORY, CELLS, DAMAGED, ZIP = "调大 memory_mb", "调大 cells", "已损坏，不能读取", "不完整或已损坏"
HOSTILE = {
    "角.xlsx": (on_sheet(CORNER), MEMORY),
    "小写的角.xlsx": (on_sheet(CORNER.lower()), MEMORY),
    "只有角.xlsx": (with_part(as_xlsx([[]]), _SHEET, b"<sheetData/>", b"<sheetData>%b</sheetData>" % CORNER), CELLS),
    "许多表.xlsx": (as_xlsx([["a", *[None] * 98, "b"]] * 300, 4), CELLS),
    "开着的行.xlsx": (on_sheet(b"<row " * 100_000), "不能作为工作簿打开"),
    "开着的串.xlsx": (with_part(as_xlsx(), "xl/sharedStrings.xml", b"</sst>", b"<si " * 100_000), ZIP),
    "共用的字.xlsx": (as_xlsx([["长" * 32767] * 40] * 50), MEMORY),
    "笑.xlsx": (on_sheet(b"<row><c t='inlineStr'><is><t>&lol9;</t></is></c></row>"), "不能作为工作簿打开"),
    "校验.xlsx": (with_header(16, 12345, 4), ZIP),
    "加密.xlsx": (with_header(8, 1), ZIP),
    "压法.xlsx": (with_header(10, 99), ZIP),
    "太长.xlsx": (with_header(24, 1 << 31, 4), "1024 MB"),
    "谎短.xlsx": (with_header(24, 10, 4), ZIP),
    "位置.xlsx": (with_header(42, 1 << 31, 4), ZIP),
    "重列.ods": (as_ods("<table:table-row>" + '<table:table-cell table:number-columns-repeated="999999999"/>' * 3 + "</table:table-row>"), None),
    "重行.ods": (as_ods('<table:table-row table:number-rows-repeated="999999"><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'), MEMORY),
    "到底.ods": (as_ods(TO_THE_END.format(f' table:number-rows-repeated="{(1 << 20) - 31}"', "")), "填充到了表底"),
    "全表.ods": (as_ods(TO_THE_END.format(f' table:number-rows-repeated="{(1 << 20) - 31}"', ' table:number-columns-repeated="16384"')), "填充到了表底"),
    "旧表底.ods": (as_ods(TO_THE_END.format(' table:number-rows-repeated="65505"', ' table:number-columns-repeated="256"')), "填充到了表底"),
    "两份.xlsx": (twice(as_xlsx(), _SHEET), ZIP),
    "两份.ods": (twice(as_ods(), "content.xml"), ZIP),
    "标记.xls": (as_html("<![ x"), DAMAGED),
    "跨行.xls": (as_html("<tr><td rowspan=9999999>x"), CELLS),
    "跨列.xls": (as_html("<tr><td colspan=9999999>x"), CELLS),
    "共用.xls": (as_html(f"<tr><td rowspan=3000>{'长' * 50_000}</td>" + "<tr><td>y" * 3000), MEMORY),
    "开着.xls": (as_html().removesuffix(b"</table></body></html>") + b"<td " * 5000, "没有结束"),
    "深.mht": (DEEP.encode(), DAMAGED),
    "乱码.mht": (as_mhtml().replace(b"text/html\r\n", b"text/html\r\nContent-Transfer-Encoding: base64\r\n"), "第 1 行"),
    "维.xls": (damaged_old(0x200, struct.pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0)), MEMORY),
}  # fmt: skip
SHEET = "C{0},K1,2026-10-03 10:00:00,007,2026-10-03 12:00:00,"


def good(number: int) -> bytes:
    return as_xlsx([rows(0)[0], list(SHEET.format(number).split(","))])


def put(office: Office, name: str, content: bytes) -> None:
    (office.folder / "raw" / f"投诉_2026-10_{name}").write_bytes(content)


def test_a_hostile_file_is_one_line_and_the_others_are_read_in_their_order(office: Office) -> None:
    office.configure("[readers]\nmemory_mb = 192\nseconds = 20\ncells = 100_000\n")
    names = sorted(HOSTILE)
    for number, name in enumerate(names):
        put(office, f"{number:02d}_{name}", HOSTILE[name][0])
        put(office, f"{number:02d}_好.xlsx", good(number))
    os.mkfifo(office.folder / "raw" / "投诉_2026-10_管道.csv")  # opening it to look ahead would wait for ever
    result = office.run("ingest")
    assert result.code == 1 and "Traceback" not in result.err
    for name, (_, word) in HOSTILE.items():
        lines = [line for line in result.err.splitlines() if f"_{name}" in line and "未读入" in line]
        assert len(lines) == (word is not None) and (word or "") in "".join(lines), (name, lines)
    with office.staging() as con:
        read = con.execute(
            "SELECT complaint_id FROM raw.complaints JOIN source_file USING (file_no) WHERE file LIKE '%好%' ORDER BY file_no"
        ).fetchall()
    assert read == [(f"C{number}",) for number in range(len(names))]


def test_a_file_that_hangs_its_reader_is_ended_and_the_next_is_read(tmp_path: Path) -> None:
    """A tag of 300,000 attributes, each compared with all before it."""
    sources = [Source(tmp_path / name, name) for name in ("hangs.ods", "good.xlsx")]
    sources[0].path.write_bytes(as_ods("<table:table-cell " * 300_000))
    sources[1].path.write_bytes(as_xlsx())
    with Box(Limits(seconds=4), sources) as box:
        with pytest.raises(UserError, match=r"hangs.ods：4 秒内没有读完.*seconds"):
            box.contents(sources[0])
        first = box.contents(sources[1]).pages[0].rows
    assert [len(row) for row in first] == [6] * 31
    assert len({id(cell) for row in first for cell in row}) == len({cell for row in first for cell in row}), "a text is held once"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_reader_outlives_the_run(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "good.xlsx").write_bytes(as_xlsx())
    script = f"""
import pathlib, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job hears none
from ruralkpi.intake.readers.box.parent import Box, Limits, Source
with Box(Limits()) as box:
    box.contents(Source(pathlib.Path({str(tmp_path / "good.xlsx")!r}), "good.xlsx"))
    print(box.child.process.pid, flush=True)
    sys.stdin.read()"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout
        reader = os.pidfd_open(int(parent.stdout.readline()))
        parent.send_signal(how)
        ended = select.select([reader], [], [], 30)[0]
        parent.kill()
    os.close(reader)
    assert ended == [reader]


def test_where_memory_cannot_be_limited_that_is_told_and_the_other_limits_hold(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = tmp_path / "windows"
    stub.mkdir()
    (stub / "resource.py").write_text("raise ImportError")
    monkeypatch.syspath_prepend(stub)
    office.configure("[readers]\ncells = 1000\n")
    put(office, "1.xls", HOSTILE["跨行.xls"][0])
    put(office, "2.xlsx", good(1))
    result = office.run("ingest")
    assert result.code == 1 and "不能限制" in result.err and CELLS in result.err
    with office.staging() as con:
        assert con.execute("SELECT complaint_id FROM raw.complaints").fetchall() == [("C1",)]


@pytest.mark.parametrize("line", ["memory_mb = 10", "seconds = 0", 'cells = "many"', "cells = true", "minutes = 1"])
def test_a_limit_that_is_none_is_refused(office: Office, line: str) -> None:
    office.configure(f"[readers]\n{line}\n")
    result = office.run("ingest")
    assert result.code == 2 and f"readers.{line.split()[0]}" in result.err and "seconds ≥ 1" in result.err


def test_damaged_files_lose_no_row(office: Office) -> None:
    """A short benchmarks/damage.py."""
    for name, content in [*damaged_files(42, 7), ("投诉_好.xlsx", good(1))]:
        (office.folder / "raw" / name).write_bytes(content)
    result = office.run("ingest")
    assert result.code == 1 and office.run("check").code == 0
    with office.staging() as con:
        counts = con.execute("SELECT file, read_n, blank_n + clean_n + superseded_n + quarantined_n FROM source_count").fetchall()
    assert all(read == told for _, read, told in counts)
    read = {re.split("[#!]", file)[0] for file, *_ in counts}
    lines = [line for line in result.err.splitlines() if "未读入" in line]
    neither = {path.name for path in (office.folder / "raw").iterdir()} - read
    assert len(read) > 5 and len(neither) > 5 and all(any(name in line for line in lines) for name in neither)
