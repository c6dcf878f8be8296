"""Working days against a second calendar library, for every day of 2008–2026; half-months, weeks and festivals."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import holidays
import pytest

from ruralkpi import calendar
from ruralkpi.errors import UserError

FIRST, LAST = dt.date(2008, 1, 1), dt.date(2026, 12, 31)
EVERY = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


@pytest.fixture(scope="module")
def worked() -> dict[dt.date, bool]:
    """By the other library: Monday–Friday without holidays, and the days it calls worked."""
    china = holidays.country_holidays("CN", years=range(2008, 2028))
    return {day: china.is_working_day(day) for day in EVERY}


def test_every_working_day(worked: dict[dt.date, bool]) -> None:
    assert [day for day in EVERY if calendar.is_workday(day) != worked[day]] == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_deadline_in_working_days(worked: dict[dt.date, bool], number: int) -> None:
    """The set-wise way (running number of working days) and the day-by-day way agree with the second library."""
    frame = calendar.days(FIRST, LAST)
    by_number = {
        no: day for day, is_worked, no in zip(frame["day"], frame["is_workday"], frame["workday_no"], strict=True) if is_worked
    }
    numbers = dict(zip(frame["day"], frame["workday_no"], strict=True))
    for place, start in enumerate(EVERY[:-30]):
        left, day = number, place
        while left:
            day += 1
            left -= worked[EVERY[day]]
        assert by_number[numbers[start] + number] == EVERY[day], start
        if place % 50 == 0:
            assert calendar.deadline(start, f"{number} workdays") == EVERY[day]


def test_half_months_and_weeks_cover_every_day_once() -> None:
    for day in EVERY:
        first, last = calendar.half_month(day)
        assert first <= day <= last and first.month == last.month and first.day in (1, 16)
        monday, sunday = calendar.week(day)
        assert monday <= day <= sunday and (monday.weekday(), (sunday - monday).days) == (0, 6)


def test_festivals_by_the_lunar_calendar_agree_with_the_second_library() -> None:
    china = holidays.country_holidays("CN", years=range(2008, 2027), language="en_US")
    for year in range(2008, 2027):
        for name, words in (
            ("spring_festival", "Chinese New Year"),
            ("mid_autumn", "Mid-Autumn Festival"),
            ("new_year", "New Year's Day"),
        ):
            day = calendar.festival(name, year)
            assert words in china.get(day, ""), (name, year, day, china.get(day))


def test_lunar_birthdays() -> None:
    assert calendar.lunar_birthdays(8, 15, 2026) == [dt.date(2026, 9, 25)]
    assert calendar.lunar_birthdays(12, 30, 2026) == [dt.date(2026, 2, 16)]
    for year in range(2008, 2027):
        assert calendar.lunar_birthdays(1, 1, year) == [calendar.festival("spring_festival", year)]


def test_every_lunar_year_has_each_birthday_once() -> None:
    """At a solar year's ends a lunar day comes twice or not at all; none is lost and none is counted in two years."""
    assert calendar.lunar_birthdays(11, 20, 2026) == [dt.date(2026, 1, 8), dt.date(2026, 12, 28)]
    assert calendar.lunar_birthdays(11, 20, 2025) == []
    for day in range(1, 31):
        found = [on for year in range(2009, 2030) for on in calendar.lunar_birthdays(12, day, year)]
        assert len(found) in (20, 21, 22) and found == sorted(set(found))
        assert all(340 < (after - before).days < 400 for before, after in pairwise(found))


def test_a_year_that_is_not_covered_is_an_error_with_the_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="2027.*calendar.toml"):
        calendar.is_workday(dt.date(2027, 1, 4))
    own = tmp_path / "calendar.toml"
    own.write_text(
        '[2027]\noff = ["2027-01-01..2027-01-03"]\nwork = ["2027-01-09"]\n[2026]\noff = ["2026-12-31"]\n', encoding="utf-8"
    )
    assert calendar.is_workday(dt.date(2027, 1, 4), own) and not calendar.is_workday(dt.date(2027, 1, 1), own)
    assert calendar.is_workday(dt.date(2027, 1, 9), own) and not calendar.is_workday(dt.date(2026, 12, 31), own)
    own.write_text("[2027]\noffs = []\n", encoding="utf-8")
    with pytest.raises(UserError, match="calendar.toml"):
        calendar.covered_years(own)


WHOLE = '"2027-01-01..2027-01-03", "2027-02-05..2027-02-11"'


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[2027]\n", "没有一天 off"),
        ('[2027]\nwork = ["2027-10-09"]\n', "没有一天 off"),
        ('[2026]\noff = ["2026-10-12..2026-10-09"]\n', "颠倒"),
        ('[2026]\noff = ["2027-01-03"]\n', "不在这一年"),
        (f'[2027]\noff = [{WHOLE}, "2027-12-31..2028-01-02"]\n', "不在这一年"),
        ('[2026]\noff = ["2026-10-09"]\nwork = ["2026-10-09"]\n', "又在 off 又在 work"),
        ("[26]\n", "四位"),
        ("[-2026]\n", "四位"),
    ],
)
def test_a_section_that_can_not_be_meant_so_is_an_error_with_what_to_do(tmp_path: Path, text: str, word: str) -> None:
    """A slip never makes a year known, nor a day another than was written (X4)."""
    own = tmp_path / "calendar.toml"
    own.write_text(text, encoding="utf-8")
    section = text[1 : text.index("]")]
    with pytest.raises(UserError, match=rf"calendar\.toml.*\[{section}\].*{word}"):
        calendar.overrides(own)
