"""Nothing is left behind: what is temporary lies beside the book, for its user's eyes only, and goes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from conftest import Office

from ruralkpi.databases import temporary
from ruralkpi.errors import UserError


def test_it_lies_beside_the_book_for_its_user_alone_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / "book.work" / "deep"
    left.mkdir(parents=True)
    (left / "text.csv").write_text("of a run that was killed")
    monkeypatch.setenv("TMPDIR", "elsewhere")
    before = tempfile.gettempdir()
    with pytest.raises(RuntimeError), temporary(tmp_path / "book.duckdb") as folder:
        assert list(folder.iterdir()) == [] and folder.stat().st_mode & 0o777 == 0o700
        assert Path(tempfile.mkdtemp()).parent == folder and Path(tempfile.mkstemp()[1]).stat().st_mode & 0o777 == 0o600
        raise RuntimeError
    assert not folder.exists() and tempfile.gettempdir() == before


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "book.work").write_text("")
    with pytest.raises(UserError), temporary(tmp_path / "book.duckdb"):
        pass


def test_a_run_leaves_nothing(office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither where temporary files go by default, nor beside the book, nor in the current folder."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    office.csv("投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,下周三,007,")
    before = {path.name for path in office.folder.iterdir()}
    office.make("2026-10-31")
    assert list(elsewhere.iterdir()) == []
    assert {path.name for path in (office.folder / "marts").iterdir()} == {
        "book.duckdb",
        "book.staging.duckdb",
        "book.duckdb.lock",
        "book.store",
    }
    assert {path.name for path in office.folder.iterdir()} - before == {"marts"}
