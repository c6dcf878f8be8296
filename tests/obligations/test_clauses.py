"""Every clause of the standard is in a rule, or stands with the reason why records can't measure it."""

from __future__ import annotations

import re
import tomllib

import pytest
from conftest import ROOT

from ruralkpi.catalog.clauses import not_measurable
from ruralkpi.obligations.declared import rules

HERE = ROOT / "tests" / "given"
SOURCE = ROOT.parent / "shared" / "spec" / "service-standard-zh.txt"
NUMBERS: list[str] = tomllib.loads((HERE / "clause_numbers.toml").read_text(encoding="utf-8"))["numbers"]
RULED = {clause for rule in rules() for clause in rule.words["clause"]}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_clause_is_in_a_rule_or_has_its_reason(number: str) -> None:
    ruled = number in RULED or re.sub(r"\(\d\)$", "", number) in RULED
    assert ruled or number in not_measurable()


def test_no_clause_is_in_a_rule_and_not_measurable() -> None:
    assert not RULED & set(not_measurable())


def test_reasons_name_clauses_of_the_standard_in_both_languages() -> None:
    assert set(not_measurable()) <= set(NUMBERS)
    assert all(why["zh"].strip() and why["en"].strip() for why in not_measurable().values())


def test_rules_name_clauses_or_headings_of_the_standard() -> None:
    headings = {number[:end] for number in NUMBERS for end in range(3, len(number))}
    assert not RULED - set(NUMBERS) - headings


def test_the_numbers_are_those_of_the_text() -> None:
    if not SOURCE.exists():
        pytest.skip("the text of the standard is not beside this checkout")
    assert sorted(_numbered(SOURCE.read_text(encoding="utf-8"))) == sorted({re.sub(r" ¶\d$", "", number) for number in NUMBERS})


def _numbered(text: str) -> set[str]:
    """The numbers down to which the text goes: section, (item), circled point."""
    found, section, item = [], "", ""
    for line in text.splitlines():
        if heading := re.match(r"\d(\.\d)+", line):
            section = item = heading[0]
            found.append(section)
        elif point := re.match(r"\((\d)\)", line):
            item = section + point[0]
            found.append(item)
        elif circled := re.match(r"[①-⑨]", line):
            found.append(item + circled[0])
    return {number for number in found if not any(_is_below(other, number) for other in found)}


def _is_below(other: str, number: str) -> bool:
    return other != number and other.startswith(number) and not other[len(number)].isdecimal()
