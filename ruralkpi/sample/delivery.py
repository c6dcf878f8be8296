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
from ruralkpi.sample.writing import dirt, files, sheets, slips
from ruralkpi.sample.writing.spelling import Dialect

# Delivered whole, with their history in them: who and whom in the two newest months, so that the month before the newest can be
# published as it stood at its end; what is in the newest alone.
LATE_EVERY = 60  # one call in so many
WHOLE = {"agents": 2, "customers": 2, "village_info": 1}


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
        if export in dirt.KINDS:
            no = story.county.place.no
            rng = plan.stream(no, f"dirt {export} {month}")
            kinds = dirt.drawn(rng, plan, export, len(spelled)) if plan.dirty else []
            kinds += slips.kinds(plan, no, export, month) if plan.slips else []
            of_one = plan.slips and slips.is_of_one_agent(plan, export, month)
            spelled, faults = dirt.add(rng, plan, dialect, export, spelled, kinds, of_one)
            found.append(faults.assign(file=name)[dirt.COLUMNS])
        files.write(folder / name, spelled, dialect.encoding(export))
    newest = plan.month_names[-1]
    exempt = exemptions(plan, story, workdays)
    if plan.slips and story.county.place.no == 0:
        exempt = slips.mistyped(exempt)
    files.write(
        folder / f"{newest}/{dialect.stem('exemptions')}_{newest}.{ending}",
        dialect.spell("exemptions", exempt),
        dialect.encoding("exemptions"),
    )
    sheets.write(plan, story, folder)
    return found


def _months(plan: Plan, story: Story) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """(export, month, rows): what was new in the month or changed in it, as it stood at the month's end."""
    for export, frame in story.tables.items():
        if export in WHOLE:
            yield from ((export, month, frame) for month in plan.month_names[-WHOLE[export] :])
            continue
        frame = frame[~frame["_own_sheet"].to_numpy(dtype=bool)] if "_own_sheet" in frame else frame
        for month in plan.month_names:
            start = pd.Timestamp(month)
            end = slips.made_at(plan, story.county.place.no, export, month, start + pd.DateOffset(months=1))
            # The first month also delivers all that was there before it.
            since = pd.Timestamp.min if start == plan.first else start
            touched = (frame["_born"] >= since) & (frame["_born"] < end)
            earlier = _entered_late(plan, export, frame, start - pd.DateOffset(months=1), start)
            for stamp in stamps(frame):
                touched |= (frame["_born"] < end) & (frame[stamp] >= start) & (frame[stamp] < end)
            touched = (touched & ~_entered_late(plan, export, frame, start, end)) | earlier
            yield export, month, as_known(export, frame[touched], end)


def _entered_late(plan: Plan, export: str, frame: pd.DataFrame, since: pd.Timestamp, end: pd.Timestamp) -> pd.Series:
    """Calls of these days that were entered after the month's export was made, and came with the next; all come in the end."""
    born = frame["_born"]
    is_late = (born >= since) & (born < min(end, pd.Timestamp(plan.month_names[-1]))) & (export == "calls")
    return is_late & (frame.index.to_series() % LATE_EVERY == 0)
