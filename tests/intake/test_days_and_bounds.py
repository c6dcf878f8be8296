"""What a column of days, of amounts or of birthdays takes, and what it refuses rather than guess."""

from __future__ import annotations

import pytest
from conftest import Office

CUSTOMER = "客户编号,工号,客户级别,生日,农历标志"
AGREEMENT = "协议编号,客户编号,到期日期,工号,起始日期,金额,产品"


def agreements(office: Office, day: str, amount: str = "1200") -> list[tuple[str | None, str | None]]:
    """What became of one agreement: its expiry, and the code for which it was kept out."""
    office.csv(
        "协议_2026-10.csv", f"{AGREEMENT}\nX1,K1,{day},007,2024-10-16,{amount},宽带\nX2,K2,2026-10-15,007,2024-10-16,,宽带"
    )
    office.make("2026-10-31")
    return (
        office.staging()
        .execute("""
SELECT CAST(expires_on AS VARCHAR), NULL FROM clean.agreements WHERE agreement_id = 'X1'
UNION ALL SELECT NULL, code FROM quarantine WHERE severity = 'reject'""")
        .fetchall()
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-10-31 24:00", "2026-10-31"),
        ("2026年10月31日24时", "2026-10-31"),
        ("2026-10-30T16:00:00Z", "2026-10-31"),  # another zone's clock is turned first (X18)
        ("9999", "2099-12-31"),
        ("2099", "2099-12-31"),
        ("2025-10-16至2026-10-15", None),
        ("2025.10.16-2026.10.15", None),
        ("2026年九月廿二", None),
        ("至今", None),
    ],
)
def test_the_day_until_which_an_agreement_holds(office: Office, day: str, expected: str | None) -> None:
    assert agreements(office, day) == ([(expected, None)] if expected else [(None, "bad_time")])


@pytest.mark.parametrize("amount", ["510823198510051234", "1e308", "1e400", "1000000000000"])
def test_an_amount_beyond_reason_is_told(office: Office, amount: str) -> None:
    assert agreements(office, "2026-10-15", amount) == [(None, "bad_number")]


def test_an_event_takes_the_start_of_a_span_and_the_midnight_that_ends_its_day(office: Office) -> None:
    rows = ["V1,K1,007,2026-10-05至2026-10-06,上门,完成", "V2,K1,007,2026-10-20 24:00,上门,完成"]
    office.csv("拜访_2026-10.csv", "\n".join(["拜访编号,客户编号,工号,拜访时间,方式,结果", *rows]))
    office.make("2026-10-31")
    found = office.staging().execute("SELECT CAST(visited_at AS VARCHAR) FROM clean.visits ORDER BY visit_id").fetchall()
    assert found == [("2026-10-05 00:00:00",), ("2026-10-21 00:00:00",)]


def test_words_that_say_that_nothing_has_ended(office: Office) -> None:
    words = ["在职", "至今", "9999", "长期", "2026-10-31 24:00"]
    office.csv("代理人员.csv", "\n".join(["工号,片区,离职日期", *(f"00{n},p,{word}" for n, word in enumerate(words, start=1))]))
    office.csv(
        "客户.csv", "客户编号,工号,客户级别,归属终止日期\nK1,001,重要,至今\nK2,001,重要,在职\nK3,001,重要,2026-10-31 24:00"
    )
    office.run("ingest")
    office.run("check", "--as-of", "2026-10-31")
    left = office.staging().execute("SELECT CAST(left_on AS VARCHAR) FROM clean.agents ORDER BY agent_id").fetchall()
    assert [day for (day,) in left] == ["2099-12-31"] * 4 + ["2026-10-31"]
    held = (
        office.staging().execute("SELECT customer_id, CAST(assigned_to_on AS VARCHAR) FROM clean.customers ORDER BY 1").fetchall()
    )
    assert held == [("K1", "2099-12-31"), ("K3", "2026-10-31")]


@pytest.mark.parametrize(
    ("birthday", "flag", "expected"),
    [
        ("10-05", "", "10-05"),
        ("10-05", "农历闰月", "birthday_calendar"),
        ("10-05", "不详", "birthday_calendar"),
        ("公历10月5日", "不详", "10-05"),  # the text says it itself
        ("农历九月初五", "不详", "L09-05"),
        ("9-5", "农历生日", "L09-05"),
        ("1900-01-01", "", "bad_birthday"),
        ("2099年10月5日", "", "bad_birthday"),
        ("1970-01-01", "", "01-01"),
    ],
)
def test_a_birthday_is_owed_only_where_it_is_known(office: Office, birthday: str, flag: str, expected: str) -> None:
    office.csv("客户.csv", f"{CUSTOMER}\nK1,007,重要,{birthday},{flag}")
    office.run("ingest")
    office.run("check", "--as-of", "2026-10-31")
    found = (
        office.staging()
        .execute("""
SELECT CASE WHEN is_birthday_lunar THEN 'L' ELSE '' END || printf('%02d-%02d', birthday_month_n, birthday_day_n)
FROM clean.customers WHERE birthday_month_n IS NOT NULL UNION ALL SELECT code FROM quarantine""")
        .fetchall()
    )
    assert found == [(expected,)]
