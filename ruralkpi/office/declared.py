"""settings.toml: every setting of ruralkpi.toml, in words."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Setting:
    """One setting: `name` with dots (``*``: a name of the office's own), `value` as TOML, `written` where it is more than a line;
    `default` in words where it is not the value; `is_set`: an office has it in force from the start."""

    name: str
    value: str
    zh: str
    en: str
    written: str = ""
    default: str = ""
    is_set: bool = False

    @property
    def table(self) -> str:
        """The table that it stands in, '' for the top of the file."""
        return self.name.removesuffix(".*").rpartition(".")[0] if "*" not in self.name else self.name.split(".*")[0]

    @property
    def line(self) -> str:
        """The setting as one writes it, its table aside."""
        return self.written.split("\n")[-1] if self.written else f"{self.name.rpartition('.')[2]} = {self.value}"

    @property
    def head(self) -> str:
        """The line of its table as one writes it, '' for the top of the file."""
        return self.written.split("\n")[0] if self.written else f"[{self.table}]" if self.table else ""

    def told(self, lang: str) -> str:
        """What it means, as Markdown."""
        return self.zh if lang == "zh" else self.en

    def plain(self, lang: str) -> str:
        """What it means, as text: links are their words."""
        return _LINK.sub(r"\1", self.told(lang))


@cache
def settings() -> tuple[Setting, ...]:
    """All of them, in the order of reading."""
    found = tomllib.loads((files("ruralkpi") / "office" / "settings.toml").read_text(encoding="utf-8"))
    return tuple(Setting(**one) for one in found["setting"])
