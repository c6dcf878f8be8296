"""The table of examples, and that no mask is ever in the way of another one."""

from __future__ import annotations

import tomllib

import pytest
from conftest import ROOT

from ruralkpi.masking import mask_customer, mask_id, mask_person, mask_phone, people, texts
from ruralkpi.masking.vocabulary import words

TABLE = tomllib.loads((ROOT / "tests" / "given" / "masking.toml").read_text(encoding="utf-8"))
KNOWN = ("张三", "李四（户主）", "买买提·吐尔逊江", "Zhang San", "周一", "李")


def pairs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("cell", "shown"), TABLE[name].items())


@pairs("person")
def test_a_persons_column_is_masked_whatever_it_looks_like(cell: str, shown: str) -> None:
    assert mask_person(cell) == shown == mask_person(shown)


@pairs("customer")
def test_customers_of_both_kinds(cell: str, shown: str) -> None:
    assert mask_customer(cell) == shown == mask_customer(shown)


def mask_text(text: str) -> str:
    return texts.hidden(text, [name for cell in KNOWN for name in people.named(cell)])


def test_none_is_missing() -> None:
    assert len(TABLE["customer"]) == 79


@pairs("firm")
def test_a_firm_by_its_class_is_shown_whole(cell: str, shown: str) -> None:
    assert mask_customer(cell, is_firm=True) == shown


@pairs("text")
def test_a_text_loses_numbers_and_known_names(cell: str, shown: str) -> None:
    assert mask_text(cell) == shown == mask_text(shown)


@pytest.mark.parametrize("text", TABLE["untouched"]["names"])
def test_ids_amounts_and_times_stay(text: str) -> None:
    assert mask_phone(text) == mask_id(text) == mask_text(f"见{text}。")[1:-1] == text


def test_a_number_is_found_between_any_words_and_never_inside_a_longer_one() -> None:
    around = [("请拨", "谢谢"), ("a", "b"), ("（", "）"), ("_", "_"), ("", ".csv"), ("\n", "\n"), ("2026-10-31 ", " 5次")]
    for number in ("13812345678", "138 1234 5678", "0839-3301234", "510802199001011234"):
        for before, after in around:
            assert number not in mask_phone(f"{before}{number}{after}"), (before, number)
    for number in ("13812345678", "01085551234", "510802199001011234"):
        for longer in (f"1{number}", f"{number}1", f"2026{number}0001"):
            assert mask_phone(longer) == longer


def test_no_single_character_makes_an_organisation() -> None:
    assert all(len(word) > 1 for key in ("organisations", "beginnings", "compound") for word in words()[key])
