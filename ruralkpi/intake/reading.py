"""What became of one file, as it can be kept and told again without reading the file: its tables, or why it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ruralkpi.exports.form import Export
from ruralkpi.intake.tables.kinds import Aside
from ruralkpi.intake.tables.match import Match, best_of, is_for


@dataclass(frozen=True)
class TableRead:
    """One table of a sheet of `file`: `title` is what a person calls it, `page` its sheet's own name; `export` and `origin` the
    form it was read by.

    `titles`: its headers; `absent`: columns it lacks; `unknown`: headers that no column has; `doubled`: (used, passed over) of
    two headers for one column; `rivals`: (origin, why) of the mappings that name the file too and were not used.
    """

    file: str
    title: str
    page: str
    export: str
    origin: str
    encoding: str
    titles: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    doubled: tuple[tuple[str, str], ...] = ()
    rivals: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, match: Match, exports: Sequence[Export]) -> TableRead:
        """What is kept of a table's match; `exports`: all that there are."""
        sheet, form = match.sheet, match.export
        return cls(sheet.source.name, sheet.title, sheet.page, form.name, form.origin, sheet.encoding, match.titles, match.absent,
                   match.unknown, match.doubled, tuple(_rivals(match, exports)))  # fmt: skip

    @classmethod
    def of_json(cls, words: dict[str, Any]) -> TableRead:
        """What Reading.as_json() has put among the forms. Raises TypeError for anything else."""
        return cls(**{key: _tuples(value) for key, value in words.items()})

    def is_by(self, export: Export) -> bool:
        """Whether it was read by this form."""
        return (self.export, self.origin) == (export.name, export.origin)


def _rivals(match: Match, exports: Sequence[Export]) -> list[tuple[str, str]]:
    used = match.export
    if not used.is_for_named_files:
        return []
    rivals = [one for one in exports if one is not used and one.name == used.name and one.origin and one.is_for_named_files]
    named = [one for one in rivals if is_for(one, match.sheet.source.name)]
    return [(one.origin, _why(match, best_of([match.sheet], [one]))) for one in named]


def _why(used: Match, beaten: Match | None) -> str:
    """The first point of Match.rank on which they differ."""
    if beaten is None or beaten.missing:
        return "lacks"
    return "named" if used.named > beaten.named else "headers" if len(used.places) > len(beaten.places) else "first"


@dataclass
class Unread:
    """Hidden sheets that no mapping names, sheets beside those that a mapping names, sheets that are no export, and tables of
    sheets that are none."""

    hidden: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)

    def add(self, other: Unread) -> None:
        """Take over another file's."""
        self.hidden += other.hidden
        self.unnamed += other.unnamed
        self.passed_over += other.passed_over
        self.asides += other.asides


@dataclass
class Reading:
    """What became of the file `file`: its tables from the first sheet's first to the last, or the lines that refuse it."""

    file: str
    tables: list[TableRead] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)

    def as_json(self, forms: dict[TableRead, int]) -> dict[str, Any]:
        """In the words of JSON; what a table has in common with others stands in `forms`, under a number."""
        words: dict[str, Any] = {"file": self.file}
        if self.tables:
            words["tables"] = [[table.title, table.page, table.encoding, _number(table, forms)] for table in self.tables]
        if self.refused:
            words["refused"] = self.refused
        unread = {key: value for key, value in asdict(self.unread).items() if value}
        return words | ({"unread": unread} if unread else {})

    @classmethod
    def of_json(cls, words: dict[str, Any], forms: Sequence[TableRead]) -> Reading:
        """The reading that as_json() gave. Raises TypeError, ValueError, IndexError or KeyError for anything else."""
        file = words["file"]
        tables = [_of_file(forms[no], file, title, page, encoding) for title, page, encoding, no in words.get("tables", ())]
        unread = dict(words.get("unread", {}))
        asides = [Aside(**{key: _tuples(value) for key, value in one.items()}) for one in unread.pop("asides", ())]
        return cls(file, tables, words.get("refused", []), Unread(**unread, asides=asides))


def _number(table: TableRead, forms: dict[TableRead, int]) -> int:
    return forms.setdefault(replace(table, file="", title="", page="", encoding=""), len(forms))


def _of_file(form: TableRead, file: str, title: str, page: str, encoding: str) -> TableRead:
    return TableRead(file, title, page, form.export, form.origin, encoding, form.titles, form.absent, form.unknown, form.doubled,
                     form.rivals)  # fmt: skip


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
