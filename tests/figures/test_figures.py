"""The figures hold the marts' numbers, speak the cards' visual language, and stay offline."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from scipy.stats import binom

import ruralkpi as rk
from ruralkpi.cards.facts.limits import limits
from ruralkpi.errors import UserError
from ruralkpi.figures import gallery, look, pull
from ruralkpi.texts import say

VISIT, CALL, REPLY = "key_visit_half_monthly", "key_call_weekly", "complaint_first_reply"


def named(figure: go.Figure, name: str) -> go.Scatter:
    return next(trace for trace in figure.data if trace.name == name)


def test_colours_and_typeface_are_the_cards() -> None:
    assert {name: look.colour(name) for name in ("good", "bad", "band")} == {
        "good": "#0b6aa6",
        "bad": "#c5471a",
        "band": "#dbe2e7",
    }
    assert "Noto Sans SC" in look.template().layout.font.family


@pytest.mark.parametrize("n", [1, 20, 37, 58, 400, 25_000])
@pytest.mark.parametrize("rate", [0.0, 0.004, 0.4, 0.7, 0.95, 1.0])
def test_limits_are_the_exact_binomial_ones(n: int, rate: float) -> None:
    """Against SciPy's quantiles; cards, index and figures share this one function."""
    expected = tuple(int(binom.ppf(chance, n, rate)) for chance in (0.025, 0.975))
    assert limits(n, rate) == expected
    assert [int(side[0]) for side in pull.limits(pull.pd.Series([n]), rate)] == list(expected)


def test_trend_holds_rates_and_intervals(book: rk.Book) -> None:
    line = rk.figures.trend(book, CALL, agent="JG011").data[-1]
    marts = book.sql(
        "SELECT month, rate, low, high, met_n, owed_n FROM kpi_agent_month "
        "WHERE rule_id = ? AND agent_id = 'JG011' ORDER BY month",
        [CALL],
    )
    marts = marts[marts["month"].isin(book.months)].reset_index(drop=True)
    assert list(line.x) == list(marts["month"])
    np.testing.assert_allclose(line.y, marts["rate"])
    np.testing.assert_allclose(line.error_y.array, marts["high"] - marts["rate"])
    np.testing.assert_allclose(line.error_y.arrayminus, marts["rate"] - marts["low"])
    assert f"按时 {marts['met_n'][0]} / 应办 {marts['owed_n'][0]}" in line.hovertext[0]


def test_trend_breaks_where_nothing_was_owed_and_where_the_rule_changed(book: rk.Book) -> None:
    figure = rk.figures.trend(book, REPLY, area="开封片区")
    assert (
        np.isnan(np.array(figure.data[-1].y, dtype=float)).sum() == 1 and list(figure.layout.xaxis.categoryarray) == book.months
    )
    book.con.execute("CREATE OR REPLACE TEMP TABLE rule AS SELECT * FROM book.main.rule")
    dated = json.dumps(
        [{"name": "limit", "value": [{"when": "true", "since": "2026-03-01", "limit": "48 hours"}], "set_by": "user"}]
    )
    book.con.execute("UPDATE temp.main.rule SET settings = ? WHERE rule_id = ?", [dated, CALL])
    try:
        line = rk.figures.trend(rk.Book.on(book.con, book), CALL, agent="JG011").data[-1]
    finally:
        book.con.execute("DROP TABLE temp.main.rule")
    assert list(line.x).count("2026-03") == 2 and np.isnan(np.array(line.y, dtype=float)).sum() == 1


def test_a_frame_draws_what_the_book_draws(book: rk.Book) -> None:
    span = (book.months[0], book.months[-1])
    of_frame = rk.figures.trend(book.kpi(span, agent="JG011", rule=CALL), CALL)
    assert list(of_frame.data[-1].y) == list(rk.figures.trend(book, CALL, agent="JG011").data[-1].y)
    rows = book.obligations(REPLY, span, lang=None)
    assert [list(t.y) for t in rk.figures.reply_times(rows, REPLY).data] == [
        list(t.y) for t in rk.figures.reply_times(book, REPLY, month=span).data
    ]
    with pytest.raises(UserError):
        rk.figures.trend(book.kpi(span, rule=CALL), CALL)


@pytest.mark.parametrize("area", [None, "普安片区"])
def test_funnel_places_are_the_cards(book: rk.Book, area: str | None) -> None:
    figure = rk.figures.funnel(book, CALL, area=area)
    frame = book.kpi(rule=CALL, area=area).query("owed_n > 0")
    sums = book.kpi(rule=CALL, area=area, by="area")
    middle = float(sums["met_n"].sum() / sums["owed_n"].sum())
    expected: dict[str, int] = {}
    for row in frame.itertuples():
        low, high = limits(int(row.owed_n), middle)
        place = "few" if row.owed_n < 20 else "below" if row.met_n < low else "above" if row.met_n > high else "within"
        word = say("card.few") if place == "few" else say(f"card.place.{place}")
        expected[word] = expected.get(word, 0) + 1
    assert {t.name: len(t.x) for t in figure.data if t.mode == "markers"} == expected


def title(figure: go.Figure) -> str:
    return str(figure.layout.title.text)


def test_a_county_against_another_is_two_lines_with_their_intervals(book: rk.Book) -> None:
    figure = rk.figures.trend(book, "每周电访", county=["青川县", "剑阁县"])
    rates = book.kpi((book.months[0], book.months[-1]), rule=CALL, by="county")
    assert {line.name for line in figure.data} == set(rates["county_id"]) and len(figure.data) == 2
    for line in figure.data:
        own = rates[rates["county_id"] == line.name]
        np.testing.assert_allclose(line.y, own["rate"])
        np.testing.assert_allclose(line.error_y.array, own["high"] - own["rate"])
        assert line.name in title(figure)
    assert len({(line.line.color, line.line.dash, line.marker.symbol) for line in figure.data}) == 2


def test_a_trend_draws_and_names_what_is_asked_for(book: rk.Book) -> None:
    span = (book.months[0], book.months[-1])
    for figure in (
        rk.figures.trend(book, CALL, county="青川县"),
        rk.figures.trend(book.kpi(span, rule=CALL, by="county", county="青川县"), CALL),
    ):
        assert [line.name for line in figure.data] == ["青川县"] and ">青川县；" in title(figure)
    areas = rk.figures.trend(book, CALL, county="青川县", by="area")
    assert {line.name for line in areas.data} == set(book.kpi(by="area", county="青川县")["area_id"])
    assert ">JG011 " in title(rk.figures.trend(book, CALL, agent="JG011")) and ">全部；" in title(rk.figures.trend(book, CALL))
    assert ">青川县；" in title(rk.figures.small_multiples(book, CALL, by="town", county="青川县"))


def test_counties_stand_beside_each_other_in_every_figure_that_compares(book: rk.Book) -> None:
    rates = book.kpi(rule=CALL, by="county")
    points = [trace for trace in rk.figures.funnel(book, CALL, by="county").data if trace.mode == "markers"]
    assert sorted(y for trace in points for y in trace.y) == sorted(rates["rate"])
    small = rk.figures.small_multiples(book, CALL, by="county")
    assert [note.text for note in small.layout.annotations] == sorted(rates["county_id"])
    steps = rk.figures.waterfall(book, VISIT, "2026-09", "2026-10", by="county").data[0]
    assert set(rates["county_id"]) <= set(steps.x)
    assert len(rk.figures.fault_hours(book, month=("2026-01", "2026-10"), by="county")["county"].unique()) == 2
    one, both = (rk.figures.reply_times(book, REPLY, month=("2026-01", "2026-10"), county=c) for c in ("青川县", None))
    assert 0 < sum(sum(bars.y) for bars in one.data) < sum(sum(bars.y) for bars in both.data)


def test_what_a_figure_can_not_draw_is_an_error_that_says_what_it_can(book: rk.Book) -> None:
    asks = {
        "funnel": lambda: rk.figures.funnel(book, CALL, by="town"),
        "small": lambda: rk.figures.small_multiples(book, CALL, by="week"),
        "frame": lambda: rk.figures.small_multiples(book.kpi(rule=CALL), CALL, by="county"),
        "lines": lambda: rk.figures.trend(book, CALL, by="agent"),
        "steps": lambda: rk.figures.waterfall(book, CALL, "2026-09", "2026-10", by="town"),
        "curves": lambda: rk.figures.repairs(book, by="week"),
    }
    for name, ask in asks.items():
        with pytest.raises(UserError) as fault:
            ask()
        assert ("small_multiples" if name == "lines" else "county" if name != "frame" else "agent") in str(fault.value), name


@pytest.mark.parametrize("by", ["agent", "area", "outcome"])
def test_waterfall_steps_add_up_to_the_marts_change(book: rk.Book, by: str) -> None:
    bars = rk.figures.waterfall(book, VISIT, "2026-09", "2026-10", by=by, area="普安片区").data[0]
    rates = book.kpi(("2026-09", "2026-10"), rule=VISIT, area="普安片区", by="area")["rate"]
    assert bars.y[0] == pytest.approx(rates[0]) and bars.y[-1] == pytest.approx(rates[1])
    assert sum(bars.y[:-1]) == pytest.approx(bars.y[-1], abs=1e-12)


def test_cadence_has_a_mark_for_every_slot(book: rk.Book) -> None:
    figure = rk.figures.cadence(book, agent="JG003", month=("2026-08", "2026-10"))
    rows = book.obligations(
        [VISIT, CALL], ("2026-08", "2026-10"), agent="JG003", outcomes=["met", "missed_late", "missed_open", "exempt"]
    )
    marks = {state: sum(len(t.x) for t in figure.data if t.legendgroup == state) for state in ("kept", "missed", "exempt")}
    counts = rows["outcome"].value_counts()
    assert marks == {"kept": counts["met"], "missed": counts["missed_open"], "exempt": counts.get("exempt", 0)}
    assert set(figure.data[0].hovertext) <= set(rows["sentence"])
    assert ">JG003 徐*；" in title(figure)
    days = list(figure.layout.xaxis.ticktext)
    assert days[:8] == ["1–15", "16–31", "7/27", "8/3", "8/10", "8/17", "8/24", "1–15"] and "9/28" in days


def test_reply_bars_count_each_reply_on_its_side_of_the_limit(book: rk.Book) -> None:
    span = (book.months[0], book.months[-1])
    figure = rk.figures.reply_times(book, REPLY, month=span)
    rows = book.obligations(REPLY, span, lang=None)
    timed = rows[rows["done_at"].notna() & (rows["start_precision"] != "day") & (rows["done_precision"] != "day")]
    for outcome, beyond in (("met", False), ("missed_late", True)):
        bars = named(figure, say(f"outcome.{outcome}"))
        assert sum(bars.y) == (timed["outcome"] == outcome).sum()
        assert all(bool(x > 48) is beyond for x in np.array(bars.x))


def test_another_limit_stands_beside_the_one_in_force(book: rk.Book) -> None:
    span = (book.months[0], book.months[-1])
    for limit in ("24 hours", "1 day", 24):
        lines = rk.figures.reply_times(book, REPLY, month=span, limit=limit).layout.shapes
        assert [line.x0 for line in lines] == [48.0, 24.0] and [line.line.dash for line in lines] == [None, "dash"]
    for rule, limit in ((REPLY, "2 workdays"), ("visit_question_replied", "24 hours"), (REPLY, "soon")):
        with pytest.raises(UserError):
            rk.figures.reply_times(book, rule, month=span, limit=limit)


def test_the_repair_curve_reaches_its_median_where_the_marts_say(book: rk.Book) -> None:
    hours = book.measures("2026-10", measure="repair_time", area="沙州片区").set_index("part")["value"]
    curve = rk.figures.repairs(book, month="2026-10", area="沙州片区").data[-1]
    reached = [x for x, y in zip(curve.x, curve.y, strict=True) if y <= 0.5 + 1e-12][0]
    assert reached == pytest.approx(hours["median_h"])


def test_renewal_cells_are_the_measures(book: rk.Book) -> None:
    heat = rk.figures.renewals(book, area="竹园片区").data[0]
    rows = book.measures((book.months[0], book.months[-1]), measure="renewal_count", area="竹园片区").set_index(["month", "part"])
    for month, line in zip(heat.y, heat.z, strict=True):
        assert list(line) == [pytest.approx(rows.loc[(month, part), "value"]) for part in ("d0", "d7", "d30", "reactivated")]
    assert any(text.startswith("(") for line in heat.text for text in line) == bool(rows["is_provisional"].any())


def test_small_multiples_hold_the_areas_rates(book: rk.Book) -> None:
    figure = rk.figures.small_multiples(book, VISIT)
    names = [title.text for title in figure.layout.annotations]
    assert names
    areas = book.kpi((book.months[0], book.months[-1]), rule=VISIT, by="area")
    for n, name in enumerate(names):
        np.testing.assert_allclose(figure.data[2 * n + 1].y, areas[areas["area_id"] == name]["rate"])


def test_flow_loses_no_row(book: rk.Book) -> None:
    rows, counts = rk.figures.flow_rows(book), book.quality().set_index("source_table")
    assert (rows.groupby("source")["n"].sum() == counts.loc[counts["read_n"] > 0, "read_n"]).all()
    scored = book.sql(
        "SELECT count(DISTINCT (file, row)) AS n FROM obligation "
        "WHERE file IS NOT NULL AND outcome IN ('met', 'missed_late', 'missed_open')"
    )
    assert rows.query("target == 'scored'")["n"].sum() == scored["n"][0]
    idle = book.sql(  # rows whose duties are all undecidable or worse; obligations with that outcome are more
        "SELECT count(*) AS n, sum(unknown_n) AS unknown_n FROM (SELECT bool_or(outcome = 'unknown') AND "
        "bool_and(outcome NOT IN ('met', 'missed_late', 'missed_open')) AS is_idle, count(*) FILTER (outcome = 'unknown') AS unknown_n "
        "FROM obligation WHERE file IS NOT NULL GROUP BY file, row) WHERE is_idle"
    )
    assert rows.query("target == 'unknown'")["n"].sum() == idle["n"][0] and "数的是行" in rk.figures.flow(book).layout.title.text
    assert (rows["n"] > 0).all()


def test_nothing_to_draw_is_said(book: rk.Book) -> None:
    none = book.kpi(rule=CALL).query("owed_n < 0")
    for figure in (
        rk.figures.funnel(none, CALL),
        rk.figures.trend(none, CALL),
        rk.figures.small_multiples(none, CALL, by="agent"),
    ):
        assert say("figure.empty") in [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_gallery_stays_offline_and_is_the_same_every_time(book: rk.Book, tmp_path: Path, lang: str) -> None:
    page = gallery.page(book, tmp_path / "a", lang)
    text = page.read_text(encoding="utf-8")
    assert text.count("<section>") == len(list(gallery.shown(book, lang))) and not re.search(r'(src|href)="https?:', text)
    assert (page.parent / "plotly.min.js").stat().st_size > 1_000_000
    assert gallery.page(book, tmp_path / "b", lang).read_text(encoding="utf-8") == text
    if lang == "en":
        words = [figure.layout.title.text for _, figure in gallery.shown(book, "en")]
        assert not [
            word for word in words if re.search(r"[\u4e00-\u9fff]", word.replace("片区", "").encode("ascii", "ignore").decode())
        ]
