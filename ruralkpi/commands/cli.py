"""The commands. Results go to standard output, progress and messages to standard error."""

from __future__ import annotations

import os
import sys

import click

from ruralkpi.commands import asking, making, samples
from ruralkpi.errors import DONE, INTERRUPTED, PARTLY, UserError
from ruralkpi.masking import told
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
        return cli.main(arguments, standalone_mode=False) or DONE
    except UserError as fault:
        click.echo(told.masked(str(fault)), err=True)
        return fault.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo(say("cli.interrupted"), err=True)
        return INTERRUPTED
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PARTLY


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(command())
