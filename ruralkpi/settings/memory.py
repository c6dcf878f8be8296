"""Sizes as they are written, and the machine's memory."""

from __future__ import annotations

import os
import re


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
