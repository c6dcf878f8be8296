"""What may stand in ruralkpi.toml: its names, and the kinds and bounds of their values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.settings.memory import bytes_of
from ruralkpi.texts import LANGUAGES, say

_LEAST_MEMORY = 512 << 20
PATHS = ("raw", "db", "out", "mappings", "calendar", "store", "rules_folder")
KNOWN = (*PATHS, "as_of", "rules", "month_by", "composite", "quality", "targets", "cut_off", "readers", "memory", "lang")
_TABLES = ("rules", "composite", "quality", "targets", "cut_off", "readers")
QUALITY = ("max_share", "min_rows", "limits", "second_opinion")
READERS = {"memory_mb": 64, "seconds": 1, "cells": 1}  # the least that each may be
COMPOSITE = {"max_unused": 0.4, "min_evidence": 0.8}  # STANDARD section 6, unless the office says otherwise
IN_COMPOSITE = ("is_on", *COMPOSITE)


def refuse(words: dict[str, Any], path: Path) -> None:
    """Raises UserError for the first unknown name, with the nearest known one, else for the first value of a wrong type or
    beyond its bounds."""
    _refuse_unknown(words, path)
    for name, value, known in _wrong(words):
        raise UserError(say("error.config_value", file=path, name=name, value=value, known=known))


def _refuse_unknown(words: dict[str, Any], path: Path) -> None:
    quality = words.get("quality")
    asked: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [("", words, KNOWN)]
    asked.append(("quality.", quality if isinstance(quality, dict) else {}, QUALITY))
    for prefix, table, known in asked:
        for name in table:
            if name not in known:
                near = "、".join(nearest(name, known)) or "、".join(known)
                raise UserError(say("error.config_unknown", file=path, name=prefix + name, near=near))


def _wrong(words: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    for name in PATHS:
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
        if name not in IN_COMPOSITE:
            yield f"composite.{name}", value, "、".join(IN_COMPOSITE)
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
        if name not in READERS or not _is_count(value) or value < READERS[name]:
            yield f"readers.{name}", value, "、".join(f"{known} ≥ {least}" for known, least in READERS.items())
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


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
