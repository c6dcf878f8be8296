"""A process of our own that is asked through its standard input and answers on its standard output, from its start to its end."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from contextlib import suppress

_START = "import sys; sys.path[:] = {path!a}; from {module} import serve; serve()"


class Piped:
    """Runs `serve` of `module`, with the same search path as here."""

    def __init__(self, module: str) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path, module=module)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def send(self, words: object) -> None:
        """Ask it; one that has died is noticed where its reply is missing."""
        assert self.process.stdin
        with suppress(OSError):
            pickle.dump(words, self.process.stdin)
            self.process.stdin.flush()

    def last_words(self) -> bytes:
        """What it wrote to its standard error at the last."""
        size = self.errors.seek(0, 2)
        self.errors.seek(max(size - 4096, 0))
        return self.errors.read()

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):  # a job that it never took
                pipe and pipe.close()
