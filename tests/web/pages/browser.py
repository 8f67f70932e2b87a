"""A real browser for the tests of the web page: the system's Chromium, driven by playwright.

The one without windows is taken where it is installed: it needs half the time.

A page that breaks its own Content-Security-Policy, that throws, or that writes an error to the
console fails its test, unless the test expects just that.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:  # where playwright is not installed, the tests are skipped
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

_NAMES: Final = (
    *("chromium-headless-shell", "chrome-headless-shell"),
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
)
REBOUND: Final = "evil.test"  # a name that means this machine to the browser of the tests
_SCREEN: Final = {"width": 1280, "height": 800}
_FLAGS: Final = (
    *("--no-sandbox", "--disable-dev-shm-usage"),  # to run as root in a container
    f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1",
)
_LONGEST_MS: Final = 30_000  # that a test waits for something to appear


@contextmanager
def launched() -> "Iterator[Browser]":
    """Give a browser process; skip the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium-headless-shell)")
    with playwright.sync_playwright() as driver:
        process = driver.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield process
        finally:
            process.close()


@contextmanager
def visiting(process: "Browser", **options: Any) -> "Iterator[Visitor]":
    """Give a visitor with an empty profile; fail where her pages complained."""
    context = process.new_context(**{"viewport": _SCREEN, "reduced_motion": "reduce", **options})
    context.set_default_timeout(_LONGEST_MS)
    visitor = Visitor(context=context)
    context.on("console", visitor.hear)
    context.on("weberror", lambda said: visitor.complaints.append(f"thrown: {said.error}"))
    try:
        yield visitor
    finally:
        context.close()
    visitor.check()


@dataclass(kw_only=True)
class Visitor:
    """Somebody with a browser, and what her pages complained about."""

    context: "BrowserContext"
    complaints: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)

    def tab(self, url: str = "about:blank") -> "Page":
        """Open a tab."""
        page = self.context.new_page()
        page.goto(url)
        return page

    def hear(self, said: "ConsoleMessage") -> None:
        """Note what a page writes to its console, if it is a complaint."""
        if said.type in ("error", "warning"):
            self.complaints.append(f"{said.type}: {said.text} ({said.location.get('url', '')})")

    def expect(self, words: str) -> None:
        """Say that a complaint with these words belongs to the test."""
        self._expected.append(words)

    def check(self) -> None:
        """Fail if there is a complaint that nobody expects."""
        odd = [each for each in self.complaints if not any(w in each for w in self._expected)]
        assert not odd, "\n".join(odd)
