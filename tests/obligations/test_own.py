"""An office's own folder of rules: new ones, later editions of the built-in ones, and what is told of those that can't be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Office
from own_rules import LATER, NEW, RULE

from ruralkpi.obligations.declared import declared
from ruralkpi.obligations.own import _schema

# received, first reply, closed
COMPLAINTS = """投诉编号,客户编号,受理时间,受理人,首次回复时间,办结时间
C1,K1,2026-01-08 10:00:00,0007,2026-01-09 16:00:00,2026-01-20 10:00:00
C2,K1,2026-01-09 10:00:00,0007,2026-01-10 16:00:00,2026-01-12 10:00:00
C3,K1,2026-01-10 10:00:00,0007,2026-01-11 16:00:00,2026-01-11 09:00:00
C4,K1,2026-01-12 10:00:00,0007,2026-01-13 16:00:00,2026-01-13 17:00:00"""


def made(office: Office, **rules: str) -> Office:
    (office.folder / "own").mkdir(exist_ok=True)
    for name, text in rules.items():
        (office.folder / "own" / f"{name}.toml").write_text(text, encoding="utf-8")
    office.configure('rules_folder = "own"\n')
    office.csv("代理人员.csv", "工号,片区,姓名,区县\n0007,北片区,张三,甲县")
    office.csv("投诉_2026-01.csv", COMPLAINTS)
    return office


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return made(Office(tmp_path_factory.mktemp("own")), new=NEW, later=LATER).make("2026-01-31")


def test_a_rule_of_ones_own_is_counted_told_and_catalogued_like_any_other(both: Office) -> None:
    rule = "complaint_closed_in_time"
    outcomes = {one: outcome for one, outcome, _ in both.outcomes(rule)}
    assert outcomes == {"C1": "missed_late", "C2": "met", "C3": "met", "C4": "met"}
    told = {row["source_id"]: row["sentence"].replace("\u00a0", " ") for row in both.json("explain", rule, "--month", "2026-01")}
    assert "5 天内应办结" in told["C1"]
    line = next(row for row in both.json("catalog") if row["rule_id"] == rule)
    assert line["clause"] == "县规 3" and "甲县办法" in line["settings"]
    with both.book() as book:
        assert book.trail(rule, "C1").set_index(["step", "name"])["value"]["mart", "closed_at"] == "2026-01-20 10:00:00"


def test_a_later_edition_holds_for_duties_that_start_on_its_day_or_after(both: Office) -> None:
    """C2 is due after the new edition's first day and starts before it; C3 is closed in time and replied to late."""
    outcomes = {one: outcome for one, outcome, _ in both.outcomes(RULE)}
    assert outcomes == {"C1": "met", "C2": "met", "C3": "met", "C4": "missed_late"}
    told = {row["source_id"]: row["sentence"].replace("\u00a0", " ") for row in both.json("explain", RULE, "--month", "2026-01")}
    assert "48 小时内应首次回复" in told["C2"] and "24 小时内应回复或办结" in told["C4"]
    with both.book() as book:
        about = book.catalog().set_index("rule_id").loc[RULE]
    said = about["label_zh"].replace("\u00a0", " ")
    assert said == "投诉 48 小时内首次回复（2026-01-10 起：投诉 24 小时内回复或办结）"
    settings = {one["name"]: one["value"] for one in json.loads(about["settings"])}
    assert settings["limit"] == [{"since": "2008-04-01", "value": "48 hours"}, {"since": "2026-01-10", "value": "24 hours"}]
    assert [one["since"] for one in settings["version"]] == ["2008-04-01", "2026-01-10"]


def test_their_own_cases_are_tried_and_their_settings_moved(office: Office) -> None:
    good = made(office, new=NEW, later=LATER).run("catalog", "--check")
    assert good.code == 0 and good.err.count("算例都对") == 2
    unseen = NEW.replace("2026-03-07 23:00:00", "2026-03-04 23:00:00").replace("2026-03-08 00:00:01", "2026-03-20 00:00:00")
    assert "limit: 5 days +1 day" in made(office, new=unseen, later=LATER).run("catalog", "--check").out
    wrong = made(office, new=NEW.replace('outcome = "missed_late"', 'outcome = "met"'), later=LATER.replace("least(", "leest("))
    told = wrong.run("catalog", "--check")
    assert told.code == 1 and "expected outcome = 'met', got 'missed_late'" in told.out and "later.toml" in told.out
    assert office.run("catalog", "--check", "--config", "none.toml").code == 2


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('use = "I"', 'use = "X"', "S、M、I、A"),
        ('owner = "agent"\n', "", "缺少 owner"),
        ("[owed]", "[owed]\nwenn = 'true'", "wenn"),
        ("{limit}内办结。", "{limits}内办结。", "limits"),
        ('within = "limit"', 'within = "grace"', "grace"),
        ('"5 days"', '"soon"', "soon"),
        ("complaints = [", "complaint = [", "complaints"),
        ("closed_at = ", "close_at = ", "closed_at"),
        ('id = "complaint_closed_in_time"', 'id = "complaint_first_reply"', "另一个 id"),
        ('id = "complaint_closed_in_time"', 'id = "complaint_first_replay"\nfrom = 2026-01-10', "complaint_first_reply"),
        ('id = "complaint_closed_in_time"', 'id = "complaint_first_reply"\nfrom = 2026-01-10', "clause"),
        ('version = "1"', 'version = "1"\nfrom = "July"', "July"),
        ('at = "closed_at"', 'at = "shut_at"', "shut_at"),
        ('each = "complaint"', 'each = "own.sql"', "own.sql"),
        ("[void]", "[void", "TOML"),
    ],
)
def test_what_is_no_rule_is_named_with_its_file_and_place(office: Office, before: str, after: str, said: str) -> None:
    assert before in NEW
    made(office, new=NEW.replace(before, after))
    assert office.run("ingest").code == 0 and office.run("check").code == 0
    done = office.run("build")
    assert done.code == 2 and said in done.err and "new.toml" in done.err


def test_a_rule_with_later_editions_is_set_in_them_alone(office: Office) -> None:
    made(office, later=LATER).configure(f'rules_folder = "own"\n[rules.{RULE}]\nlimit = "36 hours"\n')
    done = office.run("catalog")
    assert done.code == 2 and "later.toml" in done.err


def test_a_folder_that_is_not_there_and_a_name_that_nobody_reads_are_errors(office: Office) -> None:
    office.configure('rules_folder = "own"\n')
    assert "rules_folder" in office.run("catalog").err
    made(office, new=NEW)
    (office.folder / "own" / "new.toml").rename(office.folder / "own" / "new.toml.txt")
    assert office.run("catalog").code == 2


def test_a_rule_that_moves_what_was_published_is_told_as_rules(office: Office) -> None:
    """Without the later edition C3 and C4 keep the 48 hours: C4 becomes kept; the other rule leaves with all it owed."""
    made(office, new=NEW, later=LATER).make("2026-01-31")
    assert office.run("publish", "--month", "2026-01").code == 0
    for path in Path(office.folder / "own").iterdir():
        path.unlink()
    office.make("2026-01-31")
    moved = office.json("changes", "--month", "2026-01")
    assert {row["cause"] for row in moved} == {"rules"}
    assert office.run("verify", "--recompute").code == 0


def test_the_built_in_rules_have_the_form_that_is_asked_of_others() -> None:
    for rule_id, words in declared().items():
        assert [error.message for error in _schema().iter_errors(words)] == [], rule_id
    dimensions = _schema().schema["properties"]["dimension"]["enum"]
    assert sorted(dimensions) == sorted({words["dimension"] for words in declared().values()})
