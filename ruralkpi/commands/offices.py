"""Commands about the office itself: making one, its mappings, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import click

from ruralkpi import spoken
from ruralkpi.commands.options import LANG, PATH, tell
from ruralkpi.errors import DONE


@click.command()
@click.argument("folder", type=PATH)
@LANG
def init(folder: Path) -> int:
    """建一个工作文件夹：导出、映射、设置、报告都在里面，已有的不动。An office of its own; what is there stays."""
    from ruralkpi.office.layout import lay_out

    made, kept = lay_out(folder, spoken.language())
    if kept:
        tell("office.kept", n=len(kept), folder=folder)
    tell("office.made", n=len(made), folder=folder)
    tell("office.next", folder=folder)
    return DONE
