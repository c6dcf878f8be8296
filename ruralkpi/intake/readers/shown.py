"""What an xlsx shows and its reader would not tell: error cells, and numbers that a format such as 0000 fills with zeros.

Both are written into the sheet as text before it is read: #N/A stays #N/A instead of turning into an empty cell,
and a number typed as 7 and shown as 0007 is 0007.
"""

from __future__ import annotations

import io
import re
import zipfile

_BLOCK = 1 << 20
_SHEET = re.compile(r"worksheets/[^/]*\.xml$")
_ERROR = re.compile(rb'(<(?:\w+:)?c\s[^>]*?\bt=)"e"')
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s[^>]*?>")
_CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_CELL_FORMAT = re.compile(rb"<(?:\w+:)?xf\b[^>]*>")


def zeros_of(number_format: str) -> int:
    """Digits that a number format fills up to: 0000 is 4, anything else 0. One zero fills nothing.

    >>> zeros_of("0000"), zeros_of("000000;-000000"), zeros_of("0"), zeros_of("0.00")
    (4, 6, 0, 0)
    """
    found = re.match(r"(0{2,})(?:;|$)", number_format)
    return len(found[1]) if found else 0


def as_shown(content: bytes) -> bytes:
    """The workbook with such cells as text; the same bytes when it has none, or is no xlsx."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        padded = _padded(book.read("xl/styles.xml")) if "xl/styles.xml" in book.namelist() else {}
        changed = {}
        for part in filter(_SHEET.search, book.namelist()):
            if _has(book, part, padded):
                changed[part] = _with_zeros(_ERROR.sub(rb'\1"str"', book.read(part)), padded)
        return _rewritten(book, changed) if changed else content


def _has(book: zipfile.ZipFile, part: str, padded: dict[bytes, int]) -> bool:
    """Whether a sheet may have such cells: sought block by block, since few have any and a sheet may be large."""
    sought = re.compile(b"|".join([b't="e"', *(b's="%b"' % style for style in sorted(padded))]))
    tail = b""
    with book.open(part) as stream:
        while block := stream.read(_BLOCK):
            if sought.search(tail + block):
                return True
            tail = block[-20:]
    return False


def _rewritten(book: zipfile.ZipFile, changed: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for part in book.infolist():
            new.writestr(part.filename, changed.get(part.filename) or book.read(part))
    return out.getvalue()


def _padded(styles: bytes) -> dict[bytes, int]:
    """Style number of a cell → digits it is filled up to."""
    formats = {_attribute(one, b"numFmtId"): _attribute(one, b"formatCode").decode() for one in _FORMAT.findall(styles)}
    section = _CELL_FORMATS.search(styles)
    kinds = [_attribute(one, b"numFmtId") for one in _CELL_FORMAT.findall(section[0])] if section else []
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
        rb'<((?:\w+:)?c)((?:\s+(?!t=|s=)[\w:]+="[^"]*")*)\s+s="(' + styles + rb')"((?:\s+(?!t=)[\w:]+="[^"]*")*)(?:\s+t="n")?\s*>'
        rb"((?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)?)(<(?:\w+:)?v>)(\d+)(?=</)"
    )
    return cell.sub(
        lambda hit: b'<%b%b%b t="str">%b%b%b' % (hit[1], hit[2], hit[4], hit[5], hit[6], hit[7].zfill(padded[hit[3]])), sheet
    )
