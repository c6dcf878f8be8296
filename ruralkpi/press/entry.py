"""What papermill finds under the name `ruralkpi`: the engine, imported when it is used.

papermill loads entry points while it is being imported itself, so nothing here may import papermill.
"""

from __future__ import annotations

from typing import Any

__all__ = ["ForkedEngine"]


class _OnUse(type):
    def __getattr__(cls, name: str) -> Any:
        from ruralkpi.press import engine

        return getattr(engine.ForkedEngine, name)


class ForkedEngine(metaclass=_OnUse):
    """`papermill --engine ruralkpi …`: stands for `ruralkpi.press.engine.ForkedEngine`."""
