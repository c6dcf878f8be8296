"""Visit sheets that agents hand in themselves: no visit number, their own order of columns, odd digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.whole import Story
from ruralkpi.sample.writing import files
from ruralkpi.sample.writing.stamps import stamp_cells

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
# Standard headers in three agents' own order, and how each writes a stamp.
LAYOUTS = [
    ({"拜访时间": "visited_at", "客户编号": "customer_id", "名称": "customer_name", "方式": "mode",
      "结果": "result", "目的": "purpose", "备注": "note", "工号": "agent_id"}, "hanzi_minute"),
    ({"工号": "agent_id", "客户编号": "customer_id", "拜访日期": "visited_at", "到达时间": "arrived_at",
      "离开时间": "left_at", "拜访方式": "mode", "拜访结果": "result"}, "excel_second"),
    ({"客户编号": "customer_id", "工号": "agent_id", "拜访时间": "visited_at", "计划时间": "planned_at",
      "预约时间": "booked_at", "结果": "result", "方式": "mode", "目的": "purpose"}, "slash_minute"),
]  # fmt: skip


def write(plan: Plan, story: Story, folder: Path) -> None:
    """One workbook per self-reporting agent and month."""
    visits = story.known("visits", plan.as_of)
    visits = visits[visits["_own_sheet"]]
    names = story.county.customers["customer_name"].to_numpy()
    visits = visits.assign(customer_name=names[visits["_customer"]], _month=visits["visited_at"].dt.strftime("%Y-%m"))
    layout_of = {agent: no for no, agent in enumerate(sorted(visits["agent_id"].unique()), start=2 * story.county.place.no)}
    for (agent, month), rows in visits.groupby(["agent_id", "_month"]):
        columns, style = LAYOUTS[layout_of[agent] % len(LAYOUTS)]
        cells = pd.DataFrame({h: _cells(rows[c], style) for h, c in columns.items()}, dtype=object)
        if style == "hanzi_minute":
            # Typed with a Chinese input method left on.
            odd = np.arange(len(cells)) % 5 == 0
            cells.loc[odd, "客户编号"] = cells.loc[odd, "客户编号"].str.translate(FULL_WIDTH)
        files.write(folder / f"{month}/拜访_自报_{agent}.xlsx", cells, "utf-8")


def _cells(column: pd.Series, style: str) -> np.ndarray:
    if column.dtype.kind == "M":
        return stamp_cells(column.to_numpy(), style)
    return column.fillna("").to_numpy(dtype=object)
