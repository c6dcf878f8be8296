"""Every notebook runs headless on the sample, for any month and area, and is committed without outputs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import papermill
import pytest
from conftest import ROOT, Office

NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").glob("*.ipynb") if path.name != "scorecard.ipynb")
names = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def run(path: Path, folder: Path, **parameters: str) -> nbformat.NotebookNode:
    return papermill.execute_notebook(
        str(path), str(folder / path.name), parameters, engine_name="ruralkpi", progress_bar=False, log_output=False
    )


@names
def test_it_runs_and_shows_something_in_every_cell(path: Path, sample: Office, tmp_path: Path) -> None:
    made = run(path, tmp_path, marts=str(sample.folder / "marts" / "book.duckdb"))
    silent = {"parameters", "injected-parameters"}
    cells = [c for c in made.cells if c.cell_type == "code" and not silent & set(c.metadata.get("tags", [])) and c.id != "open"]
    assert all(cell.outputs for cell in cells), [cell.id for cell in cells if not cell.outputs]
    assert not [o for cell in cells for o in cell.outputs if o.output_type in ("error", "stream")]


@names
def test_it_takes_any_month_and_area(path: Path, sample: Office, tmp_path: Path) -> None:
    source = next(cell.source for cell in nbformat.read(path, 4).cells if "parameters" in cell.metadata.get("tags", []))
    wanted = {"month": "2026-03", "before": "2026-02", "area": "竹园片区", "agent": "0001", "lang": "en"}
    given = {name: value for name, value in wanted.items() if f"{name}: " in source}
    run(path, tmp_path, marts=str(sample.folder / "marts" / "book.duckdb"), **given)


@names
def test_it_is_short_stripped_and_bilingual(path: Path) -> None:
    made = nbformat.read(path, 4)
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert [cell.id for cell in code if "parameters" in cell.metadata.get("tags", [])] == ["parameters"]
    assert made.cells[0].source.startswith("# ") and "*" in made.cells[0].source
    for cell in code:
        lines = cell.source.splitlines()
        assert (
            len(lines) <= 10 and "%" not in cell.source and not any(word in cell.source for word in ("def ", "for ", "SELECT "))
        )


def test_the_start_page_leads_to_every_notebook() -> None:
    start = "".join(cell.source for cell in nbformat.read(ROOT / "notebooks" / "00_start.ipynb", 4).cells)
    for path in [*NOTEBOOKS[1:], ROOT / "notebooks" / "scorecard.ipynb"]:
        assert f"]({path.name})" in start


def test_visits_but_not_calls_is_answered_by_the_marts(sample: Office, tmp_path: Path) -> None:
    made = run(ROOT / "notebooks" / "08_visits_not_calls.ipynb", tmp_path, marts=str(sample.folder / "marts" / "book.duckdb"))
    shown = next(cell for cell in made.cells if cell.id == "weeks").outputs[0]["data"]["text/plain"]
    with sample.book() as book:
        expected = book.sql("""
            SELECT agent_id FROM kpi_agent_month WHERE month = '2026-10'
            GROUP BY agent_id HAVING max(rate) FILTER (rule_id = 'key_visit_half_monthly') >= 0.9
                AND max(rate) FILTER (rule_id = 'key_call_weekly') < 0.8 ORDER BY 1""")["agent_id"]
    assert len(expected) and [line.split()[0] for line in shown.splitlines()[2:]] == list(expected)


def test_the_five_questions_take_five_lines_and_are_answered_by_the_marts(sample: Office, tmp_path: Path) -> None:
    path = ROOT / "notebooks" / "09_five_questions.ipynb"
    made = run(path, tmp_path, marts=str(sample.folder / "marts" / "book.duckdb"))
    cells = {cell.id: cell for cell in made.cells}
    assert (
        max(len(cells[name].source.splitlines()) for name in ("gaps", "times", "risk", "share", "counties", "counties_rows")) <= 5
    )
    with sample.book() as book:
        misses = book.sql("""SELECT agent_id, sum(owed_n - met_n) AS n FROM kpi_agent_month JOIN rule USING (rule_id)
            WHERE month = '2026-10' AND use = 'S' GROUP BY 1 ORDER BY n DESC, 1""")
        dearest = book.sql("""SELECT max(monthly_yuan) AS y FROM agreement JOIN obligation USING (source_id)
            WHERE rule_id = 'agreement_renewed_in_time' AND outcome = 'pending' AND due_on <= '2026-12-30'""")["y"][0]
    shown = {name: cells[name].outputs[0]["data"]["text/plain"] for name in ("share", "risk")}
    assert f"{misses['n'].head(3).sum() / misses['n'].sum():.6f}" in shown["share"].splitlines()[-1]
    assert str(dearest) in shown["risk"].splitlines()[1]
