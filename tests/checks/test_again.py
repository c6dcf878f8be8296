"""What checks say of rows is said again in English, whatever stands in the rows."""

from __future__ import annotations

import re
from dataclasses import replace

import duckdb
import pytest
from conftest import Office

from ruralkpi.checks.again import said, why
from ruralkpi.checks.check import checks_of
from ruralkpi.checks.sentence import Sentence
from ruralkpi.exports.declared import built_in
from ruralkpi.spoken import filled, parts
from ruralkpi.sql import literal

AS_OF = "2026-10-31"
CJK = re.compile(r"[\u3400-\u9fff]")
AWKWARD = [
    "", " ", "0007", "下周三", "'", '"', "“”", "{value}", "{}", "\\1", "%s", ".*", "a\nb", "、；：; ", "投诉", "受理时间",
    "”不是数字", "x”不在代理人员名单里，请核对工号；相近的是 3", "；相近的是 0007", "：请一律改用 A1（在映射文件里写 values 即可）",
    "“受理时间”的值“x”不是数字", "缺少“工号”，请补填", "1 早于起始日期 2", "received_at: x is no number",
]  # fmt: skip


def of_row(says: Sentence, value: str, more: str | None) -> tuple[str, str]:
    """What a row with `value` in the sentence's first place gets, as SQL puts it together, and what that is in English."""
    places = [place for _, place in parts(says.texts["zh"]) if place]
    values = {place: value if n == 0 else "2026-10-05 08:00" for n, place in enumerate(places)}
    of_sql = {place: literal(text) for place, text in values.items()}
    added = says.more and replace(says.more, values=dict.fromkeys(says.more.values, literal(more)))
    kept = duckdb.execute(f"SELECT {replace(says, values=of_sql, more=added).sql}").fetchall()[0][0]
    english = filled(says.texts["en"], values)
    if says.more and more is not None:
        english += filled(says.more.texts["en"], dict.fromkeys(says.more.values, more))
    return kept, english


@pytest.mark.parametrize("table", sorted(built_in()))
def test_every_sentence_is_said_again_with_the_rows_own_words(table: str) -> None:
    wrong = []
    for check in checks_of(built_in()[table], AS_OF):
        for more in (None, "0007") if check.says.more else (None,):
            for value in AWKWARD:
                kept, english = of_row(check.says, value, more)
                if said(table, check.code, kept, "en") != english or said(table, check.code, kept, "zh") != kept:
                    wrong.append((check.code, check.column, kept, said(table, check.code, kept, "en")))
    assert wrong == []


@pytest.mark.parametrize("table", sorted(built_in()))
def test_every_sentence_is_english_where_the_row_holds_no_chinese(table: str) -> None:
    for check in checks_of(built_in()[table], AS_OF):
        told = [said(table, check.code, text, "en") for text in (of_row(check.says, "x", "0007")[0], check.says.plain)]
        to_be_typed = "农历九月初五" if check.code == "bad_birthday" else ""  # a lunar birthday is written in Chinese
        assert not CJK.search("".join(told).replace(to_be_typed, "")), told


def test_what_no_check_of_today_says_stays_as_it_is() -> None:
    assert said("visits", "V99", "离开得早", "en") == said("visits", "bad_time", "离开得早", "en") == "离开得早"
    twins = "疑似重复：没有编号，且与同一人员、同一客户 10 分钟内的另一条相同，只计一次"
    assert why("visits", ["suspected_duplicate", "V99"], [twins, "离开得早"], "en") == (
        "suspected duplicate: no id, same agent and customer within 10 minutes; counted once; 离开得早"
    )


def test_a_time_never_holds_a_sentences_own_words(office: Office) -> None:
    """Of two times in a sentence nobody could part them otherwise."""
    office.csv("代理人员_2026-10.csv", "工号,片区,姓名\n007,南片区,张三")
    office.csv(
        "投诉_2026-10.csv",
        """投诉编号,客户编号,受理时间,受理人,首次回复时间
        C1,K1,2026-10-05 10:00:00 早于受理 2026-10-05 10:00:00,007,2026-10-01 10:00:00
        C2,K2,2026-10-05 10:00:00,007,2026-10-04 10:00:00""",
    )
    found = office.make(AS_OF).book().quality("row", "en")
    assert found["code"].tolist() == ["bad_time", "C01"]
    assert found["message"].tolist() == [
        "received_at: 2026-10-05 10:00:00 早于受理 2026-10-05 10:00:00 is no date or time that can be read; "
        "write 2026-10-03 08:05, or name date_order in the mapping where the year has two digits or comes last",
        "first reply 2026-10-04 10:00:00 before receipt 2026-10-05 10:00:00",
    ]
