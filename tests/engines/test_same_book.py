"""One office's exports through both engines: every table of the book is the same, row by row, in the same types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import ROOT, Office
from on_spark import WHOLE, same_tables
from own_rules import LATER, NEW

from ruralkpi.obligations.requested import code

SAMPLES = {"dirty": ["--agents", "4", "--months", "3", "--end", "2026-10", "--dirty", "0.02"], "committed": []}


pytestmark = pytest.mark.skipif(not WHOLE, reason="make test-spark asks for it")


@pytest.fixture(scope="module", params=SAMPLES)
def both(request: pytest.FixtureRequest, spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office whose book DuckDB has made, and beside it, in spark/ and marts/far.duckdb, what Spark has made."""
    office = Office(tmp_path_factory.mktemp("both"))
    office.configure("[composite]\nis_on = true\n[targets]\nkey_visit_half_monthly = 0.95\n")
    raw, mappings = ROOT / "data" / "raw", ROOT / "data" / "mappings"
    if request.param != "committed":
        raw, mappings = office.folder / "made", office.folder / "own"
        assert office.run("sample", str(raw), "--mappings", str(mappings), *SAMPLES[request.param]).code == 0
    settings = office.folder / "ruralkpi.toml"
    text = settings.read_text(encoding="utf-8").replace('"raw"', f"'{raw}'").replace('"mappings"', f"'{mappings}'")
    settings.write_text(text, encoding="utf-8")
    if request.param == "dirty":
        own_words(office)
    office.make()
    for command in (["build", "--engine", "spark", "--to", "spark"], ["book", "--from", "spark", "--db", "marts/far.duckdb"]):
        result = office.run(*command)
        assert result.code == 0, result.err
    return office


def own_words(office: Office) -> None:
    """What an office adds: rules of its own, one of them a later edition, and requests for correction, one of them approved."""
    office.make()
    with office.book() as book:
        missed = book.sql(
            "SELECT rule_id, source_table, source_id, agent_id FROM obligation "
            "WHERE outcome = 'missed_late' AND agent_id IS NOT NULL ORDER BY ALL LIMIT 3"
        ).to_numpy()
    asked = [
        f"{code(rule, table, source)},{agent},道路中断,照片,{by}"
        for (rule, table, source, agent), by in zip(missed, ("王经理", "", ""), strict=True)
    ]
    (office.folder / "made" / "更正申请_2026-10.csv").write_text(
        "\n".join(["申请码,工号,原因,依据,批准人", *asked]), encoding="utf-8"
    )
    (office.folder / "rules").mkdir(exist_ok=True)
    for name, text in (("new", NEW), ("later", LATER)):
        (office.folder / "rules" / f"{name}.toml").write_text(text, encoding="utf-8")
    settings = office.folder / "ruralkpi.toml"
    settings.write_text('rules_folder = "rules"\nmonth_by = "start"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")


def test_what_an_office_adds_is_in_both(both: Office) -> None:
    if not (both.folder / "rules").exists():
        pytest.skip("of the office that adds something")
    with duckdb.connect(str(both.folder / "marts" / "far.duckdb"), read_only=True) as far:
        assert far.execute("SELECT state, count(*) FROM requested GROUP BY ALL ORDER BY ALL").fetchall() == [
            ("approved", 1),
            ("waiting", 2),
        ]
        exempt = "SELECT count(*) FROM obligation JOIN requested USING (rule_id, source_table, source_id) WHERE obligation.outcome = 'exempt'"
        assert far.execute(exempt).fetchall() == [(1,)]
        assert far.execute("SELECT count(*) > 0 FROM obligation WHERE rule_id = 'complaint_closed_in_time'").fetchall() == [
            (True,)
        ]


def test_every_table_is_the_same_row_by_row_types_included(both: Office) -> None:
    assert same_tables(both.folder, "far") > 60


def test_where_only_spark_reaches_it_is_the_same(both: Office, spark: Any, tmp_path: Path) -> None:
    """Hadoop's viewfs, which nothing but Spark can read, for a cluster's filesystem."""
    if not (both.folder / "rules").exists():
        pytest.skip("once is enough")
    spark.conf.set("fs.viewfs.mounttable.cluster.link./disk", tmp_path.as_uri())
    folder = "viewfs://cluster/disk/青川"
    for command in (["build", "--engine", "spark", "--to", folder], ["book", "--from", folder, "--db", "marts/farther.duckdb"]):
        result = both.run(*command)
        assert result.code == 0, result.err
    assert same_tables(both.folder, "farther") > 60
    assert "与上次相同" in both.run("build", "--engine", "spark", "--to", folder).err
    assert not list((tmp_path / "青川" / "book.work").rglob("*.parquet"))
    made = both.run("book", "--from", folder, "--db", "marts/part.duckdb", "--month", "2026-09")
    assert made.code == 0, made.err
    part = max(tmp_path.rglob("obligation/in_month=2026-09/**/*.parquet"))
    part.with_name(f".{part.name}.crc").unlink()  # which only a local disk has
    part.write_bytes(part.read_bytes()[:-1])
    result = both.run("book", "--from", folder, "--db", "marts/none.duckdb")
    assert result.code == 2 and result.err.count("\n") == 1 and part.name in result.err, result.err
    assert not (both.folder / "marts" / "none.duckdb").exists()


def test_a_county_and_a_month_of_it_are_books_of_their_own(both: Office) -> None:
    with duckdb.connect(str(both.folder / "marts" / "book.duckdb"), read_only=True) as con:
        county, others = con.execute(
            "SELECT county_id, (SELECT count(*) FROM obligation) FROM agent GROUP BY county_id ORDER BY count(*), 1"
        ).fetchall()[0]
    made = both.run("book", "--from", "spark", "--db", "marts/part.duckdb", "--county", county, "--month", "2026-10")
    assert made.code == 0, made.err
    query = "SELECT * FROM obligation WHERE month = '2026-10' AND area_id IN (SELECT area_id FROM area WHERE county_id = ?) ORDER BY ALL"
    with duckdb.connect(str(both.folder / "marts" / "book.duckdb"), read_only=True) as con:
        whole = con.execute(query, [county]).fetchall()
        figures = con.execute("SELECT * FROM kpi_area_month WHERE county_id = ? ORDER BY ALL", [county]).fetchall()
    with duckdb.connect(str(both.folder / "marts" / "part.duckdb"), read_only=True) as con:
        assert con.execute("SELECT * FROM obligation ORDER BY ALL").fetchall() == whole != []
        assert con.execute("SELECT * FROM kpi_area_month ORDER BY ALL").fetchall() == figures != []
        assert con.execute("SELECT DISTINCT county_id FROM agent").fetchall() == [(county,)]
    assert len(whole) < others
    told = both.run("score", "--db", "marts/part.duckdb", "--month", "2026-09")
    assert told.code == 2 and "2026-10" in told.err
    for option, value in (("--county", "nowhere"), ("--month", "1999-01")):
        assert both.run("book", "--from", "spark", "--db", "marts/part.duckdb", option, value).code == 2


def test_where_nothing_has_changed_nothing_is_made_again(both: Office) -> None:
    before = {path: path.stat().st_mtime_ns for path in (both.folder / "spark").rglob("*.parquet")}
    assert "与上次相同" in both.run("build", "--engine", "spark", "--to", "spark").err
    assert "与上次相同" in both.run("book", "--from", "spark", "--db", "marts/far.duckdb").err
    assert {path: path.stat().st_mtime_ns for path in (both.folder / "spark").rglob("*.parquet")} == before


def test_what_was_changed_or_left_half_is_never_read_as_whole(both: Office, tmp_path: Path) -> None:
    folder = both.folder / "spark" / "book"
    part = max(folder.rglob("obligation/**/*.parquet"), key=lambda path: path.stat().st_size)
    good = part.read_bytes()
    for bad in (good[:-1], good[:99] + bytes([good[99] ^ 1]) + good[100:]):
        part.write_bytes(bad)
        result = both.run("book", "--from", "spark", "--db", "marts/none.duckdb")
        assert result.code == 2 and result.err.count("\n") == 1 and part.name in result.err, result.err
        assert not (both.folder / "marts" / "none.duckdb").exists()
    part.write_bytes(good)
    (folder / "whole.json").rename(tmp_path / "whole.json")
    result = both.run("book", "--from", "spark", "--db", "marts/none.duckdb")
    assert result.code == 2 and "whole.json" in result.err
    (tmp_path / "whole.json").rename(folder / "whole.json")
    both.configure("")
    result = both.run("book", "--from", "spark", "--db", "marts/none.duckdb")
    assert result.code == 2 and "composite" in result.err
