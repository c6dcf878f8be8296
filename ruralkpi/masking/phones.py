"""Phone and identity numbers inside a text, in every spelling, and nothing that only looks like one.

A number counts when no digit stands directly before or after it: 202610115108000300 holds no phone. Behind capital
letters it is a record's id (TS15108000300), unless they say that it is a number to call (TEL, WX).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FORMAT = "\u200b-\u200f\u2060\ufeff\u00ad"  # characters that are not seen
_GAP = rf"[ \t\u00a0\u2000-\u200a\u202f\u3000\-\u2010-\u2015\u2212.\u00b7{_FORMAT}]{{0,3}}"
_NARROW = str.maketrans("０１２３４５６７８９＋－．（）Ｘｘ", "0123456789+-.()Xx")
_MAYBE = re.compile(r"[0-9０-９](?:[^0-9０-９\n]{0,3}[0-9０-９]){9}")  # the shortest there is has ten digits
_COUNTRY = rf"(?:(?:\+|00)\s?86|86)\)?{_GAP}"
_MOBILE = re.compile(rf"(?<![0-9])(?:{_COUNTRY}|0)?(?P<number>1[3-9][0-9](?:(?:{_GAP}|[/_,，])[0-9]){{8}})(?![0-9])")
_AREA = r"10|2[0-9]|[3-9][0-9]{2}"
_LANDLINE = re.compile(
    rf"(?<![0-9.])(?:\(?0(?:{_AREA})\)?|(?:\+|00)\s?86{_GAP}\(?0?(?:{_AREA})\)?)"
    rf"(?:{_GAP}|[/_])(?P<number>[2-8][0-9]{{2,3}}{_GAP}[0-9]{{4}})(?![0-9])"
)
_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{4}"
_BORN = r"(?:19[0-9]{2}|20[01][0-9])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_IDENTITY = re.compile(
    rf"(?<![0-9])(?P<number>{_PROVINCE}{_GAP}(?:19[0-9]{{2}}|20[01][0-9]){_GAP}(?:0[1-9]|1[0-2]){_GAP}(?:0[1-9]|[12][0-9]|3[01])"
    rf"{_GAP}[0-9]{{3}}[0-9Xx])(?![0-9Xx])"
)
_WHOLE = re.compile(
    rf"(^|/)((?:{_COUNTRY})?1[3-9][0-9](?:[0-9]{{8}}|[ -][0-9]{{4}}[ -][0-9]{{4}})|{_PROVINCE}{_BORN}[0-9]{{3}}[0-9Xx])(?=/|$)"
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_CAPITALS = re.compile(r"[A-Z]+$")
_CALLING = {"TEL", "PHONE", "MOB", "MOBILE", "CELL", "WX", "VX", "V", "QQ", "WECHAT", "ID", "SFZ"}


def masked(text: str) -> str:
    """Phone and identity numbers inside a text as 138****5678; what else is in it stays (STANDARD section 7).

    >>> masked("请回电13812345678"), masked("+86 138-1234-5678"), masked("(0839)3301234")
    ('请回电138****5678', '+86 138****5678', '(0839)****1234')
    >>> masked("202610115108000300 2026-10-31 08:39 13812.50")
    '202610115108000300 2026-10-31 08:39 13812.50'
    """
    parts, end = [], 0
    for start, stop, shown in spans(text):
        parts += [text[end:start], shown]
        end = stop
    return "".join(parts) + text[end:] if parts else text


def spans(text: str) -> list[tuple[int, int, str]]:
    """(start, end, how it is shown) of each number, in order."""
    if not _MAYBE.search(text):
        return []
    narrow = text.translate(_NARROW)
    found: list[tuple[int, int, str]] = []
    for start, stop, shown in sorted(_all(narrow, text)):
        if not found or start >= found[-1][1]:
            found.append((start, stop, shown))
    return found


def masked_id(text: str) -> str:
    """An id, or several tied by /, with those masked that are a mobile phone or identity number and nothing else.

    >>> masked_id("13812345678/2026-10-01"), masked_id("0007/13812345678 x")
    ('138****5678/2026-10-01', '0007/13812345678 x')
    """
    return _WHOLE.sub(lambda found: found[1] + masked(found[2]), text)


def _all(narrow: str, text: str) -> Iterator[tuple[int, int, str]]:
    for match in _IDENTITY.finditer(narrow):
        if not _is_record(narrow, match.start()):
            digits = _digits(match["number"])
            yield match.start("number"), match.end(), f"{digits[:4]}**********{digits[-4:]}"
    for match in _MOBILE.finditer(narrow):
        if _is_grouped(match["number"]) and not _is_record(narrow, match.start()):
            digits = _digits(match["number"])
            before = text[match.start() : match.start("number")]
            yield match.start(), match.end(), f"{before}{digits[:3]}****{digits[-4:]}"
    for match in _LANDLINE.finditer(narrow):
        digits = _digits(match["number"])
        if not _DATE.fullmatch(digits) and not _is_record(narrow, match.start()):
            yield match.start(), match.end(), f"{text[match.start() : match.start('number')]}****{digits[-4:]}"


def _digits(number: str) -> str:
    return re.sub(r"[^0-9Xx]", "", number)


def _is_grouped(number: str) -> bool:
    """People write a phone in groups of three digits and more; dots, commas and strokes stand between 3, 4 and 4 only:
    1381.2345678 is a sum."""
    groups = [len(group) for group in re.split(r"[^0-9]+", re.sub(f"[{_FORMAT}]", "", number))]
    return groups == [3, 4, 4] if re.search("[./_,，]", number) else min(groups) >= 3


def _is_record(narrow: str, start: int) -> bool:
    """Whether capital letters stand directly before a number: TS15108000300 is a record, TEL13812345678 is not."""
    before = _CAPITALS.search(narrow[max(start - 12, 0) : start])
    return before is not None and before[0] not in _CALLING
