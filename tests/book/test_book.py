"""The reading API: ranges and filters, what it refuses, what it says of itself, and that every public name shows an example."""

from __future__ import annotations

import datetime as dt
import inspect

import duckdb
import pytest
from conftest import ROOT, Office

import ruralkpi as rk
from ruralkpi import calendar, figures
from ruralkpi.book import about, frames
from ruralkpi.errors import UserError
from ruralkpi.reference.tables import of_book

SPAN = ("2026-08", "2026-10")


def _public() -> list[tuple[str, object]]:
    names = [(f"rk.{name}", getattr(rk, name)) for name in rk.__all__ if callable(getattr(rk, name))]
    names += [(f"Book.{name}", member) for name, member in inspect.getmembers(rk.Book) if not name.startswith("_")]
    names += [(f"calendar.{name}", getattr(calendar, name)) for name in calendar.__all__]
    return names + [(f"figures.{name}", getattr(figures, name)) for name in figures.__all__]


@pytest.mark.parametrize(("name", "thing"), _public(), ids=[name for name, _ in _public()])
def test_every_public_name_has_a_docstring_with_an_example(name: str, thing: object) -> None:
    text = inspect.getdoc(thing.fget if isinstance(thing, property) else getattr(thing, "__func__", thing)) or ""
    assert ">>> " in text, name


def test_public_names_of_the_calendar_and_the_figures_are_all_declared() -> None:
    for module in (calendar, figures):
        made = {
            n
            for n, f in vars(module).items()
            if inspect.isfunction(f) and f.__module__.startswith(module.__name__) and n[0] != "_"
        }
        assert made - set(module.__all__) <= {"year_missing", "stay"}, module.__name__


def test_a_look_round_shows_the_public_names_only() -> None:
    assert dir(rk) == ["Book", "calendar", "figures", "open"]
    assert dir(figures) == sorted(figures.__all__) and len(dir(figures)) > 8
    assert [name for name in dir(rk.Book) if not name.startswith("_") and not (inspect.getdoc(getattr(rk.Book, name)))] == []


def test_every_table_and_column_of_a_book_is_told_and_nothing_that_is_not_there(sample: Office) -> None:
    """Else: put the table or column into ruralkpi/book/tables.toml."""
    with sample.book() as book:
        held = book.sql(about._COLUMNS)
        for lang in ("zh", "en"):
            told = book.tables(lang)
            assert list(zip(told["table"], told["column"], strict=True)) == list(
                zip(held["table_name"], held["column_name"], strict=True)
            )
            assert sorted({*told.loc[told["grain"] == "", "table"], *told.loc[told["meaning"] == "", "column"]}) == []
        words, columns = about.declared(), set(told["column"])
        assert sorted(set(words["table"]) - set(told["table"])) == [] and sorted(set(words["column"]) - columns) == []
        pairs = set(zip(told["table"], told["column"], strict=True))
        assert {(table, column) for table, own in words["of"].items() for column in own} <= pairs
        for lang in ("zh", "en"):
            page = (ROOT / "docs" / lang / "tables.md").read_text(encoding="utf-8")
            assert of_book(book.con, lang) == page, "make reference"


def test_a_range_of_months_is_its_months_one_after_another(sample: Office) -> None:
    with sample.book() as book:
        whole = book.kpi(SPAN, rule="key_call_weekly")
        parts = [book.kpi(month, rule="key_call_weekly") for month in ("2026-08", "2026-09", "2026-10")]
        assert len(whole) == sum(map(len, parts)) and whole["met_n"].sum() == sum(part["met_n"].sum() for part in parts)
        assert list(book.obligations("key_call_weekly", SPAN, lang=None)["month"].unique()) == ["2026-08", "2026-09", "2026-10"]


def test_filters_take_one_or_several(sample: Office) -> None:
    with sample.book() as book:
        both = book.kpi(agent=["0001", "JG001"], rule=["key_call_weekly", "key_visit_half_monthly"])
        assert len(both) == 4
        in_area = book.kpi(area="普安片区", rule="key_call_weekly")
        assert set(in_area["agent_id"]) == set(book.sql("SELECT agent_id FROM agent WHERE area_id = '普安片区'")["agent_id"])
        assert set(book.misses(area="普安片区")["area_id"]) == {"普安片区"}
        assert set(book.due(area="普安片区")["area_id"]) == {"普安片区"}
        assert book.kpi(agent=[]).empty


def test_misses_are_owed_less_kept_and_say_how_late(sample: Office) -> None:
    with sample.book() as book:
        figure = book.kpi(by="province", rule="complaint_first_reply").iloc[0]
        misses = book.misses(rule="complaint_first_reply")
        assert len(misses) == figure["owed_n"] - figure["met_n"]
        assert (misses["late_h"] > 0).all() and misses["late_h"].dtype == "float64"


def test_province_is_the_sum_of_its_areas(sample: Office) -> None:
    with sample.book() as book:
        areas, whole = (
            book.kpi(by="area").groupby("rule_id")[["met_n", "owed_n"]].sum(),
            book.kpi(by="province").set_index("rule_id"),
        )
        assert (whole.loc[areas.index, ["met_n", "owed_n"]] == areas).all(axis=None)
        assert list(book.kpi(by="county").columns[:3]) == ["rule_id", "county_id", "month"]


@pytest.mark.parametrize("by", ["export", "file"])
def test_no_row_is_lost(sample: Office, by: str) -> None:
    with sample.book() as book:
        rows = book.quality(by)
        parts = rows[["blank_n", "clean_n", "superseded_n", "quarantined_n"]].sum(axis=1)
        assert (rows["read_n"] == parts).all() and rows["read_n"].sum() > 20000
        assert (
            book.quality("evidence")["unknown_n"].sum()
            == book.sql("SELECT count(*) AS n FROM obligation WHERE outcome = 'unknown'")["n"][0]
        )


def test_what_is_unknown_is_refused_in_a_line(sample: Office) -> None:
    with sample.book() as book:
        for ask in (
            lambda: book.kpi("2026-13"),
            lambda: book.kpi(("2026-10", "2026-08")),
            lambda: book.kpi(("2026-08", "2026-09", "2026-10")),
            lambda: book.kpi("2031-01"),
            lambda: book.kpi(agent="1"),
            lambda: book.kpi(area="普安"),
            lambda: book.kpi(rule="calls"),
            lambda: book.kpi(by="town"),
            lambda: book.quality("week"),
            lambda: book.trail("key_call_weekly", "x"),
        ):
            with pytest.raises(UserError) as fault:
                ask()
            assert "\n" not in str(fault.value)


def test_the_book_says_what_is_in_it(sample: Office) -> None:
    with sample.book() as book:
        for text in (repr(book), book._repr_html_()):
            for part in ("13 个月", "24 位代理人员", "2026-10-31 24:00", book.meta["rules_version"]):
                assert part in text
        assert "key_call_weekly" in book._repr_html_()


def test_names_are_masked_in_frames(sample: Office) -> None:
    with sample.book() as book:
        steps = book.trail("complaint_first_reply", book.misses(rule="complaint_first_reply")["source_id"][0])
        assert list(steps["step"].unique()) == ["file", "mart", "rule", "obligation", "figure"]
        assert "customer_name" not in book.obligations("complaint_first_reply").columns


def test_a_book_opened_while_a_build_runs_shows_the_last_good_marts(office: Office) -> None:
    office.csv("投诉.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-01-05 10:00,007,2026-01-06 09:00")
    office.csv("代理人员.csv", "工号,片区\n007,甲片区")
    office.make("2026-01-31")
    path = office.folder / "marts" / "book.duckdb"
    with rk.open(path) as before:
        with duckdb.connect(str(path) + ".new") as half_built, rk.open(path) as during:
            half_built.execute("CREATE TABLE obligation AS SELECT 1 AS nothing")
            assert len(during.obligations("complaint_first_reply")) == 1
        office.csv("投诉2.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC2,K1,2026-01-07 10:00,007,2026-01-08 09:00")
        office.make("2026-01-31")
        assert len(before.obligations("complaint_first_reply")) == 1
        # the old file is still open in this process: a new book must not be served from it
        with rk.open(path) as after:
            assert len(after.obligations("complaint_first_reply")) == 2
        with pytest.raises(duckdb.Error):
            before.sql("CREATE TABLE mine AS SELECT 1 AS n")


def test_a_relative_path_is_found_from_a_folder_below(sample: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    below = sample.folder / "notebooks"
    below.mkdir(exist_ok=True)
    monkeypatch.chdir(below)
    with rk.open("marts/book.duckdb") as book:
        assert book.as_of == dt.datetime(2026, 11, 1)
    with pytest.raises(UserError):
        rk.open("marts/nowhere.duckdb")


def test_importing_stays_light() -> None:
    import subprocess
    import sys

    code = "import sys, ruralkpi; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_long_work_shows_a_bar_only_to_somebody(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(range(6000))
    monkeypatch.setattr(frames, "watched", lambda: False)
    assert frames.progress(rows) is rows
    monkeypatch.setattr(frames, "watched", lambda: True)
    assert list(frames.progress(rows)) == rows and capsys.readouterr().out == ""
