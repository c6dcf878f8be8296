"""What reading one workbook or web page may take: office machines bear it, and no honest export needs more."""

from __future__ import annotations

from dataclasses import dataclass

from ruralkpi.errors import UserError
from ruralkpi.texts import say


@dataclass(frozen=True)
class Limits:
    """Of one file, all its sheets together: megabytes of memory, seconds by the clock, cells with the empty ones between."""

    memory_mb: int = 1024
    seconds: int = 60
    cells: int = 10_000_000


class Count:
    """Cells and text of one file as they are read."""

    def __init__(self, file: str, limits: Limits) -> None:
        self.file, self.limits, self.cells_n, self.text_n = file, limits, 0, 0

    def cells(self, n: int) -> None:
        """So many more cells. Raises UserError beyond the limit."""
        self.cells_n += n
        if self.cells_n > self.limits.cells:
            raise UserError(say("error.too_many_cells", file=self.file, limit=self.limits.cells))

    def text(self, n: int) -> None:
        """So many more characters, of each cell its own though cells share them: the database writes them out, in up to four
        bytes. Raises UserError beyond the limit of memory."""
        self.text_n += n
        if self.text_n > self.limits.memory_mb << 18:
            raise UserError(say("error.too_much_memory", file=self.file, limit=self.limits.memory_mb))
