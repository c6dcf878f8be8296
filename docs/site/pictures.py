"""The pictures of docs/, from the sample: `make pictures`. A card as it is printed, and the page of what moved since September.

Both are the program's own output; the story behind the second: September is published, then October comes, with a few exemptions.
"""

from __future__ import annotations

import datetime as dt
import shutil
import struct
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pypdfium2

from ruralkpi.commands.program import command
from ruralkpi.press.printing.pdf import to_pdf

ROOT = Path(__file__).parent.parent.parent
AGENT, MONTH, BEFORE = "0004", "2026-10", "2026-09"
WIDTH = 1100  # pixels
UNMARKED = "summary,ul{list-style:none}"  # the printed font has no such marks
CONFIG = 'raw = "raw"\ndb = "marts/book.duckdb"\nout = "reports"\nmappings = "mappings"\n[quality]\nsecond_opinion = false\n'


def make(out: Path) -> None:
    """Write card.png and changes.png into `out`."""
    with tempfile.TemporaryDirectory() as folder:
        office = Path(folder)
        (office / "ruralkpi.toml").write_text(CONFIG, encoding="utf-8")
        shutil.copytree(ROOT / "data" / "mappings", office / "mappings")
        months = sorted((ROOT / "data" / "raw").iterdir())
        for month in months[:-1]:
            shutil.copytree(month, office / "raw" / month.name)
        _run(office, "ingest", "check", "build", f"publish --month {BEFORE} --on {MONTH}-09")
        shutil.copytree(months[-1], office / "raw" / months[-1].name)
        _run(office, "ingest", "check", "build", f"changes --month {BEFORE}")
        _run(office, f"render --month {MONTH} --agents {AGENT}")
        (card,) = (office / "reports" / MONTH).rglob(f"{AGENT}.pdf")
        _picture(card.read_bytes(), out / "card.png")
        html = (office / "reports" / BEFORE / "changes.html").read_text(encoding="utf-8")
        html = html.replace("<details>", "<details open>").replace("</head>", f"<style>{UNMARKED}</style></head>")
        _picture(to_pdf(html, dt.datetime(2026, 10, 31), "changes"), out / "changes.png")


def _run(office: Path, *lines: str) -> None:
    for line in lines:
        words = [*line.split(), "--config", str(office / "ruralkpi.toml")]
        if command(words) > 1:
            raise SystemExit(line)


def _picture(pdf: bytes, path: Path) -> None:
    """The first page, as a PNG of WIDTH."""
    page = pypdfium2.PdfDocument(pdf)[0]
    pixels = page.render(scale=WIDTH / page.get_width(), rev_byteorder=True).to_numpy()
    height, width, _ = pixels.shape
    colours, numbers = _palette(pixels[..., :3])
    rows = b"".join(b"\0" + row.tobytes() for row in numbers)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", colours.tobytes()), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def _palette(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most 256 colours, as many levels of each as fit, and each pixel's number among them."""
    for levels in (31, 23, 15, 11, 7, 5):
        coarse = np.rint(pixels.astype("float32") * levels / 255).astype("uint32")
        codes = (coarse[..., 0] << 16) | (coarse[..., 1] << 8) | coarse[..., 2]
        found, numbers = np.unique(codes, return_inverse=True)
        if len(found) <= 256:
            break
    parts = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
    return np.rint(parts * 255 / levels).astype("uint8"), numbers.reshape(codes.shape).astype("uint8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
