"""How a county writes its files: headers, words, stamps."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ruralkpi.sample.plan import HERE, declared
from ruralkpi.sample.story.people import Place
from ruralkpi.sample.writing.stamps import stamp_cells, stamp_text

SPELLING = declared("spelling")
BUILT_IN = HERE.parent / "exports"
MAPPED = HERE / "mappings" / "jiange"
YES, NO = "是", "否"
SEPARATOR = "；"


@cache
def _declaration(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Dialect:
    """One county's way of writing. Its words come from the mapping files and the built-in exports alone."""

    place: Place

    @classmethod
    def of(cls, place: Place) -> Dialect:
        return cls(place)

    @property
    def is_workbook(self) -> bool:
        return self.place.role == "second"

    def words(self, said: dict[str, Any]) -> dict[str, str]:
        """Canonical word → the county's word; without a mapping file the canonical words are written."""
        return {canonical: word for word, canonical in said.get("values", {}).items()} if self.is_workbook else {}

    def columns(self, export: str) -> dict[str, dict[str, Any]]:
        """Canonical column → its declaration, in the county's order; constants are not written."""
        folder = MAPPED if self.is_workbook else BUILT_IN
        columns: dict[str, dict[str, Any]] = _declaration(folder / f"{export}.toml")["columns"]
        own = {} if self.is_workbook else {name: {"true": [yes], "false": [no]} for name, (yes, no) in SPELLING["flag"].items()}
        return {name: {**own.get(name, {}), **said} for name, said in columns.items() if "headers" in said}

    def stem(self, export: str) -> str:
        """The name of the export's files, without month and ending."""
        if self.is_workbook:
            return str(_declaration(MAPPED / f"{export}.toml")["files"][0]).removesuffix("*")
        return f"{self.place.name}_{_declaration(BUILT_IN / f'{export}.toml')['files'][0]}"

    def encoding(self, export: str) -> str:
        said = SPELLING["encoding"]
        # One export of the first county comes from another system.
        return str(said.get(export, said["default"]) if self.place.no == 0 else said["default"])

    def style(self, export: str) -> str:
        said = SPELLING["county"][self.place.role]
        return str(said.get(export, said["default"]))

    def step(self, export: str) -> int:
        """The finest span that the export's stamps show, in seconds."""
        return 60 if self.style(export).endswith("_minute") else 1

    def spell(self, export: str, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame under the county's headers, every cell as it will be written."""
        cells = {}
        for name, said in self.columns(export).items():
            column = _joined(frame, name, self.style(export)) if name.endswith("_ats") else _column(frame, name)
            if column is not None:
                day_only = name.endswith("_on") or name in SPELLING["day_only"].get(export, ())
                cells[said["headers"][0]] = _cells(
                    column.replace(self.words(said)),
                    said,
                    self.style(export),
                    day_only,
                    frame.get(f"{name}~day"),
                )
        return pd.DataFrame(cells, dtype=object)


def _column(frame: pd.DataFrame, name: str) -> pd.Series | None:
    return frame[name].reset_index(drop=True) if name in frame.columns else None


def _joined(frame: pd.DataFrame, name: str, style: str) -> pd.Series:
    """Several stamps in one cell, always as text."""
    style = "dash_second" if style.startswith("excel") else style
    parts = [pd.Series(stamp_text(frame[c].to_numpy(), style)) for c in frame.columns if c.startswith(f"{name}#")]
    text = parts[0]
    for part in parts[1:]:
        text = text + np.where((text != "") & (part != ""), SEPARATOR, "") + part
    return text


def _cells(column: pd.Series, said: dict[str, Any], style: str, day_only: bool, dated: pd.Series | None) -> np.ndarray:
    if column.dtype == bool or (column.dtype == object and column.map(lambda cell: isinstance(cell, bool)).any()):
        yes, no = said.get("true", [YES])[0], said.get("false", [NO])[0]
        return column.map({True: yes, False: no}).fillna("").to_numpy(dtype=object)
    if column.dtype.kind == "M":
        cells = stamp_cells(column.to_numpy(), style, day_only)
        if dated is not None and dated.any():
            # A date without a time of day was typed, even where the others are true dates.
            typed = stamp_text(column.to_numpy(), "dash_second", day_only=True)
            cells = np.where(dated.to_numpy(dtype=bool), typed, cells)
        return cells
    if column.dtype.kind in "if":
        return column.astype("Int64").astype(object).where(column.notna(), "").to_numpy(dtype=object)
    return column.fillna("").to_numpy(dtype=object)
