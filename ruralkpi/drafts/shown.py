"""What of a file may stand in a draft: values by their shape, times as they are; names, numbers and ids masked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ruralkpi.drafts.dates import CLOCK, TIME
from ruralkpi.masking import mask_phone

_SAMPLES, _LONGEST = 3, 24
_HAN = re.compile(r"([\u3400-\u9fff])[\u3400-\u9fff·]+")
_LONG = re.compile(r"([A-Za-z0-9]{2})[A-Za-z0-9]{2,}")
_WORD = re.compile(r"([^\W\d_])[^\W\d_]{1,}(?![\u3400-\u9fff])")
_AMOUNT = re.compile(r"[-¥￥]?\d{1,6}([.,]\d+)?(元|%|万)?")


def samples(texts: Sequence[str]) -> list[str]:
    """The first texts, masked.

    >>> samples(["张三丰", "138 1234 5678", "2026-10-03 08:05"])
    ['张*', '138****5678', '2026-10-03 08:05']
    >>> samples(["TS15108000300", "Anna Berg"])
    ['T**', 'A** B**']
    """
    return [masked(text) for text in texts[:_SAMPLES]]


def masked(text: str) -> str:
    """One text without what may name somebody: a time and an amount whole, else the first letters of each part."""
    text = " ".join(text.split())
    if TIME.search(text) and not re.search(r"[\u3400-\u9fff]{2}", text.replace("上午", "").replace("下午", "")):
        return text[:_LONGEST]
    if CLOCK.match(text) or _AMOUNT.fullmatch(text):
        return text
    if len(text) > _LONGEST:
        return f"{text[0]}…"
    shown = mask_phone(text)
    if shown == text:
        shown = _WORD.sub(r"\1*", _LONG.sub(r"\1**", _HAN.sub(r"\1*", text))).replace("***", "**")
    return shown
