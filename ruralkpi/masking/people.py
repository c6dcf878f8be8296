"""The people named in a cell, and how each is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from ruralkpi.masking import phones
from ruralkpi.masking.vocabulary import HAN, any_of, is_han, listed, words

Piece = tuple[str, str]  # how it is shown; the name that it hides, or ''
_DOTS = "·•・．‧∙⋅･."
_BLANK = "[ \t\u3000\u00a0]"
_OTHER = rf"[^\s、，,/／;；|｜+＋&＆:：()（）\[\]【】{{}}<>《》\"“”=*~!?！？。…{_DOTS}'’\-{HAN}]"
_NAMES = re.compile(rf"[{HAN}]+(?:[{_DOTS}]{_BLANK}?[{HAN}]+)*|{_OTHER}+(?:[ .'’\-]+{_OTHER}+)*")
_APART = re.compile(rf"(?<![{HAN}])([{HAN}]){_BLANK}+(?=[{HAN}])|(?<=[{HAN}]){_BLANK}+(?=[{HAN}](?![{HAN}]))")
_PLAIN = re.compile(f"[{HAN}]{{2,3}}")
_AND = re.compile("[和与及跟]")
_LONGEST = 40  # characters without a break that may be names


def pieces(cell: str) -> Iterator[Piece]:
    """A person's cell in pieces, in order: names, numbers, and what stands between them."""
    if cell.lower() in listed("nobody"):
        yield cell, ""
        return
    if _PLAIN.fullmatch(cell) and cell not in listed("roles"):  # nearly all
        yield _family(cell) + "*", cell
        return
    end = 0
    for start, stop, shown in [*phones.spans(cell), (len(cell), len(cell), "")]:
        yield from _between(cell[end:start])
        yield shown, ""
        end = stop


@lru_cache(maxsize=1 << 16)
def hidden(cell: str) -> str:
    """A person's cell with its names and numbers masked."""
    return "".join(shown for shown, _ in pieces(cell.strip()))


def named(cell: str) -> list[str]:
    """The names in a person's cell that may be looked for in a text: no single character, no word of every day.

    >>> named("张三（户主）、李四13812345678"), named("周一"), named("Li Na"), named("0007")
    (['张三', '李四'], [], ['Li Na'], [])
    """
    found = [name for _, name in pieces(cell.strip()) if name and name not in listed("ordinary")]
    return [name for name in found if _is_findable(name)]


def is_like_one(text: str) -> bool:
    """Whether a text looks like one person's name: a family name and one or two characters, or parts with dots."""
    two = next((name for name in words()["compound"] if text.startswith(name)), "")
    is_short = 1 <= len(text) - (len(two) or 1) <= 2 and (bool(two) or text[:1] in listed("families"))
    return bool(re.fullmatch(f"[{HAN}]+", text) and is_short or re.fullmatch(f"[{HAN}]+(?:[{_DOTS}][{HAN}]+)+", text))


def _is_findable(name: str) -> bool:
    if is_han(name):
        return len(name) > 1
    return len(name) <= _LONGEST and sum(sign.isalpha() for sign in name) > 2 and not any(sign.isdigit() for sign in name)


def _between(text: str) -> Iterator[Piece]:
    """Names in a stretch without numbers. 张 三 is one name, 张三 李四 are two."""
    text, end = _APART.sub(lambda found: found[1] or "", text), 0
    for found in _NAMES.finditer(text):
        yield text[end : found.start()], ""
        end = found.end()
        if text[end : end + 1] == "*" or (found[0].isdigit() and text[: found.start()].endswith("*")):  # masked already
            yield found[0], ""
        elif is_han(found[0]):
            yield from _han(found[0], text[max(found.start() - 1, 0) : found.start()] in tuple("(（[【"))
        else:
            yield re.sub(f"({_OTHER})({_OTHER}*)", lambda word: word[1] + "*" * len(word[2]), found[0]), found[0]
    yield text[end:], ""


def _han(run: str, is_bracketed: bool = False) -> Iterator[Piece]:
    """Characters without a break: a name, or names tied by 和, or a name with a word for who that is."""
    if run.removeprefix("的") in listed("roles") or (is_bracketed and len(run) == 1):
        yield run, ""
        return
    if len(run) > _LONGEST:
        yield run[0] + "*", ""
        return
    head, of, rest = run.partition("的")
    if of and len(head) > 1:
        yield from _han(head)
        yield of + rest if rest in listed("roles") else "", ""
        return
    place = next((one.start() for one in _AND.finditer(run) if _ties(run, one.start())), None)
    if place is not None:
        yield from _han(run[:place])
        yield run[place], ""
        yield from _han(run[place + 1 :])
        return
    before, name, after = _without_roles(run)
    parts = re.split(rf"([{_DOTS}]{_BLANK}?)", name)
    yield before, ""
    shown = "".join(part if n % 2 else (part[:1] if len(parts) > 1 else _family(part)) + "*" for n, part in enumerate(parts))
    yield shown, "" if is_bracketed and not is_like_one(name) else name  # in brackets it may be a remark, nobody to look for
    yield after, ""


def _ties(run: str, place: int) -> bool:
    """张三和李四 are two, 张和平 is one."""
    return place > 1 and len(run) - place > 2 and run[place + 1] in listed("families")


@cache
def _roles() -> re.Pattern[str]:
    some = any_of(listed("roles"))
    return re.compile(rf"({some})?(.{{2,}}?)({some})?")


def _without_roles(run: str) -> tuple[str, str, str]:
    found = _roles().fullmatch(run)
    return (found[1] or "", found[2], found[3] or "") if found else ("", run, "")


def _family(name: str) -> str:
    return name[:2] if name[:2] in listed("compound") else name[:1]
