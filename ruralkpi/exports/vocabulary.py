"""The closed lists of words of one column, and what a cell's text means by them (X25): compared whole, never by a part."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

UNKNOWN = "?"  # a word that stands in no list: it decides nothing
_APART = re.compile(r"[、，,;；/|+&]|(?<=.)[和及与](?=.)")
_APART_OR_BLANK = re.compile(rf"{_APART.pattern}|\s")
_WITHIN = re.compile(rf"{_APART_OR_BLANK.pattern}|[()（）\[\]【】]")
_REFUSED = re.compile(r"[未不没否拒驳待退]|审批中|审核中|\b(?:not|pending|rejected)\b", re.IGNORECASE)  # no name holds them
_BLANKS = re.compile(r"\s+")


@cache
def shared() -> dict[str, dict[str, Any]]:
    """The lists that every export shares (words.toml)."""
    return tomllib.loads((files("ruralkpi") / "exports" / "words.toml").read_text(encoding="utf-8"))


def key(text: str) -> str:
    """A word as it is compared: without width, case and blanks.

    >>> key(" ＱＱ 留言\\n"), key("Ｎ／Ａ")
    ('qq留言', 'n/a')
    """
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).lower()


@dataclass(frozen=True)
class Words:
    """What may stand in one column: meaning → its words, the first of them the one to write.

    `is_list`: a cell may name several things; `is_negatable`: each of them as there or lacking (缺服务卡 is `no_service_card`);
    `is_open`: other text is no word, but free text or an id; `is_signature`: but for what names nobody, or says beside the name
    that he has not signed; `record`: an id of this column of the same export is meant too; `own`: a mapping's, which go before.
    """

    meanings: Mapping[str, tuple[str, ...]]
    is_list: bool = False
    is_negatable: bool = False
    is_open: bool = False
    is_signature: bool = False
    record: str = ""
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> dict[str, str]:
        """Every word as it is compared → its meaning; the English name of a meaning is one of its words."""
        found: dict[str, str] = {}
        for meaning, words in self.meanings.items():
            found |= {key(word): meaning for word in (meaning, *words)}
            if self.is_negatable and meaning not in ("all", "lacking"):
                found |= {key(text): meaning for word in words for text in _around(word, "there")}
                found |= {key(text): f"no_{meaning}" for word in words for text in _around(word, "lacking")}
        return found | {key(word): meaning for meaning, words in self.own.items() for word in words}

    @property
    def to_write(self) -> list[str]:
        """The first word of each meaning: what a mapping may put a county's own word into."""
        return [words[0] for words in self.meanings.values() if words]

    def with_own(self, own: Mapping[str, tuple[str, ...]]) -> Words:
        """The same words with a mapping's own ones before them, by meaning."""
        meanings = {meaning: (*own.get(meaning, ()), *words) for meaning, words in self.meanings.items()}
        return replace(self, meanings=meanings, own=own)


def _side_by_side(text: str) -> Iterator[str]:
    """What separators outside brackets part.

    >>> list(_side_by_side("政企/重要，个人（非政企、非重要）"))
    ['政企', '重要', '个人（非政企、非重要）']
    """
    start = 0
    for found in _APART.finditer(text):
        item = text[start : found.start()]
        if sum(map(item.count, "(（[【")) <= sum(map(item.count, ")）]】")):
            yield item
            start = found.end()
    yield text[start:]


def _around(word: str, kind: str) -> Iterable[str]:
    yield from (before + word for before in shared()[kind]["before"])
    yield from (word + after for after in shared()[kind]["after"])


@dataclass(frozen=True)
class Reader:
    """Reads one column of one form of an export. `values`, `contains`: a county's own words → built-in ones; `blank`: its
    own words for nothing, which are judged after these."""

    words: Words
    values: Mapping[str, str] = field(default_factory=dict)
    contains: Mapping[str, str] = field(default_factory=dict)
    blank: tuple[str, ...] = ()

    @cached_property
    def _values(self) -> dict[str, str]:
        return {key(old): new for old, new in self.values.items()}

    @cached_property
    def _nothing(self) -> frozenset[str]:
        return frozenset(map(key, (*shared()["blank"]["words"], *self.blank, "")))

    @property
    def is_choosy(self) -> bool:
        """Whether only the texts with one of `keys` mean anything to it; all others stand for themselves."""
        return self.words.is_open and not self.contains and not self.words.is_signature

    @property
    def keys(self) -> set[str]:
        """The words that it knows, as they are compared."""
        return {*self.words.by_key, *self._values, *self._nothing}

    def said(self, text: str) -> str:
        """The text in the built-in words: a county's word as a whole, else a word that stands in a list as it is, else what the
        parts mean that its mapping names, where they mean one thing."""
        whole = key(text)
        if (new := self._values.get(whole)) is not None:
            return new
        if whole in self.words.by_key or whole in self._nothing:
            return text
        parts = sorted({new for part, new in self.contains.items() if key(part) in whole})
        return parts[0] if len({self.words.by_key.get(key(new), new) for new in parts}) == 1 else text

    def means(self, text: str) -> str | None:
        """The meaning; `?` for an unknown word, None for a blank. In lists: those of the items, apart by blanks."""
        said = key(self.said(text))
        if said in self.words.by_key:
            return self.words.by_key[said]
        if said in self._nothing:
            return "nothing" if "nothing" in self.words.meanings else None
        if self.words.is_list:
            items = self._negatable if self.words.is_negatable else self._plain
            return " ".join(sorted(set(items(self.said(text))))) or None
        if self.words.is_signature and not self._is_signed(text):
            return "nothing"
        return None if self.words.is_open else UNKNOWN

    def _one(self, item: str) -> str | None:
        """What one thing of a list means: None for nothing."""
        said = key(self._values.get(key(item), item))
        return self.words.by_key.get(said, None if said in self._nothing else UNKNOWN)

    def _negatable(self, text: str) -> Iterator[str]:
        """Things that are there or lacking. A bare number among others is a count, and says nothing of all."""
        for item in _APART_OR_BLANK.split(text):
            meaning = self._one(item)
            if meaning is not None:
                yield UNKNOWN if meaning in ("all", "lacking") and item.isdecimal() else meaning

    def _plain(self, text: str) -> Iterator[str]:
        """Things side by side; one in brackets, or behind a blank, goes with what stands before it: both are known, or neither
        is."""
        for item in _side_by_side(text):
            meaning = self._one(item)
            if meaning != UNKNOWN:
                yield from () if meaning is None else (meaning,)
                continue
            parts = [part for part in _WITHIN.split(item) if key(part)]
            meant = [self.words.by_key.get(key(part), UNKNOWN) if key(part) not in self._nothing else UNKNOWN for part in parts]
            yield from (UNKNOWN,) if UNKNOWN in meant else meant

    def _is_signed(self, text: str) -> bool:
        """Whether a text names somebody, by a name or the number of his, and says no more than that."""
        has_name = any(map(str.isalpha, text)) or sum(map(str.isdecimal, text)) > 2
        is_more = any(key(one) and key(one) not in self.words.by_key for one in _WITHIN.split(text))
        return has_name and is_more and not _REFUSED.search(text)


def words_of(declared: Mapping[str, Any]) -> Words:
    """A ``[words.COLUMN]`` table as Words: lists are meanings, "shared" is the list of that name in words.toml, else a trait."""
    lists = {name: shared()[name]["words"] if value == "shared" else value for name, value in declared.items()}
    meanings = {name: tuple(value) for name, value in lists.items() if isinstance(value, list)}
    traits = {name: value for name, value in lists.items() if not isinstance(value, list)}
    return Words(meanings, **traits)


def flag_words(declared: Words | None) -> Words:
    """Yes and no: the shared words, after those of the column."""
    own = declared.meanings if declared else {}
    return Words({name: (*own.get(name, ()), *shared()["flag"][name]) for name in ("true", "false")})


def hotline_words(column: str) -> Words | None:
    """In a column of agents' ids: the words for hotline 10000, which is nobody's agent; None for another column."""
    hotline = shared()["hotline"]
    return Words({"hotline": tuple(hotline["words"])}, is_open=True) if column in hotline["columns"] else None
