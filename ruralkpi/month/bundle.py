"""bundles/<area>.zip: an area's page, cards and workbook, ready to hand over; locked with AES-256 where asked for."""

from __future__ import annotations

import re
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.month.planned import Entry, Plan, Planned, by_area
from ruralkpi.month.workbook import write_workbook
from ruralkpi.pages.paths import safe
from ruralkpi.pages.scripts import EXPLORE, PLOTLY
from ruralkpi.texts import say
from ruralkpi.whole import whole

HOME = "bundles"
_STAMP = (1980, 1, 1, 0, 0, 0)


def check_password() -> None:
    """Raises UserError unless the library for locked zips is there; before any card is made."""
    if find_spec("pyzipper") is None:
        raise UserError(say("card.no_zip_library"))


def bundles(folder: Path, marts: Path, todo: Plan, made: dict[str, Entry], lang: str, password: str | None) -> list[Path]:
    """Write a zip per area. Without a password the same cards give the same bytes (with one, the salt differs)."""
    home = folder / HOME
    home.mkdir(exist_ok=True)
    members = sorted(by_area(todo.cards).items())
    written = [_bundle(folder, home, marts, todo, made, area, cards, lang, password) for area, cards in members]
    for old in set(home.glob("*.zip")) - set(written):
        old.unlink()
    return written


def _bundle(
    folder: Path,
    home: Path,
    marts: Path,
    todo: Plan,
    made: dict[str, Entry],
    area: str,
    cards: list[Planned],
    lang: str,
    password: str | None,
) -> Path:
    target, book = home / f"{safe(area)}.zip", home / f"{safe(area)}.xlsx"
    try:
        write_workbook(book, marts, todo, area, lang)
        with whole(target) as part:
            _write(part, _files(folder, book, area, cards, made), password)
    finally:
        book.unlink(missing_ok=True)
    return target


def _files(folder: Path, book: Path, area: str, cards: list[Planned], made: dict[str, Entry]) -> dict[str, Path]:
    """Name in the bundle → file."""
    files = {f"{safe(area)}/index.html": folder / safe(area) / "index.html", f"{safe(area)}/summary.xlsx": book}
    for entry in (made[card.agent_id] for card in cards if card.agent_id in made):
        files |= {about["path"]: folder / about["path"] for about in entry.files.values()}
    return files | {name: folder / name for name in (PLOTLY, EXPLORE) if (folder / name).exists()}


def _write(part: Path, files: dict[str, Path], password: str | None) -> None:
    with _opened(part, password) as zipped:
        for name, path in sorted(files.items()):
            info = zipped.zipinfo_cls(name, _STAMP) if password is not None else zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_STORED if path.suffix in (".pdf", ".xlsx") else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            zipped.writestr(info, _closed(path.read_bytes()) if path.suffix == ".html" else path.read_bytes())


def _closed(page: bytes) -> bytes:
    """A page without links to the month's other pages, which don't come along."""
    return re.sub(rb'<a href="\.\./(?:\.\./[^"]*|index\.html|(?:counties|quality|rules)/[^"]*)">(.*?)</a>', rb"\1", page)


def _opened(path: Path, password: str | None) -> Any:
    if password is None:
        return zipfile.ZipFile(path, "w")
    import pyzipper

    zipped = pyzipper.AESZipFile(path, "w", encryption=pyzipper.WZ_AES)
    zipped.setpassword(password.encode())
    return zipped
