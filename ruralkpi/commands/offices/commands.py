"""`init`, `map` and what else is asked of an office itself."""

from __future__ import annotations

from pathlib import Path

import click

from ruralkpi import spoken
from ruralkpi.commands.options import LANG, PATH, common, tell
from ruralkpi.errors import DONE, PARTLY
from ruralkpi.settings import Settings


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


@click.command("map")
@click.argument("files", nargs=-1, type=PATH)
@click.option("--export", "wanted", metavar="NAME", help="就当这种导出 take it for this export, such as complaints")
@click.option("--check", "is_checked", is_flag=True, help="每个映射文件管了哪些文件 what each mapping does to which files")
@common
def map_files(settings: Settings, files: tuple[Path, ...], wanted: str | None, is_checked: bool) -> int:
    """给没认出来的文件写映射草稿。A draft of a mapping for what is not understood; never overwrites."""
    from ruralkpi.commands.offices import mapping

    return mapping.check(settings) if is_checked else mapping.write_drafts(settings, files, wanted or "")


@click.command()
@common
def doctor(settings: Settings) -> int:
    """体检：安装和这个文件夹哪里不对、怎么办。What is wrong with the installation or the office, and what to do."""
    from ruralkpi.office.doctor import findings

    code = DONE
    for one in findings(settings):
        line = one.line or spoken.spoken(f"doctor.{one.key}", **one.values)
        tell("doctor.well" if one.is_well else "doctor.wrong", line=line)
        code = code if one.is_well else PARTLY
    return code
