"""An office: a folder of exports in which the commands are run as a user runs them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from ruralkpi.book import Book
from ruralkpi.cards.facts.content import Content, collect_many
from ruralkpi.commands.program import command
from ruralkpi.intake.readers import sheets

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@dataclass
class Result:
    """Exit code and both streams of one command."""

    code: int
    out: str
    err: str


@dataclass
class Office:
    """A private folder with raw/, ruralkpi.toml and mappings/; checks are counted once unless a test wants both counts."""

    folder: Path
    settings: str = ""
    mappings: list[Path] = field(default_factory=list)
    second_opinion: bool = False

    def __post_init__(self) -> None:
        (self.folder / "raw").mkdir(parents=True, exist_ok=True)
        (self.folder / "mappings").mkdir(exist_ok=True)
        self.configure(self.settings)
        for path in self.mappings:
            shutil.copy(path, self.folder / "mappings")

    def configure(self, settings: str) -> None:
        head = 'raw = "raw"\ndb = "marts/book.duckdb"\nout = "reports"\nmappings = "mappings"\n'
        if not self.second_opinion:
            before, table, after = settings.partition("[quality]\n")
            settings = f"{before}\n[quality]\nsecond_opinion = false\n{after}"
        (self.folder / "ruralkpi.toml").write_text(head + settings, encoding="utf-8")

    def csv(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        """Write an export; blanks at the line starts are the test's own."""
        path = self.folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [line.strip() for line in text.strip().splitlines()]
        path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
        return path

    def run(self, *arguments: str) -> Result:
        """Run one command in this folder, in this process."""
        out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = command(list(arguments))
        finally:
            os.chdir(before)
        return Result(code, out.getvalue(), err.getvalue())

    def make(self, as_of: str | None = None) -> Office:
        """ingest, check and build; fails the test when one of them fails."""
        cut = ["--as-of", as_of] if as_of else []
        for arguments in (["ingest"], ["check", *cut], ["build"]):
            result = self.run(*arguments)
            assert result.code == 0, result.err
        if os.environ.get("RURALKPI_SPARK_TESTS") == "whole":
            from on_spark import same_obligations

            same_obligations(self.folder / "ruralkpi.toml")
        return self

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        result = self.run(*arguments, "--format", "json")
        assert result.code == 0, result.err
        return json.loads(result.out)

    def outcomes(self, rule: str) -> list[tuple[str, str, str]]:
        """(source id, outcome, month) of a rule's obligations, by source id."""
        rows = self.book().sql(
            "SELECT source_id, outcome, month FROM obligation WHERE rule_id = ? ORDER BY source_id, due_at", [rule]
        )
        return [tuple(row) for row in rows.to_numpy().tolist()]

    def staging(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.folder / "marts" / "book.staging.duckdb"), read_only=True)

    def book(self) -> Book:
        return Book(self.folder / "marts" / "book.duckdb")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The committed sample, built once for all tests that only read it."""
    made = Office(tmp_path_factory.mktemp("sample"), second_opinion=True)
    made.configure("")
    text = (made.folder / "ruralkpi.toml").read_text(encoding="utf-8")
    text = text.replace('"raw"', f"'{ROOT / 'data' / 'raw'}'").replace('"mappings"', f"'{ROOT / 'data' / 'mappings'}'")
    (made.folder / "ruralkpi.toml").write_text(text, encoding="utf-8")
    yield made.make()


@pytest.fixture(scope="module")
def book(sample: Office) -> Iterator[Book]:
    with sample.book() as opened:
        yield opened


@pytest.fixture(scope="module")
def con(book: Book) -> duckdb.DuckDBPyConnection:
    return book.con


@pytest.fixture(scope="module")
def contents(con: duckdb.DuckDBPyConnection) -> dict[str, Content]:
    """What the sample's cards of its newest month hold, by agent."""
    agents = [row[0] for row in con.execute("SELECT agent_id FROM agent ORDER BY agent_id").fetchall()]
    return collect_many(con, agents, "2026-10")


@pytest.fixture(params=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Text files are cut in memory when they are small, by DuckDB when they are large: both must find the same tables."""
    if request.param == "large":
        monkeypatch.setattr(sheets, "SMALL", 0)
    return str(request.param)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Spark session; without Spark whatever needs it is skipped, with the reason."""
    from on_spark import missing, small_session

    if reason := missing():
        pytest.skip(reason)
    with small_session(tmp_path_factory.mktemp("spark")) as made:
        yield made


def tables(path: Path) -> dict[str, pd.DataFrame]:
    """Every table of a database in its stored order."""
    with duckdb.connect(str(path), read_only=True) as con:
        names = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        return {name: con.execute(f'SELECT * FROM "{name}"').df() for name in names}
