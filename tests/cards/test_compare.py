"""What is held against what: one base everywhere, three months where one has too few, last month under conditions (section 6)."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest

from ruralkpi.book import Book
from ruralkpi.cards.facts.content import Content
from ruralkpi.cards.facts.figures import lines
from ruralkpi.cards.facts.limits import wilson
from ruralkpi.cards.facts.tiles import tiles
from ruralkpi.cards.pictures.funnel import Point, funnel_svg, outside
from ruralkpi.month import places

MONTH = "2026-10"
COUNTED = "count(*) FILTER (WHERE outcome = 'met'), count(*) FILTER (WHERE outcome IN ('met', 'missed_late', 'missed_open'))"


def counts(book: Book, first: str, whose: str) -> dict[tuple[str, str], tuple[int, int]]:
    query = f"SELECT {whose}, rule_id, {COUNTED} FROM obligation WHERE month BETWEEN '{first}' AND '{MONTH}' GROUP BY ALL"
    return {(who, rule): (met, n) for who, rule, met, n in book.con.execute(query).fetchall()}


def test_a_rule_is_held_against_its_areas_published_total_of_as_many_months(book: Book, contents: dict[str, Content]) -> None:
    area = dict(book.con.execute("SELECT agent_id, area_id FROM agent").fetchall())
    own = {n: counts(book, first, "agent_id") for n, first in ((1, MONTH), (3, "2026-08"))}
    peers = {n: counts(book, first, "area_id") for n, first in ((1, MONTH), (3, "2026-08"))}
    spans = []
    for agent, content in contents.items():
        for line in lines(content):
            rule = line.rule["rule_id"]
            n = next((n for n in (1, 3) if own[n].get((agent, rule), (0, 0))[1] >= 20), None)
            if not line.owed_n or n is None:
                assert line.base is None
                continue
            assert line.base and line.base.months == n
            assert (line.base.met, line.base.owed) == own[n][agent, rule]
            assert (line.base.peer_met, line.base.peer_owed) == peers[n][area[agent], rule]
            spans.append(n)
    assert spans.count(1) > 50 and spans.count(3) > 20


def test_cards_index_and_area_pages_agree_on_who_is_below(book: Book, contents: dict[str, Content]) -> None:
    states = places.states(places.of_rules(book.con, MONTH), "agent_id")
    found = set()
    for agent, content in contents.items():
        by_dimension: dict[str, set[str]] = {}
        for line in lines(content):
            if line.is_scored and line.owed_n:
                by_dimension.setdefault(line.rule["dimension"], set()).add(line.place)
        told = {name: min(some, key=places.ORDER.index) for name, some in by_dimension.items()}
        assert states.get(agent, {}) == told
        found |= set(told.values())
    assert {"below", "within", "few"} <= found


def test_the_indexs_base_is_the_provinces_published_total(book: Book) -> None:
    whole = book.kpi(MONTH, by="province").set_index("rule_id")["rate"].dropna()
    assert places.totals(book.con, MONTH) == pytest.approx(dict(whole))


def test_a_tile_changes_by_the_same_rules_with_five_decided_in_both_months(book: Book, contents: dict[str, Content]) -> None:
    query = f"""
WITH counted AS (
    SELECT agent_id, dimension, rule_id, month, {COUNTED} FROM obligation JOIN rule USING (rule_id)
    WHERE use = 'S' AND month IN ('2026-09', '2026-10') AND agent_id IS NOT NULL GROUP BY ALL
), named(agent_id, dimension, rule_id, month, met, n) AS (FROM counted)
SELECT now.agent_id, now.dimension, sum(now.met), sum(now.n), sum(last.met), sum(last.n)
FROM named AS now JOIN named AS last USING (agent_id, dimension, rule_id)
WHERE now.month = '2026-10' AND last.month = '2026-09' AND now.n >= 5 AND last.n >= 5 GROUP BY ALL"""
    expected = {
        (agent, dimension): round(100 * (met / n - before / of))
        for agent, dimension, met, n, before, of in book.con.execute(query).fetchall()
    }
    told = {(agent, t.dimension): t.change for agent, content in contents.items() for t in tiles(content)}
    assert {key: change for key, change in told.items() if change is not None} == expected
    assert 20 < len(expected) < len(told) / 2


def test_a_falls_rules_add_up_to_it_and_a_year_ago_stands_beside(book: Book, contents: dict[str, Content]) -> None:
    """Against the months' obligations, in fractions; the split is worked out by going there and back."""
    query = f"SELECT agent_id, rule_id, month, {COUNTED} FROM obligation WHERE month IN ('2025-10', '2026-09', '2026-10') GROUP BY ALL"
    known = {(agent, rule, month): (met, n) for agent, rule, month, met, n in book.con.execute(query).fetchall()}
    fell = 0
    for agent, content in contents.items():
        use = {row["rule_id"]: (row["use"], row["dimension"]) for row in content.lines}
        for tile in tiles(content):
            year = [known.get((agent, rule, "2025-10"), (0, 0)) for rule, about in use.items() if about == ("S", tile.dimension)]
            assert (tile.year_met_n, tile.year_owed_n) == (sum(met for met, _ in year), sum(n for _, n in year))
            rules = [one.rule["rule_id"] for one in tile.shares]
            now, before = ([known[agent, rule, month] for rule in rules] for month in (MONTH, "2026-09"))
            owed, was = sum(n for _, n in now), sum(n for _, n in before)
            there = [Fraction(m, owed) - Fraction(k, was) for (m, _), (k, _) in zip(now, before, strict=True)]
            assert tile.change is None or tile.change == round(float(100 * sum(there)))
            r1, r0 = (Fraction(sum(m for m, _ in some), n) if n else 0 for some, n in ((now, owed), (before, was)))
            for one, (m, n), (k, of) in zip(tile.shares, now, before, strict=True):
                half = ((m - k) - r0 * (n - of)) / owed + ((m - k) - r1 * (n - of)) / was
                assert one.points == pytest.approx(float(50 * half)) and (one.now, one.before) == ((m, n), (k, of))
            fell += len(tile.falls)
            assert all(one.points < 0 for one in tile.falls) and (tile.falls == [] or (tile.change or 0) < 0)
    assert fell > 10


def test_the_table_begins_with_what_was_missed_most(contents: dict[str, Content]) -> None:
    for content in contents.values():
        missed = [line.missed_n for line in lines(content) if line.is_scored]
        assert missed == sorted(missed, reverse=True)


def test_the_interval_is_wilsons(book: Book) -> None:
    rows: list[Any] = book.con.execute("SELECT met_n, owed_n, low, high FROM kpi_agent_month WHERE owed_n > 0").fetchall()
    for met, owed, low, high in rows:
        assert wilson(met, owed) == pytest.approx((low, high), abs=1e-9)


def test_a_funnels_marks_say_whose_they_are_and_lead_to_the_card() -> None:
    points = [
        Point(18, 30, "0001", "a/0001.html"),
        Point(29, 30, "0002", "a/0002.html"),
        Point(29, 30, "0003", None),
        Point(2, 3, "0004"),
    ]
    svg = funnel_svg(points, 0.9, "x")
    assert '<a href="a/0001.html"><title>0001 18/30</title><path class="below"' in svg
    assert "<g><title>0002 29/30\n0003 29/30</title>" in svg and re.findall(r'class="end">(\d+)<', svg) == ["60", "80", "100"]
    assert outside(points, 0.9) == {"above": 0, "within": 2, "below": 1, "few": 1}
