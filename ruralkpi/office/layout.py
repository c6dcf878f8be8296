"""The folders and files of a new office; what is there already stays as it is."""

from __future__ import annotations

import shutil
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from ruralkpi.office.declared import Setting, settings
from ruralkpi.press.batch import standard_notebook
from ruralkpi.settings import CONFIG_NAME
from ruralkpi.texts import LANGUAGES, say
from ruralkpi.whole import write

FOLDERS = ("data/raw", "data/mappings", "data/marts", "reports", "notebooks")


def lay_out(folder: Path, lang: str = "zh") -> tuple[list[str], list[str]]:
    """Make an office of `folder`. Returns the files that were written and those that were there and stay, relative to it.

    Raises OSError where the folder can't be written, as in a file's place.
    """
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    texts = {CONFIG_NAME: settings_file(lang)}
    for name, file in (("README.md", f"README.{lang}.md"), ("data/calendar.toml", f"calendar.{lang}.toml")):
        texts[name] = (files("ruralkpi") / "office" / "files" / file).read_text(encoding="utf-8")
    made: list[str] = []
    kept: list[str] = []
    for name, text in texts.items():
        (kept if (folder / name).exists() else made).append(name)
        if name in made:
            write(folder / name, text)
    for own in sorted(standard_notebook().parent.glob("*.ipynb")):
        name = f"notebooks/{own.name}"
        (kept if (folder / name).exists() else made).append(name)
        if name in made:
            shutil.copyfile(own, folder / name)
    return made, kept


def settings_file(lang: str) -> str:
    """ruralkpi.toml with every setting: those of the layout in force, all others behind #."""
    parts = [f"# {say('office.settings_head', lang)}"]
    for (table, _), group in groupby(settings(), key=lambda one: (one.table, one.head)):
        own = list(group)
        head = [f"#{own[0].head}"] if table else []
        parts += ["\n".join([*head, *(line for one in own for line in _lines(one, lang))])]
    return "\n\n".join(parts) + "\n"


def _lines(one: Setting, lang: str) -> list[str]:
    """What it means, and the setting itself."""
    said = f"# {one.plain(lang)}"
    if one.name == "lang" and lang != LANGUAGES[0]:
        return [said, f'lang = "{lang}"']
    return [said, one.line if one.is_set else f"#{one.line}"]
