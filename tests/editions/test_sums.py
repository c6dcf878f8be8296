"""What causes moved adds up to what figures moved, exactly, whatever moved; each row has the cause that moves it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruralkpi.editions import causes
from ruralkpi.editions.changes import _FIGURES, Changes, turned
from ruralkpi.sql import query

OUTCOMES = ("met", "missed_late", "missed_open", "pending", "unknown", "exempt", "void")
MET, OWED = {"met"}, {"met", "missed_late", "missed_open"}
PLACES = [("A1", "N", "C1"), ("A2", "N", "C1"), ("A3", "S", "C2"), (None, "S", "C2")]
Row = tuple[int, str] | None  # place and outcome; None: not there
ROW = st.one_of(st.none(), st.tuples(st.integers(0, len(PLACES) - 1), st.sampled_from(OUTCOMES)))
FEW = st.sampled_from([None, (0, "met"), (0, "missed_open")])  # so that sides are often alike
SIDES = ("old", "new", "cut_off", "rules", "data", "no cut_off", "no rules", "no data")
LEVERS = SIDES[2:5]


def frame(rows: list[Row]) -> pd.DataFrame:
    """The rows of one side as rows_of gives them."""
    found = []
    for number, row in enumerate(rows):
        if row is not None:
            agent, area, county = PLACES[row[0]]
            found.append((f"r{number % 2}", "complaints", f"C{number}", agent, area, county, row[1], row[1]))
    names = ["rule_id", "source_table", "source_id", "agent_id", "area_id", "county_id", "outcome", "outcome_unexempted"]
    made = pd.DataFrame(found, columns=names, dtype=object)
    for name in ("done_at", "file", "row"):
        made[name] = None
    made["state"] = [f"{one.agent_id}|{one.area_id}|{one.outcome}" for one in made.itertuples()]
    return made


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("SET threads = 1")
        yield made


def compared(
    con: duckdb.DuckDBPyConnection, rows: list[tuple[Row, ...]], base: str = "old_row"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(figures, moved) of rows that stand for each side in the order of SIDES."""
    for place, name in enumerate(SIDES):
        con.register("side_frame", frame([row[place] for row in rows]))
        kinds = dict.fromkeys(frame([]), "VARCHAR") | {"done_at": "TIMESTAMP", "row": "BIGINT"}
        columns = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in kinds.items())
        kind = "row" if place < 2 else "state" if place < 5 else "left_out"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name.split()[-1]}_{kind} AS SELECT {columns} FROM side_frame")
    con.execute(f"CREATE OR REPLACE TEMP TABLE moved AS {query('editions/moved')}")
    causes.compare(con, base, {name: f"{name}_state" for name in LEVERS})
    causes.name_causes(con, ["program", *LEVERS], lambda lever: f"{lever}_left_out", {})
    for side in ("old", "new"):
        con.execute(f"CREATE OR REPLACE TEMP TABLE {side}_figure AS {query('editions/figure').replace('{rows}', f'{side}_row')}")
    return con.execute(_FIGURES).df(), con.execute("SELECT * FROM moved ORDER BY source_id").df()


def counts(rows: list[Row], level: int) -> dict[tuple[str | None, str], tuple[int, int]]:
    """(place, rule) → met, owed, counted here by hand; level 0 agent, 1 area, 2 county, 3 province."""
    found: dict[tuple[str | None, str], tuple[int, int]] = {}
    for number, row in enumerate(rows):
        if row is None:
            continue
        place = "*" if level == 3 else PLACES[row[0]][level]
        if place is None:
            continue
        met, owed = found.get((place, f"r{number % 2}"), (0, 0))
        found[place, f"r{number % 2}"] = met + (row[1] in MET), owed + (row[1] in OWED)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[ROW] * len(SIDES)), min_size=1, max_size=8))
def test_what_causes_moved_adds_up_to_what_moved_in_fractions_and_turns_its_sign(
    con: duckdb.DuckDBPyConnection, rows: list[tuple[Row, ...]]
) -> None:
    figures, moved = compared(con, rows)
    back, _ = compared(con, [(row[1], row[0], *row[2:]) for row in rows])
    for level, name in enumerate(("agent", "area", "county", "province")):
        old, new = counts([row[0] for row in rows], level), counts([row[1] for row in rows], level)
        told = figures[figures["level"] == name]
        said = dict(iter(told.groupby(["place_id", "rule_id"])))
        for key in {*old, *new}:
            (m0, o0), (m1, o1) = old.get(key, (0, 0)), new.get(key, (0, 0))
            group = said.pop(key, None)
            if group is None:
                assert (m0, o0) == (m1, o1), key
                continue
            assert set(zip(group["met_from"], group["owed_from"], group["met_to"], group["owed_to"], strict=True)) == {
                (m0, o0, m1, o1)
            }
            assert (group["met_moved_n"].sum(), group["owed_moved_n"].sum()) == (m1 - m0, o1 - o0)
            if o0 and o1:
                parts = [Fraction(int(n), int(of)) for n, of in zip(group["share_n"], group["share_of_n"], strict=True)]
                assert sum(parts) == Fraction(m1, o1) - Fraction(m0, o0)
            else:
                assert group["share_n"].isna().all()
        assert not said
    forth, there = figures["share_n"].sum(), back["share_n"].sum()
    assert forth == -there
    assert len(moved) == sum(row[0] != row[1] for row in rows)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(*[FEW] * len(SIDES)), min_size=1, max_size=6))
def test_a_row_is_the_cause_that_alone_brings_it_where_it_ends(
    con: duckdb.DuckDBPyConnection, rows: list[tuple[Row, ...]]
) -> None:
    _, moved = compared(con, rows)
    said = {int(row.source_id[1:]): (row.cause, row.causes) for row in moved.itertuples()}
    for number, (old, new, *others) in enumerate(rows):
        single, left_out = dict(zip(LEVERS, others, strict=False)), dict(zip(LEVERS, others[3:], strict=True))
        movers = [name for name, row in single.items() if row != old]
        reached = [name for name in movers if single[name] == new]
        if old == new:
            assert number not in said
        elif len(movers) == 1 and reached:
            assert said[number] == (movers[0], movers[0])
        elif reached:  # any of several would do, or one of them alone brings it there
            assert said[number] == ("together", "+".join(movers))
        else:
            named, unsure = list(movers), [name for name in LEVERS if name not in movers]
            for name in ("rules", "cut_off", "data"):  # left out one after the other while that says anything
                if name in unsure and len(named) + len(unsure) != 2:
                    unsure.remove(name)
                    named += [name] if left_out[name] != new else []
            assert said[number] == ("together", "+".join(name for name in LEVERS if name in named or name in unsure))


def test_what_the_program_moves_comes_first(con: duckdb.DuckDBPyConnection) -> None:
    """The base is the old edition computed today: a row that it moves to its end is the program's."""
    met, missed, late = (0, "met"), (0, "missed_open"), (0, "missed_late")
    rows: list[tuple[Row, ...]] = [
        (missed, met, met, met, met, met, met, met),  # the program alone
        (missed, met, missed, missed, met, met, met, missed),  # data alone
        (missed, late, met, met, late, late, late, met),  # the program, and data on top
    ]
    base = [met, missed, met]
    con.register("base_frame", frame(list(base)))
    con.execute("CREATE OR REPLACE TEMP TABLE program_state AS SELECT * FROM base_frame")
    _, moved = compared(con, rows, "program_state")
    assert list(zip(moved["cause"], moved["causes"], strict=True)) == [
        ("program", "program"),
        ("data", "data"),
        ("together", "program+data"),
    ]


def test_turned_is_the_same_from_the_other_end(con: duckdb.DuckDBPyConnection) -> None:
    rows: list[tuple[Row, ...]] = [((0, "met"), (1, "missed_open"), None, None, *[(1, "missed_open")] * 4), ((0, "met"),) * 8]
    figures, moved = compared(con, rows)
    there = Changes("2026-10", None, None, (), "", 0, 0, 0, figures, moved.drop(columns=["cause", "causes"]))
    back = turned(there)
    assert back.figures["points"].fillna(0).tolist() == (-figures["points"].fillna(0)).tolist()
    assert back.figures[["met_from", "owed_from"]].values.tolist() == figures[["met_to", "owed_to"]].values.tolist()
    assert turned(back).figures.equals(figures)
