"""A browser that the tests drive over a pipe (the DevTools protocol): pages at a width, what they measure, keys, pictures."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ruralkpi.press.printing import fonts

FOUND = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip


class Browser:
    """One Chromium with one tab; `with Browser(folder)` ends it. `folder`: where its profile may lie."""

    def __init__(self, folder: Path) -> None:
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()
        # the browser reads at 3 and writes at 4; a shell puts the ends there, whatever their numbers are
        places = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        words = ["bash", "-c", places, "browser", FOUND or "", *_FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        ends = (to_browser, from_browser)
        env = os.environ | {"FONTCONFIG_FILE": str(fonts.folder() / "fonts.conf")}  # machines that test may have no Chinese font
        self._process = subprocess.Popen(words, pass_fds=ends, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in ends:
            os.close(end)
        self._n, self._rest, self._session = 0, b"", ""
        target = next(one for one in self.ask("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.ask("Page.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._session = ""
        self.ask("Browser.close")
        self._process.wait(timeout=20)
        os.close(self._to)
        os.close(self._from)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to one command; events in between are passed over."""
        self._n += 1
        order = {"id": self._n, "method": method, "params": params} | ({"sessionId": self._session} if self._session else {})
        os.write(self._to, json.dumps(order).encode() + b"\0")
        while (told := self._next()).get("id") != self._n:
            pass
        assert "error" not in told, told
        return dict(told["result"])

    def open(self, page: Path, width: int, height: int = 900) -> None:
        """Show a file at a width, and wait until it has loaded."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.ask("Page.navigate", url=page.as_uri())
        while self.value("document.readyState") != "complete":
            pass

    def value(self, script: str) -> Any:
        """What an expression comes to, a promise when it is kept."""
        told = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """One key, down and up."""
        for kind in ("rawKeyDown", "char", "keyUp") if key == "Enter" else ("rawKeyDown", "keyUp"):
            text = {"text": "\r"} if kind == "char" else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def picture(self, file: Path, top: int = 0, height: int | None = None) -> None:
        """The page as it stands, or a piece of its height."""
        wide, whole = self.value("[innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": top, "width": wide, "height": min(height or whole, whole - top), "scale": 1}
        told = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(told["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            read = os.read(self._from, 1 << 20)
            assert read, "the browser has gone"
            self._rest += read
        one, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(one))
