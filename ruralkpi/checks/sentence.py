"""What a check says of a row: kept in Chinese, as SQL puts it together, and said again in another language where it is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ruralkpi.exports.form import Column
from ruralkpi.spoken import filled, parts, pattern
from ruralkpi.sql import literal
from ruralkpi.texts import LANGUAGES, say


@dataclass(frozen=True)
class Sentence:
    """`texts`: by language, with {places} for what stands in a row. `values`: by place, SQL over raw row `r`. `more`: what is
    added where none of its values is NULL."""

    texts: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    more: Sentence | None = None

    @property
    def sql(self) -> str:
        """SQL: the sentence of a row, in Chinese."""
        more = [f"coalesce({' || '.join(self.more._pieces)}, '')"] if self.more else []
        return f"concat({', '.join([*self._pieces, *more])})"

    @property
    def _pieces(self) -> list[str]:
        pieces = [(literal(text), self.values[place] if place else "") for text, place in parts(self.texts["zh"])]
        return [piece for both in pieces for piece in both if piece]

    @property
    def plain(self) -> str:
        """The sentence of no row, in Chinese: … in its places."""
        return filled(self.texts["zh"], dict.fromkeys(self.values, "…"))

    def again(self, text: str, lang: str) -> str | None:
        """The Chinese sentence of a row in `lang`, with the row's own words as they stand; None for what is not this sentence."""
        found = self._form.fullmatch(text)
        if found is None:
            return None
        own = {place: value for place, value in found.groupdict().items() if value is not None}
        is_more = self.more is not None and not own.keys().isdisjoint(self.more.values)
        return filled(self.texts[lang] + (self.more.texts[lang] if self.more and is_more else ""), own)

    @cached_property
    def _form(self) -> re.Pattern[str]:
        """What a row says reaches as far as it can: it may hold the sentence's own words, which end it once more."""
        more = f"(?:{pattern(self.more.texts['zh'], '.*')})?" if self.more else ""
        return re.compile(pattern(self.texts["zh"], ".*") + more, re.DOTALL)


def of_catalogue(code: str, columns: Sequence[Column] = (), values: Mapping[str, str] | None = None) -> Sentence:
    """The sentence of a built-in check of these columns, any of which would do; `values`: SQL by place."""
    names = {"zh": [column.title for column in columns], "en": [column.name for column in columns]}
    places = {place: f"{{{place}}}" for place in values or {}}
    texts = {lang: say(f"check.{code}", lang, column=" / ".join(names[lang]), **places) for lang in LANGUAGES}
    return Sentence(texts, values or {})
