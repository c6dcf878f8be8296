"""What an xlsx says and its reader would not tell: error cells, numbers that a format such as 0000 fills with zeros, and
formulas whose value nobody has stored.

All are written into the sheet as text before it is read: #N/A stays #N/A instead of turning into an empty cell, a number
typed as 7 and shown as 0007 is 0007, and a formula without a value is FORMULA.
"""

from __future__ import annotations

import io
import re
import zipfile

from ruralkpi.intake.readers.page import FORMULA

_BLOCK = 1 << 20
_LONGEST = 1 << 15  # bytes of a cell that are looked at; Excel's formulas end at 8,192 characters
_SHEET = re.compile(r"worksheets/[^/]*\.xml$")
# no pattern looks past the next tag, or beyond a cell: one that does takes the square of the length of a text of open tags
_ERROR = re.compile(rb'(<(?:\w+:)?c\s[^<>]*?\bt=)"e"')
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s[^<>]*>")
_CELL_FORMATS = re.compile(rb"</?(?:\w+:)?cellXfs\b")
_CELL_FORMAT = re.compile(rb"<(?:\w+:)?xf\b[^<>]*>")
# a cell with a formula and no <v>, or an empty one; a text of no length is a value: t="str" and an empty <v>
_UNVALUED = re.compile(
    rb"<((?:\w+:)?)c(\s[^<>]*)>(<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>))\s*"
    rb"(?:(<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)\s*)?</(?:\w+:)?c>"
)
_TYPE, _IS_TEXT = re.compile(rb'\st="[^"]*"'), re.compile(rb'\st="str"')


def zeros_of(number_format: str) -> int:
    """Digits that a number format fills up to: 0000 is 4, anything else 0. One zero fills nothing.

    >>> zeros_of("0000"), zeros_of("000000;-000000"), zeros_of("0"), zeros_of("0.00")
    (4, 6, 0, 0)
    """
    found = re.match(r"(0{2,})(?:;|$)", number_format)
    return len(found[1]) if found else 0


def as_shown(content: bytes) -> tuple[bytes, bool]:
    """The workbook with such cells as text, and whether FORMULA is among them; the same bytes when it has none, or is no xlsx."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        padded = _padded(book.read("xl/styles.xml")) if "xl/styles.xml" in book.namelist() else {}
        changed, has_formulas = {}, False
        for part in filter(_SHEET.search, book.namelist()):
            has_shown, has_unvalued = _has(book, part, padded)
            if has_shown or has_unvalued:
                sheet = book.read(part)
                if has_shown:
                    sheet = _with_zeros(_ERROR.sub(rb'\1"str"', sheet), padded)
                changed[part] = _UNVALUED.sub(_said, sheet) if has_unvalued else sheet
                has_formulas |= has_unvalued
        return (_rewritten(book, changed), has_formulas) if changed else (content, False)


def _has(book: zipfile.ZipFile, part: str, padded: dict[bytes, int]) -> tuple[bool, bool]:
    """Whether a sheet may have cells shown otherwise, and formulas without a value: sought block by block, since few have any
    and a sheet may be large."""
    sought = re.compile(b"|".join([b't="e"', *(b's="%b"' % style for style in sorted(padded))]))
    has_shown = has_unvalued = False
    tail = b""
    with book.open(part) as stream:
        while block := stream.read(_BLOCK):
            text = tail + block
            has_shown = has_shown or bool(sought.search(text))
            has_unvalued = has_unvalued or ((b"<f" in text or b":f" in text) and bool(_UNVALUED.search(text)))
            tail = text[-_LONGEST:]
    return has_shown, has_unvalued


def _said(cell: re.Match[bytes]) -> bytes:
    """The cell with FORMULA for its value, unless it is a text of no length."""
    if cell[4] and _IS_TEXT.search(cell[2]):
        return cell[0]
    words = _TYPE.sub(b"", cell[2])
    return b'<%bc%b t="str">%b<%bv>%b</%bv></%bc>' % (cell[1], words, cell[3], cell[1], FORMULA.encode(), cell[1], cell[1])


def _rewritten(book: zipfile.ZipFile, changed: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for part in book.infolist():
            new.writestr(part.filename, changed.get(part.filename) or book.read(part))
    return out.getvalue()


def _padded(styles: bytes) -> dict[bytes, int]:
    """Style number of a cell → digits it is filled up to."""
    formats = {_attribute(one, b"numFmtId"): _attribute(one, b"formatCode").decode() for one in _FORMAT.findall(styles)}
    bounds = [found.start() for found in _CELL_FORMATS.finditer(styles)]
    kinds = [_attribute(one, b"numFmtId") for one in _CELL_FORMAT.findall(styles, *bounds[:2])] if len(bounds) > 1 else []
    found = {str(place).encode(): zeros_of(formats.get(kind, "")) for place, kind in enumerate(kinds)}
    return {style: zeros for style, zeros in found.items() if zeros}


def _attribute(tag: bytes, name: bytes) -> bytes:
    found = re.search(rb"\b" + name + rb'="([^"]*)"', tag)
    return found[1] if found else b""


def _with_zeros(sheet: bytes, padded: dict[bytes, int]) -> bytes:
    if not padded:
        return sheet
    styles = b"|".join(sorted(padded))
    cell = re.compile(
        rb'<((?:\w+:)?c)((?:\s+(?!t=|s=)[\w:]+="[^"<]*")*)\s+s="(' + styles + rb')"'
        rb'((?:\s+(?!t=)[\w:]+="[^"<]*")*)(?:\s+t="n")?\s*>'
        rb"((?:<(?:\w+:)?f\b[^<>]*/>|<(?:\w+:)?f\b[^<>]*>[^<]*</(?:\w+:)?f>)?)(<(?:\w+:)?v>)(\d+)(?=</)"
    )
    return cell.sub(
        lambda hit: b'<%b%b%b t="str">%b%b%b' % (hit[1], hit[2], hit[4], hit[5], hit[6], hit[7].zfill(padded[hit[3]])), sheet
    )
