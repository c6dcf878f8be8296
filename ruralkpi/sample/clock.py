"""Drawing stamps. All stamps are datetime64[s]; an absent one is NaT."""

from __future__ import annotations

import numpy as np

NAT = np.datetime64("NaT", "s")


def seconds(amount: np.ndarray, unit: int = 1) -> np.ndarray:
    """Numbers of a unit (in seconds) as whole-second spans."""
    return np.round(np.asarray(amount, float) * unit).astype("timedelta64[s]")


def at_work(rng: np.random.Generator, day: np.ndarray, first: float = 8.5, last: float = 17.75) -> np.ndarray:
    """A stamp on each day between two hours."""
    return day.astype("datetime64[s]") + seconds(rng.uniform(first, last, len(day)), 3600)


def after(rng: np.random.Generator, stamp: np.ndarray, low: float, high: float, unit: int = 60) -> np.ndarray:
    """A stamp later than each given one by low to high units (minutes unless told)."""
    return stamp + seconds(rng.uniform(low, high, len(stamp)), unit)


def awake(stamp: np.ndarray) -> np.ndarray:
    """Stamps of the small hours moved eight hours on: little is done at night."""
    clock = stamp - stamp.astype("datetime64[D]")
    return np.where(clock < np.timedelta64(7, "h"), stamp + np.timedelta64(8, "h"), stamp)


def some(rng: np.random.Generator, share: float, stamp: np.ndarray) -> np.ndarray:
    """The stamps, but only a share of them present."""
    return np.where(rng.random(len(stamp)) < share, stamp, NAT)


def lognormal(rng: np.random.Generator, median: np.ndarray, spread: float) -> np.ndarray:
    return median * np.exp(rng.normal(0, spread, len(median)))
