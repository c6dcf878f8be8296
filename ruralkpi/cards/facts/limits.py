"""The funnel: how many of n may be kept before a rate differs from its peers', and where a figure stands for that. Cards, pages
and figures all ask here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ruralkpi.cards.facts.choices import choices

_Z = 1.959963984540054  # of a normal distribution, 95 % lie within


@dataclass(frozen=True)
class Compared:
    """What is held against its peers: own and the peers' kept and owed, of the month, or of three where one has too few."""

    met: int
    owed: int
    peer_met: int
    peer_owed: int
    months: int = 1

    @property
    def own(self) -> tuple[int, int]:
        return self.met, self.owed

    @property
    def fit(self) -> tuple[int, int]:
        """The fewest and the most kept that still fit the peers' rate, which is the published total's (section 6)."""
        return limits(self.owed, self.peer_met / self.peer_owed)

    @property
    def place(self) -> str:
        return place(self.met, self.owed, self.fit)


class Place(NamedTuple):
    """Where a figure stands against its peers: above, within or below; few: too few to compare; thin: too little evidence to call
    it a figure; none: nothing was owed. months: how many are compared together."""

    where: str
    months: int = 1


def standing(base: Compared | None, owed: int, unknown: int) -> Place:
    """Where a month's figure of so many decided and undecidable stands; `base`: what `compared` gave for it.

    >>> standing(Compared(10, 20, 90, 100), 20, 5), standing(Compared(10, 20, 90, 100), 20, 6).where, standing(None, 3, 0).where
    (Place(where='below', months=1), 'thin', 'few')
    """
    share = evidence(owed, unknown)
    if share is not None and share < choices().evidence_from:
        return Place("thin")
    return Place(base.place, base.months) if base else Place("few" if owed else "none")


def evidence(owed: int, unknown: int) -> float | None:
    """The decided share of what was owed; None where nothing was."""
    return owed / (owed + unknown) if owed + unknown else None


def compared(month: Compared, quarter: Compared | None = None) -> Compared | None:
    """The month, or else the quarter, whichever has enough decided to be compared at all; None where neither has."""
    enough = choices().compare_from_n
    return next((one for one in (month, quarter) if one and one.owed >= enough and one.peer_owed), None)


def wilson(met: int, owed: int) -> tuple[float, float]:
    """The Wilson 95 % interval of a rate, as shares of 1."""
    p, z = met / owed, _Z * _Z / owed
    half = _Z * math.sqrt(p * (1 - p) / owed + z / (4 * owed))
    return (p + z / 2 - half) / (1 + z), (p + z / 2 + half) / (1 + z)


@cache
def limits(n: int, rate: float) -> tuple[int, int]:
    """The fewest and the most kept of n that still fit a rate (share of 1): exact binomial limits, 95 %.

    Chances further than nine deviations from the mean add less than 1e-15 and are not added up.
    """
    if rate in (0.0, 1.0):
        return round(n * rate), round(n * rate)
    tail, below, low = choices().funnel_tail, 0.0, -1
    k = max(0, math.floor(n * rate - 9 * math.sqrt(n * rate * (1 - rate)) - 9))
    chance, odds = _chance(k, n, rate), rate / (1 - rate)
    while k <= n:
        below += chance
        if low < 0 and below > tail:
            low = k
        if below >= 1 - tail - 1e-12:
            return low, k
        chance *= (n - k) / (k + 1) * odds
        k += 1
    return max(low, 0), n


def place(met: int, owed: int, fit: tuple[int, int] | None) -> str:
    """above, within or below the limits; few where there are none to compare with; none where nothing was owed."""
    if fit is None:
        return "few" if owed else "none"
    return "below" if met < fit[0] else "above" if met > fit[1] else "within"


def fit_of(owed: int, rate: float | None) -> tuple[int, int] | None:
    """The limits, from as many owed up as are compared at all."""
    return limits(owed, rate) if rate is not None and owed >= choices().compare_from_n else None


def _chance(k: int, n: int, rate: float) -> float:
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log + k * math.log(rate) + (n - k) * math.log(1 - rate))
