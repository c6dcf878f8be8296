"""Files read by Spark's workers are kept as if they had been read here: the same packs, to the byte."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from conftest import Office

from ruralkpi.engines.spark.crew import spread
from ruralkpi.errors import UserError
from ruralkpi.obligations.limits import limit
from ruralkpi.sql import literal


def store(office: Office) -> dict[str, bytes]:
    folder = office.folder / "marts" / "book.store"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_store_is_the_same_whoever_reads(office: Office, spark: Any) -> None:
    head = "投诉编号,客户编号,受理时间,受理人,首次回复时间\n"
    office.csv("投诉_2026-09.csv", head + "C1,K1,2026-09-05 10:00,007,2026-09-06 10:00", "gbk")
    office.csv("投诉_2026-10.csv", head + "C2,K1,2026-10-05 10:00,007,2026-10-06 10:00")
    office.csv("拜访_2026-10.csv", "拜访编号,客户编号,工号,拜访时间,方式,结果\nV1,K1,007,2026-10-05 09:00,上门,完成")
    (office.folder / "raw" / "故障_2026-10.xlsx").write_bytes(b"no workbook")
    near = office.run("ingest")
    kept = store(office)
    shutil.rmtree(office.folder / "marts")
    far = office.run("ingest", "--engine", "spark")
    assert (near.code, far.code) == (1, 1), far.err
    assert store(office) == kept and len(kept) > 3
    assert [line for line in far.err.splitlines() if "读入 " not in line] == [
        line for line in near.err.splitlines() if "读入 " not in line
    ]


def test_what_workers_say_comes_back_in_order_and_their_errors_as_they_are(spark: Any) -> None:
    assert list(spread(spark, literal, [("b",), (None,), ("a",)])) == ["'b'", "NULL", "'a'"]
    with pytest.raises(UserError, match="three days"):
        list(spread(spark, limit, [("3 days",), ("three days",)]))
