"""Names beside ids: who, where and which rule a row is about, masked as everywhere."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ruralkpi.masking import mask_customer, mask_id, mask_person
from ruralkpi.texts import catalogue, known_language

# the columns that names add, each after the id that it names
AFTER = {
    "rule_label": "rule_id",
    "measure_label": "measure_id",
    "part_label": "part",
    "agent_name": "agent_id",
    "area_id": "agent_name",
    "county_id": "area_id",
    "customer_name": "customer_id",
    "village_name": "customer_name",
}


def named(frame: pd.DataFrame, is_named: bool, added: tuple[str, ...]) -> pd.DataFrame:
    """A frame with its names masked, each beside its id; without the columns `added` for them unless `is_named`."""
    is_firm = frame.pop("is_firm") if "is_firm" in frame else None
    if not is_named:
        return frame.drop(columns=[name for name in added if name in frame])
    if "agent_name" in frame:
        frame["agent_name"] = frame["agent_name"].map(_once(mask_person), na_action="ignore")
    if "customer_name" in frame:
        firms = is_firm if is_firm is not None else pd.Series(False, index=frame.index)
        frame["customer_name"] = shown(frame["customer_name"], firms)
    order = [name for name in frame.columns if name not in added]
    for name, before in AFTER.items():
        if name in added and name in frame:
            order.insert(order.index(before) + 1 if before in order else 1, name)
    return frame[order]


def shown(names: pd.Series, is_firm: pd.Series) -> pd.Series:
    """Customers' names as they may be shown; missing stays missing."""
    pairs = pd.DataFrame({"name": names, "firm": is_firm.eq(True)})
    known = {pair: mask_customer(*pair) for pair in set(pairs[names.notna()].itertuples(index=False, name=None))}
    made = [known.get(pair) for pair in pairs.itertuples(index=False, name=None)]
    return pd.Series(made, index=names.index, dtype=names.dtype)


def without_numbers(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Ids of customers that are phone numbers, and records named after them, masked."""
    for column in columns:
        frame[column] = frame[column].map(_once(mask_id), na_action="ignore")
    return frame


def texts_of(keys: pd.Series, prefix: str, lang: str) -> pd.Series:
    """The catalogue's name of each key; the key itself where it has none."""
    known_language(lang)
    return keys.map(lambda key: catalogue().get(f"{prefix}.{key}", {}).get(lang, key))


def _once(mask: Any) -> Any:
    seen: dict[str, str] = {}

    def masked(text: str) -> str:
        if text not in seen:
            seen[text] = mask(text)
        return seen[text]

    return masked
