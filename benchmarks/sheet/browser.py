"""A page in a real browser: how much memory it takes, and how many bytes it got."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

_BROWSER: Final = "/usr/bin/chromium"
_LONGEST_MS: Final = 300_000
_ENDS_SECONDS: Final = 10


@dataclass(kw_only=True)
class Visit:
    """A page, and what it got so far."""

    page: "Page"
    session: "CDPSession"
    received: list[int] = field(default_factory=list)

    def heap_mb(self) -> float:
        """Return what the page holds, after its garbage is collected."""
        self.session.send("HeapProfiler.collectGarbage")
        used: float = self.session.send("Runtime.getHeapUsage")["usedSize"]
        return used / 1024**2

    def elements(self) -> int:
        """Return how many elements the page has."""
        found: int = self.page.evaluate("document.querySelectorAll('*').length")
        return found

    def received_mb(self) -> float:
        """Return what came over the network."""
        return sum(self.received) / 1024**2

    def until(self, holds: Callable[[], Any]) -> None:
        """Wait until something holds of the page."""
        while not holds():
            self.page.wait_for_timeout(5)


@contextmanager
def visited(link: str) -> Iterator[Visit]:
    """Open a page in a browser of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only with its group

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_BROWSER, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(_LONGEST_MS)
        session = page.context.new_cdp_session(page)
        visit = Visit(page=page, session=session)
        session.send("Network.enable")
        session.on(
            "Network.loadingFinished", lambda e: visit.received.append(int(e["encodedDataLength"]))
        )
        session.on("Network.webSocketFrameReceived", lambda e: visit.received.append(_size(e)))
        page.goto(link)
        yield visit
        browser.close()


def _size(event: Mapping[str, Any]) -> int:
    response = event["response"]
    length = len(response["payloadData"])
    return length * 3 // 4 if response["opcode"] == 2 else length  # binary comes as base64


@contextmanager
def running(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """Run a server until the block ends."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(environment or {})},
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_ENDS_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()  # Streamlit goes on as long as a browser listens


def printed_link(process: "subprocess.Popen[str]") -> str:
    """Return the address that a server prints."""
    for line in process.stdout or ():
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise SystemExit("the server did not start")


def cpu_seconds(process: int) -> float:
    """Return the CPU time of a process and of its children that ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def peak_mb(process: int) -> float:
    """Return the most memory that a process had."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def seconds_of(work: Callable[[], Any]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
