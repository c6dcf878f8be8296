"""Cutting a county's story into monthly files, county by county, so that memory stays that of one county."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ruralkpi.sample.counties import stories
from ruralkpi.sample.days import Workdays
from ruralkpi.sample.exempt import exemptions
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.whole import Story, as_known, stamps
from ruralkpi.sample.writing import dirt, files, sheets
from ruralkpi.sample.writing.spelling import Dialect

# Delivered once, in the newest month, with their history in them.
WHOLE = ("agents", "customers", "village_info")


def deliver(plan: Plan, folder: Path) -> pd.DataFrame:
    """Write all files; returns the planted dirt: one row per faulty row (file, row, kind)."""
    found = [frame for story, workdays in stories(plan) for frame in _county(plan, folder, story, workdays)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=dirt.COLUMNS)


def _county(plan: Plan, folder: Path, story: Story, workdays: Workdays) -> list[pd.DataFrame]:
    dialect, found = Dialect.of(story.county.place), []
    ending = "xlsx" if dialect.is_workbook else "csv"
    for export, month, frame in _months(plan, story):
        name = f"{month}/{dialect.stem(export)}_{month}.{ending}"
        spelled = dialect.spell(export, frame)
        if plan.dirty and export in dirt.KINDS:
            rng = plan.stream(story.county.place.no, f"dirt {export} {month}")
            spelled, faults = dirt.add(rng, plan, dialect, export, spelled)
            found.append(faults.assign(file=name)[dirt.COLUMNS])
        files.write(folder / name, spelled, dialect.encoding(export))
    newest = plan.month_names[-1]
    exempt = dialect.spell("exemptions", exemptions(plan, story, workdays))
    files.write(
        folder / f"{newest}/{dialect.stem('exemptions')}_{newest}.{ending}",
        exempt,
        dialect.encoding("exemptions"),
    )
    sheets.write(plan, story, folder)
    return found


def _months(plan: Plan, story: Story) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """(export, month, rows): what was new in the month or changed in it, as it stood at the month's end."""
    for export, frame in story.tables.items():
        if export in WHOLE:
            yield export, plan.month_names[-1], frame
            continue
        frame = frame[~frame["_own_sheet"].to_numpy(dtype=bool)] if "_own_sheet" in frame else frame
        for month in plan.month_names:
            start = pd.Timestamp(month)
            end = start + pd.DateOffset(months=1)
            # The first month also delivers all that was there before it.
            since = pd.Timestamp.min if start == plan.first else start
            touched = (frame["_born"] >= since) & (frame["_born"] < end)
            for stamp in stamps(frame):
                touched |= (frame["_born"] < end) & (frame[stamp] >= start) & (frame[stamp] < end)
            yield export, month, as_known(export, frame[touched], end)
