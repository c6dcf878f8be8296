"""How Spark is started, and what is said where it can't be: no Java, an old one, no pyspark, a master that is not there."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import ROOT, Office
from on_spark import WHOLE, missing

from ruralkpi.engines.spark.connection import Connection
from ruralkpi.engines.spark.dialect import parsed, spark_sql
from ruralkpi.engines.spark.session import MEANING, session


@pytest.fixture
def checked(office: Office) -> Office:
    office.csv(
        "投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-10-05 10:00:00,007,2026-10-06 10:00:00"
    )
    for command in (["ingest"], ["check", "--as-of", "2026-10-31"]):
        assert office.run(*command).code == 0
    return office


def java(folder: Path, says: str, code: int = 0) -> str:
    """A JAVA_HOME whose java says so."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("says", "code", "said"),
    [
        ('openjdk version "11.0.2" 2019-01-15', 0, "Java 11"),
        ('java version "1.8.0_402"', 0, "Java 8"),
        ("no", 3, "不能运行"),
        ("?", 0, "Java 0"),
    ],
)
def test_a_java_that_will_not_do_is_named(
    checked: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, code: int, said: str
) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    monkeypatch.setenv("JAVA_HOME", java(tmp_path / "old", says, code))
    result = checked.run("build", "--engine", "spark", "--to", "spark")
    assert (result.code, result.err.count("\n")) == (2, 1) and said in result.err and "JAVA_HOME" in result.err
    assert not (checked.folder / "spark" / "book").exists()


def test_no_java_and_no_pyspark_are_named(checked: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command = ("build", "--engine", "spark", "--to", "spark")
    if "pyspark" in sys.modules or _has("pyspark"):
        monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
        for name, value in (("JAVA_HOME", str(tmp_path / "none")), ("PATH", str(tmp_path))):
            monkeypatch.setenv("JAVA_HOME", "")
            monkeypatch.setenv(name, value)
            result = checked.run(*command)
            assert (result.code, result.err.count("\n")) == (2, 1) and "没有找到 Java" in result.err
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "pyspark":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    result = checked.run(*command)
    assert (result.code, result.err.count("\n")) == (2, 1) and "ruralkpi[spark]" in result.err


def _has(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


def test_nothing_of_spark_is_imported_by_what_does_not_ask_for_it(checked: Office) -> None:
    script = (
        "import sys\nfrom ruralkpi.commands.program import command\n"
        "assert command(['build']) == 0 and command(['score']) == 0\n"
        "assert not [name for name in sys.modules if name.partition('.')[0] in ('pyspark', 'py4j', 'sqlglot')]"
    )
    subprocess.run([sys.executable, "-c", script], cwd=checked.folder, check=True, capture_output=True)


def test_only_what_spark_connect_offers_is_asked_of_spark() -> None:
    files = [*(ROOT / "ruralkpi" / "engines").rglob("*.py"), ROOT / "ruralkpi" / "stages" / "cluster.py"]
    used = {
        node.attr for file in files for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert {"sql", "createDataFrame", "parquet"} <= used
    assert used.isdisjoint({"sparkContext", "rdd", "_jvm", "_jsparkSession", "_sc", "toPandas", "mapInPandas", "parallelize"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "--to", "spark"], "--to"), (["build", "--master", "local"], "--master"), (["build", "--store", "x"], "--store"),
        (["build", "--engine", "spark", "--store", "none"], "none"), (["book", "--from", "none"], "none"),
        (["book", "--from", "none", "--master", "local[1]"], "--master"),
    ],
)  # fmt: skip
def test_what_can_not_be_asked_is_said_in_a_line(checked: Office, arguments: list[str], said: str) -> None:
    result = checked.run(*arguments)
    assert (result.code, result.err.count("\n")) == (2, 1) and said in result.err, result.err


def test_without_a_check_there_is_nothing_to_build(office: Office) -> None:
    office.csv(
        "投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-10-05 10:00:00,007,2026-10-06 10:00:00"
    )
    assert office.run("build", "--engine", "spark").code == 2
    assert office.run("ingest").code == 0
    result = office.run("build", "--engine", "spark")
    assert result.code == 2 and "check" in result.err


def test_a_session_that_is_there_is_taken_with_our_settings_and_stays(spark: Any, tmp_path: Path) -> None:
    spark.conf.set("spark.sql.ansi.enabled", "false")
    with session("local[1]", tmp_path) as taken:
        assert {name: taken.conf.get(name) for name in MEANING} == MEANING
    assert taken.sql("SELECT 1").collect() == [(1,)]


@pytest.mark.parametrize("folder", ["nofs://name/x", "s3a://bucket/x"])
def test_a_filesystem_that_spark_does_not_know_is_named(spark: Any, checked: Office, folder: str) -> None:
    for command in (["build", "--engine", "spark", "--to", folder], ["book", "--from", folder, "--db", "marts/other.duckdb"]):
        result = checked.run(*command)
        assert (result.code, result.err.count("\n")) == (2, 1) and folder[:3].upper() in result.err.upper(), result.err


@pytest.fixture
def con(spark: Any, tmp_path: Path) -> Connection:
    return Connection(spark, tmp_path / "tables", duckdb.connect())


def test_a_table_has_the_types_that_it_has_on_duckdb(con: Connection) -> None:
    con.execute(
        "CREATE TABLE a AS SELECT 1 AS n, CAST(NULL AS VARCHAR) AS nothing, DATE '2026-01-01' + 1 AS day, [TIMESTAMP '2026-01-01 00:00:00'] AS times"
    )
    con.execute("CREATE TABLE b (n DOUBLE, text VARCHAR)")
    assert con.execute("SELECT * FROM b").fetchall() == []
    con.execute("INSERT INTO b SELECT n, 'x' FROM a ORDER BY n")
    con.execute("INSERT INTO b VALUES (2, 'y'), (3, NULL)")
    assert con.execute("SELECT * FROM b WHERE n < ? ORDER BY n DESC", [3]).fetchall() == [(2.0, "y"), (1.0, "x")]
    assert [(field.name, field.dataType.simpleString()) for field in con.session.table("a").schema.fields] == [
        ("n", "int"), ("nothing", "string"), ("day", "date"), ("times", "array<timestamp_ntz>"),
    ]  # fmt: skip


def test_what_means_something_else_there_is_refused(con: Connection) -> None:
    with pytest.raises(RuntimeError, match="without ties"):
        con.execute("CREATE TABLE a AS SELECT arg_max(x, y) AS x FROM b")
    con.execute("CREATE TABLE whole (n BIGINT)")
    with pytest.raises(RuntimeError, match="whole.n is BIGINT on DuckDB and double on Spark"):
        con.execute("INSERT INTO whole SELECT 1 / 2")


@pytest.mark.skipif(bool(missing()) or not WHOLE, reason=missing() or "make test-spark asks for it")
def test_a_master_that_is_not_there_is_named(checked: Office) -> None:
    """In a process of its own: one that has a session takes that."""
    command = [Path(sys.executable).parent / "ruralkpi", "build", "--engine", "spark", "--master", "nonsense", "--to", "spark"]
    done = subprocess.run(command, cwd=checked.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "nonsense" in done.stderr, done.stderr
    assert not (checked.folder / "spark" / "book").exists()


def test_an_update_changes_its_rows_and_no_others(spark: Any, tmp_path: Path) -> None:
    with duckdb.connect() as shapes:
        con = Connection(spark, tmp_path, shapes)
        con.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1, 'a', 'x'), (2, 'b', NULL), (3, NULL, 'z')) AS v(k, said, kept)")
        update = "UPDATE t SET said = g.said FROM (SELECT * FROM (VALUES (1, NULL), (2, 'B'), (9, 'I')) AS w(k, said)) AS g WHERE t.k = g.k"
        con.execute(update)
        assert con.execute("SELECT k, said, kept FROM t ORDER BY k").fetchall() == [
            (1, None, "x"),
            (2, "B", None),
            (3, None, "z"),
        ]
        assert con.settle("t", tmp_path / "settled")
        assert spark.read.parquet(f"file://{tmp_path / 'settled'}/*").count() == 3
        con.execute("CREATE TABLE u AS SELECT 1 AS k, 'a' AS said")
        with pytest.raises(RuntimeError, match="u: 1 rows, and 2"):
            con.execute(
                "UPDATE u SET said = g.said FROM (SELECT * FROM (VALUES (1, 'b'), (1, 'c')) AS w(k, said)) AS g WHERE u.k = g.k"
            )


def test_names_within_a_query_keep_their_place() -> None:
    one = "SELECT * FROM (WITH a AS (SELECT {n} AS x) SELECT * FROM a)"
    both = f"SELECT * FROM ({one.format(n=1)} UNION ALL {one.format(n=2)})"
    assert spark_sql(parsed(both)).count("WITH") == 2
