"""The counties' stories, one after another, so that memory stays that of one county."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ruralkpi.sample.days import Workdays
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story import people
from ruralkpi.sample.story.whole import Story, tell
from ruralkpi.sample.writing.spelling import Dialect


def stories(plan: Plan) -> Iterator[tuple[Story, Workdays]]:
    """Each county's story, drawn anew, with the working days that it was drawn by."""
    workdays = Workdays.of(plan)
    for no, size in enumerate(plan.county_sizes()):
        step = np.timedelta64(Dialect.of(people.place(no)).step("faults"), "s")
        yield tell(plan, no, size, workdays, step), workdays
