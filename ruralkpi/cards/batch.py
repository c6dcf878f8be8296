"""The month's cards: plan, make, index, manifest."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

import ruralkpi
from ruralkpi.cards import fonts
from ruralkpi.cards.index import index_html
from ruralkpi.cards.plan import Plan, plan
from ruralkpi.cards.pool import Pool
from ruralkpi.cards.worker import Job, Outcome
from ruralkpi.errors import UserError, nearest
from ruralkpi.texts import say

FORMATS = ("html", "pdf")
Progress = Callable[[int, int, Outcome | None], None]


@dataclass(frozen=True)
class RenderReport:
    """What a run made: month's folder, number of cards, (agent id, reason) of those that failed, seconds."""

    folder: Path
    made_n: int
    failed: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def index(self) -> Path:
        return self.folder / "index.html"


def render(
    marts: Path,
    out: Path,
    month: str,
    agents: list[str] | None = None,
    formats: set[str] | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
    notebook: Path | None = None,
    lang: str = "zh",
) -> RenderReport:
    """Make the cards of `month` under out/month, with index.html and manifest.jsonl.

    progress is called with (done, total, outcome of the card just done; None at the start).
    A failing card never stops the rest: it stands in `failed`, and the caller exits with 1.
    Raises UserError for unknown agents or formats, a month without figures, or a folder that can't be written.
    """
    start = time.perf_counter()
    chosen = _formats(formats)
    source = notebook or standard_notebook()
    todo = plan(marts, month, agents, source)
    folder = (out / month).absolute()
    _make_folder(folder)
    if "pdf" in chosen:
        fonts.folder()  # once, before the workers would each build it
    job = Job(nbformat.read(source, as_version=4), marts.absolute(), month, folder, chosen, todo.edition, lang)
    outcomes = _make(job, todo, jobs, progress or (lambda done, total, outcome: None))
    _write(folder / "index.html", index_html(todo, outcomes, lang))
    _write(folder / "manifest.jsonl", manifest(todo, outcomes))
    failed = [(one.agent_id, one.error) for one in outcomes.values() if one.error]
    return RenderReport(folder, len(outcomes) - len(failed), sorted(failed), time.perf_counter() - start)


def _make(job: Job, todo: Plan, jobs: int, progress: Progress) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    progress(0, len(todo.cards), None)
    try:
        with Pool(job, max(jobs, 1)) as pool:
            for outcome in pool.run([card.task for card in todo.cards]):
                outcomes[outcome.agent_id] = outcome
                progress(len(outcomes), len(todo.cards), outcome)
    finally:
        shutil.rmtree(job.out / ".work", ignore_errors=True)
    return outcomes


def manifest(todo: Plan, outcomes: dict[str, Outcome]) -> str:
    """One JSON line per agent, by id. All but `seconds` is the same for the same inputs."""
    lines = []
    for card in todo.cards:
        outcome = outcomes[card.task.expected.agent_id]
        lines.append(
            json.dumps(
                {
                    "agent_id": outcome.agent_id,
                    "status": "failed" if outcome.error else "done",
                    "inputs": card.inputs,
                    "files": outcome.files,
                    "error": outcome.error,
                    "seconds": round(outcome.seconds, 3),
                },
                ensure_ascii=False,
            )
        )
    return "\n".join(lines) + "\n"


def standard_notebook() -> Path:
    """notebooks/scorecard.ipynb of the checkout that this package belongs to, else of the current folder."""
    ours = Path(ruralkpi.__file__).parent.parent / "notebooks" / "scorecard.ipynb"
    return ours if ours.exists() else Path("notebooks/scorecard.ipynb").absolute()


def _formats(formats: set[str] | None) -> frozenset[str]:
    for name in sorted(formats or ()):
        if name not in FORMATS:
            raise UserError(say("card.unknown_format", name=name, near="、".join(nearest(name, FORMATS))))
    return frozenset(formats or FORMATS)


def _make_folder(folder: Path) -> None:
    try:
        (folder / ".work").mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UserError(say("card.no_out", folder=folder, reason=fault.strerror)) from None


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)
