"""What the checks said of rows, in the language of a page: staging, book and editions keep it in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ruralkpi.checks.sentence import Sentence, of_catalogue
from ruralkpi.exports.declared import built_in
from ruralkpi.texts import say


def said(table: str, code: str, text: str, lang: str) -> str:
    """A check's sentence in `lang`: of a row, or of none (check_list). One that this program's checks don't say, such as an
    older edition's, stays as it is."""
    if lang == "zh":
        return text
    found = (one.again(text, lang) for one in _sentences(table).get(code, ()))
    return next((one for one in found if one is not None), text)


def why(table: str, codes: Sequence[str], texts: Sequence[str], lang: str) -> str:
    """All that is wrong with one row: the sentences of its checks, which have `codes`, in `lang`."""
    each = (said(table, code, text, lang) for code, text in zip(codes, texts, strict=True))
    return say("card.semicolon", lang).join(each)


@cache
def _sentences(table: str) -> dict[str, list[Sentence]]:
    from ruralkpi.checks.check import ANY_DAY, checks_of  # only where one is said again

    made = {"suspected_duplicate": [of_catalogue("suspected_duplicate")]}  # of two rows, where a check looks at one (X15)
    for check in checks_of(built_in()[table], ANY_DAY):
        made.setdefault(check.code, []).append(check.says)
    return made
