"""The catalogue: every clause and rule is on the page and in the command, with who set each value."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from ruralkpi.catalog.page import html, write
from ruralkpi.obligations.declared import declared, rules
from ruralkpi.texts import LANGUAGES, catalogue, say
from tests.conftest import Office

NUMBERS: list[str] = tomllib.loads((ROOT / "tests" / "given" / "clause_numbers.toml").read_text(encoding="utf-8"))["numbers"]
OWN: Mapping[str, Mapping[str, Any]] = {"complaint_first_reply": {"limit": "24 hours"}}
CASES = [(rule.id, case) for rule in rules() for case in rule.words.get("case", [])]


def named(number: str, known: set[str]) -> bool:
    """A clause stands for itself, or under the heading that its rule names: 2.2(1) under 2.2."""
    return number in known or re.sub(r"\(\d\)$", "", number) in known


def clauses_of(page: str) -> set[str]:
    """The clauses of a page: those of its rules, and those with a reason."""
    lists = re.findall(r'<span class="n">([^<]*)</span></p>', page)
    return {clause for line in lists for clause in re.split("、|, ", line)} | set(re.findall(r'<td class="n">([^<]*)</td>', page))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_names_every_rule_and_every_clause(lang: str) -> None:
    page = html(rules(), lang)
    assert [rule_id for rule_id in declared() if f"<code>{rule_id}</code>" not in page] == []
    assert [number for number in NUMBERS if not named(number, clauses_of(page))] == []
    assert not re.search(r"[{}]", page.split("</style>")[1])
    assert lang == "zh" or not re.search(r"[\u3400-\u9fff]", page.split("</style>")[-1])


def test_the_pages_style_is_read_as_it_is_written() -> None:
    style = html(rules()).split("<style>")[1].split("</style>")[0]
    assert "&" not in style and 'font-family:"Noto Sans SC"' in style


def test_the_command_holds_the_same_rules_and_clauses_as_the_page(office: Office) -> None:
    rows = office.json("catalog")
    assert {row["rule_id"] for row in rows if row["rule_id"]} == set(declared())
    assert {row["clause"] for row in rows} == clauses_of(html(rules()))
    assert [number for number in NUMBERS if not named(number, {row["clause"] for row in rows})] == []
    assert all(row["how_or_why"] for row in rows)


def test_the_same_settings_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, rules(OWN)).read_bytes() for name in ("one", "two"))
    assert first == second != html(rules()).encode()


def test_a_changed_setting_is_marked_as_the_offices(office: Office) -> None:
    mark, before = say("set_by.user"), html(rules())
    assert mark not in before
    assert re.findall(r"<b>([^<]*)</b><span class=\"ours own\">([^<]*)</span>", html(rules(OWN))) == [("24 小时", mark)]
    office.configure('[rules.complaint_first_reply]\nlimit = "24 hours"\n')
    changed = {row["rule_id"]: row["settings"] for row in office.json("catalog") if mark in (row["settings"] or "")}
    assert changed == {"complaint_first_reply": say("catalog.setting", name="limit", value="24 小时", by=mark)}


def test_every_case_is_told_in_both_languages_and_in_its_own_order() -> None:
    for rule_id, case in CASES:
        assert set(case["name"]) == set(LANGUAGES) and all(case["name"].values()), rule_id
        assert re.search(r"[一-龥]", case["name"]["zh"]), case["name"]["zh"]
        assert not re.search(r"[,;()\"]|(?<!\d):", case["name"]["zh"]), case["name"]["zh"]
        assert all("outcome" in row for row in case["expect"]), (rule_id, case["name"]["en"])
    page = html(rules())
    shown = re.findall(r'<li class="(\w+)(?: why)?">[^<]*?(?: ×(\d+))?(?: <small>|</li>)', page)
    told = [word for word, n in shown for _ in range(int(n or 1))]
    assert told == [row["outcome"] for _, case in _on_page() for row in case["expect"]]


def _on_page() -> list[tuple[str, Mapping[str, Any]]]:
    """The cases as the page has them: by dimension, in the order in which the dimensions first come."""
    dimensions = list(dict.fromkeys(rule["dimension"] for rule in declared().values()))
    return sorted(CASES, key=lambda pair: dimensions.index(declared()[pair[0]]["dimension"]))


def test_every_setting_has_its_name() -> None:
    names = {name for rule in rules() for name in rule.settings}
    assert {name for name in names if f"setting.{name}" not in catalogue()} == set()
