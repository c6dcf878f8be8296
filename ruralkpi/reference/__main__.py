"""``python -m ruralkpi.reference docs``: the reference pages anew, from a small book of made-up exports."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ruralkpi.databases import reading
from ruralkpi.reference.pages import write_pages
from ruralkpi.sample import write as write_sample
from ruralkpi.settings import Settings
from ruralkpi.stages.build import build
from ruralkpi.stages.check import check
from ruralkpi.stages.ingest import ingest

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        settings = Settings(
            raw=here / "raw", db=here / "marts" / "book.duckdb", mappings=here / "mappings", quality={"second_opinion": False}
        )
        write_sample(settings.raw, agents=2, months=1, end="2026-10", seed=1, mappings=settings.mappings)
        ingest(settings)
        check(settings)
        build(settings)
        with reading(settings.db) as con:
            for name in write_pages(con, Path(sys.argv[1])):
                print(name)
