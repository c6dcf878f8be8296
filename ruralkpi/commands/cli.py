"""The commands. Results go to standard output, progress and messages to standard error."""

from __future__ import annotations

import io
import sys

import click

from ruralkpi.commands import asking, making, samples
from ruralkpi.commands.streams import OutputLost, in_utf8, open_streams, output_lost, told
from ruralkpi.errors import DONE, INTERRUPTED, UserError
from ruralkpi.masking import told as shown
from ruralkpi.texts import say


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ruralkpi")
def cli() -> None:
    """农村代理人员服务规范：从导出文件到可核对的数字与评分卡。

    A service standard's figures and scorecards from a folder of exports.
    """


for _command in (
    *(making.run, making.ingest, making.check, making.build, making.render),
    *(asking.score, asking.explain, asking.due, asking.catalog),
    samples.sample,
):
    cli.add_command(_command)


def command(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; a user's error is one line on standard error, never a traceback."""
    try:
        code = cli.main(arguments, standalone_mode=False) or DONE
        sys.stdout.flush()
        return code
    except UserError as fault:
        told(shown.masked(str(fault)))
        return fault.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        told(say("cli.interrupted"))
        return INTERRUPTED
    except click.ClickException as fault:
        told(_usage(fault))
        return fault.exit_code
    except OutputLost as fault:
        return output_lost(fault)


def _usage(fault: click.ClickException) -> str:
    """What click would show: how the command is called, and what was wrong."""
    shown = io.StringIO()
    fault.show(shown)
    return shown.getvalue().rstrip()


def main() -> None:
    """The entry point."""
    in_utf8()
    open_streams()
    sys.exit(command())
