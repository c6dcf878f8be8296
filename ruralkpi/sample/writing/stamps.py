"""Spelling stamps, set-wise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np


def stamp_cells(stamp: np.ndarray, style: str, day_only: bool = False) -> np.ndarray:
    """Stamps as cells: text, or datetimes where the county has true dates."""
    if not style.startswith("excel"):
        return stamp_text(stamp, style, day_only)
    cells: np.ndarray = stamp.astype("datetime64[s]").astype(object)
    return np.array([None if not isinstance(c, datetime) else (c.date() if day_only else c) for c in cells], dtype=object)


def stamp_text(stamp: np.ndarray, style: str, day_only: bool = False) -> np.ndarray:
    """Stamps as text, '' where absent: each day and each time of day is spelled once and looked up."""
    stamp = stamp.astype("datetime64[s]")
    there = ~np.isnat(stamp)
    text = np.full(len(stamp), "", dtype=object)
    days, which = np.unique(stamp[there].astype("datetime64[D]"), return_inverse=True)
    word = np.array([_day(d, style) for d in days.astype(object)], dtype=object)
    if not len(days):
        return text
    if day_only:
        text[there] = word[which]
        return text
    clock, at = np.unique((stamp[there] - stamp[there].astype("datetime64[D]")).astype(int), return_inverse=True)
    time = np.array([_clock(int(s), style) for s in clock], dtype=object)
    text[there] = word[which] + time[at]
    return text


def _day(day: Any, style: str) -> str:
    if style.startswith("slash"):
        return f"{day.year}/{day.month}/{day.day}"
    if style.startswith("hanzi"):
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day:%Y-%m-%d}"


def _clock(second: int, style: str) -> str:
    hour, minute = second // 3600, second // 60 % 60
    if style.startswith("slash"):
        return f" {hour}:{minute:02d}"
    if style.startswith("hanzi"):
        return f" {hour:02d}:{minute:02d}"
    return f" {hour:02d}:{minute:02d}:{second % 60:02d}"
