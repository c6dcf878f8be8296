"""A program that is started often, started once: each command runs in a fork of a process that has imported everything.

``python forked.py serve SOCKET`` waits; ``python -S forked.py SOCKET words…`` is the command line: its folder, environment and
streams go along, its exit code comes back.
"""

from __future__ import annotations

import array
import json
import os
import signal
import socket
import sys
from pathlib import Path


def ask(place: str, words: list[str]) -> int:
    """Run one command there; 137 where its process was killed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(place)
        asked = json.dumps([str(Path.cwd()), dict(os.environ), words]).encode()
        streams = array.array("i", [0, 1, 2])
        line.sendmsg([len(asked).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
        line.sendall(asked)
        answer = line.recv(1)
    return answer[0] if answer else 137


def serve(place: str) -> None:
    """Import the program and wait for commands until killed."""
    import ruralkpi.commands.cli
    import ruralkpi.commands.program
    import ruralkpi.editions.book
    import ruralkpi.store.take  # noqa: F401

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(place)
        door.listen()
        print("ready", flush=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a fork: its line tells when it has ended
        while True:
            line, _ = door.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                door.close()
                _run(line)
            line.close()


def _run(line: socket.socket) -> None:
    head, streams, _, _ = socket.recv_fds(line, 4, 3)
    left, parts = int.from_bytes(head, "big"), []
    while left:
        parts.append(line.recv(left))
        left -= len(parts[-1])
    folder, environment, words = json.loads(b"".join(parts))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["ruralkpi", *words]
    from ruralkpi.commands.cli import main

    code = 70
    try:
        main()
    except SystemExit as left_with:
        code = int(left_with.code or 0)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        line.send(bytes([code]))
        os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(ask(sys.argv[1], sys.argv[2:]))
