"""papermill's engine `ruralkpi`: a notebook's cells run in a forked child of this process.

A forked child inherits everything that is already imported, so a card costs neither a kernel's start nor
imports; it shares nothing backwards, so no notebook sees what another one left behind.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection, Pipe
from typing import Any

from nbformat import NotebookNode
from papermill.engines import Engine, NotebookExecutionManager

from ruralkpi.errors import UserError
from ruralkpi.press import child
from ruralkpi.press.parameters import refuse_unknown
from ruralkpi.texts import say


class ForkedEngine(Engine):
    """`papermill --engine ruralkpi in.ipynb out.ipynb -r agent_id 007 …`; needs os.fork."""

    @classmethod
    def execute_notebook(
        cls, nb: NotebookNode, kernel_name: str | None, output_path: str | None = None, **options: Any
    ) -> NotebookNode:
        """papermill's entry. The output file is left to papermill's one write at the end: no save per cell."""
        refuse_unknown(nb)
        return Engine.execute_notebook.__func__(cls, nb, kernel_name, output_path=None, **options)

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str | None, execution_timeout: float | None = None, **options: Any
    ) -> None:
        """Run all code cells. A failed cell ends the run with an `error` output, which papermill raises."""
        if not hasattr(os, "fork"):
            raise UserError(say("card.no_fork"))
        cells = [(i, cell.source, _may_fail(cell)) for i, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
        _Run(nb_man, execution_timeout).follow(cells)


class _Run:
    """One child and what it reports."""

    def __init__(self, nb_man: NotebookExecutionManager, timeout: float | None) -> None:
        self.nb_man, self.timeout = nb_man, timeout
        self.cell: NotebookNode | None = None
        self.index = 0
        self.shown: dict[str, list[NotebookNode]] = {}
        self.clear_next = False

    def follow(self, cells: list[tuple[int, str, bool]]) -> None:
        pid, pipe = _fork(cells)
        over = False
        try:
            for event in self._events(pipe):
                over = self._take(event) and event["end"] == cells[-1][0]
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            raise
        finally:
            pipe.close()
            status = os.waitpid(pid, 0)[1]
        if status and not over:
            self._died(status)

    def _events(self, pipe: Connection) -> Iterator[dict[str, Any]]:
        while True:
            if self.timeout and not pipe.poll(self.timeout):
                raise TimeoutError(say("card.timeout", seconds=self.timeout))
            try:
                yield json.loads(pipe.recv_bytes())
            except (EOFError, ConnectionResetError):
                return

    def _take(self, event: dict[str, Any]) -> bool:
        """Put one event into the notebook; True when it ends a cell."""
        if "start" in event:
            self.index = event["start"]
            self.cell = self.nb_man.nb.cells[self.index]
            self.nb_man.cell_start(self.cell, self.index)
        elif "output" in event:
            self._add(NotebookNode(event["output"]), event.get("display_id"))
        elif "clear" in event:
            self.clear_next = event["clear"]
            if not self.clear_next:
                self.cell.outputs.clear()  # type: ignore[union-attr]
        elif "end" in event:
            self.cell.execution_count = event["count"]  # type: ignore[union-attr]
            if event["failed"]:
                self.nb_man.cell_exception(self.cell, self.index)
            self.nb_man.cell_complete(self.cell, self.index)
        return "end" in event

    def _add(self, output: NotebookNode, display_id: str | None) -> None:
        outputs = self.cell.outputs  # type: ignore[union-attr]
        if self.clear_next:
            outputs.clear()
            self.clear_next = False
        if output.output_type == "update_display_data":
            for earlier in self.shown.get(display_id or "", []):
                earlier.data, earlier.metadata = output.data, output.metadata
            return
        last = outputs[-1] if outputs else None
        if output.output_type == "stream" and last is not None and last.get("name") == output.name:
            last.text += output.text
            return
        outputs.append(output)
        if display_id:
            self.shown.setdefault(display_id, []).append(output)

    def _died(self, status: int) -> None:
        """The child ended without a word (os._exit, a signal): an error output says so."""
        if self.cell is None:
            raise RuntimeError(say("card.child_died", status=os.waitstatus_to_exitcode(status)))
        reason = say("card.child_died", status=os.waitstatus_to_exitcode(status))
        self._add(NotebookNode(output_type="error", ename="ChildDied", evalue=reason, traceback=[reason]), None)
        self.nb_man.cell_exception(self.cell, self.index)
        self.nb_man.cell_complete(self.cell, self.index)


def _fork(cells: list[tuple[int, str, bool]]) -> tuple[int, Connection]:
    reader, writer = Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        reader.close()
        child.run(cells, writer)
    writer.close()
    return pid, reader


def _may_fail(cell: NotebookNode) -> bool:
    return "raises-exception" in cell.metadata.get("tags", [])
