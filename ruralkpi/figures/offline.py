"""Figures in notebooks without the network: plotly's own renderer fetches MathJax from a content network for each figure."""

from __future__ import annotations

import re
from typing import Any

import plotly.io as pio
from plotly.io._base_renderers import NotebookRenderer

from ruralkpi.book.frames import watched

_FETCHED = re.compile(r'<script src="https?://[^"]*"></script>')


class Offline(NotebookRenderer):
    """Plotly's notebook renderer, less the scripts that it would fetch; plotly.js itself stands in the notebook once."""

    def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, Any]:
        """The figure's HTML without anything from elsewhere."""
        return {kind: _FETCHED.sub("", text) for kind, text in super().to_mimebundle(fig_dict).items()}


# what plotly chose when it was first asked outside a notebook, as in a process that forks notebooks
_outside = None if watched() else pio.renderers.default


def stay() -> None:
    """Take the place of plotly's own choice for notebooks; what the user chose stays."""
    if watched() and pio.renderers.default in ("plotly_mimetype+notebook", _outside):
        pio.renderers["ruralkpi"] = Offline()
        pio.renderers.default = "plotly_mimetype+ruralkpi"
