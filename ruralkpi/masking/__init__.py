"""Names and phone numbers as they may leave the database (STANDARD section 7).

A person is known by the column, never by how the value looks. A customer is an organisation where its class says so,
or where its name holds an unambiguous word of two characters and more (公司, 卫生院: masking/words.toml).

A person: the family name and * (张*, 欧阳*); with dots the first character of each part (买*·吐*); in other letters
each word's first one and a * for each that follows (Zhang San → Z**** S**), so that two people can be told apart.
A number: 138****5678. Organisations are shown whole. tests/given/masking.toml is the table of examples.

phones: numbers inside a text · people, organisations: names, by the lists of words.toml · texts: known names inside a text
· listed: who is known, and the texts of a database · handed_in: file names, texts in ids and in the book · told: lines of
a console · unmasked: the flag and its log.
"""

from __future__ import annotations

from ruralkpi.masking import organisations, people, phones, unmasked


def mask_person(name: str | None) -> str:
    """A cell of a person's column; several names in it each, numbers too, remarks stay. Empty for none.

    >>> mask_person("张三丰"), mask_person("欧阳修、李四"), mask_person("张三（户主）"), mask_person("买买提·吐尔逊江")
    ('张*', '欧阳*、李*', '张*（户主）', '买*·吐*')
    >>> mask_person("Zhang San"), mask_person("张三13812345678"), mask_person("张三丰的妈妈"), mask_person(None)
    ('Z**** S**', '张*138****5678', '张*的妈妈', '')
    """
    return (name or "").strip() if unmasked.is_on() else people.hidden(name or "")


def mask_customer(name: str | None, is_firm: bool | None = False) -> str:
    """A customer's name: whole where it is an organisation's (`is_firm`: so says its class), else as a person's.

    Beside an organisation's name its numbers and the people named with it are masked. Empty for none.

    >>> mask_customer("竹园镇卫生院"), mask_customer("李园"), mask_customer("中国移动"), mask_customer("青溪宏达", is_firm=True)
    ('竹园镇卫生院', '李*', '中国移动', '青溪宏达')
    >>> mask_customer("木鱼小学教师王芳"), mask_customer("Acme Trading Ltd"), mask_customer("Anna Berg")
    ('木鱼小学教师王*', 'Acme Trading Ltd', 'A*** B***')
    """
    return (name or "").strip() if unmasked.is_on() else organisations.hidden(name or "", bool(is_firm))


def mask_phone(text: str | None) -> str:
    """Phone and identity numbers inside a text, whatever their spelling; the ids of records stay.

    >>> mask_phone("请回电+86 138-1234-5678或(0839)3301234"), mask_phone("202610115108000300")
    ('请回电+86 138****5678或(0839)****1234', '202610115108000300')
    """
    return (text or "") if unmasked.is_on() else phones.masked(text or "")


def mask_id(record: str | None) -> str:
    """An id, or one made of several: a part of it that is a whole phone or identity number is masked, all else stays.

    >>> mask_id("13812345678/2026-10-01"), mask_id("TS15108000300"), mask_id("0380000001")
    ('138****5678/2026-10-01', 'TS15108000300', '0380000001')
    """
    text = record if isinstance(record, str) else ""  # pandas' NaN is no id
    return text if unmasked.is_on() or len(text) < 11 else phones.masked_id(text)
