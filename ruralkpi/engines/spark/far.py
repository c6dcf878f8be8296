"""Folders of Parquet where only Spark reaches (hdfs://, s3a://, abfs://…), whole or not there: what folder.py is for near ones.

Nothing can be renamed there. A run's parts go to FOLDER/0 or FOLDER/1, whichever the newest list does not name, and when all
are there their list is added to FOLDER/whole.json, a line a run: until then the list before it holds, with its parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.engines import folder as near
from ruralkpi.engines.folder import FORM, LIST, Disk, Far, Place, Whole
from ruralkpi.engines.spark.dialect import type_of
from ruralkpi.errors import UserError
from ruralkpi.texts import say
from ruralkpi.whole import hash_of

_ROWS = 50_000  # that go to Spark at a time
_BYTES = 8 << 20  # that come from it at a time, of a file
_NOT_THERE = "PATH_NOT_FOUND"  # as Spark calls it


def disk_of(folder: Place, spark: Callable[[], Any]) -> Disk:
    """What reads and writes a folder; a session is asked for where it needs one."""
    return FarDisk(spark()) if isinstance(folder, Far) else near


@dataclass(frozen=True)
class FarWhole(Whole):
    """A folder on a far filesystem, whose hashes Spark's workers count, all at once when the first is asked for."""

    spark: Any

    @cached_property
    def _now(self) -> dict[str, str]:
        return dict(self.found("sha2(content, 256)"))

    def found(self, asked: str) -> list[tuple[str, Any]]:
        """The parts that are there, and what is asked of each; of those places only in which a part is listed."""
        places = {part.partition("/")[0] for parts in self.parts.values() for part in parts}
        return [row for one in sorted(places) for row in _asked(self.spark, self.folder, asked, self.folder / one) or []]

    def hash_now(self, part: str) -> str | None:
        return self._now.get(part)


@dataclass(frozen=True)
class FarDisk:
    """`spark`: a session. Raises what Spark raises."""

    spark: Any

    def opened(self, folder: Far) -> FarWhole:
        """Raises UserError where the folder is not there, was not finished, or was written by another version."""
        line = self._newest(folder)
        if line is None:
            is_there = _asked(self.spark, folder, "length", folder) is not None
            raise UserError(say("error.folder_unfinished" if is_there else "error.folder_missing", folder=folder))
        try:
            words = json.loads(line)
            if words["form"] != FORM:
                raise UserError(say("error.folder_foreign", folder=folder))
            return FarWhole(folder, words["words"], words["parts"], self.spark)
        except (ValueError, KeyError, TypeError):
            raise UserError(say("error.part_damaged", file=folder / LIST)) from None

    @contextmanager
    def writing(self, folder: Far, words: Mapping[str, Any]) -> Iterator[tuple[Far, dict[str, Sequence[str]]]]:
        """A place for the parts of a new folder, and the files of each table, for the block to fill; they are the folder when the
        block ends well, else all is as before."""
        run = self._run(folder) + 1
        place, tables = str(run % 2), dict[str, Sequence[str]]()
        new = folder / place
        self._empty(new)
        yield new, tables
        found = _asked(self.spark, folder, "sha2(content, 256)", new) or []
        parts = {table: {part: kept for part, kept in found for one in files if part.startswith(f"{place}/{one}/")}
                 for table, files in sorted(tables.items())}  # fmt: skip
        listed = {"form": FORM, "run": run, "words": dict(words), "parts": parts}
        line = json.dumps(listed, ensure_ascii=False, sort_keys=True)
        rows = self.spark.createDataFrame([(line,)], "value STRING").coalesce(1)
        rows.write.mode("append" if run > 1 else "overwrite").text(str(folder / LIST))

    def put(self, con: duckdb.DuckDBPyConnection, rows: str, into: Far) -> None:
        """What a query of DuckDB finds, as files of Parquet whose names are in its order. The rows go through this machine: what
        lies on its disk Spark's workers may not see."""
        columns = con.execute(f"DESCRIBE {rows}").fetchall()
        schema = ", ".join(f"`{row[0]}` {type_of(row[1])}" for row in columns)
        found, n = con.execute(rows), 0
        while (some := found.fetchmany(_ROWS)) or not n:
            n += 1
            self.spark.createDataFrame(some, schema).coalesce(1).write.parquet(str(into / f"{n:06d}"))

    def here(self, whole: FarWhole, wanted: Mapping[str, str], into: Path) -> Whole:
        """A folder whose tables `wanted` lie on this machine, of each the parts in whose paths its word stands.

        Raises UserError naming a part that is not as it was written."""
        parts = {part: kept for table, within in wanted.items() for part, kept in whole.listed(table, within).items()}
        gone = set(parts) - {part for part, _ in whole.found("length")}
        if not gone and parts:
            self._fetch(whole.folder, sorted(parts), into)
        for part, kept in sorted(parts.items()):
            if part in gone or hash_of(into / part) != kept:
                raise UserError(say("error.part_damaged", file=whole.folder / part))
        return Whole(into, whole.words, whole.parts)

    @contextmanager
    def passing(self, folder: Far) -> Iterator[Far]:
        """A folder that is empty when the block begins, and when it has ended well."""
        self._empty(folder)
        yield folder
        self._empty(folder)

    def _fetch(self, folder: Far, parts: Sequence[str], into: Path) -> None:
        """Bytes as they are, some millions at a time."""
        files = _files(self.spark, folder, *(str(folder / part) for part in parts))
        pieces = f"explode(sequence(0, CAST(greatest(length - 1, 0) DIV {_BYTES} AS INT))) AS n"
        rows = files.selectExpr("part", "content", pieces).selectExpr(
            "part", f"n * CAST({_BYTES} AS BIGINT)", f"substring(content, n * {_BYTES} + 1, {_BYTES})"
        )
        for part, at, content in rows.toLocalIterator():
            path = into / part
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("r+b" if path.exists() else "wb") as out:
                out.seek(at)
                out.write(content)

    def _newest(self, folder: Far) -> str | None:
        """The line of the last run; one that is no JSON comes before all, so that it is told."""
        newest = "max_by(value, coalesce(try_cast(get_json_object(value, '$.run') AS INT), 2147483647))"
        found = _there(lambda: self.spark.read.text(str(folder / LIST)).selectExpr(newest).collect())
        return found[0][0] if found else None

    def _run(self, folder: Far) -> int:
        try:
            return int(json.loads(self._newest(folder) or "{}").get("run", 0))
        except (ValueError, TypeError, AttributeError):
            return 0

    def _empty(self, folder: Far) -> None:
        """Take away what lies in a folder: no rows, written over all of it."""
        self.spark.createDataFrame([], "value STRING").write.mode("overwrite").text(str(folder))


def _files(spark: Any, folder: Far, *paths: str) -> Any:
    """The Parquet files below a folder, or some of them: part (the path below it), length, content."""
    read = spark.read.format("binaryFile").option("recursiveFileLookup", "true").option("pathGlobFilter", "*.parquet")
    below = len(folder.uri.partition("://")[2].partition("/")[2]) + 3  # of /folder/ and what is counted from one
    part = f"substring(regexp_replace(path, '^[^:]+:(//[^/]*)?', ''), {below}) AS part"
    return read.load(list(paths) or str(folder)).selectExpr(part, "length", "content")


def _asked(spark: Any, folder: Far, asked: str, path: Far) -> list[tuple[str, Any]] | None:
    """The parts of a folder that lie at a path, and what is asked of each; None where there is no such path."""
    found = _there(lambda: _files(spark, folder, str(path)).selectExpr("part", asked).collect())
    return None if found is None else [tuple(row) for row in found]


def _there(read: Callable[[], Any]) -> Any:
    """What is read; None where nothing is there."""
    try:
        return read()
    except Exception as fault:
        if _NOT_THERE in str(fault):
            return None
        raise
