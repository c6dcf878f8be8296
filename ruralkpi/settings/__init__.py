"""ruralkpi.toml: where things are, and the settings that the user changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.settings.form import PATHS, refuse
from ruralkpi.settings.memory import bytes_of, half_of_machine
from ruralkpi.texts import say
from ruralkpi.toml_text import misnamed, read_toml

CONFIG_NAME = "ruralkpi.toml"
WITHIN_DAYS = 3  # ours: working days before a month's end that an export may stop; [cut_off] within_days


@dataclass(frozen=True)
class Settings:
    """Paths and choices of one run.

    raw: folder of exports; db: published marts; out: folder of reports; mappings: folder of county
    mapping files; calendar: the user's file of holidays and make-up days; as_of: cut-off as written, or None;
    rules: settings by rule id, e.g. ``{"visit_question_replied": {"limit": "3 workdays"}}``;
    rules_folder: the office's own rules, and later editions of the built-in ones, a TOML each;
    month_by: ``due`` or ``start``, the date that gives an obligation its month (definition X5);
    composite: ``is_on`` (off unless the office wants it), ``max_unused`` and ``min_evidence`` (STANDARD section 6);
    quality: ``max_share`` and ``min_rows`` of faulty rows that hold a month back, and ``[quality.limits]`` by
    ``export.code``, such as ``"visits.bad_time" = 0.02``; ``second_opinion`` false leaves the second count of every check,
    by Great Expectations, out (a province's weekly run saves its time; the quality page says which it was);
    targets: the office's own targets, shares by rule id; the standard gives none;
    cut_off: ``within_days``, the working days by which a busy export may end before its month does, or before the others
    (STANDARD X28; ours);
    store: the folder of what was read of each file, beside the book unless it is named;
    memory: what a stage may take of the machine's, such as ``"4 GB"``: half of it unless it is said; beyond, it spills to disk;
    lang: the language of console and cards, zh or en; RURALKPI_LANG and --lang come before it;
    readers: ``memory_mb``, ``seconds`` and ``cells`` that reading one workbook or web page may take.
    """

    raw: Path = Path("data/raw")
    db: Path = Path("data/marts/ruralkpi.duckdb")
    out: Path = Path("reports")
    mappings: Path | None = None
    calendar: Path | None = None
    rules_folder: Path | None = None
    store: Path | None = None
    memory: str = ""
    lang: str = "zh"
    as_of: str | None = None
    month_by: str = "due"
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    composite: dict[str, Any] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)
    targets: dict[str, float] = field(default_factory=dict)
    cut_off: dict[str, Any] = field(default_factory=dict)
    readers: dict[str, int] = field(default_factory=dict)

    def with_options(self, **options: Any) -> Settings:
        """The same settings with every given option that is not None put in their place."""
        return replace(self, **{name: value for name, value in options.items() if value is not None})

    @property
    def within_days(self) -> int:
        """Working days by which an export may stop before the others and still be held to speak as far as they do."""
        return int(self.cut_off.get("within_days", WITHIN_DAYS))

    @property
    def has_second_opinion(self) -> bool:
        """Whether Great Expectations counts every check's rows too."""
        return bool(self.quality.get("second_opinion", True))

    @property
    def kept(self) -> Path:
        """The store's folder."""
        return self.store or self.db.with_name(self.db.stem + ".store")

    @property
    def editions(self) -> Path:
        """The folder of what was published."""
        return self.db.with_name(self.db.stem + ".editions")

    @property
    def memory_bytes(self) -> int:
        """What a stage may take of the machine's memory."""
        return bytes_of(self.memory) or half_of_machine()

    @property
    def staging(self) -> Path:
        """The working database beside the published one: raw and clean tables."""
        return self.db.with_name(self.db.stem + ".staging.duckdb")


def load(config: Path | None = None) -> Settings:
    """Settings from `config`, or from ruralkpi.toml in the current folder where there is one.

    Relative paths are read from the file's own folder. Raises UserError for a missing or malformed file and
    for an unknown setting, with the nearest known name.
    """
    path = config or Path(CONFIG_NAME)
    if not path.exists():
        for hidden in misnamed(path):
            raise UserError(say("error.toml_txt", file=hidden, name=path.name))
        if config is not None:
            raise UserError(say("error.config_missing", file=path))
        return Settings()
    words = read_toml(path, "error.config_bad")
    refuse(words, path)
    for name in PATHS:
        if name in words:
            words[name] = path.parent / words[name]
    if "as_of" in words:
        words["as_of"] = str(words["as_of"])
    return Settings(**words)
