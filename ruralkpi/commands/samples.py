"""The command that makes up exports."""

from __future__ import annotations

from pathlib import Path

import click

from ruralkpi.commands.options import LANG, PATH, tell
from ruralkpi.commands.streams import working
from ruralkpi.errors import DONE, UserError
from ruralkpi.spoken import spoken
from ruralkpi.texts import say

_MARK = ".sample"  # lies where nothing but made-up exports does


@click.command()
@click.argument("folder", type=PATH)
@click.option("--agents", type=click.IntRange(2), default=24, show_default=True)
@click.option("--months", type=click.IntRange(1), default=13, show_default=True)
@click.option("--end", metavar="YYYY-MM", default="2026-10", show_default=True)
@click.option("--seed", type=int, default=20261001, show_default=True)
@click.option(
    "--dirty",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    show_default=True,
    help="错误行比例 share of faulty rows",
)
@click.option("--slips/--no-slips", default=True, help="每种错误放一点 a little of every kind of fault")
@LANG
@click.option("--mappings", type=PATH, help="映射文件写到哪里 where the second county's mappings go")
def sample(folder: Path, agents: int, months: int, end: str, seed: int, dirty: float, slips: bool, mappings: Path | None) -> int:
    """造样例导出文件，同样的参数得到同样的字节。Made-up exports in the real shapes."""
    from ruralkpi.sample import write

    _refuse_other(folder)
    with working(spoken("cli.making_up")):
        write(folder, agents=agents, months=months, end=end, seed=seed, dirty=dirty, slips=slips, mappings=mappings)
    (folder / _MARK).touch()
    tell("cli.sample_done", folder=folder)
    return DONE


def _refuse_other(folder: Path) -> None:
    """Raises UserError for a folder that holds files which may be real: made-up exports would stand among them, or in their
    place."""
    if folder.is_dir() and not (folder / _MARK).exists() and any(not one.name.startswith(".") for one in folder.iterdir()):
        raise UserError(say("error.sample_among_others", folder=folder))
