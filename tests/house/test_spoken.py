"""The console in English: every text of the catalogue is found again from its Chinese, and English texts hold no Chinese."""

from __future__ import annotations

import re
from string import Formatter

from ruralkpi import spoken
from ruralkpi.texts import catalogue

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
