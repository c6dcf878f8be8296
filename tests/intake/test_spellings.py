"""Times, birthdays, amounts and ids as people write them: read right, or not at all (X29, X30, 2.1.3)."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from ruralkpi.intake.spelling_table import read, spellings, with_table, written

GUIDE = ROOT / "docs" / "mapping.md"
FORMS = [one for one in spellings()["time"] if "form" in one]
EXACT = {"second": "%Y-%m-%d %H:%M:%S", "minute": "%Y-%m-%d %H:%M", "day": "%Y-%m-%d"}
# What is no time, or two times in one, or leaves open which: beside it a reader of dates would often find something.
NONSENSE = """
下周三|上周五 10:00|昨天|今天上午|明天 8:00|月底|国庆节后|尽快|待定|已回复|未回复|NaT|#N/A|#REF!|########|?|0|1|7|-1|1.5|2026|26|10|3日|10月
10-03|10/3|10月3日|10月3日 8:05|8:05|08:05:09|上午|下午3点|3 PM|周六|Saturday|Oct|Oct-26|26-Oct|2026-10|2026Q3|2026-W40|2026-W40-6|2026-276
2026年|2026年上半年|26-10-03|26/10/3|261003|26年10月3日|3/10/26|03.10.26|10/11/2026|03.10.2026|13/10/2026|10/13/2026|3-10-2026 8:05
2026-13-01|2026-00-10|2026-10-00|2026-02-30|2025-02-29|2026-10-32|2026-10-03 24:30|2026-10-03 25:00|2026-10-03 8:60|2026-10-03 8:05:60|2026-10-03 8
2026-10-03 8.30|2026-10-03 0.35|2026.10.03.08.05|2026-10-03-08:00|2026-10-03+08:00|2026-10-03Z|2026-10-308:05|2026-10-03 8:05:09:01|2026-10-03 ab:cd
2026-10-03 08:05+08:00|2026-10-03 08:05+0800|2026-10-03 09:00-10|2026-10-03 09:00+10:00|2026-10-03 08:05:09+15:00|2026-10-03 08:05:09+08:20
2026-10-03 上午15:00|2026-10-03 上午下午3:00|2026-10-03 晚上1:30|2026-10-03 晚上0:30|2026-10-03 半夜2:00|2026-10-03 夜里|2026-10-03 中午5:00|2026-10-03 傍晚12:00
2026-10-03 早上0:30|2026-10-03 早上12:00|2026-10-03 中午9:59|2026-10-03 中午15:00|2026-10-03 傍晚3:59|2026-10-03 傍晚9:00|2026-10-03 傍晚15:59|2026-10-03 傍晚21:00
2026-10-03 晚上4:59|2026-10-03 晚上16:59|2026-10-03 晚上24:00|2026-10-03 深夜7:59|2026-10-03 深夜19:59|2026-10-03 深夜24:00|2026-10-03 08:05 GMT+15|2026-10-03 早上15:00|2026-10-03 13:05 AM|2026-10-03 2:00-4:00pm|2026-10-03 9:00-下午3:00|09:00-10:00|2026-10-03 08:05 2026-10-04 09:00|2026-10-03或2026-10-04
2026-10-03 8点多|2026-10-03左右|约2026-10-03|2026-10-03前|2026-10-03(补)|2026-10-03 08:05 张三|张三 2026-10-03|2026-10-03 08;05|2026-10-03 08:05,09:00 11:00
12026-10-03|02026-10-03|202610031|2026100308|1790985909|1790985909000|261003080509|26100308|99999999|12345678|19999|80000|100000|20261301|20260230
3 oct 10:05 pm|oct 3, 10 pm|Oct 3 10|Oktober 3 2026|3 Marbles 2026|2026-Foo-03|Sat Oct 03 08:05:09 CST 2026|32 Oct 2026|31-Feb-2026|三月三十二日|二〇二六年十三月一日
一二三|十月|农历九月初五|0007|K1|1/2|1.2.3|1-2-3-4|192.168.10.3|13812345678|510181199001011234|T08:05|2026-10-03TT08:05|P1D|2026-10-03 24:00:01
""".replace("\n", "|").split("|")


def test_the_guides_table_is_what_reading_makes_of_it() -> None:
    """Make it anew: python -m ruralkpi.intake.spelling_table docs/mapping.md"""
    guide = GUIDE.read_text(encoding="utf-8")
    assert with_table(guide) == guide


MOMENTS = st.datetimes(dt.datetime(2000, 1, 1, 9), dt.datetime(2035, 12, 31)).map(lambda at: at.replace(microsecond=0))


@settings(max_examples=5, deadline=None)
@given(st.lists(MOMENTS, min_size=1, max_size=30))
def test_what_is_written_in_any_form_of_the_guide_is_read_back(moments: list[dt.datetime]) -> None:
    for order in sorted({form.get("order", "") for form in FORMS}):
        pairs = [(form, at) for form in FORMS if form.get("order", "") == order for at in moments]
        texts = [written(form["form"], at - dt.timedelta(hours=8 * form.get("is_utc", False))) for form, at in pairs]
        wanted = [at.strftime(EXACT[form["exact"]]) for form, at in pairs]
        assert dict(zip(texts, read("time", texts, order), strict=True)) == dict(zip(texts, wanted, strict=True))


def test_nonsense_is_no_time() -> None:
    texts = [text for text in NONSENSE if text]
    assert [(text, value) for text, value in zip(texts, read("time", texts), strict=True) if value != "?"] == []


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text("0123456789-/.: 年月日时分上午晚点至~T+Z一十", min_size=1, max_size=22), min_size=100, max_size=100))
def test_a_time_is_read_only_from_a_text_that_names_its_year_month_and_day(texts: list[str]) -> None:
    """Whatever is read, its year stands in the text as four digits, or in numerals, or in a spreadsheet's count of days."""
    for text, value in zip(texts, read("time", texts), strict=True):
        if value not in (None, "?") and not text.strip(" .").replace(".", "").isdecimal():
            assert value[:4] in text or "一" in text, (text, value)


ORDERED = {
    "dmy": {
        "03/10/2026 08:05": "2026-10-03 08:05", "2026-10-03": "2026-10-03", "3/10/99": "1999-10-03", "3.10.26": "2026-10-03",
        "13/13/2026": "?", "10/13/2026": "?",
    },
    "mdy": {"10/3/26 8:05 PM": "2026-10-03 20:05", "10-03-2026": "2026-10-03", "13/10/2026": "?"},
    "ymd": {"26年10月3日": "2026-10-03", "26/10/3 8:05": "2026-10-03 08:05", "03/10/2026": "?"},
}  # fmt: skip
TIMES = {
    # a count of days is digits alone
    "2000十": "?", "46298": "2026-10-03",
    # a span is its start
    "2026-10-03 09:00-10:00": "2026-10-03 09:00", "2026-10-31 08:30–09:30": "2026-10-31 08:30",
    "2026-10-03 下午2:00-4:00": "2026-10-03 14:00", "2026年10月3日9点至10点半": "2026-10-03 09:00",
    "2026-10-03 9-11点": "2026-10-03 09:00", "2026-10-03 22:00-次日06:00": "2026-10-03 22:00",
    "2026-10-03 09:00:00-10:00:00": "2026-10-03 09:00:00", "2026-10-03 08:05:09-16:00": "2026-10-03 08:05:09",
    # an offset stands behind seconds or a T, and exists
    "2026-10-03T08:05-10:00": "2026-10-04 02:05", "2026-10-03T05:35:09+05:30": "2026-10-03 08:05:09", "2026-10-03 08:05:09+14:00": "2026-10-03 02:05:09",
    "2026-10-03 00:05 GMT": "2026-10-03 08:05", "2026-10-03 00:05:09 UTC": "2026-10-03 08:05:09", "2026-10-03 08:05 GMT+8": "2026-10-03 08:05",
    "2026-10-03 05:35 UTC+05:30": "2026-10-03 08:05",
    "2026-10-03 08:05:09-12:00": "2026-10-04 04:05:09", "2026-01-31T16:30:00Z": "2026-02-01 00:30:00",
    "Sat, 03 Oct 2026 08:05:09 +0800": "2026-10-03 08:05:09", "03/Oct/2026:08:05:09 +0800": "2026-10-03 08:05:09",
    # halves of the day
    "2026-10-31 晚上12:30": "2026-11-01 00:30", "2026-10-03 半夜12点": "2026-10-04 00:00", "2026-10-03 凌晨2:00": "2026-10-03 02:00",
    "2026-10-03 早上1:00": "2026-10-03 01:00", "2026-10-03 早上11:59": "2026-10-03 11:59", "2026-10-03 中午10:00": "2026-10-03 10:00",
    "2026-10-03 中午14:00": "2026-10-03 14:00", "2026-10-03 中午2:00": "2026-10-03 14:00", "2026-10-03 傍晚4:00": "2026-10-03 16:00",
    "2026-10-03 傍晚8:59": "2026-10-03 20:59", "2026-10-03 黄昏16:00": "2026-10-03 16:00", "2026-10-03 黄昏20:59": "2026-10-03 20:59",
    "2026-10-03 晚上5:00": "2026-10-03 17:00", "2026-10-03 晚上17:00": "2026-10-03 17:00", "2026-10-03 晚上23:59": "2026-10-03 23:59",
    "2026-10-03 深夜8:00": "2026-10-03 20:00", "2026-10-03 深夜20:00": "2026-10-03 20:00", "2026-10-03 深夜23:59": "2026-10-03 23:59",
    "2026-10-03 12:30 AM": "2026-10-03 00:30", "2026-10-03 下午 15:05": "2026-10-03 15:05", "2026-10-03 中午12:30": "2026-10-03 12:30",
    # parts of a second
    "2026-10-03 08:05:09.1234567": "2026-10-03 08:05:09", "2026-10-03-08.05.09.123456": "2026-10-03 08:05:09",
}  # fmt: skip
BIRTHDAYS = {
    "农历九月初五": "农历 lunar 9-5", "十月初五": "农历 lunar 10-5", "正月十五": "农历 lunar 1-15", "冬月二十": "农历 lunar 11-20",
    "腊月三十": "农历 lunar 12-30", "除夕": "农历 lunar 12-30", "农历 9-5": "农历 lunar 9-5", "9月5日(农历)": "农历 lunar 9-5",
    "一九八五年九月初五": "农历 lunar 9-5", "闰四月廿三": "农历 lunar 闰 leap 4-23", "公历10月5日": "10-5", "十月五号": "10-5",
    "1985/10/5": "10-5", "5-Oct": "10-5", "Oct 5, 1985": "10-5", "31325": "10-5", "02-29": "2-29", "无": None, "NULL": None,
    "2-30": "?", "13-05": "?", "15/10": "?", "105": "?", "10.1": "?", "八月十五": "?", "十三月五日": "?", "公历九月初五": "?",
    "阳历10月5日/农历九月初一": "?", "05/10/1985": "?", "85-10-05": "?", "秋天": "?",
}  # fmt: skip
AMOUNTS = {
    "1,234.50 元": "1234.5", "人民币1200元整": "1200.0", "￥1，200": "1200.0", "1.23万元": "12300.0", "暂无": None, "-5": "-5.0",
    "12元50": "?", "1,23": "?", "1234,567": "?", "约1200": "?", "1200/月": "?", "(1,234)": "?",
}  # fmt: skip
IDS = {
    "'0007": "0007", "`0007": "0007", "’0007": "0007", "＇0007": "0007", "'0007'": "0007", "0007.0": "0007", "\t0007": "0007",
    "０００７": "0007", "7": "7", "A.0": "A.0", "1.0.0": "1.0.0", "O'Neil": "O'Neil", "—": None, "N/A": None, "0000": "0000",
}  # fmt: skip


@pytest.mark.parametrize("order", sorted(ORDERED))
def test_a_date_order_reads_its_own_order_only(order: str) -> None:
    assert dict(zip(ORDERED[order], read("time", list(ORDERED[order]), order), strict=True)) == ORDERED[order]


@pytest.mark.parametrize(("kind", "wanted"), [("time", TIMES), ("birthday", BIRTHDAYS), ("number", AMOUNTS), ("id", IDS)])
def test_each_is_read_as_it_was_meant_or_not_at_all(kind: str, wanted: dict[str, str | None]) -> None:
    assert dict(zip(wanted, read(kind, list(wanted)), strict=True)) == wanted
