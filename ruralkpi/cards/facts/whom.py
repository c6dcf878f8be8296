"""Whom or what obligations are about: customers masked, vain attempts beside them, 'all' where they are all; parts of a place
together, of many the first."""

from __future__ import annotations

from ruralkpi.book.words import attempts, is_week, record
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content
from ruralkpi.masking import mask_customer, mask_id
from ruralkpi.sql import Row
from ruralkpi.texts import say

_ALL_FROM = 4  # so many customers and more are told as "all" where they are all


def own_key(row: Row) -> bool:
    """Whether a row's number is only its agent's or customer's with a date: no record of its own."""
    return any((row["source_id"] or "").startswith(f"{row[name]}/") for name in ("agent_id", "customer_id") if row[name])


def customers(rows: list[Row], content: Content, lang: str) -> str:
    """Masked customers, each once; the number where there is no name, village and number beside one that another shares."""
    told = [customer(row, content) for row in rows]
    return say("card.comma", lang).join(filter(None, dict.fromkeys(told)))


def customer(row: Row, content: Content) -> str:
    """One customer, as `customers` tells it."""
    name = mask_customer(row["customer_name"], row["is_firm"])
    if name not in content.twins:
        return name or mask_id(row["customer_id"])
    return "·".join(filter(None, [name, row.get("village_name"), mask_id(row["customer_id"])]))


def names(rows: list[Row], content: Content, lang: str) -> str:
    """The customers of slots with the attempts that came to nothing; 'all' where they are all key customers."""
    plain = {row["customer_id"]: customer(row, content) for row in rows}
    told = {row["customer_id"]: plain[row["customer_id"]] + _attempts(row, content, lang) for row in rows}
    if len(told) >= _ALL_FROM and len(told) == content.person.get("key_n") and told == plain:
        return say("card.all_key", lang, n=len(told))
    return say("card.comma", lang).join(dict.fromkeys(told.values()))


def are_parts(rows: list[Row]) -> bool:
    """Whether rows are parts of places, each called by its place and itself."""
    return all(row["customer_id"] is None and "/" in (row["source_id"] or "") and not own_key(row) for row in rows)


def by_place(rows: list[Row], content: Content, lang: str) -> str:
    """Each place once with its parts in brackets after it; the agent's own county is not said."""
    county, comma, parts = f"/{content.person.get('county_id')}/", say("card.comma", lang), dict[str, list[str]]()
    for row in rows:
        place, _, part = record(row, lang).replace(county, "/").rpartition("/")
        parts.setdefault(place, []).append(part)
    return comma.join(place + say("card.in_brackets", lang, text=comma.join(some)) for place, some in parts.items())


def first_of(named: list[str], lang: str) -> str:
    """Records in one line; of too many the first and how many they are."""
    comma, most = say("card.comma", lang), choices().records_most
    if len(named) <= most:
        return comma.join(named)
    return say("sentence.and_more", lang, thing=comma.join(named[: most - 1]), n=len(named))


def _attempts(row: Row, content: Content, lang: str) -> str:
    """The days on which a missed slot's customer was tried in vain."""
    if row["source_table"] != "key_slot" or row["outcome"] != "missed_open":
        return ""
    kind = "call" if is_week(row) else "onsite"
    tried = [one.partition(" ") for one in (content.touches.get(row["customer_id"]) or {}).get("attempts") or []]
    first, last = f"{row['start_at']:%Y-%m-%d}", f"{row['due_on']:%Y-%m-%d}"
    days = [day[5:] for told, _, day in tried if told == kind and first <= day <= last]
    return attempts(kind == "call", days, lang)
