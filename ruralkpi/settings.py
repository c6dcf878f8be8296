"""ruralkpi.toml: where things are, and the settings that the user changes."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.texts import LANGUAGES, say
from ruralkpi.toml_text import misnamed, read_toml

_LEAST_MEMORY = 512 << 20
CONFIG_NAME = "ruralkpi.toml"
WITHIN_DAYS = 3  # ours: working days before a month's end that an export may stop; [cut_off] within_days
_PATHS = ("raw", "db", "out", "mappings", "calendar", "store", "rules_folder")
_KNOWN = (*_PATHS, "as_of", "rules", "month_by", "composite", "quality", "targets", "cut_off", "readers", "memory", "lang")
_TABLES = ("rules", "composite", "quality", "targets", "cut_off", "readers")
_QUALITY = ("max_share", "min_rows", "limits", "second_opinion")
_READERS = {"memory_mb": 64, "seconds": 1, "cells": 1}  # the least that each may be
COMPOSITE = {"max_unused": 0.4, "min_evidence": 0.8}  # STANDARD section 6, unless the office says otherwise
_COMPOSITE = ("is_on", *COMPOSITE)


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
    _refuse_unknown(words, path)
    _refuse_wrong(words, path)
    for name in _PATHS:
        if name in words:
            words[name] = path.parent / words[name]
    if "as_of" in words:
        words["as_of"] = str(words["as_of"])
    return Settings(**words)


def _refuse_unknown(words: dict[str, Any], path: Path) -> None:
    quality = words.get("quality")
    asked: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [("", words, _KNOWN)]
    asked.append(("quality.", quality if isinstance(quality, dict) else {}, _QUALITY))
    for prefix, table, known in asked:
        for name in table:
            if name not in known:
                near = "、".join(nearest(name, known)) or "、".join(known)
                raise UserError(say("error.config_unknown", file=path, name=prefix + name, near=near))


def _refuse_wrong(words: dict[str, Any], path: Path) -> None:
    """Raises UserError for the first value of a wrong type or beyond its bounds, with what is known."""
    for name, value, known in _wrong(words):
        raise UserError(say("error.config_value", file=path, name=name, value=value, known=known))


def _wrong(words: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    for name in _PATHS:
        path = words.get(name, "x")
        if not isinstance(path, str) or not path.strip() or "\0" in path:
            yield name, words[name], f'{name} = "…"'
    if not isinstance(words.get("as_of", ""), str | dt.date):
        yield "as_of", words["as_of"], '"2026-10-31"、"2026-10-31 18:00"'
    if not isinstance(words.get("memory", ""), str) or (words.get("memory") and bytes_of(words["memory"]) < _LEAST_MEMORY):
        yield "memory", words["memory"], '"1 GB"、"4 GB"、"16 GB"'
    if words.get("lang", "zh") not in LANGUAGES:
        yield "lang", words["lang"], "、".join(LANGUAGES)
    if words.get("month_by", "due") not in ("due", "start"):
        yield "month_by", words["month_by"], "due、start"
    for name in _TABLES:
        if not isinstance(words.get(name, {}), dict):
            yield name, words[name], f"[{name}]"
            return
    for name, value in words.get("rules", {}).items():
        if not isinstance(value, dict):
            yield f"rules.{name}", value, f"[rules.{name}]"
    for name, value in words.get("composite", {}).items():
        if name not in _COMPOSITE:
            yield f"composite.{name}", value, "、".join(_COMPOSITE)
        elif name == "is_on" and not isinstance(value, bool):
            yield "composite.is_on", value, "true、false"
        elif name != "is_on" and (not _is_number(value) or not 0 <= value <= 1):
            yield f"composite.{name}", value, "0 … 1"
    for name, value in words.get("targets", {}).items():
        if not _is_number(value) or not 0 < value <= 1:
            yield f"targets.{name}", value, "0.01 … 1"
    for name, value in words.get("cut_off", {}).items():
        if name != "within_days" or not _is_count(value):
            yield f"cut_off.{name}", value, "within_days = 0, 1, 2 …"
    for name, value in words.get("readers", {}).items():
        if name not in _READERS or not _is_count(value) or value < _READERS[name]:
            yield f"readers.{name}", value, "、".join(f"{known} ≥ {least}" for known, least in _READERS.items())
    yield from _wrong_quality(words.get("quality", {}))


def _wrong_quality(quality: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    limits = quality.get("limits", {})
    if not isinstance(limits, dict):
        yield "quality.limits", limits, "[quality.limits]"
        return
    shares = {"max_share": quality.get("max_share", 0), **{f'limits."{name}"': value for name, value in limits.items()}}
    for name, value in shares.items():
        if not _is_number(value) or not 0 <= value <= 1:
            yield f"quality.{name}", value, "0 … 1"
    if not isinstance(quality.get("second_opinion", True), bool):
        yield "quality.second_opinion", quality["second_opinion"], "true、false"
    rows = quality.get("min_rows", 0)
    if not _is_count(rows):
        yield "quality.min_rows", rows, "0 …"


def bytes_of(text: str) -> int:
    """What a size such as "4 GB" or "512 MB" says; 0 for what is none.

    >>> bytes_of("4 GB"), bytes_of("1.5gb"), bytes_of("much")
    (4294967296, 1610612736, 0)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([MGT])i?B?\s*", text, re.IGNORECASE)
    return int(float(found[1]) * (1 << {"M": 20, "G": 30, "T": 40}[found[2].upper()])) if found else 0


def half_of_machine() -> int:
    """Half of the machine's memory; 2 GB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return 2 << 30


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
