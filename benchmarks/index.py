"""The index of 20,000 agents in Chromium: milliseconds of each key press and of each click on a head.

python benchmarks/index.py [agents]   (needs Chromium)
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "cards"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "given"))

from browser import Browser
from test_browser import many, opened

_SCRIPT = """
const clock = f => { const from = performance.now(); f(); document.body.offsetHeight; return performance.now() - from; };
const type = word => clock(() => { find.value = word; find.dispatchEvent(new Event("input")); });
const head = by => clock(() => { ways.clear(); document.querySelector(`[data-by="${by}"]`).click(); });
const best = f => Math.min(f(), f(), f());
const ms = [..."片区123 ▼"].map((_, i, all) => best(() => type(all.slice(0, i + 1).join(""))));
document.title = JSON.stringify({ "a key press": ms, "a click on a head": [0, 2, 9, 13].map(by => best(() => head(by))) });
"""


def main(n: int) -> None:
    """The best of three tries each, layout included."""
    with tempfile.TemporaryDirectory() as name, Browser(Path(name) / "profile") as browser:
        dom = opened(browser, many(Path(name), n), _SCRIPT)
    found = re.search(r"<title>(\{.*?\})</title>", dom)
    assert found, "the page's script failed"
    for what, ms in json.loads(found[1]).items():
        print(f"{what}: {', '.join(f'{one:.1f}' for one in ms)} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
