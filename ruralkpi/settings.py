"""ruralkpi.toml: where things are, and the settings that the user changes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.texts import say

CONFIG_NAME = "ruralkpi.toml"
WITHIN_DAYS = 3  # ours: working days before a month's end that an export may stop; [cut_off] within_days
_PATHS = ("raw", "db", "out", "mappings", "calendar")
_KNOWN = (*_PATHS, "as_of", "rules", "month_by", "composite", "quality", "targets", "cut_off")
_COMPOSITE: dict[str, tuple[type, ...]] = {"is_on": (bool,), "max_unused": (int, float), "min_evidence": (int, float)}


@dataclass(frozen=True)
class Settings:
    """Paths and choices of one run.

    raw: folder of exports; db: published marts; out: folder of reports; mappings: folder of county
    mapping files; calendar: the user's file of holidays and make-up days; as_of: cut-off as written, or None;
    rules: settings by rule id, e.g. ``{"visit_question_replied": {"limit": "3 workdays"}}``;
    month_by: ``due`` or ``start``, the date that gives an obligation its month (definition X5);
    composite: ``is_on`` (off unless the office wants it), ``max_unused`` and ``min_evidence`` (STANDARD section 6);
    quality: ``max_share`` and ``min_rows`` of faulty rows that hold a month back, and ``[quality.limits]`` by
    ``export.code``, such as ``"visits.bad_time" = 0.02``;
    targets: the office's own targets, shares by rule id; the standard gives none;
    cut_off: ``within_days``, the working days by which a busy export may end before its month does, or before the others
    (STANDARD X28; ours).
    """

    raw: Path = Path("data/raw")
    db: Path = Path("data/marts/ruralkpi.duckdb")
    out: Path = Path("reports")
    mappings: Path | None = None
    calendar: Path | None = None
    as_of: str | None = None
    month_by: str = "due"
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    composite: dict[str, Any] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)
    targets: dict[str, float] = field(default_factory=dict)
    cut_off: dict[str, Any] = field(default_factory=dict)

    def with_options(self, **options: Any) -> Settings:
        """The same settings with every given option that is not None put in their place."""
        return replace(self, **{name: value for name, value in options.items() if value is not None})

    @property
    def within_days(self) -> int:
        """Working days by which an export may stop before the others and still be held to speak as far as they do."""
        return int(self.cut_off.get("within_days", WITHIN_DAYS))

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
        if config is not None:
            raise UserError(say("error.config_missing", file=path))
        return Settings()
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
        raise UserError(say("error.config_bad", file=path, fault=fault)) from None
    _refuse_unknown(words, path)
    for name in _PATHS:
        if name in words:
            words[name] = path.parent / words[name]
    if "as_of" in words:
        words["as_of"] = str(words["as_of"])
    return Settings(**words)


def _refuse_unknown(words: dict[str, Any], path: Path) -> None:
    for name in words:
        if name not in _KNOWN:
            near = "、".join(nearest(name, _KNOWN)) or "、".join(_KNOWN)
            raise UserError(say("error.config_unknown", file=path, name=name, near=near))
    for name, value in words.get("composite", {}).items():
        if not isinstance(value, _COMPOSITE.get(name, ())):
            raise UserError(
                say("error.config_value", file=path, name=f"composite.{name}", value=value, known="、".join(_COMPOSITE))
            )
    for name, value in words.get("targets", {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            raise UserError(say("error.config_value", file=path, name=f"targets.{name}", value=value, known="0.01 … 1"))
    for name, value in words.get("cut_off", {}).items():
        if name != "within_days" or isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise UserError(
                say("error.config_value", file=path, name=f"cut_off.{name}", value=value, known="within_days = 0, 1, 2 …")
            )
    if words.get("month_by", "due") not in ("due", "start"):
        raise UserError(say("error.config_value", file=path, name="month_by", value=words["month_by"], known="due、start"))
