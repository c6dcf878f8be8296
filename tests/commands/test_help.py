"""`--help` is whole: each command with both languages uncut and an example, each option with words, within 80 columns."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from conftest import Office
from rich.cells import cell_len

from ruralkpi.commands.program import cli

CJK = re.compile(r"[\u3400-\u9fff]")


def test_every_command_says_its_whole_self_in_the_list(office: Office) -> None:
    said = office.run("--help").out
    joined = " ".join(said.split())
    for name, command in cli.commands.items():
        assert name in said
        chinese, _, english = (command.help or "").strip().rpartition("。")
        assert chinese and english and f"{chinese}。" in joined and english in joined, name
    assert max(map(cell_len, said.splitlines())) <= 80 and "..." not in said.replace("[ARGS]...", "")
    english = office.run("--help", "--lang", "en").out
    assert not CJK.search(english) and "What is wrong with" in english


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_a_commands_help_has_an_example_and_words_for_each_option(office: Office, name: str) -> None:
    said = office.run(name, "--help").out
    assert f"例 Example:\n    ruralkpi {name}" in said
    assert not CJK.search(office.run(name, "--help", "--lang", "en").out.split("Example:")[0])
    for option in cli.commands[name].params:
        assert not isinstance(option, click.Option) or option.help, f"{name} {option.opts}: write its words"


def test_a_shell_completes_commands_and_options() -> None:
    exe = Path(sys.executable).parent / "ruralkpi"
    env = os.environ | {"_RURALKPI_COMPLETE": "bash_complete", "COMP_CWORD": "1", "COMP_WORDS": "ruralkpi sc"}
    done = subprocess.run([exe], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["plain,score"]
