"""The console in English: every text of the catalogue is found again from its Chinese, and English texts hold no Chinese."""

from __future__ import annotations

import re
from string import Formatter

from ruralkpi import spoken
from ruralkpi.exports.declared import built_in
from ruralkpi.texts import catalogue, say

CJK = re.compile(r"[\u3400-\u9fff]")


def filled(text: str) -> str:
    """The text with a value of its own in every place."""
    made = ""
    for literal, field, _, _ in Formatter().parse(text):
        made += literal + (f"<{field}>" if field else "")
    return made


def test_every_text_is_said_again_in_english() -> None:
    wrong = {}
    for key, texts in catalogue().items():
        if key.endswith("_one") or not CJK.search(texts["zh"]) or "}{" in texts["zh"]:
            continue  # of two values side by side nobody knows where one ends: no line of the console is written so
        said = spoken.again(filled(texts["zh"]), "en")
        same = [other["en"] for other in catalogue().values() if other["zh"] == texts["zh"]]
        if said not in map(filled, same):
            wrong[key] = said
    assert wrong == {}


def test_no_english_text_holds_chinese() -> None:
    to_be_typed = {"check.bad_birthday", "told.bad_birthday"}  # a lunar birthday is written in Chinese
    assert {key for key, texts in catalogue().items() if CJK.search(texts["en"])} == to_be_typed


def test_a_title_of_two_exports_names_the_column_of_the_one_that_is_meant() -> None:
    exports = built_in()
    titles = {column.title for export in exports.values() for column in export.columns.values()}
    assert {"受理时间", "原因", "预约时间"} <= titles
    for export in exports.values():
        for column in export.columns.values():
            for key in ("error.headers_missing", "told.second_table_lacks"):
                kind, values = export.titled, {"file": "a.csv", "headers": "x"}
                said = spoken.again(say(key, export=kind, columns=f"{column.title}、{column.title}", **values), "en")
                assert said == say(key, "en", export=export.name, columns=f"{column.name}, {column.name}", **values)
    assert spoken.again("受理时间", "en", "column") == "受理时间"  # whose it is nobody says
    assert spoken.again("首次回复时间", "en", "column") == "first_reply_at"
