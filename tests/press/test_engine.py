"""papermill's engine `ruralkpi`: isolation, outputs, errors, parameters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from ruralkpi.errors import UserError
from ruralkpi.press.parameters import check_parameters

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the engine forks")


def run(
    *sources: str, parameters: dict[str, object] | None = None, out: Path | None = None, **options: object
) -> nbformat.NotebookNode:
    """Execute cells; the first one is the parameters cell when parameters are given."""
    cells = [new_code_cell(source) for source in sources]
    if parameters is not None:
        cells[0].metadata["tags"] = ["parameters"]
    book = new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"name": "python3", "language": "python", "display_name": ""},
            "language_info": {"name": "python"},
        },
    )
    return papermill.execute_notebook(
        book, out and str(out), parameters=parameters, engine_name="ruralkpi", progress_bar=False, **options
    )


def outputs(book: nbformat.NotebookNode, cell: int = -1) -> list[nbformat.NotebookNode]:
    return book.cells[cell].outputs


def test_value_stream_and_display_come_back() -> None:
    book = run(
        "import sys\nprint('out'); print('err', file=sys.stderr)",
        "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))",
        "6 * 7",
    )
    assert [(o.name, o.text) for o in outputs(book, 0)] == [("stdout", "out\n"), ("stderr", "err\n")]
    assert outputs(book, 1)[0].data["text/html"] == "<b>x</b>"
    assert outputs(book)[0].output_type == "execute_result"
    assert outputs(book)[0].data["text/plain"] == "42"
    assert [cell.execution_count for cell in book.cells] == [1, 2, 3]
    nbformat.validate(book)


def test_updates_and_clearing_act_on_what_was_shown() -> None:
    book = run(
        "from IPython.display import display, clear_output\nh = display('a', display_id=True); h.update('b')",
        "print('gone'); clear_output(wait=True); print('stays')",
    )
    assert [o.data["text/plain"] for o in outputs(book, 0)] == ["'b'"]
    assert [o.text for o in outputs(book)] == ["stays\n"]


def test_nothing_leaks_into_the_next_notebook() -> None:
    run(
        "leak = 1\nimport builtins, sys, json, types\nbuiltins.leak2 = 2\nsys.modules['leak3'] = types.ModuleType('leak3')\n"
        "json.dumps = lambda *a, **k: 'patched'\nimport os; os.environ['LEAK4'] = 'x'; os.chdir('/')"
    )
    book = run(
        "import builtins, json, os, sys\n('leak' in globals(), hasattr(builtins, 'leak2'), 'leak3' in sys.modules, "
        "json.dumps([]), 'LEAK4' in os.environ)"
    )
    assert outputs(book)[0].data["text/plain"] == "(False, False, False, '[]', False)"


def test_an_error_is_papermills_error_and_stops_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        run("1 / 0", "print('never')", out=out)
    book = nbformat.read(out, as_version=4)
    assert any(o.get("ename") == "ZeroDivisionError" for cell in book.cells for o in cell.get("outputs", []))
    assert not any("never\n" in o.get("text", "") for cell in book.cells for o in cell.get("outputs", []))


def test_a_dying_child_is_an_error_of_its_cell() -> None:
    with pytest.raises(PapermillExecutionError, match="3"):
        run("x = 1", "import os; os._exit(3)", "x")
    with pytest.raises(PapermillExecutionError, match="-9"):
        run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")


def test_a_hanging_cell_is_stopped() -> None:
    with pytest.raises(TimeoutError):
        run("import time; time.sleep(60)", execution_timeout=0.3)


def test_the_file_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[object] = []
    for where in ("papermill.execute.write_ipynb", "papermill.engines.write_ipynb"):
        monkeypatch.setattr(where, lambda nb, path: writes.append(path))
    run("1", "2", "3", out=tmp_path / "out.ipynb")
    assert len(writes) == 1


def test_text_stays_text() -> None:
    book = run('agent_id: str = ""', "agent_id", parameters={"agent_id": "007"})
    assert outputs(book)[0].data["text/plain"] == "'007'"
    with pytest.raises(UserError, match="agent_id"):
        run('agent_id: str = ""', "agent_id", parameters={"agent_id": 7})


def test_unknown_parameters_fail_and_name_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="agent_id"):
        run('agent_id: str = ""', "1", parameters={"agentid": "007"})
    notebook = ROOT / "notebooks" / "scorecard.ipynb"
    check_parameters(notebook, {"agent_id": "007", "month": "2026-10"})
    with pytest.raises(UserError, match="month"):
        check_parameters(notebook, {"agent_id": "007", "mouth": "2026-10"})


def test_without_fork_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    with pytest.raises(UserError, match="fork"):
        run("1")


@pytest.mark.parametrize("first", ["papermill", "ruralkpi.press.engine", "ruralkpi.press.parameters", "ruralkpi.press.entry"])
def test_papermill_finds_the_engine_whatever_is_imported_first(first: str) -> None:
    ask = f"import {first}; from papermill.engines import papermill_engines as e; print(e.nb_language('ruralkpi', None, 'x'))"
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout == "x\n"
