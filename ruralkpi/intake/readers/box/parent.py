"""Workbooks and web pages are read in a process of their own, with limits of memory and time: whatever a file does to its
reader, a fault, a crash, a hang, becomes one line that refuses it.

One warmed process reads file after file, the next one while this one's rows are taken in; where one ends another follows.
"""

from __future__ import annotations

import pickle
import signal
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from threading import Event, Timer
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.box.child import Reply
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.box.piped import Piped
from ruralkpi.intake.readers.contents import KINDS, Contents
from ruralkpi.intake.readers.files import Source, content_kind
from ruralkpi.texts import say

_WANT_OF_MEMORY = (b"memory allocation of", b"MemoryError", b"bad_alloc")  # said by Rust, Python and C++ as they end


class Box:
    """`with Box(Limits(), sources) as box: … box.contents(source)`, in the order of `sources`."""

    def __init__(self, limits: Limits, sources: Iterable[Source] = ()) -> None:
        self.limits = limits
        self.coming = deque(sources)
        self.sent: deque[Source] = deque()
        self.child: _Child | None = None
        self.is_limited = True  # whether memory is: not every system can

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def contents(self, source: Source) -> Contents:
        """What a file of contents.KINDS holds. Raises UserError with the line that refuses it."""
        if source not in self.sent:
            self._begin_with(source)
        self._look_ahead()
        reply = self._reply(self.sent[0])
        self.sent.popleft()
        if reply.contents is None:
            raise UserError(reply.line or self._line(source, "reader_fault", fault=reply.fault))
        return reply.contents

    def _begin_with(self, source: Source) -> None:
        if self.sent:  # a file that has changed since it was looked at
            self._end()
            self.sent.clear()
        while self.coming and self.coming.popleft() is not source:
            pass
        self._send(source)

    def _look_ahead(self) -> None:
        while self.coming and len(self.sent) == 1:
            if _is_boxed(self.coming[0]):
                self._send(self.coming[0])
            self.coming.popleft()

    def _send(self, source: Source) -> None:
        self.sent.append(source)
        if self.child:
            self.child.ask(source, self.limits)

    def _reply(self, source: Source) -> Reply:
        if self.child is None:
            self.child = _Child()
            for one in self.sent:
                self.child.ask(one, self.limits)
        child = self.child
        reply = child.answer(self.limits.seconds)
        self.is_limited = child.is_limited
        if reply is None:
            reply = Reply(None, self._last_line(source, child))
        elif reply.contents is None and not (reply.line or reply.fault):
            reply = Reply(None, self._line(source, "too_much_memory", limit=self.limits.memory_mb))
        if child.has_ended:
            self._end()
        return reply

    def _last_line(self, source: Source, child: _Child) -> str:
        """The line for a file whose reader did not come back."""
        child.end()
        if child.took_too_long:
            return self._line(source, "too_long", limit=self.limits.seconds)
        said = child.last_words()
        if any(words in said for words in _WANT_OF_MEMORY):
            return self._line(source, "too_much_memory", limit=self.limits.memory_mb)
        return self._line(source, "reader_died", fault=child.ending())

    @staticmethod
    def _line(source: Source, key: str, **values: Any) -> str:
        return say(f"error.{key}", file=source.name, **values)

    def _end(self) -> None:
        if self.child:
            self.child.end()
            self.child = None


class _Child(Piped):
    """A process that reads."""

    def __init__(self) -> None:
        super().__init__("ruralkpi.intake.readers.box.child")
        self.is_limited = True
        self.is_new = True
        self.took_too_long = self.has_ended = False

    def ask(self, source: Source, limits: Limits) -> None:
        self.send((source, limits))

    def answer(self, seconds: int) -> Reply | None:
        """The next file's Reply; None when the process has died, or was ended since it took longer than so many seconds."""
        assert self.process.stdout
        over = Event()

        def stop() -> None:
            over.set()
            self.process.kill()

        clock = Timer(seconds, stop)
        clock.daemon = True
        clock.start()
        reply, stays = None, False
        try:
            if self.is_new:
                self.is_limited, self.is_new = pickle.load(self.process.stdout), False
            reply, stays = pickle.load(self.process.stdout), pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError):
            self.took_too_long = over.is_set()
        finally:
            clock.cancel()
            clock.join()
        self.has_ended = not stays or over.is_set()
        return reply

    def ending(self) -> str:
        """How it ended, for people: the signal's name, or its exit code."""
        code = self.process.wait()
        with suppress(ValueError):
            return signal.Signals(-code).name
        return str(code)


def _is_boxed(source: Source) -> bool:
    if source.fault:  # such as a pipe, which can't be opened without waiting
        return False
    try:
        with source.path.open("rb") as stream:
            return content_kind(stream.read(1 << 11)) in KINDS
    except OSError:
        return False
