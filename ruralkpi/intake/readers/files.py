"""The files of a folder of exports: found in one fixed order, told apart by content, never by name."""

from __future__ import annotations

import codecs
import contextlib
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ruralkpi import decoding
from ruralkpi.errors import NothingToDo, UserError
from ruralkpi.intake.readers.mhtml import is_archive
from ruralkpi.texts import say
from ruralkpi.walk import Place, below

_MONTH = re.compile(
    r"(?<!\d)(20\d\d)(?:[-_.]|\s*年度?\s*)?(0[1-9]|1[0-2]|[1-9](?=月)|(?<=[-.])[1-9](?![-.]\d))(?!\d|月?[-~至到]\d{1,2}月)"
)
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = rf"(?:{'|'.join(_ENGLISH)})(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?"
_TURNED = re.compile(  # Oct-2026, 2026-Oct, 10-2026
    rf"(?<![a-z])(?P<before>{_NAMED})[-_. ]?(?P<year>20\d\d)(?!\d)"
    rf"|(?<!\d)(?P<year2>20\d\d)[-_. ]?(?P<behind>{_NAMED})(?![a-z])"
    r"|(?<!\d)(?<!\d[-.])(?P<number>0?[1-9]|1[0-2])[-.](?P<year3>20\d\d)(?![-.]?\d)",
    re.IGNORECASE,
)
_MONTHS = re.compile(  # 2026年9-10月, 202609-202610: the year of the last month, or 月 behind it
    r"(?<!\d)(20\d\d)(?:[-_.]|\s*年\s*)?(0?[1-9]|1[0-2])月?份?\s*[-_~—至到]\s*"
    r"(?:(20\d\d)(?:[-_.]|\s*年\s*)?(0[1-9]|1[0-2]|[1-9](?!\d))|(0?[1-9]|1[0-2])(?=月))(?!\d)"
)
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_NUMBER = re.compile(r"(\d+)")
_DAY = re.compile(
    r"(?<!\d)(20\d\d)(?:(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{0,9}"  # 20261102, 20261102153000
    r"|([-_.])(\d{1,2})\4(\d{1,2})|\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号])(?!\d)"
)
_YEAR_FOLDER = re.compile(r"(20\d\d)\s*年?度?")
_BARE_MONTH = re.compile(r"(?<!\d)(0?[1-9]|1[0-2])月(?!\d)|^(0?[1-9]|1[0-2])$")
_UNITS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_NUMERALS = [tens + unit for tens in ("", "十", "二十", "三十") for unit in _UNITS][1:32]  # 一 to 三十一
_NUMERAL = re.compile(
    r"(?<![零〇一二三四五六七八九十])(?:([一二三四五六七八九零〇]{4})(?=\s*年)"
    rf"|({'|'.join(sorted(_NUMERALS[:12], reverse=True))})(?=月)|(?<=月)({'|'.join(sorted(_NUMERALS, reverse=True))})(?=[日号]))"
)
_NAMED_MONTH = re.compile(r"(?<!\d)(0?[1-9]|1[0-2])月")
_IGNORED = {".md", ".toml", ".json", ".py", ".sql", ".ini", ".log", ".lock", ".tmp", ".part", ".crdownload"}
_EXPORTS = {".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".ods"}
_KINDS = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    *((bof, "ole") for bof in (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")),  # xls before 1993
    (b"%PDF", "pdf"),
    *(
        (magic, "other")
        for magic in (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b\x08", b"PK\x05\x06")
    ),
)
_MARKUP = re.compile(
    rb"\s*<(?:!doctype|!--|\?xml|html|head|body|table|tr|div|meta|style|script|(?:ss:)?workbook"
    rb"|(?:a|b|base|br|caption|center|font|form|h[1-6]|hr|img|input|link|p|span|tbody|thead|title)[\s/>])",
    re.IGNORECASE,
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


@dataclass(frozen=True)
class Source:
    """One file of the folder. `name` is its path below the folder with `/`; `month` is YYYY-MM or empty.

    `exported_on` is the day of export, where the name carries a full date (X28).
    `fault`: why it can't be read, a key of texts.toml, with what it takes in `to`; empty for a file.
    """

    path: Path
    name: str
    month: str
    exported_on: dt.date | None = None
    fault: str = ""
    to: str = ""

    @property
    def is_read_elsewhere(self) -> bool:
        """Whether nothing is lost: a link to what is read anyway."""
        return self.fault in ("error.link_again", "error.link_loop")


def discover(folder: Path) -> list[Source]:
    """All files that may be exports, oldest month first, then by what the name says of its standing, then in natural order.

    Later in the list means newer: of two records with one key, the later file's wins. A folder that is named like
    a file, and a link or a device that can't be read, are in the list too, so that they are told rather than passed over.
    Raises UserError when the folder is missing and NothingToDo when it holds no file.
    """
    return sorted_out(folder)[0]


def sorted_out(folder: Path) -> tuple[list[Source], list[str]]:
    """What `discover` finds, and the names of the files that are passed over: by their ending they are no exports."""
    if not folder.is_dir():
        raise UserError(say("error.raw_missing", folder=folder))
    places = below(folder)
    found = [source_of(place.name, place.path, place.fault, place.to) for place in places if _may_be_export(place)]
    if not found:
        raise NothingToDo(say("error.raw_empty", folder=folder))
    return in_order(found), [one.name for one in places if not one.is_folder and not _may_be_export(one) and not _is_windows(one)]


def source_of(name: str, path: Path = Path(), fault: str = "", to: str = "") -> Source:
    """What a file's name says of it."""
    return Source(path, name, month_of(name), exported_on(name), fault, to)


def in_order(sources: Iterable[Source]) -> list[Source]:
    """Oldest first, as `discover` gives them."""
    return sorted(sources, key=_age)


def _age(source: Source) -> tuple[object, ...]:
    """Older before newer: by month, then by what the name says of its standing, in natural order; mended rows come last."""
    return (*_place(source), MENDED in source.name.rsplit("/", 1)[-1], standing(source.name), *natural(source.name))


def _place(source: Source) -> tuple[str, str]:
    """Where a file stands in time: a month at its end, a day of export among the months; a span of days or months at its end."""
    day = source.exported_on.isoformat() if source.exported_on else ""
    return (f"{source.month}~" if source.month else day or _end(source.name), day)


def _end(name: str) -> str:
    """The place of a file over a span of days, or of months, that are no single month: its last; else ''."""
    for part in reversed(_arabic(name).split("/")):
        rest, days = _without_days(part)
        if len(days) > 1:
            return max(days).isoformat()
        if months := _months(rest):
            return f"{months[1]}~"
    return ""


def _months(part: str) -> tuple[str, str] | None:
    """The first and the last month of a name that bears two."""
    found = _MONTHS.search(part)
    if not found:
        return None
    return f"{found[1]}-{int(found[2]):02d}", f"{found[3] or found[1]}-{int(found[4] or found[5]):02d}"


def _may_be_export(place: Place) -> bool:
    ending = place.path.suffix.lower()
    if place.is_folder:
        return ending in _EXPORTS or bool(place.fault)
    return ending not in _IGNORED and not _is_windows(place)


def _is_windows(place: Place) -> bool:
    """Whether a file is Windows' own, which lays it into every folder."""
    return place.path.name.lower() in ("thumbs.db", "desktop.ini")


def month_of(name: str) -> str:
    """The month a file name or its folder carries: ``投诉_2026-10.csv``, ``202610``, ``2026年/9月``; else ''.

    A full date is a day of export and no month (X28); two that span a month whole are that month. Several months are none.
    """
    parts = _arabic(name).split("/")
    for part in reversed(parts):
        rest, days = _without_days(part)
        if len(days) == 2 and days[0].day == 1 and days[1] + dt.timedelta(days=1) == _next_month(days[0]):
            return f"{days[0]:%Y-%m}"
        if months := _months(rest):
            return months[0] if months[0] == months[1] else ""
        if found := _MONTH.search(rest):
            return f"{found[1]}-{int(found[2]):02d}"
        if found := _TURNED.search(rest):
            called = (found["before"] or found["behind"] or "").lower()[:3]
            number = _ENGLISH.index(called) + 1 if called else int(found["number"])
            return f"{found['year'] or found['year2'] or found['year3']}-{number:02d}"
    for folder, part in zip(parts, parts[1:], strict=False):
        year, month = _YEAR_FOLDER.fullmatch(folder), _BARE_MONTH.search(_without_days(part)[0])
        if year and month:
            return f"{year[1]}-{int(month[1] or month[2]):02d}"
    return ""


def is_month_unclear(name: str) -> bool:
    """Whether a file's name or its folder carries a month and nothing says of which year, a year and nothing that is understood
    as a month, or what may be a day or a part of a month.

    >>> names = ("投诉_1月.csv", "十二月/投诉.csv", "投诉_2026-10-1.csv", "投诉_2026Q4.csv")
    >>> [is_month_unclear(name) for name in (*names, "2026/1月/投诉.csv", "投诉_1.csv", "投诉_2026-10.csv")]
    [True, True, True, True, False, False, False]
    """
    if month_of(name) or exported_on(name) is not None or _end(name):
        return False
    parts = _arabic(name).split("/")
    return any(said.search(part) for part in parts for said in (_NAMED_MONTH, _DAY, _YEAR))


def standing(name: str) -> int:
    """-1 for a copy kept from before, 1 for one that came after, 0 for a plain name (X27).

    >>> [standing(f"2026-10/{name}.csv") for name in ("投诉", "投诉 (1)", "投诉-更正", "投诉_v2", "投诉_旧", "个旧_投诉")]
    [0, 1, 1, 1, -1, 0]
    """
    base = name.rsplit("/", 1)[-1]
    if _KEPT.search(base):
        return -1
    stem = base.rsplit(".", 1)[0]
    return -1 if _EARLIER.search(stem) else 1 if _LATER.search(stem) else 0


def _next_month(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1)


def exported_on(name: str) -> dt.date | None:
    """The day of export that a file name or its folder carries (X28): ``投诉_20261102.csv``, ``2026年11月2日``.

    None where there is none, and for a span of two days.
    """
    for part in reversed(_arabic(name).split("/")):
        days = _without_days(part)[1]
        if days:
            return days[0] if len(days) == 1 else None
    return None


@lru_cache(maxsize=1 << 12)  # a folder's name is asked for each of its files
def _without_days(part: str) -> tuple[str, list[dt.date]]:
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

    return _DAY.sub(taken, part), days


def natural(name: str) -> tuple[list[str | int], str]:
    """A sort key in which file 10 comes after file 9, 十月 after 九月, 下旬 after 中旬, and 投诉(改).csv after 投诉.csv: text,
    number, text … of the name without its ending, blanks and case.

    >>> sorted(["投诉-1.csv", "投诉.csv", "投诉10.csv", "投诉9.xls", "十月.csv", "二月.csv"], key=natural)
    ['二月.csv', '十月.csv', '投诉.csv', '投诉9.xls', '投诉10.csv', '投诉-1.csv']
    """
    stem, dot, ending = _arabic(name).casefold().rpartition(".")
    stem = "".join((stem if dot and "/" not in ending else stem + dot + ending).split())
    for said, number in _PARTS.items():
        stem = stem.replace(said, number)
    parts: list[str | int] = list(_NUMBER.split(stem))
    parts[1::2] = map(int, parts[1::2])
    return parts, name


def _arabic(name: str) -> str:
    """A name's years, months and days in Chinese numerals as figures, and its wide characters as narrow ones.

    >>> _arabic("二〇二六年十二月三十一日"), _arabic("投诉_十月"), _arabic("三月花_1")
    ('2026年12月31日', '投诉_10月', '3月花_1')
    """

    def read(found: re.Match[str]) -> str:
        if found[1]:
            return "".join(str("零一二三四五六七八九".index(one.replace("〇", "零"))) for one in found[1])
        return str(_NUMERALS.index(found[2] or found[3]) + 1)

    return _NUMERAL.sub(read, unicodedata.normalize("NFKC", name))


def content_kind(head: bytes) -> str:
    """By the first 2 KB: zip (xlsx, ods), ole (xls, locked xlsx), markup, mhtml, text; or pdf, other, empty."""
    if not head:
        return "empty"
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    start = head.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF16_LE).replace(b"\0", b"")
    if is_archive(head):
        return "mhtml"
    return "markup" if _MARKUP.match(start) else "text"


def encoding_of(source: Source) -> str:
    """The encoding of a large text, as ruralkpi.decoding names it. Raises UserError with the first line in none."""
    try:
        return decoding.encoding_of(source.path)
    except decoding.Unreadable as fault:
        raise UserError(say("error.encoding", file=source.name, line=fault.line)) from None


def decoded(source: Source, content: bytes | None = None) -> tuple[str, str]:
    """Encoding and text of a small file, or of a part of one. Raises UserError with the first line in no encoding."""
    try:
        return decoding.decoded(source.path.read_bytes() if content is None else content)
    except decoding.Unreadable as fault:
        raise UserError(say("error.encoding", file=source.name, line=fault.line)) from None
