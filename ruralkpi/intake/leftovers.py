"""What the files and the mappings did not meet each other on: told once, however many files it concerns."""

from __future__ import annotations

from collections.abc import Sequence

from ruralkpi.exports.form import Export, plain
from ruralkpi.intake.match import Match
from ruralkpi.texts import say

_NAMED = 6  # of what one line may name


def leftovers(matches: Sequence[Match], exports: Sequence[Export], passed_over: Sequence[str]) -> list[str]:
    """One line for two headers of one column, for each export's unknown headers, each mapping's unused ones, and for
    the sheets that are no export in workbooks that hold one."""
    lines = [*_doubled(matches), *_unknown(matches), *_unused(matches, exports)]
    if passed_over:
        shown = "、".join(passed_over[:_NAMED]) + ("…" if len(passed_over) > _NAMED else "")
        lines.append(say("cli.passed_over", n=len(passed_over), sheets=shown))
    return lines


def _doubled(matches: Sequence[Match]) -> list[str]:
    found: dict[tuple[str, str], list[str]] = {}
    for match in matches:
        for pair in match.doubled:
            found.setdefault(pair, []).append(match.sheet.title)
    return [
        say("cli.doubled", used=used, other=other, file=files[0], n=len(files)) for (used, other), files in sorted(found.items())
    ]


def _unknown(matches: Sequence[Match]) -> list[str]:
    found: dict[str, dict[str, str]] = {}
    for match in matches:
        for header in match.unknown:
            found.setdefault(match.export.name, {}).setdefault(header, match.sheet.title)
    return [
        say("cli.unknown_headers", export=export, file=next(iter(headers.values())), headers="、".join(sorted(headers)))
        for export, headers in sorted(found.items())
    ]


def _unused(matches: Sequence[Match], exports: Sequence[Export]) -> list[str]:
    """Headers that a county's mapping names and that no file of it has: a slip of the pen, or a header that has changed."""
    lines = []
    for export in exports:
        own = [match for match in matches if match.export is export]
        if not export.origin or not own:
            continue
        heads = {plain(title) for match in own for title in match.titles}
        named = sorted({header for header in export.own_headers if plain(header) not in heads})
        if named:
            lines.append(say("cli.unused_aliases", mapping=export.origin, headers="、".join(named)))
    return lines
