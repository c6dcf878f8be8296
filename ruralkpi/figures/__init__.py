"""Plotly figures in the cards' visual language. Each takes a book or a frame and returns a Figure to go on changing.

rate over time: trend, small_multiples · comparing: funnel, waterfall, restatement · times: reply_times, repairs · grids: cadence,
renewals · rows handed in: flow. fault_hours and flow_rows give the frames that two of them draw.
"""

from ruralkpi.figures.cadence import cadence
from ruralkpi.figures.compare import funnel, waterfall
from ruralkpi.figures.flow import flow, flow_rows
from ruralkpi.figures.multiples import small_multiples
from ruralkpi.figures.renewals import renewals
from ruralkpi.figures.restated import restatement
from ruralkpi.figures.survival import fault_hours, repairs
from ruralkpi.figures.times import reply_times
from ruralkpi.figures.trend import trend

__all__ = [
    "cadence",
    "fault_hours",
    "flow",
    "flow_rows",
    "funnel",
    "renewals",
    "repairs",
    "reply_times",
    "restatement",
    "small_multiples",
    "trend",
    "waterfall",
]


def __dir__() -> list[str]:
    """The public names only: the modules are no promise."""
    return sorted(__all__)
