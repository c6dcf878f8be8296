"""The catalogue of texts: both languages, same placeholders."""

from __future__ import annotations

from string import Formatter

import pytest

from ruralkpi.texts import LANGUAGES, catalogue, say


def test_every_text_exists_in_both_languages_with_the_same_placeholders() -> None:
    for key, texts in catalogue().items():
        assert set(texts) == set(LANGUAGES), key
        names = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in texts.values()]
        assert names[0] == names[1], key


def test_an_unknown_key_fails() -> None:
    with pytest.raises(KeyError):
        say("card.no_such_text")
