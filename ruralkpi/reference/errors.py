"""Everything that the program says is wrong, by its key: cause and mend, from the texts themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from ruralkpi.exports.declared import built_in
from ruralkpi.reference.markdown import anchor, code, heading, heads, page, table
from ruralkpi.texts import catalogue, say

_RAISED = re.compile(r"(?:UserError|NothingToDo)\(\s*say\(\s*\"([\w.]+)\"")
_MENDS = {"zh": re.compile(r"：(?=请|可用|相近|可写|见|以)|；(?=请|可用|相近|可写|要|确实)|，(?=请)"),
          "en": re.compile(r"[:;] (?=[a-z]+ |for example)")}  # fmt: skip
_PLACE = re.compile(r"^(\{\w+\}[:：] ?)(.*)$", re.DOTALL)
_PARTS = ("error.toml_", "error.how.", "error.a_file", "error.blank_mark")  # of other texts, none of their own


@cache
def raised() -> tuple[str, ...]:
    """The keys of all errors: those of `error`, and whatever else the program raises."""
    home = Path(str(files("ruralkpi")))
    found = {key for path in sorted(home.rglob("*.py")) for key in _RAISED.findall(path.read_text(encoding="utf-8"))}
    own = {key for key in catalogue() if key.startswith("error.") and not key.startswith(_PARTS)}
    return tuple(sorted(own | found))


def of_errors(lang: str) -> str:
    """errors.md: errors, checks of rows, what a person must know, why nothing can be decided, exit codes."""
    checks = [key for key in catalogue() if key.startswith("check.") and key not in ("check.nearest_agent", "check.use_instead")]
    told = [key for key in catalogue() if key.startswith("told.") and key.count(".") == 1 and key not in _OF_TOLD]
    reasons = [key for key in catalogue() if key.startswith("reason.")]
    blocks: list[str] = []
    for name, rows in (
        ("errors", [_row(key, lang) for key in raised()]),
        ("checks", [*(_row(key, lang) for key in checks), *_declared(lang)]),
        ("told", [_row(key, lang) for key in told]),
    ):
        lead = say(f"reference.{name}_lead_own", lang)
        blocks += [
            heading(2, say(f"reference.{name}_own", lang), name),
            lead,
            table(heads(lang, "cause", "what_to_do", "key"), rows),
        ]
    why = [[f"{anchor(key)}{code(key.removeprefix('reason.'))}", _shown(catalogue()[key][lang])] for key in reasons]
    blocks += [heading(2, say("reference.reasons_own", lang), "reasons"), say("reference.reasons_lead_own", lang),
               table(heads(lang, "key", "why"), why)]  # fmt: skip
    codes = [[f"{anchor(f'exit.{n}')}{n}", say(f"reference.exit.{n}", lang)] for n in (0, 1, 2, 3, 70, 130)]
    blocks += [heading(2, say("reference.exit_own", lang), "exit"), table(heads(lang, "code", "meaning"), codes)]
    return page("errors", lang, *blocks)


_OF_TOLD = {"told.no_rule", "told.no_record", "told.second_table_lacks", "told.more", "told.head"}


def _row(key: str, lang: str) -> list[str]:
    cause, mend = parted(catalogue()[key][lang], lang)
    return [f"{anchor(key)}{_shown(cause)}", _shown(mend), code(key)]


def _declared(lang: str) -> Iterator[list[str]]:
    """The checks that exports declare, by their codes."""
    for export in built_in().values():
        for check in export.checks:
            name = f"{export.name}.{check['code']}"
            cost = say(f"reference.severity.{check.get('severity', 'reject')}", lang)
            yield [f"{anchor(f'check.{name}')}{_shown(check[lang])}", cost, code(name)]


def parted(text: str, lang: str) -> tuple[str, str]:
    """Cause and mend of an error's text; no mend where it says none.

    >>> parted("{file}：文件是空的，没有任何数据：请重新导出", "zh")
    ('{file}：文件是空的，没有任何数据', '请重新导出')
    >>> parted("there is no folder {folder}: name the folder of exports with --raw", "en")
    ('there is no folder {folder}', 'name the folder of exports with --raw')
    """
    place = _PLACE.match(text)
    start, rest = place.groups() if place else ("", text)
    found = _MENDS[lang].search(rest)
    return (start + rest[: found.start()], rest[found.end() :]) if found else (text, "")


def _shown(text: str) -> str:
    """The text with what is filled in later in italics."""
    return re.sub(r"\{(\w+)[^}]*\}", r"*\1*", text)
