"""Made-up exports in the real shapes, and what is known to be planted in them."""

from __future__ import annotations

import shutil
from pathlib import Path

from ruralkpi.sample.delivery import deliver
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.planted import Planted
from ruralkpi.sample.writing.spelling import MAPPED

__all__ = ["Planted", "write"]


def write(
    folder: Path,
    *,
    agents: int,
    months: int,
    end: str,
    seed: int,
    dirty: float = 0.0,
    slips: bool = False,
    mappings: Path | None = None,
) -> Planted:
    """Write a sample set: one folder per month, one file per county and export, and some agents' own sheets.

    Months run up to `end` (YYYY-MM). `dirty` adds this share of faulty rows to visits, calls and complaints.
    `slips`: a little of every kind of fault (writing/slips.py), as the shipped set has it.
    `mappings`: where to put the second county's mapping files, without which its workbooks can't be read.
    Same arguments, same bytes. Raises UserError for arguments that can't be served.
    """
    plan = Plan(agents, months, end, seed, dirty, slips)
    if mappings is not None:
        shutil.copytree(MAPPED, mappings / MAPPED.name, dirs_exist_ok=True)
    return Planted(plan, deliver(plan, folder))
