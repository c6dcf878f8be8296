"""Real public files that nobody here made: counts and figures computed elsewhere (see the NOTE beside each)."""

from __future__ import annotations

import shutil

import pytest
from conftest import ROOT, SHARED, Office

MESSAGES = SHARED / "data" / "zh-messages" / "附件4.xlsx"
MAPPINGS = ROOT / "tests" / "given" / "mappings"
needs_messages = pytest.mark.skipif(not MESSAGES.exists(), reason="the shared real files are not beside this checkout")


def messages(office: Office, mapping: str, settings: str = "") -> Office:
    shutil.copy(MESSAGES, office.folder / "raw")
    shutil.copy(MAPPINGS / mapping, office.folder / "mappings")
    office.configure(settings)
    return office.make("2020-01-10")


def figures(office: Office, rule: str) -> tuple[int, int]:
    row = (
        office.book()
        .sql("SELECT count(*) FILTER (WHERE outcome = 'met'), count(*) FROM obligation WHERE rule_id = ?", [rule])
        .iloc[0]
    )
    return int(row.iloc[0]), int(row.iloc[1])


@needs_messages
def test_messages_as_complaints(office: Office) -> None:
    messages(office, "message_board.toml")
    assert figures(office, "complaint_first_reply") == (307, 2816)
    counts = office.book().sql("SELECT read_n, clean_n, blank_n, superseded_n, quarantined_n FROM source_count").iloc[0]
    assert counts.tolist() == [2817, 2816, 1, 0, 0]


@needs_messages
def test_the_true_date_cell_and_the_reply_without_a_time_of_day(office: Office) -> None:
    messages(office, "message_board.toml")
    rows = office.book().sql(
        "SELECT source_id, start_precision, done_precision, outcome FROM obligation "
        "WHERE source_id IN ('2759', '27610') AND rule_id = 'complaint_first_reply' ORDER BY source_id"
    )
    assert rows["done_precision"].tolist()[1] == "day"
    assert rows["start_precision"].tolist()[0] in ("second", "minute", "day")
    assert rows["outcome"].tolist() == ["missed_late", "missed_late"]


@needs_messages
@pytest.mark.parametrize(("settings", "met"), [("", 488), ('[rules.visit_question_replied]\nlimit = "3 workdays"\n', 707)])
def test_messages_as_visit_questions(office: Office, settings: str, met: int) -> None:
    messages(office, "message_board_as_questions.toml", settings)
    assert figures(office, "visit_question_replied") == (met, 2816)
