"""What a card says: sentences, words for every code, what comes first, states; in both languages."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from dataclasses import replace
from datetime import datetime
from html import unescape
from itertools import pairwise
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from cards_marts import MONTH, build
from conftest import Office
from paper import pdf_text

from ruralkpi.book.words import templates
from ruralkpi.calendar.months import months_before
from ruralkpi.cards.facts import sources, told
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import collect
from ruralkpi.cards.facts.figures import changes, lines
from ruralkpi.cards.pictures import draw
from ruralkpi.cards.show import SECTIONS, Card
from ruralkpi.exports.declared import built_in
from ruralkpi.month import places
from ruralkpi.obligations.declared import rules
from ruralkpi.obligations.requested import code_sql
from ruralkpi.press.batch import render
from ruralkpi.sample.exempt import REASONS
from ruralkpi.sql import fetch
from ruralkpi.texts import catalogue, say

OUTCOMES = ("missed_late", "missed_open")


def agents(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        row[0]
        for row in con.execute("SELECT DISTINCT agent_id FROM kpi_agent_month WHERE month = '2026-10' ORDER BY 1").fetchall()
    ]


def test_every_code_that_can_reach_a_card_has_words() -> None:
    """Flags and reasons of all rules, and the reasons that the sample's approvers write."""
    codes = {f"reason.{code}" for code, _ in REASONS.values()}
    for rule in rules():
        codes |= {f"flag.{flag}" for flag in rule.words.get("flags", {})}
        codes |= {f"reason.{code}" for kind in ("void", "exempt", "unknown") for code in rule.words.get(kind, {})}
    assert {code for code in codes if not code.startswith("reason.no_column_")} <= set(catalogue())


def test_every_miss_is_told_once_with_its_record_deadline_and_lateness(con: duckdb.DuckDBPyConnection) -> None:
    for agent in agents(con):
        content = collect(con, agent, "2026-10")
        card = Card(content)
        groups = told.missed(content, card.by_id, "zh")
        missed = [row for row in content.rows if row["outcome"] in OUTCOMES and row["month"] == "2026-10"]
        assert sum(group.n for group in groups) == len(missed)
        for group in groups:
            files = Counter(file for entry in group.entries for file in entry.files)
            assert not files or files[group.file or ""] == max(files.values())
            for entry in group.entries:
                assert entry.text.startswith(templates(group.rule, "zh")["thing"].partition("{")[0])
                assert entry.row["outcome"] != "missed_late" or (entry.n == 1 and entry.late and entry.late in entry.text)
                if entry.row["start_at"] != entry.row["due_at"]:  # one moment is said once
                    assert re.search(r"到期|期限|至 \d|\d 日|20\d\d-\d\d", entry.text), entry.text
                rows = [row for rows in entry.files.values() for row in rows]
                assert entry.row["file"] is None or rows
        numbers = Counter(number for group in groups for number in re.findall(r"[A-Z]{2}\d{8,}", str(group.entries)))
        assert numbers.keys() >= {row["source_id"] for row in missed if re.fullmatch(r"[A-Z]{2}\d{8,}", row["source_id"] or "")}


def test_a_file_is_named_by_its_heading_and_not_again() -> None:
    entry = told.Entry({}, {}, "", "", 2, {"甲.csv": [1234, 7], "乙.csv": [3]})
    assert sources.source(entry, lambda file: file.removeprefix("甲.csv"), "zh") == "第 7、1,234 行；乙.csv 第 3 行"
    assert sources.source(entry, str, "en") == "乙.csv row 3; 甲.csv row 7, 1,234"
    assert sources.source(entry, {"甲.csv": "A", "乙.csv": "B"}.__getitem__, "zh", "card.row_of") == "B 3；A 7、1,234"


def test_one_of_a_thing_is_singular() -> None:
    assert say("unit.day", "en", n=1) == "1 day" and say("unit.day", "en", n=2) == "2 days"
    assert say("unit.day", n=1) == "1 天"


def test_an_english_card_has_chinese_only_where_the_data_have(con: duckdb.DuckDBPyConnection) -> None:
    for agent in agents(con)[:6]:
        card = Card(collect(con, agent, "2026-10"), "en")
        html = " ".join(getattr(card, name).html for name in SECTIONS if name != "trend")
        text = unescape(re.sub(r"<[^>]*>", " ", html))
        assert not re.findall(r"[，。；：（）、※]", text)
        own = set(re.findall(r"[\u4e00-\u9fff]", text))
        data = "".join(
            str(value) for row in [card.content.person, *card.content.rows, *card.content.mend] for value in row.values()
        )
        words = "".join(f"{line.rule['settings']} {line.rule['label_en']} {line.rule['how_en']}" for line in card.lines)
        assert own <= set(data + words)


def test_a_trend_breaks_where_the_rule_changed() -> None:
    months = [f"2026-{m:02d}" for m in range(1, 7)]
    settings = '[{"name": "limit", "set_by": "user", "value": [{"since": "2026-03-01", "limit": "48 hours"}]}]'
    assert changes(settings, months) == ["2026-03"] and changes(None, months) == []
    whole = str(draw.spark([0.5] * 6, "w"))
    broken = str(draw.spark([0.5] * 6, "w", (2,)))
    assert re.search(r'rk-line" d="([^"]*)"', whole)[1].count("M") == 1 and "rk-change" not in whole  # type: ignore[index]
    assert re.search(r'rk-line" d="([^"]*)"', broken)[1].count("M") == 2 and "rk-change" in broken  # type: ignore[index]


def test_states_in_the_index_are_the_cards_places(con: duckdb.DuckDBPyConnection) -> None:
    states, seen = places.states(places.of_rules(con, "2026-10"), "agent_id"), set()
    for agent in agents(con):
        by: dict[str, set[str]] = {}
        for line in lines(collect(con, agent, "2026-10")):
            if line.is_scored and line.owed_n:
                by.setdefault(line.rule["dimension"], set()).add(line.place)
        expected = {name: next(one for one in places.ORDER if one in found) for name, found in by.items()}
        assert states.get(agent, {}) == expected
        seen |= set(expected.values())
    assert {"below", "above", "within", "few"} <= seen


def test_a_county_page_adds_up_its_areas(tmp_path: Path) -> None:
    marts = build(tmp_path / "marts.duckdb")
    made = render(marts, tmp_path / "out", MONTH, formats={"html"})
    html = (made.folder / "counties" / "青川县" / "index.html").read_text("utf-8")
    with duckdb.connect(str(marts), read_only=True) as con:
        rows = fetch(con, "month/area_county", month=MONTH, quarter="2026-08")
        at = {"until": datetime(2026, 11, 15), "as_of": datetime(2026, 11, 1)}
        due = {row["area_id"]: (row["overdue_n"], row["due_n"]) for row in fetch(con, "month/area_due", **at)}
        sums = con.execute(
            "SELECT area_id, sum(met_n), sum(owed_n) FROM kpi_area_month JOIN rule USING (rule_id)"
            " WHERE month = ? AND use = 'S' GROUP BY 1",
            [MONTH],
        ).fetchall()
    assert sum(row["owed_n"] for row in rows) == sum({row["rule_id"]: row["county_owed_n"] for row in rows}.values())
    for area, met, owed in sums:
        line = next(part for part in html.split("<tr>") if f">{area}</a>" in part)
        assert f"<b>{met}</b>/{owed}" in line and f'<td class="num">{owed - met}</td><td class="num">' in line
        assert f'<td class="num">{due[area][1]}</td>' in line and (f">{due[area][0]}</b>" in line) == bool(due[area][0])
    assert all(f">{agent}</a>" in html for agent in ("007", "A0008", "A0009"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("small") / "marts.duckdb", key_n=2)


def test_signals_and_warnings_stand_beside_the_area(small: Path, tmp_path: Path) -> None:
    made = render(small, tmp_path / "out", MONTH, agents=["007", "A0008"])
    text = {agent: re.sub(r"\s", "", pdf_text(made.folder / "竹园镇代理区" / f"{agent}.pdf")) for agent in ("007", "A0008")}
    assert "拜访3天以后才录入：12条里有3条，25%（片区12%）" in text["007"] and "提请留意" not in text["A0008"]


def test_what_stands_on_a_card_is_the_agents_own_beside_the_area_of_that_month(small: Path, tmp_path: Path) -> None:
    faulty = [
        (1, "bad_time", "reject", '{"工号": "007", "客户编号": "K1"}'),
        (1, "missing_value", "reject", '{"工号": "007", "客户编号": "K1"}'),
        (2, "bad_time", "reject", '{"工号": "A0008", "客户编号": "K007"}'),
        (3, "odd_hour", "warn", '{"工号": "007", "客户编号": "K1"}'),
        (4, "bad_time", "reject", '{"受理人": "007", "客户编号": "K1"}'),
        (5, "bad_time", "reject", '{"受理人": "A0008", "当前处理人": "007", "客户编号": "K1"}'),
    ]
    with duckdb.connect(str(shutil.copy(small, tmp_path))) as con:
        rows = [("visits", "拜访.csv", row, code, f"<{code}>", severity, record) for row, code, severity, record in faulty]
        con.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        con.execute("INSERT INTO signal VALUES ('note_copied', '2026-10', '007', '竹园镇代理区', 0, 12, 0.0, 0.0)")
        con.execute("INSERT INTO signal VALUES ('keyed_late', '2026-09', '007', '竹园镇代理区', 1, 12, 0.1, 0.0)")
        own, other = collect(con, "007", MONTH), collect(con, "A0008", MONTH)
        sums = con.execute("SELECT rule_id, month, owed_n FROM kpi_area_month WHERE area_id = '竹园镇代理区'").fetchall()
    assert [(row["row"], row["code"], row["all_n"]) for row in own.mend] == [
        (1, "bad_time missing_value", 3),
        (4, "bad_time", 3),
        (5, "bad_time", 3),
    ]
    assert [row["row"] for row in other.mend] == [2, 5]
    assert [row["signal"] for row in own.signals] == ["keyed_late"] and other.signals == []
    area = {(rule, month): owed for rule, month, owed in sums}
    shown = [(row["rule_id"], row["month"]) for row in own.lines]
    assert len(shown) == len(set(shown)) > 12
    assert all(row["area_owed_n"] == area[row["rule_id"], row["month"]] for row in own.lines if row["month"])


def test_a_target_is_the_offices_own_and_says_so(office: Office) -> None:
    """The standard gives none: without a setting no card speaks of one; with it, reached or not, and whose it is."""
    office.csv("代理人员_2026-10.csv", "工号,姓名,片区\n007,张三,南片区")
    rows = [f"C{n},K{n},2026-10-0{n} 10:00:00,007,2026-10-0{n + 1 if n < 4 else 9} 12:00:00" for n in range(1, 6)]
    office.csv("投诉_2026-10.csv", "\n".join(["投诉编号,客户编号,受理时间,受理人,首次回复时间", *rows]))
    for settings, words in (
        ("", []),
        ("[targets]\ncomplaint_first_reply = 0.9\n", ["本单位目标 90 %", "未达到", "不属于规范"]),
        ("[targets]\ncomplaint_first_reply = 0.6\n", ["本单位目标 60 %", "已达到"]),
    ):
        office.configure(settings)
        office.make()
        with office.book() as book:
            card = Card(collect(book.con, "007", "2026-10"))
        shown = unescape(re.sub("<[^>]*>", "", card.rules.html + card.counting.html)).replace("\u00a0", " ")
        assert all(word in shown for word in words) and ("本单位目标" in shown) == bool(words)
        assert (sum(line.met_n for line in card.lines if line.rule["target"]), bool(words)) in ((0, False), (3, True))


@pytest.mark.parametrize(
    ("line", "word"), [("complaint_first = 0.9", "complaint_first_reply"), ("key_call_weekly = 95", "0.01 … 1")]
)
def test_a_wrong_target_is_told(office: Office, line: str, word: str) -> None:
    office.csv("投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人\nC1,K1,2026-10-01 10:00:00,007")
    office.run("ingest")
    office.configure(f"[targets]\n{line}\n")
    done = office.run("check"), office.run("build")
    assert max(result.code for result in done) == 2 and word in done[1].err


def test_cards_come_in_english_as_well(office: Office) -> None:
    office.csv("代理人员_2026-10.csv", "工号,姓名,片区\n007,张三,南片区")
    office.csv("投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人\nC1,K1,2026-10-01 10:00:00,007")
    assert office.run("run", "--lang", "en", "--jobs", "1", "--as-of", "2026-10-31").code == 0
    text = (office.folder / "reports" / "2026-10" / "南片区" / "007.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in text and say("card.missed", "en") in text and say("card.missed", "zh") not in text


def test_what_is_all_exempt_is_told_so_and_not_as_nothing_owed_or_undecidable(office: Office) -> None:
    office.csv("代理人员_2026-10.csv", "工号,姓名,片区\n007,张三,南片区")
    ticket = "C1,K1,2026-10-01 10:00:00,007,2026-10-04 10:00:00,2026-10-04 10:00:00"
    office.csv("投诉_2026-10.csv", f"投诉编号,客户编号,受理时间,受理人,首次回复时间,办结时间\n{ticket}")
    ids = [
        "complaint_first_reply,C1",
        *(f"opportunity_reported_weekly,007/2026-{day}" for day in ("09-28", "10-05", "10-12", "10-19")),
    ]
    office.csv("例外_2026-10.csv", "\n".join(["规则,记录编号,原因代码,批准人", *(f"{one},ON_LEAVE,王五" for one in ids)]))
    assert office.run("run", "--jobs", "1", "--as-of", "2026-10-31").code == 0
    month = office.folder / "reports" / "2026-10"
    card, area, rule = (
        unescape((month / name).read_text("utf-8")).replace("\u00a0", " ")
        for name in ("南片区/007.html", "南片区/index.html", "rules/complaint_first_reply.html")
    )
    assert "本月全部免办，共 5 件。" in card and "本月没有应办事项" not in card
    tile = next(one for one in card.split('<div class="rk-tile">') if one.startswith("<p>投诉</p>"))
    line = card.split('data-rule="complaint_first_reply"')[1].split("</tr>")[0]
    figure = next(one for one in area.split("<tr>") if "complaint_first_reply.html" in one and "rk-src" in one)
    assert all("全部免办" in one and "无可判" not in one and "无应办" not in one for one in (tile, line, figure))
    assert "全部免办" in rule and "本月无应办" not in rule


def test_what_nobody_delivered_is_not_none(office: Office) -> None:
    """Visits alone: nobody knows whom to visit, nor whether there was a fault; with the list of customers it is known."""
    office.csv("拜访_2026-10.csv", "拜访编号,客户编号,工号,拜访时间,方式,结果\nV1,K1,007,2026-10-09 10:00,上门,完成")
    said = {}
    for name, text in (("", ""), ("客户_2026-10.csv", "客户编号,客户类型,客户级别,工号\nK1,个人,普通,007")):
        if name:
            office.csv(name, text)
        with office.make("2026-10-31").book() as book:
            card = Card(collect(book.con, "007", "2026-10"))
        said[name] = {
            part: unescape(re.sub("<[^>]*>", "", getattr(card, part).html)) for part in ("head", "glance", "rules", "cadence")
        }
    before, after = (
        {part: text.replace("\u00a0", " ") for part, text in some.items()} for some in (said[""], said["客户_2026-10.csv"])
    )
    assert "没有收到客户导出，无法判断" in before["head"] and "0 户" not in before["head"] and "在管客户 1 户" in after["head"]
    assert "没有收到客户导出，无法判断。" in before["cadence"] and "没有重点客户，本项无应办。" in after["cadence"]
    idle = before["rules"].split("没有收到")[1].split("。")[0]
    assert idle.startswith("客户、") and "故障" in idle.split("导出")[0] and "重点客户每周电访" in idle
    assert "重点客户每周电访" in after["rules"].split("本月无应办：")[1].split("。")[0]
    assert "故障没有收到导出" in re.sub(r"\s|—", "", before["glance"])


def test_of_every_rule_on_a_card_it_is_known_which_export_would_owe_something(con: duckdb.DuckDBPyConnection) -> None:
    """Otherwise what nobody delivered would be told as nothing owed."""
    content = replace(collect(con, agents(con)[0], "2026-10"), meta={"exports": ""})
    rules = [line for line in content.lines if not content.lacking(line)]
    assert content.lines and not [line["rule_id"] for line in rules]
    assert {content.lacking(line) for line in content.lines} <= built_in().keys()


def test_the_longest_gap_is_between_visits_at_the_door_alone(con: duckdb.DuckDBPyConnection) -> None:
    """Counted again in another way, over the days of each holder; calls, vain attempts and what comes after close no gap."""
    met = con.execute("SELECT customer_id, kind, counts, CAST(contacted_at AS DATE) AS day FROM contact").df()
    at_door = met[(met["kind"] == "onsite") & met["counts"]].groupby("customer_id")["day"]
    spans = con.execute("SELECT agent_id, customer_id, from_on, to_on FROM assignment_span").df()
    held = {
        key: list(zip(found["from_on"], found["to_on"], strict=False))
        for key, found in spans.groupby(["agent_id", "customer_id"])
    }
    known, end = (
        con.execute("SELECT min(first_on) FROM period WHERE source_table = 'visits'").df().iloc[0, 0],
        pd.Timestamp("2026-10-31"),
    )
    first = pd.Timestamp(months_before("2026-10", choices().grid_months - 1))
    days, longest, handed_over = {customer: sorted(set(found)) for customer, found in at_door}, [], 0
    for agent in agents(con):
        for customer, touch in collect(con, agent, "2026-10").touches.items():
            gaps = []
            for start, last in held[agent, customer]:
                start, last = max(start, known), min(last, end)
                on = [start, *(day for day in days.get(customer, []) if start <= day <= last), last]
                gaps += [(later - earlier).days for earlier, later in pairwise(on) if later >= first and start <= last]
                handed_over += start > first or last < end
            assert (None if pd.isna(touch["gap_d"]) else touch["gap_d"]) == max(gaps, default=None), (agent, customer)
            longest += gaps
    assert len(longest) > 100 and handed_over


def test_every_miss_on_a_card_has_its_code_and_no_other(con: duckdb.DuckDBPyConnection) -> None:
    """The codes that SQL makes of the month's rows; the page has all of them, paper those of what is told alone."""
    asked = f"SELECT {code_sql()} FROM obligation WHERE agent_id = ? AND month = '2026-10' AND outcome IN ('missed_late', 'missed_open', 'unknown')"
    for agent in agents(con)[:4]:
        made = sorted(one for (one,) in con.execute(asked, [agent]).fetchall())
        html = Card(collect(con, agent, "2026-10")).missed.html
        shown = [
            one for part in re.findall(r'<details class="rk-codes.*?</summary>(.*?)</details>', html) for one in part.split("、")
        ]
        assert sorted(shown) == made and made and len(set(made)) == len(made)
        printed = re.findall(r'<span class="rk-src rk-print n">([0-9A-F]{6})</span>', html)
        assert set(printed) <= set(made) and len(printed) > 5
