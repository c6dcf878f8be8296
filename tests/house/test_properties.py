"""What must hold for any exports: nothing owed is lost, order and splitting don't matter, nobody changes another's figures."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from conftest import Office
from hypothesis import given, settings
from hypothesis import strategies as st

FEW = settings(max_examples=4, deadline=None, derandomize=True)
AGENTS = ["001", "002", "003"]
DAYS = st.integers(1, 28).map(lambda day: f"2026-01-{day:02d}")
CLOCK = st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)).map(lambda t: "{:02d}:{:02d}:{:02d}".format(*t))
STAMP = st.one_of(
    st.just(""), DAYS, st.tuples(DAYS, CLOCK).map(" ".join), st.tuples(DAYS, CLOCK).map(lambda p: f"{p[0]} {p[1][:5]}")
)
SOME = st.one_of(DAYS, st.tuples(DAYS, CLOCK).map(" ".join))
YES = st.sampled_from(["是", "否", ""])
CUSTOMER = st.sampled_from([f"K{n}" for n in range(6)])

Rows = dict[str, list[tuple[str, ...]]]
HEADS = {
    "投诉": "投诉编号,客户编号,受理时间,受理人,首次回复时间,撤诉,办结时间",
    "拜访": "拜访编号,客户编号,工号,拜访时间,方式,结果,遗留问题,回复时间",
    "电话拜访": "编号,客户编号,工号,通话时间,是否接通,呼出/呼入",
    "故障": "故障单号,客户编号,申告时间,产品,工号,同意时间,10000申告时间,修复时间,故障现象",
    "协议": "协议编号,客户编号,到期日期,续约签订日期",
    "客户": "客户编号,客户级别,工号,归属起始日期,归属终止日期",
    "代理人员": "工号,片区,代维标志",
}


@st.composite
def exports(draw: st.DrawFn) -> Rows:
    agent = st.sampled_from(AGENTS)
    some = lambda row: st.lists(row, max_size=8)
    moves = [(f"K{n}", draw(st.sampled_from(["重要", "普通"])), draw(agent), "2025-01-01", "") for n in range(6)]
    later = [(k, g, draw(agent), draw(DAYS), "") for k, g, *_ in moves if draw(st.booleans())]
    return {
        "投诉": _numbered("C", draw(some(st.tuples(CUSTOMER, SOME, agent, STAMP, YES, STAMP)))),
        "拜访": _numbered("V", draw(some(st.tuples(CUSTOMER, agent, SOME, st.sampled_from(["上门", "电话", ""]), st.sampled_from(["完成", "未遇", ""]), st.sampled_from(["", "换机"]), STAMP)))),
        "电话拜访": _numbered("T", draw(some(st.tuples(CUSTOMER, agent, SOME, YES, st.sampled_from(["呼出", "呼入"]))))),
        "故障": _numbered("F", draw(some(st.tuples(CUSTOMER, SOME, st.just("宽带"), agent, STAMP, STAMP, STAMP, st.sampled_from(["断网", ""]))))),
        "协议": _numbered("X", draw(some(st.tuples(CUSTOMER, DAYS, STAMP)))),
        "客户": moves + later,
        "代理人员": [("001", "甲", "是"), ("002", "甲", "否"), ("003", "乙", "是")],
    }  # fmt: skip


def _numbered(mark: str, rows: list[tuple[str, ...]]) -> Rows | Any:
    return [(f"{mark}{n}", *row) for n, row in enumerate(rows)]


def book_of(rows: Rows, as_of: str = "2026-01-31", *, order: int = 0, parts: int = 1) -> dict[str, pd.DataFrame]:
    """The tables that the exports give, their rows shuffled by `order` and split over `parts` files."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        for name, lines in rows.items():
            mixed = random.Random(order).sample(lines, len(lines)) if order else lines
            for part in range(parts):
                office.csv(f"{name}_{part}.csv", "\n".join([HEADS[name], *(",".join(line) for line in mixed[part::parts])]))
        office.make(as_of)
        with office.book() as book:
            return {
                "obligation": book.sql("SELECT * EXCLUDE (file, row) FROM obligation ORDER BY rule_id, source_id"),
                "agent": book.sql("SELECT * FROM kpi_agent_month ORDER BY ALL"),
                "area": book.sql("SELECT * FROM kpi_area_month ORDER BY ALL"),
                "count": book.sql(
                    "SELECT sum(read_n) AS read_n, sum(blank_n + clean_n + superseded_n + quarantined_n) AS kept_n FROM source_count"
                ),
            }


@FEW
@given(exports(), st.integers(1, 99))
def test_shuffled_rows_and_split_files_change_nothing(rows: Rows, order: int) -> None:
    first, second = book_of(rows), book_of(rows, order=order, parts=2)
    for table in ("obligation", "agent", "area"):
        pd.testing.assert_frame_equal(first[table], second[table])


@FEW
@given(exports())
def test_every_obligation_is_counted_once_and_every_row_kept(rows: Rows) -> None:
    found = book_of(rows)
    for table in ("agent", "area"):
        figures = found[table]
        assert (figures["met_n"] + figures["late_n"] + figures["open_n"] == figures["owed_n"]).all()
        assert (figures["rate"].isna() == (figures["owed_n"] == 0)).all()
    counts = found["obligation"]["outcome"].value_counts()
    for outcome, name in (("met", "met_n"), ("pending", "pending_n"), ("unknown", "unknown_n"), ("exempt", "exempt_n")):
        assert found["area"][name].sum() == counts.get(outcome, 0)
    assert found["count"]["read_n"][0] == found["count"]["kept_n"][0] == sum(map(len, rows.values())) + len(rows)


@FEW
@given(exports(), CUSTOMER, SOME, STAMP)
def test_a_record_of_one_agent_never_changes_another_agents_figures(rows: Rows, customer: str, at: str, reply: str) -> None:
    more = dict(rows)
    more["投诉"] = [*rows["投诉"], ("C99", customer, at, "001", reply, "", "")]
    more["协议"] = rows["协议"]
    before, after = book_of(rows)["agent"], book_of(more)["agent"]
    others = lambda frame: frame[frame["agent_id"] != "001"].reset_index(drop=True)
    pd.testing.assert_frame_equal(others(before), others(after))


@FEW
@given(exports(), st.integers(1, 27))
def test_a_later_cut_off_never_opens_what_was_decided(rows: Rows, day: int) -> None:
    early, late = book_of(rows, f"2026-01-{day:02d}")["obligation"], book_of(rows, "2026-03-31")["obligation"]
    decided = early[early["outcome"].isin(["met", "missed_late", "missed_open"])]
    both = decided.merge(late, on=["rule_id", "source_id"], suffixes=("", "_late"))
    assert len(both) == len(decided)
    assert not both["outcome_late"].eq("pending").any()
