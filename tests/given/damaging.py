"""Good exports of each kind of file, and what transport, disks and people's tools do to files, by a seed."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator

import xlsxwriter
from oldbook import old_book

HEAD = ["投诉编号", "客户编号", "受理时间", "受理人", "首次回复时间", "备注"]
_MANIFEST = '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
_ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="明细">{}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)


def rows(n: int = 30) -> list[list[object]]:
    """A header and n complaints."""
    days = (f"2026-10-{1 + i % 28:02d}" for i in range(n))
    return [
        [*HEAD],
        *([f"C{i}", f"K{i % 7}", f"{d} 10:00:00", "007", f"{d} 12:00:00", "已回访，客户满意"] for i, d in enumerate(days)),
    ]


def as_csv(encoding: str) -> bytes:
    return "".join(",".join(map(str, row)) + "\r\n" for row in rows()).encode(encoding)


def as_xlsx(table: list[list[object]] | None = None, sheets_n: int = 1) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for _ in range(sheets_n):
            sheet = book.add_worksheet()
            for number, row in enumerate(table or rows()):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def as_ods(body: str = "") -> bytes:
    """`body`: rows of the table, as ods writes them."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = (f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in rows())
    content = _ODS.format("".join(lines) + body)
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": _MANIFEST,
        "content.xml": content,
    }
    return zipped({name: text.encode() for name, text in parts.items()})


def as_html(more: str = "") -> bytes:
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows())
    return f"<html><body><table border=1>{lines}{more}</table></body></html>".encode()


def as_mhtml() -> bytes:
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n'
    return head + as_html() + b"\r\n--b--\r\n"


def good_files() -> dict[str, bytes]:
    """End of a file's name → a sound file of 30 complaints."""
    return {
        "1.csv": as_csv("utf-8"),
        "2.csv": as_csv("gb18030"),
        "3.xlsx": as_xlsx(),
        "4.xls": old_book(rows()),
        "5.ods": as_ods(),
        "6.html": as_html(),
        "7.mht": as_mhtml(),
    }


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def damaged(content: bytes, mix: random.Random) -> bytes:
    """The file with one to three faults; a zip with them in itself or in one of its parts."""
    if content.startswith(b"PK") and mix.random() < 0.7:
        parts = parts_of(content)
        name = mix.choice(sorted(parts))
        return zipped(parts | {name: damaged(parts[name], mix)})
    for _ in range(mix.choice((1, 1, 2, 3))):
        content = mix.choice(FAULTS)(content, mix)
    return content


def _flipped(content: bytes, mix: random.Random) -> bytes:
    flipped = bytearray(content)
    for _ in range(mix.choice((1, 2, 10, 100)) if content else 0):
        flipped[mix.randrange(len(flipped))] ^= 1 << mix.randrange(8)
    return bytes(flipped)


def _cut(content: bytes, mix: random.Random) -> bytes:
    return content[: mix.randrange(len(content) + 1)]


def _blocks(content: bytes, mix: random.Random) -> tuple[bytes, bytes, bytes]:
    start, end = sorted(mix.randrange(len(content) + 1) for _ in range(2))
    end = min(end, start + mix.choice((4, 64, 1024)))
    return content[:start], content[start:end], content[end:]


def _swapped(content: bytes, mix: random.Random) -> bytes:
    before, block, after = _blocks(content, mix)
    return after + block + before


def _repeated(content: bytes, mix: random.Random) -> bytes:
    before, block, after = _blocks(content, mix)
    return before + block * mix.choice((2, 3, 1000)) + after


def _lost(content: bytes, mix: random.Random) -> bytes:
    before, _, after = _blocks(content, mix)
    return before + after


def _zeroed(content: bytes, mix: random.Random) -> bytes:
    before, block, after = _blocks(content, mix)
    return before + bytes(len(block)) + after


def _grown(content: bytes, mix: random.Random) -> bytes:
    """A digit becomes a large number: of a row, a length, an index, a span."""
    places = [place for place, byte in enumerate(content) if byte in b"123456789"]
    place = mix.choice(places) if places else 0
    return content[:place] + mix.choice((b"99", b"70000", b"9999999", b"2147483648")) + content[place + 1 :]


FAULTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flipped, _cut, _swapped, _repeated, _lost, _zeroed, _grown),
)  # fmt: skip


def damaged_files(n: int, seed: int, first: int = 0) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the files number `first` to `first` + n - 1 of a seed, each kind in its turn."""
    kinds = sorted(good_files().items())
    for number in range(first, first + n):
        name, content = kinds[number % len(kinds)]
        yield f"投诉_2026-10_{number:05d}_{name}", damaged(content, random.Random(f"{seed}/{number}"))
