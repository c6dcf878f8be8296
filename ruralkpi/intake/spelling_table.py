"""The table of spellings, made by reading them."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.vocabulary import shared
from ruralkpi.intake.load import create_raw
from ruralkpi.intake.values.macros import add_macros
from ruralkpi.intake.values.typed import typed
from ruralkpi.sql import literal

MOMENT = dt.datetime(2026, 10, 3, 8, 5, 9)  # the moment that the table's forms are filled with
_WIDE = "〇一二三四五六七八九十"
# kind → export and column it is read by; whether the county's order of dates matters to it
_READ_BY = {
    "time": ("visits", "visited_at"), "day": ("agents", "hired_on"), "unread": ("visits", "visited_at"),
    "birthday": ("customers", "birthday"), "number": ("agreements", "amount_yuan"), "id": ("visits", "agent_id"),
    "blank": ("visits", "visited_at"),
}  # fmt: skip
_SHOWN = {
    "time": "CASE visited_precision WHEN 'day' THEN strftime(visited_at, '%Y-%m-%d') WHEN 'minute' THEN "
    "strftime(visited_at, '%Y-%m-%d %H:%M') ELSE strftime(visited_at, '%Y-%m-%d %H:%M:%S') END",
    "birthday": "CASE WHEN birthday_fault IS NOT NULL THEN '?' WHEN is_birthday_lunar THEN concat('农历 ', "
    "CASE WHEN is_birthday_leap THEN '闰 ' ELSE '' END, birthday_month_n, '-', birthday_day_n) "
    "ELSE birthday_month_n || '-' || birthday_day_n END",
}
_SAYS = {None: {"zh": "空", "en": "blank"}, "?": {"zh": "不读", "en": "not read"}}
_NAMES = {
    "birthday": {"zh": "生日", "en": "birthday"}, "number": {"zh": "金额", "en": "amount"}, "id": {"zh": "编号", "en": "id"},
    "day": {"zh": "日期", "en": "day"},
}  # fmt: skip


@cache
def spellings() -> dict[str, list[dict[str, Any]]]:
    """spellings.toml, and the words for nothing, by kind."""
    found = tomllib.loads((files("ruralkpi") / "intake" / "spellings.toml").read_text(encoding="utf-8"))
    return found | {"blank": [{"text": word} for word in shared()["blank"]["words"]]}


def written(form: str, moment: dt.datetime) -> str:
    """A moment in one form.

    >>> written("{Y}年{M}月{D}日 {half}{h12}:{mm}", MOMENT), written("{zhY}年{zhM}月{zhD}日", MOMENT)
    ('2026年10月3日 上午8:05', '二〇二六年十月三日')
    """
    hour = (moment.hour + 11) % 12 + 1
    is_morning = moment.hour < 12
    return form.format(
        Y=moment.year, yy=f"{moment:%y}", M=moment.month, MM=f"{moment:%m}", D=moment.day, DD=f"{moment:%d}",
        h=moment.hour, hh=f"{moment:%H}", m=moment.minute, mm=f"{moment:%M}", ss=f"{moment:%S}", hhmm=f"{moment:%H%M}",
        h12=hour, hh12=f"{hour:02d}", AM="AM" if is_morning else "PM", half="上午" if is_morning else "下午",
        Mon=f"{moment:%b}", Month=f"{moment:%B}", week="一二三四五六日"[moment.weekday()], YYYYMMDD=f"{moment:%Y%m%d}",
        zhY="".join(_WIDE[int(digit)] for digit in str(moment.year)), zhM=_numeral(moment.month), zhD=_numeral(moment.day),
        zhh=_numeral(moment.hour), zhm=_numeral(moment.minute), serial=(moment - dt.datetime(1899, 12, 30)).days,
    )  # fmt: skip


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _WIDE[tens] + "十"
    return head + (_WIDE[ones] if ones or not tens else "")


def read(kind: str, texts: Sequence[str], order: str = "") -> list[Any]:
    """What each text is read as, by the way of every cell: None for a blank, "?" for what is not read, else as shown."""
    table, column = _READ_BY[kind]
    whole = built_in()[table]
    columns = {key: one for key, one in whole.columns.items() if key in (column, "is_lunar_birthday")}
    form = replace(whole, columns=columns, date_order=order)
    lines = ", ".join(f"(1, {row}, {literal(text)})" for row, text in enumerate(texts))
    shown = _SHOWN.get(kind if kind not in ("unread", "blank") else "time", f"CAST({column} AS VARCHAR)")
    with duckdb.connect() as con:
        add_macros(con)
        create_raw(con)
        con.execute("INSERT INTO source_file (file_no, source_table, mapping) VALUES (1, ?, '')", [table])
        con.execute(f"INSERT INTO raw.{table} (file_no, row, {column}) VALUES {lines}")
        typed(con, [form])
        is_lost = f"list_contains(string_split(coalesce(unread, ''), ' '), {literal(column)})"
        rows = con.execute(f"SELECT CASE WHEN {is_lost} THEN '?' ELSE {shown} END FROM typed.{table} ORDER BY row").fetchall()
    return [value for (value,) in rows]


def rows(lang: str) -> list[list[str]]:
    """The table: as written, as read, what to know of it."""
    lines = []
    for kind, one, text, value in _all_read():
        shown = _SAYS[value][lang] if value in _SAYS else str(value) if lang == "zh" else _english(str(value))
        lines.append([f"`{text}`", shown, ("；" if lang == "zh" else "; ").join(_notes(kind, one, lang))])
    return lines


@cache
def _all_read() -> list[tuple[str, dict[str, Any], str, Any]]:
    """(kind, spelling, as written, as read) of every spelling."""
    found = []
    for kind, ones in spellings().items():
        for order in sorted({one.get("order", "") for one in ones}):
            own = [one for one in ones if one.get("order", "") == order]
            texts = [one["text"] if "text" in one else written(one["form"], _shifted(one)) for one in own]
            found += [(kind, one, text, value) for one, text, value in zip(own, texts, read(kind, texts, order), strict=True)]
    return found


def _english(value: str) -> str:
    return value.replace("农历 ", "lunar ").replace("闰 ", "leap ")


def _shifted(one: dict[str, Any]) -> dt.datetime:
    return MOMENT - dt.timedelta(hours=8) if one.get("is_utc") else MOMENT


def _notes(kind: str, one: dict[str, Any], lang: str) -> Iterable[str]:
    if kind in _NAMES:
        yield _NAMES[kind][lang]
    if "order" in one:
        yield f'`date_order = "{one["order"]}"`'
    if lang in one:
        yield str(one[lang])
