"""Tables that stand side by side in a sheet: two headers in one row, or one beside the records of the other (X32)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ruralkpi.exports.form import plain
from ruralkpi.intake.readers.page import Row
from ruralkpi.intake.readers.sheets import Sheet
from ruralkpi.intake.tables.kinds import filled, may_be_header, reads_like_header
from ruralkpi.intake.tables.match import Known, Match

_WIDEST = 120  # columns of a header row that are searched for a second header: it takes the square of them


@dataclass
class Strip:
    """Columns `left` to before `right` (None: the last) of a sheet: its rows cut to them, and the header in row `first`; no
    match where that is no export's."""

    left: int
    right: int | None
    rows: list[Row]
    first: int
    match: Match | None = None


def strip_of(rows: Sequence[Row], left: int, right: int | None) -> list[Row]:
    """The rows cut to these columns."""
    return [row[left:right] for row in rows]


def side_by_side(found: Match, known: Known, rows: list[Row]) -> list[Strip]:
    """The strips of a header row that holds two headers and more, apart by empty columns or one right behind the other."""
    runs, words = _runs(found.titles), [plain(title) for title in found.titles if title]
    if len(runs) < 2 and len(words) == len(set(words)):
        return []
    heads = rows[found.top_row - 1 : found.header_row + 1]
    starts = [start for left, right in runs for start in _starts(found, known, heads, left, right)]
    if len(starts) < 2:
        return []
    strips = []
    for left, right in zip([0, *starts[1:]], [*starts[1:], None], strict=True):
        part = strip_of(rows, left, right)
        match = known.header_at(_moved(found, left), part, found.top_row)
        strips.append(Strip(left, right, part, found.top_row, match))
    return strips


def _starts(found: Match, known: Known, heads: list[Row], left: int, right: int) -> list[int]:
    """Where headers of exports begin in these columns of a header row: each is complete."""
    words = [plain(title) for title in found.titles[left:right]]
    if len(set(words)) < len(words) <= _WIDEST:
        splits = []
        for middle in range(left + 2, right - 1):
            one = known.header_at(found.sheet, strip_of(heads, left, middle), 1)
            two = known.header_at(found.sheet, strip_of(heads, middle, right), 1)
            if one and two:
                splits.append((len(one.places) + len(two.places), -middle))
        if splits:
            middle = -max(splits)[1]
            return [*_starts(found, known, heads, left, middle), *_starts(found, known, heads, middle, right)]
    return [left] if known.header_at(found.sheet, strip_of(heads, left, right), 1) else []


def narrowed(found: Match, known: Known, rows: list[Row], last: int) -> tuple[Match, int, int | None]:
    """The header without what stands beside it behind empty columns and is a table of its own; and the columns that it keeps."""
    runs, heads = _runs(found.titles), rows[found.top_row - 1 : found.header_row + 1]
    whole = [run for run in runs if len(runs) > 1 and known.header_at(found.sheet, strip_of(heads, *run), 1)]
    if len(whole) == 1:
        main = whole[0]
        own = {plain(title) for title in found.titles[main[0] : main[1]]} & known.words
        apart = [run for run in runs if run != main and _is_apart(found, own, rows[found.header_row : last], main, run)]
        left = max((right for _, right in apart if right <= main[0]), default=0)
        right = min((start for start, _ in apart if start >= main[1]), default=None)
        if apart:
            blank: list[Row] = [[None] * left + row[left:right] for row in heads]
            match = known.header_at(found.sheet, blank, 1)
            if match:
                return replace(match, header_row=match.header_row + found.top_row - 1), left, right
    return found, 0, None


def _is_apart(found: Match, own: set[str], rows: list[Row], main: tuple[int, int], run: tuple[int, int]) -> bool:
    """Whether a run of headers is no part of the main one: it repeats a header of it, or is a box of fewer or of other rows."""
    if not own.isdisjoint(plain(title) for title in found.titles[run[0] : run[1]]):
        return True
    mine = [number for number, row in enumerate(rows) if filled(row[main[0] : main[1]])]
    its = [number for number, row in enumerate(rows) if filled(row[run[0] : run[1]])]
    is_short = its == mine[: len(its)] and len(its) * 5 < len(mine) * 4
    return bool(its) and (is_short or not set(its) <= set(mine))


def around(found: Match, known: Known, rows: list[Row], last: int, left: int, right: int | None) -> Iterator[Strip]:
    """The strips to the left and right of a header's own columns in which a table begins in its row or below.

    `left` and `right`: its columns where what is beside them is known to be no part of it, else 0 and None.
    """
    starts = next((place for place, title in enumerate(found.titles) if title), 0)
    for low, high, is_apart in ((0, left or starts, left > 0), (right or found.width, None, right is not None)):
        longest = max(map(len, rows[found.top_row - 1 : last]), default=0)
        if (high == 0 and high is not None) or longest <= low:
            continue
        part = strip_of(rows[:last], low, high)
        first = found.top_row if is_apart else found.header_row + 1
        strip = _begun(found, known, part, first, is_apart)
        if strip:
            strip.left, strip.right = low, high
            yield strip


def _begun(found: Match, known: Known, part: list[Row], first: int, is_apart: bool) -> Strip | None:
    """The first table in a strip, from row `first` on; None when there is none."""
    sheet = found.sheet
    for number in range(first, len(part) + 1):
        row = part[number - 1]
        if may_be_header(row, known):
            match = known.header_at(sheet, part, number)
            if match or is_apart or reads_like_header(row, known):
                return Strip(0, None, part, number, match)
    filled_n = [number for number in range(first, len(part) + 1) if filled(part[number - 1])]
    return Strip(0, None, part, filled_n[0]) if is_apart and filled_n else None


def _moved(found: Match, left: int) -> Sheet:
    """The header's sheet, named by the column at which a strip of it begins."""
    return replace(found.sheet, left=found.sheet.left + left)


def _runs(titles: Sequence[str]) -> list[tuple[int, int]]:
    """Neighbouring headers that say something: from, to before."""
    runs: list[tuple[int, int]] = []
    for place, title in enumerate(titles):
        if title and runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        elif title:
            runs.append((place, place + 1))
    return runs
