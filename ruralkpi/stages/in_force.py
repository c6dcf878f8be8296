"""The settings that a book was built under, beside those of ruralkpi.toml now: figures and settings must agree."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.calendar import overrides
from ruralkpi.checks.cutoff import parse_as_of
from ruralkpi.errors import UserError
from ruralkpi.exports.mapping_form import mapping_files
from ruralkpi.obligations.declared import rules_of
from ruralkpi.obligations.own import own_files
from ruralkpi.quality.gate import MIN_ROWS, default_share
from ruralkpi.recipe import recipe
from ruralkpi.settings import WITHIN_DAYS, Settings
from ruralkpi.settings.form import COMPOSITE
from ruralkpi.sql import rows_of
from ruralkpi.texts import say
from ruralkpi.toml_text import read_toml

_MAPPINGS, _RULES = "mappings/", "rules_folder/"
_SHOWN = 3  # settings that the line names
TABLE = "CREATE OR REPLACE TABLE setting_in_force (name VARCHAR, value VARCHAR)  -- grain: one setting that the figures hang on"


def of_figures(settings: Settings) -> dict[str, str]:
    """Each setting that obligations, figures and the gate hang on, as in force; files by their contents' hash.

    Raises UserError for settings that can't be used.
    """
    composite, quality = settings.composite, settings.quality
    values: dict[str, Any] = {
        f"rules.{rule.id}.{name}": value
        for rule in rules_of(settings)
        for name, value in (("version", rule.words["version"]), *rule.by_day().items())
    }
    values |= {f"{_RULES}{path.name}": hash_of(path.read_bytes().hex()) for path in own_files(settings.rules_folder)}
    values |= {f"targets.{name}": float(value) for name, value in settings.targets.items()}
    values |= {"month_by": settings.month_by, "composite.is_on": composite.get("is_on", False)}
    if values["composite.is_on"]:
        values |= {f"composite.{name}": composite.get(name, default) for name, default in COMPOSITE.items()}
    values |= {"quality.max_share": default_share(quality), "quality.min_rows": quality.get("min_rows", MIN_ROWS)}
    values |= {f"quality.limits.{name}": float(value) for name, value in quality.get("limits", {}).items()}
    values["cut_off.within_days"] = settings.cut_off.get("within_days", WITHIN_DAYS)
    values["calendar"] = calendar_of(settings)
    return {name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in values.items()}


def of_checks(settings: Settings, as_of: dt.datetime | None) -> dict[str, str]:
    """Each setting that the checks hang on; `as_of`: the cut-off that is asked for."""
    return {
        "as_of": str(as_of),
        "cut_off.within_days": str(settings.within_days),
        "calendar": calendar_of(settings),
        "quality.second_opinion": str(settings.has_second_opinion),
    }


def one_hash(before: str, values: dict[str, str]) -> str:
    """One hash of what a stage is made of: the stage before it, settings, and the program; '' where nobody knows the former."""
    return hash_of([before, sorted(values.items()), program()]) if before else ""


def program() -> str:
    """The program and what its SQL runs in, as one hash."""
    return hash_of([duckdb.__version__, recipe()])


def of_mappings(folder: Path | None) -> dict[str, str]:
    """mappings/<file> → the hash of what it says; comments and blanks aside."""
    if folder is None or not folder.is_dir():
        return {}
    paths = mapping_files(folder)
    return {_MAPPINGS + path.relative_to(folder).as_posix(): hash_of(read_toml(path, "error.mapping_bad")) for path in paths}


def calendar_of(settings: Settings) -> str:
    """The hash of an office's own days."""
    own_days = overrides(settings.calendar)
    return hash_of(sorted((str(day), worked) for days in own_days.values() for day, worked in days.items()))


def hash_of(words: Any) -> str:
    """Sixteen letters that are the same for the same words, whatever the order of keys."""
    text = json.dumps(words, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def keep(con: duckdb.DuckDBPyConnection, values: dict[str, str]) -> None:
    """Create setting_in_force."""
    con.execute(TABLE)
    if values:
        con.execute(f"INSERT INTO setting_in_force VALUES {rows_of(sorted(values.items()))}")


def kept(con: duckdb.DuckDBPyConnection, schema: str = "main") -> dict[str, str] | None:
    """What setting_in_force holds; None where an earlier version made no such table."""
    try:
        return dict(con.execute(f"SELECT name, value FROM {schema}.setting_in_force").fetchall())
    except duckdb.CatalogException:
        return None


def disagreement(con: duckdb.DuckDBPyConnection, settings: Settings, aside: Collection[str] = ()) -> str | None:
    """One line on what ruralkpi.toml says now and the book was not built under, with the way to mend it; None when they agree.

    `aside`: names that don't count here, such as as_of where a command gives it another meaning.
    """
    before = kept(con)
    if before is None:
        return say("cli.settings_unknown")
    try:
        now = of_figures(settings) | of_mappings(settings.mappings)
        if settings.as_of is not None and "as_of" not in aside:
            now["as_of"] = str(parse_as_of(settings.as_of))
            before["as_of"] = con.execute("SELECT value FROM meta WHERE key = 'as_of'").fetchall()[0][0]
    except UserError as fault:
        return say("cli.settings_unusable", fault=fault)
    differing = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    if not differing:
        return None
    shown = "、".join(_difference(name, before.get(name), now.get(name)) for name in differing[:_SHOWN])
    how = "run" if any(name.startswith(_MAPPINGS) for name in differing) else "build"
    key = "cli.settings_differ_many" if len(differing) > _SHOWN else "cli.settings_differ"
    return say(key, differing=shown, n=len(differing), command=f"ruralkpi {how}")


def _difference(name: str, before: str | None, now: str | None) -> str:
    if name == "calendar" or name.startswith((_MAPPINGS, _RULES)):
        key = "new" if before is None else "gone" if now is None else "changed"
        return say(f"cli.settings_file.{key}", name=name)
    return say("cli.settings_pair", name=name, before=before or "—", now=now or "—")
