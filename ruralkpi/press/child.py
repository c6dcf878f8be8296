"""The forked child: runs a notebook's cells in IPython's plain shell and reports outputs over a pipe.

No kernel, no messaging, no port. Whatever the cells do to this process dies with it.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

Report = Callable[[dict[str, Any]], None]


def _nobody(event: dict[str, Any]) -> None:
    """Where outputs go before the child has a pipe."""


class Publisher(DisplayPublisher):
    """display(…) and friends."""

    report: Report = staticmethod(_nobody)

    def publish(
        self, data: Any, metadata: Any = None, source: Any = None, *, transient: Any = None, update: bool = False, **_: Any
    ) -> None:
        kind = "update_display_data" if update else "display_data"
        self.report({"output": {"output_type": kind, "data": data, "metadata": metadata or {}}, **(transient or {})})

    def clear_output(self, wait: bool = False) -> None:
        self.report({"clear": wait})


class Hook(DisplayHook):
    """The value of a cell's last line."""

    report: Report = staticmethod(_nobody)

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.report(
            {
                "output": {
                    "output_type": "execute_result",
                    "execution_count": self.prompt_count,
                    "data": format_dict,
                    "metadata": md_dict or {},
                }
            }
        )

    def finish_displayhook(self) -> None:
        pass


class Shell(InteractiveShell):
    """IPython's shell without history file, colours or terminal."""

    report: Report = staticmethod(_nobody)

    def __init__(self, **options: Any) -> None:
        quiet = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
        super().__init__(config=quiet, display_pub_class=Publisher, displayhook_class=Hook, **options)

    def listen(self, report: Report) -> None:
        """Send all outputs from now on to `report`."""
        self.report = self.display_pub.report = self.displayhook.report = report

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.report(
            {"output": {"output_type": "error", "ename": str(etype.__name__), "evalue": str(evalue), "traceback": list(stb)}}
        )


class Stream(io.TextIOBase):
    """stdout or stderr of the cells."""

    encoding = "utf-8"

    def __init__(self, name: str, report: Report) -> None:
        self._name, self._report = name, report

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._report({"output": {"output_type": "stream", "name": self._name, "text": text}})
        return len(text)


def warm() -> None:
    """Build the shell once in a parent that is about to fork many children; later calls do nothing."""
    if InteractiveShell._instance is None:
        Shell.instance()


def _own_shell() -> Shell:
    other = InteractiveShell._instance
    if isinstance(other, Shell):
        return other
    if other is not None:  # the parent is itself a notebook: its shell must not answer here
        type(other).clear_instance()
    return Shell.instance()


def run(cells: list[tuple[int, str, bool]], pipe: Connection) -> None:
    """Run (index, source, may fail) one after another, stop at the first failure; never returns."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(2, 1)  # what C code prints may not mix with the command's own output
        _run_cells(cells, lambda event: pipe.send_bytes(_ENCODE(event).encode()))
        code = 0
    except BrokenPipeError:  # the parent has gone: nobody is left to tell
        pass
    except BaseException:  # the child may not return into the parent's code, whatever happens
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _run_cells(cells: list[tuple[int, str, bool]], report: Report) -> None:
    shell = _own_shell()
    shell.listen(report)
    sys.stdout, sys.stderr = Stream("stdout", report), Stream("stderr", report)
    for index, source, may_fail in cells:
        report({"start": index})
        result = shell.run_cell(source, store_history=True)
        report({"end": index, "count": shell.execution_count - 1, "failed": not result.success})
        if not result.success and not may_fail:
            return


def _plain(value: Any) -> Any:
    """JSON for what formatters return besides text: bytes of pictures."""
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    return str(value)


_ENCODE = json.JSONEncoder(default=_plain).encode  # bound here: a cell may patch json.dumps
