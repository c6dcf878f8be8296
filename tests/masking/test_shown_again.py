"""What was typed or used as a number is shown again without phones and names (section 7), in the reader's language."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from conftest import Office

from ruralkpi.book.words import record
from ruralkpi.cards.facts.agenda import listed

COMPLAINTS = "投诉编号,客户编号,受理时间,受理人,首次回复时间\n13812345678,K1,2026-01-05 10:00,007,\n"


def test_a_records_number_that_is_a_phone_is_masked_wherever_a_sentence_names_it(office: Office) -> None:
    office.csv("投诉.csv", COMPLAINTS)
    office.make("2026-01-31")
    with office.book() as book:
        row = book.obligations("complaint_first_reply", "2026-01", lang=None).to_dict("records")[0]
    assert record(row) == record(row, "en") == "138****5678"
    for question in (["explain", "complaint_first_reply", "--month", "2026-01"], ["due"]):
        said = office.run(*question)
        assert said.code == 0 and "13812345678" not in said.out, said.out


def test_an_editions_note_is_shown_without_phones_and_names(office: Office) -> None:
    office.csv("代理人员.csv", "工号,片区,姓名\n007,甲片区,张三丰")
    office.csv("投诉.csv", COMPLAINTS.replace("13812345678", "C1"))
    office.make("2026-01-31")
    office.run("publish", "--month", "2026-01", "--on", "2026-02-05", "--note", "张三丰 13812345678 首版")
    shown = office.run("editions").out
    assert "首版" in shown and "13812345678" not in shown and "张三丰" not in shown, shown


@pytest.mark.parametrize(("lang", "word"), [("zh", "无编号"), ("en", "row 16")])
def test_what_has_no_number_is_called_so_in_the_readers_language(lang: str, word: str) -> None:
    row = {
        "source_table": "visits",
        "file": "拜访.csv",
        "row": 16,
        "source_id": "拜访.csv:16",
        "agent_id": "007",
    } | dict.fromkeys(("customer_id", "customer_name", "is_firm"))
    said = listed([row], SimpleNamespace(twins=()), lang)  # type: ignore[arg-type]
    assert word in said and (lang == "zh" or "无编号" not in said)
