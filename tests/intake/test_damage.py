"""Whatever is done to a file, no row is lost: every line is read and accounted for, or the file is refused by name."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from conftest import Office
from hypothesis import given, settings
from hypothesis import strategies as st

HEAD = "投诉编号,客户编号,受理时间,受理人,首次回复时间"
DAMAGE = st.sampled_from(
    [
        "blank",
        "shift",
        "short",
        "no_time",
        "no_id",
        "twice",
        "note",
        "full_width",
        "1900",
        "later",
        "quote",
        "formula",
        "long",
        "nul",
    ]
)


def damaged(kind: str, n: int, mix: random.Random) -> list[str]:
    """The lines that one damaged record becomes."""
    row = [f"C{n}", f"K{n % 7}", f"2026-10-{1 + n % 28:02d} 10:00:00", "007", f"2026-10-{1 + n % 28:02d} 12:00:00"]
    lines = {
        "blank": ["", ",,,,"],
        "shift": [",".join(["多了一格", *row])],
        "short": [",".join(row[:3])],
        "no_time": [",".join([row[0], row[1], "昨天", *row[3:]])],
        "no_id": [",".join(["", *row[1:]])],
        "twice": [",".join(row), ",".join(row)],
        "note": ["注：本表由县公司导出,,,,"],
        "full_width": [",".join(row).translate(str.maketrans("0123456789-:", "０１２３４５６７８９－："))],
        "1900": [",".join([row[0], row[1], "1900-01-01 00:00:00", *row[3:]])],
        "later": [",".join([row[0], row[1], "2031-01-01 00:00:00", *row[3:]])],
        "quote": [f'{row[0]},"说""了,两句",{row[2]},007,'],
        "formula": [f"=1+{n},{row[1]},{row[2]},007,"],
        "long": [f"C{n},{'长' * mix.randrange(1, 5000)},{row[2]},007,"],
        "nul": [f"C{n},K\x01{n},{row[2]},007,"],
    }
    return lines[kind]


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 40), DAMAGE), max_size=12),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.randoms(),
)
def test_every_line_is_accounted_for(damages: list[tuple[int, str]], encoding: str, mix: random.Random) -> None:
    harmed = dict(damages)
    lines: list[str] = []
    for n in range(41):
        lines += damaged(harmed[n], n, mix) if n in harmed else damaged("twice", n, mix)[:1]
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        path = office.folder / "raw" / "投诉_2026-10.csv"
        path.write_bytes(("\n".join([HEAD, *lines]) + "\n").encode(encoding))
        result = office.run("ingest")
        if result.code:
            assert "投诉_2026-10.csv" in result.err and "Traceback" not in result.err
            return
        assert office.run("check").code == office.run("build").code == 0
        counts = office.book().sql("SELECT * FROM source_count").iloc[0]
        assert counts["read_n"] == 1 + sum(1 for line in lines if line.strip(","))
        assert counts["read_n"] == counts[["blank_n", "clean_n", "superseded_n", "quarantined_n"]].sum()
        untouched = 41 - len(harmed)
        assert counts["clean_n"] >= untouched
        bad = {n for n, kind in harmed.items() if kind in ("no_time", "no_id", "1900", "later", "shift", "short")}
        assert counts["quarantined_n"] >= len(bad)
        rows = office.book().sql("SELECT DISTINCT row FROM quarantine WHERE severity = 'reject'")["row"]
        assert len(rows) == counts["quarantined_n"]
