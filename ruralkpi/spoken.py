"""The language in which the console speaks, and what was said in Chinese said again in it.

Texts that are kept (in databases, in the store, in errors) are Chinese whoever reads them, so that the same input gives the
same bytes. Where a line reaches a person's console in another language, it is taken back to its text of the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from string import Formatter
from typing import Any

from ruralkpi.texts import catalogue, known_language, say, template

VARIABLE = "RURALKPI_LANG"
# what a person or a file wrote, never a text of ours
_DATA = {
    *("file", "folder", "name", "value", "agent", "area", "county", "month", "db", "page", "index", "log", "mapping"),
    *("text", "used", "other"),
}
_LISTED = {"headers", "sheets", "words"}  # several of them, as one lists them
_NAMING = {"column", "columns", "export"}  # where a name is one, whatever else the word may mean
_OWN = re.compile(r"[\u3400-\u9fff]")
_JOINED = {"\n": "\n", "；": "; ", ";": "; ", "、": ", ", "：": ": "}
_names: dict[str, str] = {}
_columns: dict[str, Mapping[str, str]] = {}  # of each export, as texts call it: its columns' titles and names
_language = "zh"


def speak(lang: str) -> None:
    """The console speaks `lang` from now on. Raises UserError where there are no texts in it."""
    global _language
    _language = known_language(lang)


def language() -> str:
    """The language in which the console speaks."""
    return _language


def spoken(key: str, **values: Any) -> str:
    """A text of the catalogue for the console; values that are texts of ours are said in its language too."""
    if _language == "zh":
        return say(key, **values)
    of = str(values.get("export", ""))
    told = {name: again(value, _language, name, of) if isinstance(value, str) else value for name, value in values.items()}
    return say(key, _language, **told)


def also(names: Mapping[str, str], columns: Mapping[str, str]) -> None:
    """Names of an export that stand in texts and the titles of its columns, and what they are called in English."""
    _names.update(names)
    _columns.update(dict.fromkeys([*names, *names.values()], columns))


def again(text: str, lang: str, name: str = "", of: str = "") -> str:
    """A text that was said in Chinese, in `lang`; data in it, and what is no text of ours, stay as they are. `of`: the export
    whose columns are meant, as the text calls it.

    >>> again("没有工号 0077；相近的有：0007、0001", "en")
    'there is no agent 0077; nearest: 0007, 0001'
    >>> again("2026-10/投诉.csv", "en")
    '2026-10/投诉.csv'
    """
    if lang == "zh" or name in _DATA or not re.search(r"[\u3000-\u9fff\uff00-\uffef]", text):
        return text
    if name in _LISTED:
        return text.replace("、", ", ")
    if name == "differing":  # several texts of one form
        return ", ".join(again(part, lang, of=of) for part in text.split("、"))
    if (whole := _whole(text, lang, name, of)) is not None:
        return whole
    beside = next((split for mark in ("\n", "；", "; ", "、", "：") if len(split := text.split(mark)) > 1), None)
    if beside is None:
        return text
    return _JOINED[text[len(beside[0])]].join(_part(part, lang, name, of) for part in beside)


def _whole(text: str, lang: str, name: str, of: str) -> str | None:
    """A text of ours, or a name; None for what is none."""
    named = _named(text, of)
    if named is not None and name in _NAMING:
        return named
    for key, form in _forms():
        if (found := form.fullmatch(text)) is not None:
            groups = found.groupdict()
            values = {part: again(value, lang, part, groups.get("export", of)) for part, value in groups.items()}
            return filled(template(key, lang, values.get("n")), values)
    return named


def _named(text: str, of: str) -> str | None:
    """What an export is called, or a column of the export `of`; where nothing says which export, what all call it who have such
    a column, since two exports may mean two things by one title."""
    if text in _names:
        return _names[text]
    called = {own[text] for own in ([_columns[of]] if of in _columns else _columns.values()) if text in own}
    return called.pop() if len(called) == 1 else None


def _part(text: str, lang: str, name: str, of: str) -> str:
    """One of several texts that stand beside each other; some of the catalogue's begin with what parts them."""
    said = again(text, lang, name, of)
    tail = _whole(f"；{text}", lang, name, of) if said == text and text else None
    return said if tail is None else tail.removeprefix("; ")


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    """(key, one of its texts as a pattern), those with most words of their own first; a text without any is none.

    The English text is one too: a value in it may still be Chinese. Where two values stand side by side nobody can part them.
    """
    made = []
    for key, texts in catalogue().items():
        for text in dict.fromkeys(texts.values()):
            literals = [literal for literal, _ in parts(text)]
            own = "".join(literals)
            is_telling = _OWN.search(own) if text == texts["zh"] else len(own) > 9 and len(literals) > 1
            if is_telling and not key.endswith("_one") and "}{" not in text:
                made.append((-len(own), key, re.compile(pattern(text), re.DOTALL)))
    return [(key, form) for _, key, form in sorted(made, key=lambda one: one[0])]


def parts(text: str) -> Iterator[tuple[str, str | None]]:
    """A text's own words, each with the place that follows it, if any.

    >>> list(parts("{file}：第 {row} 行"))
    [('', 'file'), ('：第 ', 'row'), (' 行', None)]
    """
    for literal, field, _, _ in Formatter().parse(text):
        yield literal, field


def pattern(text: str, value: str = ".*?") -> str:
    """A text as a regular expression with its places as groups, in each of which stands `value`."""
    made = ""
    seen: set[str] = set()
    for literal, field in parts(text):
        made += re.escape(literal)
        if field:
            made += f"(?P={field})" if field in seen else f"(?P<{field}>{value})"
            seen.add(field)
    return made


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values, which are written out already."""
    return "".join(literal + (values[field] if field else "") for literal, field in parts(text))
