"""What a page says about its data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Edition:
    """The cut-off and the rules' version; `standing`: the edition that was published, or draft, in words; '' before any."""

    as_of: datetime
    rules_version: str
    standing: str = ""
