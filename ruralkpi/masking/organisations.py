"""Which customers are organisations, and what stands beside their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from ruralkpi.masking import people, phones
from ruralkpi.masking.vocabulary import HAN, LETTER, any_of, listed, words

_LONGEST = 6  # characters of a word for organisations
_ASCII, _ALONE = re.compile("[A-Za-z]"), re.compile(f"[{HAN}]+")
_PARTS = re.compile(r"""([\s、，,;；/／|｜+＋&＆:：_()（）\[\]【】<>〈〉《》‹›“”"'‘’0-9*—\-]+)""")
_LISTED = re.compile(r"[、，,;；/／]")


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    roles, family, two = any_of(listed("roles")), f"[{words()['families']}]", any_of(words()["compound"])
    person = f"(?:{two})[{HAN}]{{1,2}}|{family}[{HAN}]{{1,2}}?"
    # where nothing but the place says that it is one, two characters may be a village (马鹿), unless the family name is one of
    # the most common
    likely = f"(?:{two})[{HAN}]{{1,2}}|[{words()['common']}][{HAN}]|{family}[{HAN}]{{2}}"
    return {
        "latin": re.compile(rf"(?<!{LETTER})(?:{any_of(words()['latin'])})(?!{LETTER})", re.IGNORECASE),
        "begins": re.compile(any_of(words()["beginnings"])),
        "beside": re.compile(rf"((?:{roles})[:：\s]*)({family}[{HAN}]{{1,2}})(?![{HAN}*])"),
        "calls": re.compile(rf"(?<![{HAN}])({family}[{HAN}]{{1,2}})(?=[\s:：]*[0-9]{{3}}\*{{4}})"),
        "person": re.compile(rf"((?:{roles})*)({person})((?:{roles})*)"),
        "likely": re.compile(rf"((?:{roles})*)({likely})((?:{roles})*)"),
        "titled": re.compile(rf"[{HAN}](?:{roles})"),
    }


def is_organisation(name: str) -> bool:
    """Whether a name says by itself that it is none of a person; 王小学 may be one, 王家小学 is not."""
    made = _patterns()
    if made["begins"].match(name) or (_ASCII.search(name) and made["latin"].search(name)):
        return True
    return any(not _is_given_name(name, *place) for place in _words_in(name))


def _words_in(name: str) -> Iterator[tuple[int, int]]:
    """Where words for organisations stand in a name: looked up, since a pattern of so many words would be slow."""
    known = listed("organisations")
    for start in range(len(name) - 1):
        for end in range(start + 2, min(start + _LONGEST, len(name)) + 1):
            if name[start:end] in known:
                yield start, end


def _is_given_name(name: str, start: int, end: int) -> bool:
    """Whether the word is all that follows a family name, and so may be somebody's given name."""
    if end - start > 2 or start == 0 or name[start - 1] not in listed("families"):
        return False
    around = name[max(start - 2, 0) : start - 1] + name[end : end + 1]
    return not re.search(f"[{HAN}]", around)


@lru_cache(maxsize=1 << 16)
def hidden(name: str, is_firm: bool) -> str:
    """A customer's name: whole where it is an organisation's (`is_firm`: so says its class), else as a person's."""
    text = name.strip()
    if is_firm:
        return whole(text)
    if not is_organisation(text):
        return people.hidden(text)
    person = _person_of_one(text)
    if person:
        return people.hidden(person) + whole(text[len(person) :])
    return whole(text)


def _person_of_one(name: str) -> str:
    """The person who stands before an organisation in brackets: 张三（村委会）; '' where none does."""
    head = re.split("[(（]", name, maxsplit=1)[0]
    return head if head != name and people.is_like_one(head) and not is_organisation(head) else ""


def whole(name: str) -> str:
    """An organisation's name as it is; numbers and the people who are named beside it are masked."""
    if _ALONE.fullmatch(name) and any(end == len(name) for _, end in _words_in(name)):  # nearly all: nobody beside it
        return name
    made, text = _patterns(), phones.masked(name)
    text = made["beside"].sub(lambda found: f"{found[1]}{found[2][0]}*", text)
    text = made["calls"].sub(lambda found: f"{found[1][0]}*", text)
    parts = _PARTS.split(text)
    names = [n for n in range(0, len(parts), 2) if parts[n]]
    for n in names:
        around = "".join(parts[max(n - 1, 0) : n] + parts[n + 1 : n + 2])
        if not "".join(parts[n + 1 : n + 2]).startswith("*"):  # masked already
            parts[n] = _beside(parts[n], len(names) > 1, bool(_LISTED.search(around)))
    return "".join(parts)


def _beside(part: str, is_apart: bool, is_listed: bool) -> str:
    """A stretch without marks: who is named behind an organisation, or apart from it; `is_listed`: as one of several."""
    last = max((end for _, end in _words_in(part)), default=0)
    if not last and is_apart and "·" in part:
        return people.hidden(part)
    if not last and not is_apart:
        return part
    rest = part[last:]
    found = _patterns()["person" if last or is_listed else "likely"].fullmatch(rest)
    if not found or found[2][-1] in listed("ends") or _patterns()["titled"].fullmatch(rest):
        return part
    return f"{part[:last]}{found[1]}{people.hidden(found[2])}{found[3]}"
