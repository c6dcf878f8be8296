"""A person's own TOML file, as any editor saved it: UTF-8, UTF-16 or GBK."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from ruralkpi.decoding import Unreadable, decoded
from ruralkpi.errors import UserError
from ruralkpi.texts import say

_HIDDEN_END = re.compile(r"\.toml\s*(\.txt|\.toml|\s)\s*$", re.IGNORECASE)
_AT = re.compile(r"at line (\d+)")
_WIDE_MARKS = "“”‘’＝［］，＃"


def read_toml(path: Path, key: str) -> dict[str, Any]:
    """The file's words. Raises UserError: in the text of `key` (file, fault) for what is no TOML, else for its encoding."""
    try:
        text = decoded(path.read_bytes())[1]
        return tomllib.loads(text)
    except Unreadable as fault:
        raise UserError(say("error.toml_encoding", file=path, line=fault.line)) from None
    except tomllib.TOMLDecodeError as fault:
        raise UserError(say(key, file=path, fault=f"{fault}{_hint(text, str(fault))}")) from None
    except (OSError, RecursionError) as fault:
        raise UserError(say(key, file=path, fault=getattr(fault, "strerror", None) or type(fault).__name__)) from None


def _hint(text: str, fault: str) -> str:
    """What most likely went wrong in the line of a fault: an input method's marks, or a path of Windows."""
    found = _AT.search(fault)
    lines = text.splitlines()
    line = lines[int(found[1]) - 1] if found and int(found[1]) <= len(lines) else ""
    if any(mark in line for mark in _WIDE_MARKS):
        return say("error.toml_marks")
    return say("error.toml_backslash") if "\\" in line else ""


def is_hidden_toml(path: Path) -> bool:
    """Whether an editor has put another ending behind ``.toml``, which some systems don't show: ``ruralkpi.toml.txt``."""
    return bool(_HIDDEN_END.search(path.name))


def misnamed(path: Path) -> list[Path]:
    """Files that were to be `path`, but have another ending behind its own, or other letters large: nobody reads them."""
    beside = path.parent.iterdir() if path.parent.is_dir() else ()
    name = path.name.lower()
    found = [one for one in beside if one.name.lower() == name or (one.name.lower().startswith(name) and is_hidden_toml(one))]
    return sorted(one for one in found if not (path.exists() and one.exists() and one.samefile(path)))
