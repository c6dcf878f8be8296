"""What each mapping does to which files, and which files nobody reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruralkpi.exports.form import Export, plain
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.reading import Reading, TableRead
from ruralkpi.intake.tables.match import is_for

_SHOWN = 3


@dataclass(frozen=True)
class Done:
    """One mapping: the tables that it read; for each of its columns the headers that were read for it; headers that it names and
    no file has; columns that all its tables lack; files that it is for and that another form read, or nobody."""

    export: Export
    tables: tuple[TableRead, ...]
    read: dict[str, tuple[str, ...]]
    unused: tuple[str, ...]
    absent: tuple[str, ...]
    passed: tuple[str, ...]

    @property
    def is_idle(self) -> bool:
        """Whether it read nothing."""
        return not self.tables


def check(sources: Sequence[Source], readings: Sequence[Reading], exports: Sequence[Export]) -> list[Done]:
    """Each mapping among `exports`, in their order; `readings`: what became of `sources`."""
    tables = [table for reading in readings for table in reading.tables]
    return [_of(export, tables, sources) for export in exports if export.origin]


def _of(export: Export, tables: Sequence[TableRead], sources: Sequence[Source]) -> Done:
    own = tuple(table for table in tables if table.is_by(export))
    titles = list(dict.fromkeys(title for table in own for title in table.titles if title))
    read = {name: tuple(_headers(export, name, titles)) for name in export.columns}
    heads = set(map(plain, titles))
    unused = tuple(header for header in export.own_headers if own and plain(header) not in heads)
    absent = set.intersection(*(set(table.absent) for table in own)) if own else set()
    done = {table.file for table in own}
    passed = [source.name for source in sources if not source.fault and source.name not in done and is_for(export, source.name)]
    is_named = export.is_for_named_files or not own
    return Done(export, own, {name: heads for name, heads in read.items() if heads}, unused, tuple(sorted(absent)),
                tuple(passed) if is_named else ())  # fmt: skip


def _headers(export: Export, name: str, titles: Sequence[str]) -> Iterator[str]:
    column = export.columns[name]
    if column.constant is not None:
        yield f"“{column.constant}”"
        return
    parts = export.joined.get(name, ())
    for title in titles:
        if name in {one for one, _ in export.wanted.get(plain(title), ())} or plain(title) in parts:
            yield title


def listed(names: Sequence[str], most: int = _SHOWN) -> str:
    """The first names, and how many there are."""
    return "、".join(names[:most]) + (f" …（{len(names)}）" if len(names) > most else "")
