"""The commands. Results go to standard output, progress and messages to standard error."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import click

from ruralkpi import spoken
from ruralkpi.commands import asking, clusters, faults, keeping, making, publishing, samples
from ruralkpi.commands.offices import commands as offices
from ruralkpi.commands.options import LANG, help_in, language_of, speak, tell_of, write_commands
from ruralkpi.commands.streams import OutputLost, output_lost, told
from ruralkpi.errors import DONE, INTERRUPTED
from ruralkpi.masking import told as shown


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Before click sees them: it answers Ctrl-C with a blank line, and takes a file's end for Ctrl-C."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None
        except EOFError as fault:
            raise RuntimeError("EOFError") from fault

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_commands(self, ctx, formatter)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ruralkpi")
@LANG
def cli() -> None:
    """农村代理人员服务规范：从导出文件到可核对的数字与评分卡。

    A service standard's figures and scorecards from a folder of exports.
    """


for _command in (
    *(making.run, making.ingest, making.check, making.build, making.render),
    *(asking.score, asking.explain, asking.due, asking.catalog),
    *(publishing.publish, publishing.editions, publishing.verify, publishing.changes),
    keeping.store,
    clusters.book,
    samples.sample,
    *(offices.init, offices.map_files, offices.doctor),
):
    cli.add_command(_command)
tell_of(cli)


def command(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; whatever goes wrong is one line on standard error, and no traceback unless
    RURALKPI_TRACE is set."""
    try:
        speak("zh")
        speak(language_of(sys.argv[1:] if arguments is None else arguments))
        help_in(cli, spoken.language())
        code = cli.main(arguments, prog_name="ruralkpi", standalone_mode=False) or DONE
        sys.stdout.flush()
        if not interrupts:
            return code
        fault: BaseException = KeyboardInterrupt()
    except OutputLost as lost:
        return output_lost(lost)
    except (Exception, KeyboardInterrupt) as caught:
        fault = KeyboardInterrupt() if interrupts else caught  # a database makes another error of it, a library none
        faults.trace(caught)
    line, code = faults.line_and_code(fault)
    line = spoken.again(line, spoken.language())
    told(line if code == INTERRUPTED else shown.masked(line))
    return code


interrupts: list[int] = []


def interrupt(number: int, frame: FrameType | None) -> None:
    """What Ctrl-C does."""
    interrupts.append(number)
    raise KeyboardInterrupt
