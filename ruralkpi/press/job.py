"""What a run of cards tells its workers, and what they tell back. Light: nothing here needs Jupyter's packages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruralkpi.month.planned import Task
from ruralkpi.pages.imprint import Imprint

FORMATS = ("html", "pdf")


@dataclass(frozen=True)
class Job:
    """What all cards of a run share; paths are absolute."""

    notebook: Path
    marts: Path
    month: str
    out: Path
    formats: frozenset[str]
    imprint: Imprint
    lang: str = "zh"
    timeout: float = 120.0
    is_unmasked: bool = False


@dataclass(frozen=True)
class Outcome:
    """files: format → path under the month's folder, bytes and sha256; error: one line, or None; note: what to know of it;
    lost: why no other card can be written either, such as a full disk, or ''."""

    agent_id: str
    error: str | None
    seconds: float
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    note: str = ""
    lost: str = ""


def remove(job: Job, task: Task, kinds: Iterable[str]) -> None:
    """Take away what an earlier run made of this card."""
    for kind in kinds:
        (job.out / f"{task.stem}.{kind}").unlink(missing_ok=True)
