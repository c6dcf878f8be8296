"""A notebook's parameters: unknown names fail, text stays text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.inspection import _infer_parameters, inspect_notebook

from ruralkpi.errors import UserError, nearest
from ruralkpi.texts import say


def check_parameters(notebook: Path, given: Mapping[str, Any]) -> None:
    """Raise UserError, naming the nearest known names, unless every given name is a parameter of the file."""
    known = {name: str(about["inferred_type_name"]) for name, about in inspect_notebook(str(notebook)).items()}
    _check(notebook.name, known, given)


def refuse_unknown(notebook: NotebookNode) -> None:
    """The same for a notebook that papermill has already filled in; papermill itself only warns.

    Text parameters must be text: `papermill -p agent_id 007` would turn 007 into 7, `-r` does not.
    """
    known = {p.name: p.inferred_type_name for p in _infer_parameters(notebook)}
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    _check("notebook", known, given)


def _check(name: str, known: Mapping[str, str], given: Mapping[str, Any]) -> None:
    for parameter, value in given.items():
        if parameter not in known:
            near = "、".join(nearest(parameter, known)) or "、".join(known)
            raise UserError(say("card.unknown_parameter", notebook=name, name=parameter, near=near))
        if known[parameter] == "str" and not isinstance(value, str):
            raise UserError(say("card.not_text", name=parameter, value=value))
