"""The manager's page: whose it is, what comes first, what earlier months left undone, sums that are the published ones."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import duckdb
import pytest
from cards_marts import MONTH, build
from python_calamine import CalamineWorkbook

from ruralkpi.press.batch import render

AREA = "竹园镇代理区"
# a complaint of September that nobody answered, and a fault of October that is only the area's
_ADDED = """
INSERT INTO obligation BY NAME SELECT * REPLACE (
    'TS-OLD' AS source_id, TIMESTAMP '2026-09-01 10:12:00' AS start_at, TIMESTAMP '2026-09-01 10:12:00' AS since_at,
    TIMESTAMP '2026-09-03 10:12:00' AS due_at, DATE '2026-09-03' AS due_on, '2026-09' AS month, NULL AS done_at,
    'missed_open' AS outcome, NULL AS mend_until_at)
FROM obligation WHERE source_id = 'TS2610-000' AND agent_id = '007';
INSERT INTO obligation BY NAME SELECT * REPLACE ('GX-AREA' AS source_id, NULL AS agent_id, 'missed_late' AS outcome)
FROM obligation WHERE source_id = 'GX2610-000' AND agent_id = '007';
UPDATE kpi_area_month SET owed_n = owed_n + 1, late_n = late_n + 1, rate = met_n / (owed_n + 1)
WHERE rule_id = 'fault_repaired_in_limit' AND area_id = '竹园镇代理区' AND month = '2026-10';
UPDATE obligation SET outcome = 'missed_late', done_at = due_at + INTERVAL 1 HOUR
WHERE outcome = 'met' AND rule_id = 'fault_lodged_with_10000' AND agent_id = 'A0008' AND month = '2026-10';
UPDATE obligation SET outcome = 'missed_open', done_at = NULL
WHERE outcome = 'met' AND rule_id = 'key_call_weekly' AND agent_id = '007' AND month >= '2026-08';
UPDATE kpi_agent_month AS own SET met_n = 0, rate = 0
FROM obligation AS o WHERE o.outcome LIKE 'missed%' AND o.rule_id = own.rule_id AND o.month = own.month AND o.agent_id = own.agent_id
    AND (own.agent_id, own.rule_id) IN (('A0008', 'fault_lodged_with_10000'), ('007', 'key_call_weekly')) AND own.month >= '2026-08'
    AND NOT (own.agent_id = 'A0008' AND own.month < '2026-10');
UPDATE kpi_agent_month SET unknown_n = 9 WHERE rule_id = 'fault_lodged_with_10000' AND agent_id = 'A0008' AND month = '2026-10'
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The database, and the area's page as text with its tags."""
    home = tmp_path_factory.mktemp("area")
    marts = build(home / "marts.duckdb", key_n=2)
    with duckdb.connect(str(marts)) as con:
        for statement in _ADDED.split(";"):
            con.execute(statement)
    folder = render(marts, home / "out", MONTH, formats={"html"}).folder
    return marts, unescape((folder / AREA / "index.html").read_text("utf-8")).replace("\u00a0", " ")


def test_it_begins_with_who_waits_and_whose_it_is(made: tuple[Path, str]) -> None:
    first = re.findall(r"<li>(.*?)</li>", made[1].split('<div class="rk-first">')[1].split("</ol>")[0])
    assert re.fullmatch(r"007：.*TS-OLD（.*，9 月 1 日受理）60 天未办结", first[0]) and 1 < len(first) <= 8
    undone = made[1].split("以前月份仍未办<")[1].split("</section>")[0]
    assert "TS-OLD" in undone and "9 月 3 日" in undone and ">58 天<" in undone


def test_its_totals_are_the_published_ones_and_say_what_only_the_area_owes(made: tuple[Path, str]) -> None:
    marts, page = made
    with duckdb.connect(str(marts), read_only=True) as con:
        query = """SELECT sum(met_n), sum(owed_n) FROM kpi_area_month JOIN rule USING (rule_id)
            WHERE area_id = ? AND use = 'S' AND month = ?"""
        now, last = (con.execute(query, [AREA, month]).fetchall()[0] for month in (MONTH, "2026-09"))
    total = page.split('<tr class="rk-total">')[1].split("</tr>")[0]
    assert f"<b>{now[0]}</b>/{now[1]}</td>" in total and f'<td class="num">{now[1] - now[0]}</td>' in total
    assert total.count("其中 1 件只归片区") == 1
    assert f">{last[0]}/{last[1]}</td>" in page.split('<tr class="rk-last-month">')[1]


def test_a_cell_has_a_number_a_shape_and_a_shade(made: tuple[Path, str]) -> None:
    rows = re.findall(r"<tr><td><a href=\"(?:007|A0008)\.html\".*?</tr>", made[1], re.S)
    cells = re.findall(r'<td class="num rk-(few|h\d)">(.*?)(\d+)/(\d+)</td>', "".join(rows))
    assert len(rows) == 2 and len(cells) >= 8
    for shade, sign, met, owed in cells:
        share, is_colour = int(met) / int(owed), int(owed) >= 20 and "□" not in sign
        assert shade == (
            next(h for h, b in (("h3", 0.5), ("h2", 0.7), ("h1", 0.85), ("h0", 2)) if share < b) if is_colour else "few"
        )
        assert ("<sup" in sign) == (("▼" in sign or "▲" in sign) and int(owed) < 20)
    signs = {re.sub("<[^>]*>", "", sign).strip() for _, sign, _, _ in cells}
    assert {"▼3", "□", ""} <= signs and "带小 3 的是当月不足 20 件、按近三月合计比；□ 证据不足，不比" in made[1]


def test_what_the_card_calls_too_little_evidence_no_page_marks(made: tuple[Path, str]) -> None:
    """A0008 kept none of 23, which is far below; but 9 more are undecidable, and it is no figure."""
    home = made[0].parent / "out" / MONTH
    card = (home / AREA / "A0008.html").read_text("utf-8").split('data-rule="fault_lodged_with_10000"')[1].split("</tr>")[0]
    assert "□ 不足" in card and "▼" not in card
    rows = json.loads((home / "index.html").read_text("utf-8").split('id="data">')[1].split("</script>")[0])
    states = {row[0]: row[8] for row in rows}
    assert "b" in states["007"] and "b" not in states["A0008"]
    funnel = (home / "index.html").read_text("utf-8").split("<title>A0008 0/23</title>")[1]
    assert funnel.startswith('<path class="few"')
    county = (home / "counties" / "青川县" / "index.html").read_text("utf-8")
    assert "▼" not in county.split("A0008.html")[1].split("</li>")[0]


def test_an_agent_without_an_area_keeps_id_and_name_on_every_page(tmp_path: Path) -> None:
    marts = build(tmp_path / "marts.duckdb", agents=[("007", "-"), ("A0008", AREA)], key_n=2)
    with duckdb.connect(str(marts)) as con:
        con.execute("UPDATE agent SET county_id = '-' WHERE area_id = '-'; UPDATE area SET county_id = '-' WHERE area_id = '-'")
        con.execute("UPDATE kpi_area_month SET county_id = '-' WHERE area_id = '-'; UPDATE agent SET agent_name = '张三'")
    folder = render(marts, tmp_path / "out", MONTH, formats={"html"}).folder
    card, area, county, rule, index = (
        (folder / name).read_text("utf-8")
        for name in ("-/007.html", "-/index.html", "counties/-/index.html", "rules/key_call_weekly.html", "index.html")
    )
    assert "007</span> 张*" in card and '<a href="index.html">片区不明</a>' in card and "<p>片区不明 · " in card
    assert "片区不明</h1>" in area and ">区县不明</a>" in area
    assert re.search(r"007.html\">007</a></td><td>张\*<", area)
    assert "区县不明</h1>" in county and ">片区不明</a>" in county and ">007</a> 张*" in county
    assert "<b>区县不明</b>" in rule and ">片区不明</a>" in rule
    rows = json.loads(index.split('id="data">')[1].split("</script>")[0])
    assert rows[0][:4] == ["007", "张*", "片区不明", "区县不明"] and 'data-county="区县不明"' in index
    with CalamineWorkbook.from_path(str(folder / "summary.xlsx")) as book:
        lines = book.get_sheet_by_name("数字").to_python()
    assert {tuple(line[:4]) for line in lines[1:] if line[0] == "007"} == {("007", "张*", "片区不明", "区县不明")}
