"""`make lab` calls nobody: the server as the Makefile starts it, its first page and a kernel, with every connection noted."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from conftest import ROOT

pytest.importorskip("jupyterlab")
NOTES = """
import json, os, sys
def note(event, args):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        place = args[0] if event.startswith("socket.get") else args[1]
        with open(os.environ["NOTED"], "a") as file:
            file.write(json.dumps([event, place if isinstance(place, str) else list(place)], default=repr) + "\\n")
sys.addaudithook(note)
"""
# what the page asks for of itself once it is drawn
ASKED = ("lab/tree/00_start.ipynb", "api/contents/00_start.ipynb", "lab/api/settings", "lab/api/update", "lab/api/news")
ASKED += ("lab/api/extensions?query=a&page=1&per_page=30&refresh=1", "api/kernelspecs")


def options() -> list[str]:
    """What stands behind `jupyter lab` in the Makefile."""
    recipe = re.search(r"^\t\$\(BIN\)/jupyter lab ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert recipe is not None
    return shlex.split(recipe[1].replace("\\\n", " "))


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[list[Any]], list[dict[str, Any]]]:
    """(event, place) of every connection, and the kernels' connection files."""
    home = tmp_path_factory.mktemp("lab")
    (home / "sitecustomize.py").write_text(NOTES, encoding="utf-8")
    own = {name: str(home / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    own |= {"NOTED": str(home / "noted.jsonl"), "PYTHONPATH": str(home), "JUPYTER_PLATFORM_DIRS": "0"}
    jupyter = Path(sys.executable).parent / "jupyter"
    more = ["--port=0", "--no-browser", "--allow-root", "--IdentityProvider.token=t"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [jupyter, "lab", *options(), *more], cwd=ROOT, env={**os.environ, **own}, stdout=log, stderr=log
        )
    try:
        url = _address(home, server)
        for path in ASKED:
            _get(f"{url}{path}")
        _get(f"{url}api/kernels", b"{}")
        kernels = [json.loads(path.read_text()) for path in (home / "JUPYTER_RUNTIME_DIR").glob("kernel-*.json")]
    finally:
        server.terminate()
        server.wait(20)
    return [json.loads(line) for line in (home / "noted.jsonl").read_text().splitlines()], kernels


def _address(home: Path, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        for about in (home / "JUPYTER_RUNTIME_DIR").glob("jpserver-*.json"):
            said = json.loads(about.read_text())
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", said["port"]), timeout=1):
                return str(said["url"])  # the file is written before the server listens
        time.sleep(0.1)
    pytest.skip("jupyter does not start here: " + (home / "log").read_text()[-300:])


def _get(url: str, body: bytes | None = None) -> None:
    request = urllib.request.Request(url, body, {"Authorization": "token t", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()
    except HTTPError as fault:  # whoever asked a far place, and got no answer, is told by the test
        assert fault.code >= 500, url


def test_the_server_is_heard_on_this_machine_alone_and_calls_nobody(noted: tuple[list[list[Any]], list[Any]]) -> None:
    events = noted[0]
    assert "socket.bind" in {event for event, _ in events}  # the hook hears
    assert [(event, place) for event, place in events if not _is_here(place)] == []


def _is_here(place: Any) -> bool:
    """A place in the file system, or this machine by number or name."""
    host = place[0] if isinstance(place, list) else place
    if isinstance(place, str) and (place == "" or place.startswith(("/", "b'"))):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", None)


def test_kernels_have_no_port(noted: tuple[list[Any], list[dict[str, Any]]]) -> None:
    assert [about["transport"] for about in noted[1]] == ["ipc"]
