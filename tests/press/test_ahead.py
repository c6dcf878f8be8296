"""Contents read ahead for many agents: the same as alone, and nobody else's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from conftest import Office

from ruralkpi.cards import page
from ruralkpi.cards.facts.content import collect, collect_many, hashes
from ruralkpi.cards.facts.handed import hand, handed
from ruralkpi.month.planned import Expected
from ruralkpi.press import verify, worker
from ruralkpi.press.ahead import contents
from ruralkpi.press.batch import standard_notebook
from ruralkpi.press.job import Job
from ruralkpi.press.plan import plan
from ruralkpi.texts import say

MONTH = "2026-10"


@pytest.fixture(scope="module")
def job(sample: Office, tmp_path_factory: pytest.TempPathFactory) -> Job:
    marts = sample.folder / "marts" / "book.duckdb"
    imprint = plan(marts, MONTH, None, standard_notebook()).imprint
    return Job(standard_notebook(), marts, MONTH, tmp_path_factory.mktemp("out"), frozenset({"html"}), imprint)


def agents(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [row[0] for row in con.execute("SELECT agent_id FROM agent ORDER BY agent_id").fetchall()]


def test_read_for_many_or_for_one_a_content_is_the_same(con: duckdb.DuckDBPyConnection) -> None:
    everybody = agents(con)
    many = collect_many(con, everybody, MONTH)
    assert sorted(many) == everybody
    for agent in everybody:
        alone = collect(con, agent, MONTH)
        assert many[agent] == alone
        named = [*alone.rows, *alone.mend, *alone.warned, *alone.signals, *alone.touches.values()]
        named += [line for line in alone.lines if line["month"]]
        assert {row["agent_id"] for row in named} <= {agent}


CELLS = {
    "agent.agent_name": "agent_name || '2'",
    "customer.village_name": "village_name || '2'",
    "obligation.done_at": "done_at + INTERVAL 1 HOUR",
    "obligation.flags": "'restated'",
    "kpi_agent_month.met_n": "met_n + 1",
    "kpi_area_month.rate": "rate / 2",
    "contact.counts": "NOT counts",
    "assignment_span.to_on": "to_on - 40",
    "signal.flagged_n": "flagged_n + 1",
    "signal.area_share": "area_share / 2",
}


@pytest.mark.parametrize("cell", CELLS)
def test_a_card_hangs_on_each_cell_that_it_shows_and_on_no_others(sample: Office, tmp_path: Path, cell: str) -> None:
    copy = tmp_path / "book.duckdb"
    shutil.copy(sample.folder / "marts" / "book.duckdb", copy)
    table, column = cell.split(".")
    with duckdb.connect(str(copy)) as con:
        everybody = agents(con)
        before, known = collect_many(con, everybody, MONTH), hashes(con, everybody, MONTH)
        con.execute(f"UPDATE {table} SET {column} = {CELLS[cell]} WHERE rowid % 7 = 3")
        after, now = collect_many(con, everybody, MONTH), hashes(con, everybody, MONTH)
    moved = {agent for agent in everybody if before[agent] != after[agent]}
    assert moved and moved == {agent for agent in everybody if known[agent] != now[agent]}


def test_batches_come_in_order_and_who_is_not_there_is_none(con: duckdb.DuckDBPyConnection, job: Job, tmp_path: Path) -> None:
    wanted = [*agents(con)[:5], "nobody", *agents(con)[5:7]]
    found = list(contents(job.marts, MONTH, wanted, batch=3))
    assert [one and one.person["agent_id"] for one in found] == [*wanted[:5], None, *wanted[6:]]
    assert list(contents(tmp_path / "none.duckdb", MONTH, wanted[:2])) == [None, None]


def test_only_its_own_card_is_handed_out_and_only_in_the_block(con: duckdb.DuckDBPyConnection, job: Job) -> None:
    one, other = agents(con)[:2]
    with hand(job.marts, collect(con, one, MONTH)):
        assert handed(str(job.marts), one, MONTH) is not None
        assert handed(job.marts, other, MONTH) is None
        assert handed(job.marts, one, "2026-09") is None
        assert handed("another.duckdb", one, MONTH) is None
    assert handed(job.marts, one, MONTH) is None


def test_a_notebook_run_alone_shows_what_the_batch_shows(con: duckdb.DuckDBPyConnection, job: Job, tmp_path: Path) -> None:
    one, other = agents(con)[:2]
    alone = page.page(worker.execute(job, one, tmp_path), one, MONTH, job.imprint)
    for content in collect_many(con, [one, other], MONTH).values():  # another's at hand is as if there were none
        with hand(job.marts, content):
            assert page.page(worker.execute(job, one, tmp_path), one, MONTH, job.imprint) == alone


def test_anothers_numbers_under_ones_own_name_make_no_card(con: duckdb.DuckDBPyConnection, job: Job) -> None:
    one, other = (card.task for card in plan(job.marts, MONTH, None, job.notebook).cards[:2])
    assert one.expected.figures != other.expected.figures
    both = collect_many(con, [one.expected.agent_id, other.expected.agent_id], MONTH)
    mixed = replace(both[other.expected.agent_id], person=both[one.expected.agent_id].person)
    (job.out / ".work").mkdir()
    with hand(job.marts, mixed):
        made = worker.make(job, one)
    assert made.error and not made.files and not list(job.out.rglob("*.html"))
    with hand(job.marts, both[one.expected.agent_id]):
        assert worker.make(job, one).error is None


def test_a_pdf_is_read_up_to_the_end_of_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    start, end = say("card.trend"), say("card.cadence")
    pages = [f"{say('card.title', year='2026', month=10)} · 007", f"{start} 3/4", f"5/6 {end[:1]}", f"{end[1:]}", "7/8"]
    read: list[str] = []

    def told(path: Path) -> Iterator[str]:
        for one in pages:
            read.append(one)
            yield one

    monkeypatch.setattr(verify, "_pages", told)
    verify.check_pdf(Path("card.pdf"), Expected("007", MONTH, [(3, 4), (5, 6)], 2), "zh")
    assert read == pages[:4]
    with pytest.raises(verify.MismatchError):
        verify.check_pdf(Path("card.pdf"), Expected("007", MONTH, [(3, 4)], 1), "zh")
    with pytest.raises(verify.MismatchError):
        verify.check_pdf(Path("card.pdf"), Expected("008", MONTH, [(3, 4), (5, 6)], 2), "zh")
