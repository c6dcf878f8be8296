"""What is made in a process of its own beside the cards: its faults come back, and it ends with what it was for."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from ruralkpi.errors import UserError
from ruralkpi.press.pool import beside
from ruralkpi.whole import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".lock").touch()
    return tmp_path


def test_it_is_done_when_the_block_is_over(folder: Path) -> None:
    with beside(folder, write, folder / "made.txt", "made"):
        pass
    assert (folder / "made.txt").read_text() == "made"


def test_its_fault_is_raised_as_it_is(folder: Path) -> None:
    with pytest.raises(FileNotFoundError) as told, beside(folder, write, folder / "none" / "made.txt", "made"):
        pass
    assert told.value.errno == errno.ENOENT


def test_a_fault_that_can_not_travel_comes_in_words(folder: Path) -> None:
    with pytest.raises(RuntimeError, match="^Own: why$"), beside(folder, exec, "raise type('Own', (Exception,), {})('why')"):
        pass


def test_a_process_that_dies_is_told(folder: Path) -> None:
    with pytest.raises(UserError, match="3"), beside(folder, os._exit, 3):
        pass


def test_a_block_that_fails_ends_it(folder: Path) -> None:
    with pytest.raises(KeyError), beside(folder, time.sleep, 86400):  # else this test would never end
        raise KeyError
