"""The files of a folder as the store has them: what is there is taken from there, what is new is read and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ruralkpi.exports.form import Export
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.reading import Reading
from ruralkpi.store.crew import read_all
from ruralkpi.store.keys import Keys, inputs_hash
from ruralkpi.store.packs import Held, Store, held
from ruralkpi.store.unit import Done, Unit, Work, units

Tell = Callable[[Sequence[Unit], Done | None], None]
Crew = Callable[[Sequence[Unit], Work], Iterable[Done]]


@dataclass(frozen=True)
class Taken:
    """The sources that hold anything of their own, oldest first, each with its key and reading; `found`: where those that are
    kept lie; `new_n`: files that were read; `damaged`: packs of the store that were not as they had been written; `contents`:
    the hash of each file's bytes by its name."""

    readings: list[Reading]
    keys: list[tuple[str, str]]
    found: list[tuple[Source, str, Held]]
    new_n: int
    is_limited: bool
    damaged: list[str]
    contents: dict[str, str]

    @property
    def inputs(self) -> str:
        """One hash of all that was read, and of where it is kept."""
        return inputs_hash(self.keys, *sorted({held.pack.folder.name for _, _, held in self.found}))


def take(
    sources: Sequence[Source],
    exports: Sequence[Export],
    limits: Limits,
    folder: Path,
    memory: int,
    tell: Tell = lambda units, done: None,
    crew: Crew = read_all,
) -> Taken:
    """Read what the store in `folder` does not hold, in processes, with so many bytes of memory for all of them together.

    `tell` gets all units before the first is read, and again with what became of each; `crew` reads them. Raises
    UserError where the store can't be written.
    """
    mine = [source for source in sources if not source.is_read_elsewhere]
    made = Keys(exports)
    pairs = list(zip(mine, made.of(mine), strict=True))
    store = Store(folder)
    there = held(store.packs(), vars(limits))
    damaged = list(store.damaged)
    store.tidy()
    missing = [(one, key) for one, key in pairs if key not in there]
    unkept: dict[str, Reading] = {}
    is_limited = True
    if missing:
        todo = units([one for one, _ in missing], [key for _, key in missing], exports)
        tell(todo, None)
        for done in crew(todo, Work(tuple(exports), limits, folder, memory)):
            unkept |= done.unkept
            is_limited = is_limited and done.is_limited
            tell(todo, done)
        there = held(store.packs(), vars(limits))
    readings = [there[key].reading if key in there else unkept[one.name] for one, key in pairs]
    keys = [(one.name, key) for one, key in pairs]
    found = [(one, key, there[key]) for one, key in pairs if key in there]
    return Taken(readings, keys, found, len(missing), is_limited, damaged, made.contents)
