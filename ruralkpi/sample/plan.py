"""What is asked for: size, months, seed; and the random streams that follow from them."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from ruralkpi.errors import UserError
from ruralkpi.texts import say

HERE = Path(__file__).parent
AGENTS_PER_COUNTY = 100


def declared(name: str) -> dict[str, Any]:
    """One of the TOML tables of this package, by its stem."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Plan:
    """One sample set. The same plan gives the same bytes on any run and in any order of counties."""

    agents: int
    months: int
    end: str
    seed: int
    dirty: float = 0.0
    slips: bool = False

    def __post_init__(self) -> None:
        if self.agents < 2 or self.months < 1 or not 0 <= self.dirty < 1:
            raise UserError(say("sample.sizes"))
        self.last  # noqa: B018  a wrong month is said before anything is written

    @property
    def last(self) -> pd.Period:
        """The newest month."""
        try:
            return pd.Period(dt.datetime.strptime(self.end, "%Y-%m"), freq="M")
        except ValueError:
            raise UserError(say("sample.no_month", end=self.end)) from None

    @property
    def first(self) -> pd.Timestamp:
        """The first day of data."""
        return (self.last - (self.months - 1)).to_timestamp()

    @property
    def as_of(self) -> pd.Timestamp:
        """The cut-off: 24:00 of the last day."""
        return (self.last + 1).to_timestamp()

    @property
    def month_names(self) -> list[str]:
        return [str(month) for month in pd.period_range(self.first, periods=self.months, freq="M")]

    def county_sizes(self) -> list[int]:
        """Agents per county, two counties at least."""
        counties = max(2, round(self.agents / AGENTS_PER_COUNTY))
        return [self.agents // counties + (no < self.agents % counties) for no in range(counties)]

    def stream(self, county: int, theme: str) -> np.random.Generator:
        """Random numbers of one theme in one county: a theme added later leaves the others as they were."""
        return np.random.default_rng([self.seed, county, crc32(theme.encode())])


def plant(rng: np.random.Generator, n: int, shares: dict[str, float]) -> np.ndarray:
    """One kind for each of n rows: every kind its share, at least one while rows last; '' for the rest."""
    kinds = np.full(n, "", dtype=object)
    order, at = rng.permutation(n), 0
    for kind, share in shares.items():
        size = max(1, round(share * n))
        kinds[order[at : at + size]] = kind
        at += size
    return kinds
