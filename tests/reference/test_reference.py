"""The reference pages are what the program says now, and leave nothing out."""

from __future__ import annotations

import click
import pytest
from conftest import ROOT

from ruralkpi.commands.program import cli
from ruralkpi.obligations.declared import rules
from ruralkpi.office.declared import settings
from ruralkpi.reference import errors, python
from ruralkpi.reference.pages import pages
from ruralkpi.texts import LANGUAGES

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """All pages anew, but the one on tables, which tests/book/test_book.py makes of the sample's book."""
    return pages(None)


def test_every_page_is_as_the_program_says_it_now(made: dict[str, str]) -> None:
    """Else: make reference."""
    stale = [name for name, text in made.items() if not (DOCS / name).exists() or (DOCS / name).read_text("utf-8") != text]
    assert stale == [], "make reference"


def test_no_page_of_a_rule_that_is_no_more_is_left(made: dict[str, str]) -> None:
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.glob("*/rules/*.md")}
    assert there <= set(made), "make reference"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_that_may_be_asked_for_has_its_anchor(made: dict[str, str], lang: str) -> None:
    """Commands and options, settings, errors, rules and theirs, public names: each once, under its own name."""
    wanted: dict[str, set[str]] = {"commands.md": set(cli.commands)}
    shared = {option.opts[0] for option in cli.commands["ingest"].params}
    for name, command in cli.commands.items():
        own = {option.opts[0] for option in command.params if isinstance(option, click.Option)}
        wanted["commands.md"] |= {option if option in shared else f"{name}{option}" for option in own}
    wanted["settings.md"] = {one.name for one in settings()}
    wanted["errors.md"] = set(errors.raised())
    wanted["python.md"] = {name for _, name, _ in python.public()}
    wanted["rules.md"] = {rule.id for rule in rules({})}
    wanted |= {f"rules/{rule.id}.md": set(rule.settings) for rule in rules({})}
    for page, names in wanted.items():
        text = made[f"{lang}/{page}"]
        assert [name for name in sorted(names) if text.count(f'<a id="{name}"></a>') != 1] == [], page


def test_every_public_name_says_in_chinese_what_it_does() -> None:
    """Else: write the sentence into ruralkpi/reference/python.toml."""
    assert {name for _, name, _ in python.public()} == set(python.chinese())


def test_an_error_is_parted_into_cause_and_mend() -> None:
    """Most of them say what to do; those that don't say it in other words, or can't know."""
    for lang in LANGUAGES:
        rows = [errors.parted(errors.catalogue()[key][lang], lang) for key in errors.raised()]
        assert sum(bool(mend) for _, mend in rows) > 0.75 * len(rows), lang
