"""The one script that pages of a month share: plotly's own bundle, copied from its package. Nothing is fetched."""

from __future__ import annotations

import shutil
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from ruralkpi.whole import whole, write

PLOTLY, EXPLORE = "plotly.min.js", "explore.js"


def share_scripts(folder: Path) -> None:
    """Put plotly.min.js and explore.js into the month's folder, once; pages without them keep their drawn pictures."""
    write(folder / EXPLORE, script("explore"))
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        return
    source, target = Path(spec.submodule_search_locations[0]) / "package_data" / PLOTLY, folder / PLOTLY
    if source.exists() and not (target.exists() and target.stat().st_size == source.stat().st_size):
        with whole(target) as part:
            shutil.copyfile(source, part)


def script(name: str, room: str = "pages") -> str:
    """The text of one of our own scripts, shared or a room's own."""
    return resources.files(f"ruralkpi.{room}").joinpath(f"templates/{name}.js").read_text(encoding="utf-8")
