"""The editions of a book, as a frame."""

from __future__ import annotations

import pandas as pd

from ruralkpi.editions.shelf import Shelf
from ruralkpi.settings import Settings

COLUMNS = ("month", "edition", "published_on", "as_of", "rules_version", "files_n", "bytes_n", "seal", "note")


def listed(settings: Settings) -> pd.DataFrame:
    """What was published. Grain: one edition, in the order of publication; as_of is its cut-off, seal what its cards bear."""
    rows = [
        (
            one.month,
            one.number,
            one.published_on,
            one.inputs.as_of,
            one.inputs.rules_version,
            len(one.inputs.files),
            sum(one.part(name).stat().st_size for name in one.parts),
            one.seal,
            one.note,
        )
        for one in Shelf(settings.editions).all()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
