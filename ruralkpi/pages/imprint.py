"""What a page says about its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Imprint:
    """The cut-off and the rules' version; `standing`: the edition that was published, or draft, in words; '' before any;
    `moved`: by agent, what his card says of figures that are others than published; `has_changes`: a page says why."""

    as_of: datetime
    rules_version: str
    standing: str = ""
    moved: Mapping[str, str] = field(default_factory=dict)
    has_changes: bool = False
