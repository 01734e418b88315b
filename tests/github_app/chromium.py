"""A headless Chromium, driven through its DevTools protocol over two pipes: real pages, real clicks, screenshots."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Self

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 30.0
# The browser's pipes must be its descriptors 3 and 4.
START = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"


def program() -> str:
    """Return a Chromium's path; the test that needs it is skipped without one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("not run: needs chromium")
    return found


class Chromium:
    """One browser with one page. https://chromedevtools.github.io/devtools-protocol/ ; over pipes a message ends with a NUL."""

    def __init__(self, profile: Path) -> None:
        """Take the folder of its profile."""
        read_end, self._to = os.pipe()
        self._from, write_end = os.pipe()
        # Above those that the browser reads and writes, so that neither is overwritten on the way.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read_end, write_end)]
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", START, *map(str, ends), program(), *options, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=ends,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (read_end, write_end, *ends):
            os.close(end)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._session = ""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        """Attach to the first page."""
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        """Close the browser."""
        self._session = ""
        self.call("Browser.close")
        self._process.wait(SECONDS)
        os.close(self._to)
        os.close(self._from)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result; events that come meanwhile are kept."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params, **({"sessionId": self._session} if self._session else {})}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            came = self._next()
            if came.get("id") == number:
                assert "error" not in came, came["error"]
                result: dict[str, Any] = came["result"]
                return result
            self.events.append(came)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            data = os.read(self._from, 1 << 16)
            assert data, "the browser ended"
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def open(self, url: str) -> None:
        """Go to an address."""
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def until(self, condition: str) -> None:
        """Ask the page until a condition holds."""
        limit = time.monotonic() + SECONDS
        while not self.evaluate(condition):
            assert time.monotonic() < limit, f"{condition} never held; the page is {self.evaluate('document.body.innerText')!r}"
            # A page that is being left answers at once, and again and again.
            time.sleep(0.05)

    def until_it_complains(self, text: str) -> str:
        """Wait until the browser has logged a line with a text, and return the line."""
        limit = time.monotonic() + SECONDS
        while True:
            found = next((line for line in self.complaints() if text in line), "")
            if found:
                return found
            assert time.monotonic() < limit, self.complaints()
            self.evaluate("0")
            time.sleep(0.05)

    def complaints(self) -> list[str]:
        """Return what the browser logged, policy violations among it; the icon that it looks for by itself aside."""
        entries = [event["params"]["entry"] for event in self.events if event.get("method") == "Log.entryAdded"]
        return [entry["text"] for entry in entries if not entry.get("url", "").endswith("/favicon.ico")]

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of an element, as a person does."""
        element = f"document.querySelector({json.dumps(selector)})"
        self.evaluate(f"{element}.scrollIntoView({{block: 'center'}})")
        middle = "[b.x + b.width / 2, b.y + b.height / 2]"
        box = self.evaluate(f"(() => {{const b = {element}.getBoundingClientRect(); return {middle}}})()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def look(self, width: int, height: int, *, dark: bool) -> None:
        """Set the window's size in pixels and whether the person likes it dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def screenshot(self, path: Path) -> None:
        """Save the whole page as a PNG."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))
