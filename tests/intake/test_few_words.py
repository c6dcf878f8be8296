"""A column of words says and means the same whether its texts are few, and told by an expression, or many, and joined."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from conftest import Office

from ruralkpi.intake.values import spoken

# as written, and what it means
MODES = {"上门": "onsite", " 上门 ": "onsite", "电话": "call", "店内": "?", "": None, "没有的词": "?"}


def read(office: Office) -> list[tuple[Any, ...]]:
    rows = [f"V{n},K{n},0007,2026-10-03 10:00,{mode},{'是' if n % 2 else '否'}," for n, mode in enumerate(MODES)]
    office.csv("2026-10/拜访_2026-10.csv", "\n".join(["拜访编号,客户编号,工号,拜访时间,拜访方式,本次是否当场答复,备注", *rows]))
    assert office.run("ingest").code == 0
    with office.staging() as con:
        typed = con.execute("SELECT mode, mode_means, typeof(mode), typeof(mode_means) FROM typed.visits ORDER BY row").fetchall()
        raw = con.execute("SELECT mode FROM raw.visits ORDER BY row").fetchall()
    return [*typed, *raw]


def test_few_words_and_many_say_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    few = read(office)
    monkeypatch.setattr(spoken, "_FEW", 0)
    shutil.rmtree(office.folder / "marts" / "book.store")
    assert read(office) == few
    assert [row[:2] for row in few[: len(MODES)]] == [(mode.strip() or None, means) for mode, means in MODES.items()]
    assert few[len(MODES) :] == [(mode or None,) for mode in MODES]
