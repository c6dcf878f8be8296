"""One card after another in a worker process: execute, frame, print, verify, put in place.

A worker is sent a task and the content of its card, holds no other agent's, and hands it to the notebook it forks.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import replace
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill.utils import chdir

from ruralkpi.cards import page
from ruralkpi.cards.facts.handed import hand
from ruralkpi.cards.show import SECTIONS, scorecard
from ruralkpi.errors import UserError
from ruralkpi.masking import unmasked
from ruralkpi.month.planned import Task
from ruralkpi.press import lock, verify
from ruralkpi.press.engine import ForkedEngine
from ruralkpi.press.job import FORMATS, Job, Outcome, remove
from ruralkpi.press.printing import fonts, pdf
from ruralkpi.texts import say
from ruralkpi.whole import CLOSED, FULL

_OVER = (*FULL, *CLOSED, errno.EIO)


def serve(pipe: Connection, job: Job) -> None:
    """Take tasks until the pipe closes. Ctrl-C is the supervisor's business; what it ends takes its notebook along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, leave)
    if job.is_unmasked:
        unmasked.turn_on()
    held, is_warm = lock.join(job.out), False
    while held:
        try:
            task, content = pipe.recv()
            with hand(job.marts, content):
                if not is_warm:
                    _warm(job, task)
                    is_warm = True
                pipe.send(make(job, task))
        except (EOFError, BrokenPipeError, ConnectionResetError):  # the supervisor has gone
            return


def leave(*_: object) -> None:
    """End where this process is, and what it was just writing with it; without a word, should a library's callback be in the
    way."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(0)


def _warm(job: Job, task: Task) -> None:
    """One card's sections in this process: what they compile and cache, every forked child then has already."""
    with suppress(Exception):  # the card itself will tell
        card = scorecard(job.marts, task.expected.agent_id, job.month, job.lang)
        for name in SECTIONS:
            getattr(card, name)


def make(job: Job, task: Task) -> Outcome:
    """Make one card's files, or say in one line why not: what could not be made has no file at all.

    A page stands even where its PDF fails.
    """
    start = time.perf_counter()
    made = Outcome(task.expected.agent_id, None, 0.0)
    try:
        with _private_folder(job, task) as folder:
            made = _render(job, task, folder)
    except Exception as fault:
        made = replace(made, error=_reason(fault), lost=_lost(job, fault))
    with suppress(OSError):
        remove(job, task, set(FORMATS) - set(made.files))
    return replace(made, seconds=time.perf_counter() - start)


@contextmanager
def _private_folder(job: Job, task: Task) -> Iterator[Path]:
    folder = job.out / ".work" / hashlib.sha256(task.stem.encode()).hexdigest()[:24]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _render(job: Job, task: Task, folder: Path) -> Outcome:
    agent, month = task.expected.agent_id, job.month
    html = page.page(execute(job, agent, folder), agent, month, job.imprint, job.lang)
    verify.check_html(html, task.expected, job.lang)
    files: dict[str, dict[str, Any]] = {}
    error, lost, boxed = None, "", list[str]()
    if "html" in job.formats:
        files["html"] = _put(job, task, "html", html.encode("utf-8"))
    if "pdf" in job.formats:
        try:
            content, boxed = _printed(job, task, html, folder)
            files["pdf"] = _put(job, task, "pdf", content)
        except Exception as fault:
            error, lost = _reason(fault), _lost(job, fault)
    return Outcome(agent, error, 0.0, files, _note(boxed, job.lang), lost)


def _printed(job: Job, task: Task, html: str, folder: Path) -> tuple[bytes, list[str]]:
    """The PDF, proved to hold the mart's figures, and the characters that stand in it as boxes."""
    drawn, boxed = fonts.drawable(html)
    content = pdf.to_pdf(drawn, job.imprint.as_of, f"{task.expected.agent_id}_{job.month}")
    (folder / "card.pdf").write_bytes(content)
    shown = replace(task.expected, agent_id=fonts.drawable(task.expected.agent_id)[0])
    verify.check_pdf(folder / "card.pdf", shown, job.lang)
    return content, boxed


def _note(boxed: list[str], lang: str) -> str:
    return (
        say("card.boxed", lang, characters=say("card.comma", lang).join(f"{c} (U+{ord(c):04X})" for c in boxed)) if boxed else ""
    )


def _put(job: Job, task: Task, kind: str, content: bytes) -> dict[str, Any]:
    """Put a file in place, whole or not at all; returns what the manifest says of it."""
    target = job.out / f"{task.stem}.{kind}"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = job.out / ".work" / f"{hashlib.sha256(task.stem.encode()).hexdigest()[:24]}.{kind}"
    part.write_bytes(content)
    part.replace(target)
    return {"path": f"{task.stem}.{kind}", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def execute(job: Job, agent_id: str, folder: Path) -> NotebookNode:
    """The notebook executed for one agent by papermill's own steps, but for its reading and writing of the whole for each."""
    given = {"agent_id": agent_id, "month": job.month, "marts": str(job.marts), "lang": job.lang}
    filled = parameterize_notebook(deepcopy(_notebook(job.notebook)), given)
    with chdir(folder):
        done = ForkedEngine.execute_notebook(filled, None, progress_bar=False, execution_timeout=job.timeout)
    raise_for_execution_errors(done, None)
    return done


@cache
def _notebook(path: Path) -> NotebookNode:
    """The notebook, read once a process; each card works on a copy."""
    return load_notebook_node(str(path))


def _lost(job: Job, fault: Exception) -> str:
    """Why the folder takes no card any more, or ''."""
    is_over = isinstance(fault, OSError) and (fault.errno in _OVER or not job.out.is_dir())
    return (fault.strerror or str(fault)) if isinstance(fault, OSError) and is_over else ""


def _reason(fault: Exception) -> str:
    """One line: the notebook's own error, a user error as it is, else the kind of fault."""
    if isinstance(fault, PapermillExecutionError):
        return f"{fault.ename}: {fault.evalue}".splitlines()[0]
    if isinstance(fault, UserError | verify.MismatchError):
        return str(fault)
    where = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__}: {fault} ({Path(where.filename).name}:{where.lineno})".replace("\n", " ")
