"""What an xlsx says and its reader would not tell: error cells, numbers that a format such as 0000 fills with zeros, and
formulas whose value nobody has stored.

All are written into the sheet as text before it is read: #N/A stays #N/A instead of turning into an empty cell, a number
typed as 7 and shown as 0007 is 0007, and a formula without a value is FORMULA.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.binary import SHEET_RECORD, with_errors
from ruralkpi.intake.readers.page import FORMULA
from ruralkpi.texts import say

_BLOCK = 1 << 20
_LONGEST = 1 << 15  # bytes of a cell that are looked at; Excel's formulas end at 8,192 characters
_HEAD = 1 << 14  # bytes of a part in which its root stands
_SHEET = re.compile(rb"<(?:\w+:)?worksheet\b")
_ROW = re.compile(rb"<row\s(?:[^<>]*?\s)?r\s*=\s*[\"'](\d{1,9})[\"']")
_ROW_WITH_PREFIX = re.compile(_ROW.pattern.replace(b"<row", rb"<\w+:row"))
_CDATA = b"<![CDATA["
# no pattern looks past the next tag, or beyond a cell: one that does takes the square of the length of a text of open tags
_ERROR = re.compile(rb"(<(?:\w+:)?c\s[^<>]*?\bt\s*=\s*)(?:\"e\"|'e')")
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s[^<>]*>")
_CELL_FORMATS = re.compile(rb"</?(?:\w+:)?cellXfs\b")
_CELL_FORMAT = re.compile(rb"<(?:\w+:)?xf\b[^<>]*>")
# a cell with a formula and no <v>, or an empty one; a text of no length is a value: t="str" and an empty <v>
_UNVALUED = re.compile(
    rb"<((?:\w+:)?)c((?:\s[^<>]*)?)>\s*(<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f\s*>))\s*"
    rb"(?:(<(?:\w+:)?v(?:\s[^<>]*)?(?:/>|>\s*</(?:\w+:)?v\s*>))\s*)?</(?:\w+:)?c\s*>"
)
_TYPE = re.compile(rb"\st\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_NUMBER = re.compile(rb"\st\s*=\s*(?:\"n\"|'n')")
_IS_TEXT = re.compile(rb"\st\s*=\s*(?:\"str\"|'str')")


def zeros_of(number_format: str) -> int:
    """Digits that a number format fills up to: 0000 is 4, anything else 0. One zero fills nothing; colours, conditions, and
    blanks beside the number don't count.

    >>> zeros_of("0000"), zeros_of("000000;-000000"), zeros_of("0"), zeros_of("0.00")
    (4, 6, 0, 0)
    >>> zeros_of(r"0000_);\\(0000\\)"), zeros_of("[>0][Red]0000_ "), zeros_of("#0000"), zeros_of('0000"号"')
    (4, 4, 4, 0)
    """
    found = re.match(r"(?:\[[^\]]*\]|[_*].|[ #])*(0{2,})(?:[_*].| )*(?:;|$)", number_format)
    return len(found[1]) if found else 0


def as_shown(content: bytes, file: str) -> tuple[bytes, bool]:
    """The workbook with such cells as text, and whether FORMULA is among them; the same bytes when it has none, or is no xlsx.

    Raises UserError where two rows of a sheet have one number: its reader would give the last of them only.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        padded = _padded(book.read("xl/styles.xml")) if "xl/styles.xml" in book.namelist() else {}
        changed, has_formulas = {}, False
        for part in _sheets(book):
            if part.endswith(".bin"):
                binary = book.read(part)
                if (shown := with_errors(binary)) is not binary:
                    changed[part] = shown
                continue
            has_shown, has_unvalued, has_sections = _has(book, part, padded, file)
            if has_shown or has_unvalued or has_sections:
                sheet = _without_sections(book.read(part))
                if has_shown or has_sections:
                    sheet = _with_zeros(_ERROR.sub(rb'\1"str"', sheet), padded)
                changed[part], unvalued_n = _UNVALUED.subn(_said, sheet)
                has_formulas |= unvalued_n > 0
        return (rewritten(book, changed), has_formulas) if changed else (content, False)


def _sheets(book: zipfile.ZipFile) -> Iterator[str]:
    """The parts that are sheets, told by their root: a workbook may keep them under any name."""
    for part in dict.fromkeys(book.namelist()):
        if part.lower().endswith((".xml", ".bin")):
            with book.open(part) as stream:
                head = stream.read(_HEAD)
                if _SHEET.search(head) or head.startswith(SHEET_RECORD):
                    yield part


def _has(book: zipfile.ZipFile, part: str, padded: dict[bytes, int], file: str) -> tuple[bool, bool, bool]:
    """Whether a sheet may have cells shown otherwise, formulas without a value, and sections such as CDATA: sought block by
    block, since few have any and a sheet may be large."""
    styles = re.compile(rb"s\s*=\s*[\"'](?:%b)[\"']" % b"|".join(sorted(padded))) if padded else None
    has_shown = has_unvalued = has_sections = False
    numbers, tail = list[int](), b""
    with book.open(part) as stream:
        while block := stream.read(_BLOCK):
            text = tail + block
            has_shown = has_shown or b'"e"' in text or b"'e'" in text or bool(styles and styles.search(text))
            has_unvalued = has_unvalued or ((b"<f" in text or b":f" in text) and bool(_UNVALUED.search(text)))
            has_sections = has_sections or b"<!" in text
            row = _ROW if b"<row" in block else _ROW_WITH_PREFIX
            numbers += [int(hit[1]) for hit in row.finditer(text) if hit.end() > len(tail)]
            tail = text[-_LONGEST:]
    if len(set(numbers)) < len(numbers):
        raise UserError(say("error.zip", file=file))
    return has_shown, has_unvalued, has_sections


def _without_sections(sheet: bytes) -> bytes:
    """The sheet with what its CDATA says as plain text, and without comments: its reader would take such cells for empty."""
    said, done, at = [], 0, 0
    while (at := sheet.find(b"<!", at)) >= 0:
        is_text = sheet.startswith(_CDATA, at)
        end = sheet.find(b"]]>" if is_text else b"-->", at) if is_text or sheet.startswith(b"<!--", at) else at
        if end < 0:
            break
        if end > at:
            said += [sheet[done:at], _escaped(sheet[at + len(_CDATA) : end]) if is_text else b""]
            done = end + 3
        at = max(done, at + 2)
    return b"".join([*said, sheet[done:]])


def _escaped(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _said(cell: re.Match[bytes]) -> bytes:
    """The cell with FORMULA for its value, unless it is a text of no length."""
    if cell[4] and _IS_TEXT.search(cell[2]):
        return cell[0]
    words = _TYPE.sub(b"", cell[2])
    return b'<%bc%b t="str">%b<%bv>%b</%bv></%bc>' % (cell[1], words, cell[3], cell[1], FORMULA.encode(), cell[1], cell[1])


def rewritten(book: zipfile.ZipFile, changed: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for part in book.infolist():
            new.writestr(part.filename, changed.get(part.filename) or book.read(part))
    return out.getvalue()


def _padded(styles: bytes) -> dict[bytes, int]:
    """Style number of a cell → digits it is filled up to."""
    formats = {_attribute(one, b"numFmtId"): unescape(_attribute(one, b"formatCode").decode()) for one in _FORMAT.findall(styles)}
    bounds = [found.start() for found in _CELL_FORMATS.finditer(styles)]
    kinds = [_attribute(one, b"numFmtId") for one in _CELL_FORMAT.findall(styles, *bounds[:2])] if len(bounds) > 1 else []
    found = {str(place).encode(): zeros_of(formats.get(kind, "")) for place, kind in enumerate(kinds)}
    return {style: zeros for style, zeros in found.items() if zeros}


def _attribute(tag: bytes, name: bytes) -> bytes:
    found = re.search(rb"\b" + name + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    return found[1] or found[2] or b"" if found else b""


def _with_zeros(sheet: bytes, padded: dict[bytes, int]) -> bytes:
    if not padded:
        return sheet
    cell = re.compile(
        rb"<((?:\w+:)?c)((?=\s)(?>[^<>]*?\ss\s*=\s*[\"'](%b)[\"'])[^<>]*)>\s*" % b"|".join(sorted(padded))
        + rb"((?:<(?:\w+:)?f\b[^<>]*/>|<(?:\w+:)?f\b[^<>]*>[^<]*</(?:\w+:)?f\s*>)?)\s*(<(?:\w+:)?v(?:\s[^<>]*)?>)(\d+)(?=</)"
    )

    def shown(hit: re.Match[bytes]) -> bytes:
        words = _NUMBER.sub(b"", hit[2])
        if _TYPE.search(words):
            return hit[0]
        return b'<%b%b t="str">%b%b%b' % (hit[1], words, hit[4], hit[5], hit[6].zfill(padded[hit[3]]))

    return cell.sub(shown, sheet)
