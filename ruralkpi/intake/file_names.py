"""What a file's name, with the folders it lies in, says: its month, its day of export, which of two is newer (X27, X28)."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_MONTH = re.compile(
    r"(?<!\d)(20\d\d)(?:[-_.]|\s*年度?\s*)?(0[1-9]|1[0-2]|[1-9](?=月)|(?<=[-.])[1-9](?![-.]\d))(?!\d|月?[-~至到]\d{1,2}月)"
)
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CALLED = rf"(?:{'|'.join(_ENGLISH)})(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?"
_TURNED = re.compile(  # Oct-2026, 2026-Oct, 10-2026
    rf"(?<![a-z])(?P<before>{_CALLED})[-_. ]?(?P<year>20\d\d)(?!\d)"
    rf"|(?<!\d)(?P<year2>20\d\d)[-_. ]?(?P<behind>{_CALLED})(?![a-z])"
    r"|(?<!\d)(?<!\d[-.])(?P<number>0?[1-9]|1[0-2])[-.](?P<year3>20\d\d)(?![-.]?\d)",
    re.IGNORECASE,
)
_MONTHS = re.compile(  # 2026年9-10月, 202609-202610: the year of the last month, or 月 behind it
    r"(?<!\d)(20\d\d)(?:[-_.]|\s*年\s*)?(0?[1-9]|1[0-2])月?份?\s*[-_~—至到]\s*"
    r"(?:(20\d\d)(?:[-_.]|\s*年\s*)?(0[1-9]|1[0-2]|[1-9](?!\d))|(0?[1-9]|1[0-2])(?=月))(?!\d)"
)
_NUMBER = re.compile(r"(\d+)")
_DAY = re.compile(
    r"(?<!\d)(20\d\d)(?:(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{0,9}"  # 20261102, 20261102153000
    r"|([-_.])(\d{1,2})\4(\d{1,2})|\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号])(?!\d)"
)
_YEAR_FOLDER = re.compile(r"(20\d\d)\s*年?度?")
_MONTH_IN_IT = re.compile(r"(?<!\d)(0?[1-9]|1[0-2])月(?!\d)|^(0?[1-9]|1[0-2])$")
_YEAR_OR_MONTH = re.compile(r"(?<!\d)(?:20\d\d(?!\d)|(?:0?[1-9]|1[0-2])月)")
_NUMERALS = [tens + unit for tens in ("", "十", "二十", "三十") for unit in ("", *"一二三四五六七八九")][1:32]  # 一 to 三十一
_NUMERAL = re.compile(
    r"(?<![零〇一二三四五六七八九十])(?:([一二三四五六七八九零〇]{4})(?=\s*年)"
    rf"|({'|'.join(sorted(_NUMERALS[:12], reverse=True))})(?=月)|(?<=月)({'|'.join(sorted(_NUMERALS, reverse=True))})(?=[日号]))"
)
_LATER = re.compile(
    r"[(（]\d+[)）]|副本|复制|更正|复件|修改|修订|修正|最终|终稿|终版|(?<![a-z])(new|final|copy|v\d+)(?![a-z])", re.IGNORECASE
)
_EARLIER = re.compile(
    r"备份|(修改|更正|修正)前|作废|废弃|初稿|初版|草稿|原稿|原始|原件|(?<![a-z])(old|bak|backup)(?![a-z])"
    r"|(^|[_\-\s.(（])旧(版|表)?($|[_\-\s.)）])|(?<=[\d月])旧(版|表)?$",
    re.IGNORECASE,
)
_KEPT = re.compile(r"(\.(bak|old|orig|backup|备份|旧)|~)\d*$", re.IGNORECASE)  # behind the ending of a copy kept from before
_PARTS = {"上旬": "1旬", "中旬": "2旬", "下旬": "3旬"} | {f"第{n}周": f"第{i}周" for i, n in enumerate("一二三四五六", start=1)}
MENDED = "待更正"  # a workbook of corrected rows: it comes after the files that it mends
_ROUND = re.compile(rf"{MENDED}(?:.*~(\d{{1,4}})(?![0-9A-Za-z]))?")  # …~2: the second of a person and month


@dataclass(frozen=True, slots=True)
class Named:
    """What a file's name says. `month`: YYYY-MM, '' for none and for several. `exported_on`: the day of export, a full date; None
    for none and for a span of days. `is_month_unclear`: it carries a month and nothing says of which year, a year and nothing
    that is understood as a month, or what may be a day or a part of a month. `standing`: -1 for a copy kept from before, 1 for
    one that came after, 0 for a plain name. `age` is less for the older file: by its place in time, mended rows last and
    by their round, then by standing, then in natural order."""

    month: str
    exported_on: dt.date | None
    is_month_unclear: bool
    standing: int
    age: tuple[object, ...]

    @classmethod
    def of(cls, name: str) -> Named:
        """Of a path below the exports' folder: what a file's own name says goes before what its folder's does.

        >>> names = ("投诉_1月.csv", "十二月/投诉.csv", "投诉_2026-10-1.csv", "投诉_2026Q4.csv")
        >>> [Named.of(name).is_month_unclear for name in (*names, "2026/1月/投诉.csv", "投诉_1.csv", "投诉_2026-10.csv")]
        [True, True, True, True, False, False, False]
        >>> names = ("投诉", "投诉 (1)", "投诉-更正", "投诉_v2", "投诉_旧", "个旧_投诉")
        >>> [Named.of(f"2026-10/{name}.csv").standing for name in names]
        [0, 1, 1, 1, -1, 0]
        """
        plain, base = _arabic(name), name.rsplit("/", 1)[-1]
        parts, stem = plain.split("/"), base.rsplit(".", 1)[0]
        read = [_read(part) for part in reversed(parts)]
        days = next((own for own, _, _ in read if own), ())
        months = next((own for _, own, _ in read if own), ()) or _in_a_year(parts)
        month = months[0] if months and months[0] == months[-1] else ""
        exported_on = days[0] if len(days) == 1 else None
        day = str(exported_on or "")
        place = f"{month}~" if month else day or next((end for _, _, end in read if end), "")
        is_unclear = not place and any(said.search(part) for part in parts for said in (_YEAR_OR_MONTH, _DAY))
        standing = -1 if _KEPT.search(base) or _EARLIER.search(stem) else 1 if _LATER.search(stem) else 0
        return cls(month, exported_on, is_unclear, standing, (place, day, _round(base), standing, _natural(plain), name))


def _round(base: str) -> int:
    """The how manieth workbook of mended rows it is; 0 for other files.

    >>> [_round(f"{name}.xlsx") for name in ("待更正_2026-10_007", "待更正_2026-10_007~2", "待更正_2026-10_A_~12ab", "投诉~2")]
    [1, 2, 1, 0]
    """
    found = _ROUND.search(base)
    return int(found[1] or 1) if found else 0


@lru_cache(maxsize=1 << 12)  # a folder's name is asked for each of its files
def _read(part: str) -> tuple[tuple[dt.date, ...], tuple[str, ...], str]:
    """Of a file's or a folder's own name: full dates in order; the month, or the first and the last; and where a span of days or
    months ends: 2026-10~ comes after its days. Two days that span a month whole are that month."""
    rest, days = _without_days(part)
    months: tuple[str, ...] = ()
    if len(days) == 2 and days[0] == days[1].replace(day=1) and (days[1] + dt.timedelta(days=1)).day == 1:
        months = (_month(days[0].year, days[0].month),)
    elif found := _MONTHS.search(rest):
        months = (_month(found[1], found[2]), _month(found[3] or found[1], found[4] or found[5]))
    elif found := _MONTH.search(rest):
        months = (_month(found[1], found[2]),)
    elif found := _TURNED.search(rest):
        called = found["before"] or found["behind"]
        number = _ENGLISH.index(called.lower()[:3]) + 1 if called else found["number"]
        months = (_month(found["year"] or found["year2"] or found["year3"], number),)
    return days, months, str(max(days)) if len(days) > 1 else f"{months[-1]}~" if months else ""


def _month(year: str | int, number: str | int) -> str:
    return f"{year}-{int(number):02d}"


def _in_a_year(parts: list[str]) -> tuple[str, ...]:
    """The month of ``2026年/9月``: the year is a folder's name."""
    for folder, part in pairwise(parts):
        year, month = _YEAR_FOLDER.fullmatch(folder), _MONTH_IN_IT.search(_without_days(part)[0])
        if year and month:
            return (_month(year[1], month[1] or month[2]),)
    return ()


def _without_days(part: str) -> tuple[str, tuple[dt.date, ...]]:
    """A name without its full dates, and these in order.

    2026-10-1 may be a day or the first part of October: it is taken for neither. 2026-09-1, with one digit after two,
    is part 1 of September.
    """
    days: list[dt.date] = []

    def taken(found: re.Match[str]) -> str:
        month, day = found[2] or found[5] or found[7], found[3] or found[6] or found[8]
        if found[4] in ("-", "_") and len(month) == 2 and len(day) == 1:
            return found[0] if month.startswith("0") else ""
        with contextlib.suppress(ValueError):  # there is no such day: it names nothing
            days.append(dt.date(int(found[1]), int(month), int(day)))
        return ""

    return _DAY.sub(taken, part), tuple(days)


def _natural(plain: str) -> tuple[str | int, ...]:
    """A sort key in which file 10 comes after file 9, 十月 after 九月, 下旬 after 中旬, and 投诉(改).csv after 投诉.csv: text,
    number, text … of the name without its ending, blanks and case.

    >>> names = ["投诉-1.csv", "投诉.csv", "投诉10.csv", "投诉9.xls", "十月.csv", "二月.csv"]
    >>> sorted(names, key=lambda name: Named.of(name).age)
    ['二月.csv', '十月.csv', '投诉.csv', '投诉9.xls', '投诉10.csv', '投诉-1.csv']
    """
    stem, dot, ending = plain.casefold().rpartition(".")
    stem = "".join((stem if dot and "/" not in ending else stem + dot + ending).split())
    for said, number in _PARTS.items():
        stem = stem.replace(said, number)
    parts: list[str | int] = list(_NUMBER.split(stem))
    parts[1::2] = map(int, parts[1::2])
    return tuple(parts)


def _arabic(name: str) -> str:
    """A name's years, months and days in Chinese numerals as figures, and its wide characters as narrow ones.

    >>> _arabic("二〇二六年十二月三十一日"), _arabic("投诉_十月"), _arabic("三月花_1")
    ('2026年12月31日', '投诉_10月', '3月花_1')
    """

    def read(found: re.Match[str]) -> str:
        if found[1]:
            return "".join(str(int(unicodedata.numeric(one))) for one in found[1])
        return str(_NUMERALS.index(found[2] or found[3]) + 1)

    return _NUMERAL.sub(read, unicodedata.normalize("NFKC", name))
