"""The tiny book that the examples in docstrings read; `book` and `rk` are there in each of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import ruralkpi as rk
from ruralkpi.settings import Settings
from ruralkpi.stages.build import build
from ruralkpi.stages.ingest import ingest

EXPORTS = {
    "代理人员.csv": """工号,姓名,片区,区县,场镇
007,张三,甲片区,青川县,竹园镇
008,李四,甲片区,青川县,乔庄镇
101,王五,乙片区,剑阁县,普安镇""",
    "客户.csv": """客户编号,名称,客户级别,工号
K1,甲镇政府,重要,007
K2,陈红,普通,008
K3,乙镇卫生院,重要,101""",
    "投诉.csv": """投诉编号,客户编号,受理时间,受理人,首次回复时间
C1,K1,2026-01-31 10:00,007,2026-02-01 09:00
C2,K1,2026-02-03 10:00,007,2026-02-05 12:00
C3,K2,2026-02-09 10:00,008,
C4,K2,没有时间,008,
C5,K2,2026-03-30 10:00,008,2026-03-30 11:00""",
    "故障.csv": """故障单号,客户编号,申告时间,产品,工号,修复时间
F1,K1,2026-02-02 08:00,宽带,007,2026-02-03 08:00
F2,K1,2026-02-10 08:00,宽带,007,2026-02-14 08:00
F3,K3,2026-03-30 08:00,宽带,101,""",
    "协议.csv": """协议编号,客户编号,产品,起始日期,到期日期,金额,续约协议编号,续约签订日期
A1,K1,宽带,2025-04-01,2026-03-10,100,,2026-03-09
A2,K2,宽带,2025-04-01,2026-03-10,50,,2026-03-15
A3,K3,专线,2025-04-21,2026-04-20,900,,""",
    "拜访.csv": """拜访编号,客户编号,工号,拜访时间,方式,结果
V0,K1,007,2026-01-06 09:00,上门,完成
V1,K1,007,2026-02-03 09:00,上门,完成
V2,K1,007,2026-02-20 09:00,上门,完成
V3,K3,101,2026-01-06 09:00,上门,未遇
V4,K3,101,2026-03-30 09:00,上门,未遇
V5,K1,007,2026-03-30 09:00,上门,未遇""",
    "电话拜访.csv": """编号,客户编号,工号,通话时间,是否接通,呼出/呼入
P1,K1,007,2026-02-02 09:00,是,呼出
P2,K3,101,2026-02-04 09:00,是,呼出
P3,K1,007,2026-03-30 09:00,否,呼出
P4,K3,101,2026-03-30 09:00,否,呼出""",
}


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> rk.Book:
    """Three agents, three customers, three months, at the end of March 2026."""
    folder = tmp_path_factory.mktemp("tiny")
    raw = folder / "raw"
    raw.mkdir()
    for name, text in EXPORTS.items():
        (raw / name).write_text(text + "\n", encoding="utf-8")
    settings = Settings(raw=raw, db=folder / "marts" / "tiny.duckdb", as_of="2026-03-31")
    ingest(settings)
    build(settings)
    return rk.open(settings.db)


@pytest.fixture(autouse=True)
def examples(request: pytest.FixtureRequest, doctest_namespace: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that every example may use."""
    book = request.getfixturevalue("tiny")
    monkeypatch.chdir(Path(book.path).parent)
    doctest_namespace.update(book=book, rk=rk, dt=dt)
