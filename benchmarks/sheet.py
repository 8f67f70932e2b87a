"""`python -m benchmarks.sheet [ROWS ...]`: what a sheet on the page costs, in a real browser.

For each size, of CSV and of a workbook: from the drop to the first rows, until every row is
checked, a jump to the middle, an edit until it is checked again; the memory of the server and of
the page, and the bytes that the browser got. The server runs in a process of its own; seconds are
wall time.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.rows import write_csv, write_xlsx

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SIZES: Final = (1_000, 50_000, 100_000)
_BROWSER: Final = "/usr/bin/chromium"
_HEADINGS: Final = (
    *("rows", "file", "first rows s", "all checked s", "jump s", "edit s"),
    *("server CPU s", "server MB", "page heap MB", "elements", "to the browser MB"),
)
_LONGEST_MS: Final = 300_000


def main() -> int:
    """Run from the command line."""
    sizes = [int(each) for each in sys.argv[1:]] or _SIZES
    sys.stdout.write(" | ".join(_HEADINGS) + "\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for rows in sizes:
            for path in _files(Path(name), rows):
                with _server(Path(name) / f"{path.name}.d") as (link, server):
                    measured = list(_measured(link, path, server))
                line = [f"{rows:,}", path.suffix, *(f"{each:.2f}" for each in measured)]
                sys.stdout.write(" | ".join(line) + "\n")
                sys.stdout.flush()
    return 0


def _files(folder: Path, rows: int) -> Iterator[Path]:
    yield write_csv(folder / f"{rows}.csv", rows, bad_share=0.01)
    yield write_xlsx(folder / f"{rows}.xlsx", rows)


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, int]]:
    folder.mkdir()
    command = [sys.executable, "-m", "loader", "web", "--sandbox", "--no-browser"]
    environment = {**os.environ, "LOADER_JOURNAL": str(folder / "journal.sqlite3")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            found = re.search(r"http://\S+", process.stdout.readline() if process.stdout else "")
            if found is None:
                raise SystemExit("the page did not start")
            yield found[0], process.pid
        finally:
            process.terminate()


def _measured(link: str, path: Path, server: int) -> Iterator[float]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only with its group

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_BROWSER, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(_LONGEST_MS)
        received = [0]
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda said: _add(received, said))
        page.goto(link)
        began, spent = time.perf_counter(), _cpu_seconds(server)
        page.locator("#file").set_input_files(path)
        page.locator("#grid tbody td .text").first.wait_for()
        yield time.perf_counter() - began
        page.locator("#stand.bad, #stand.good").wait_for()
        yield time.perf_counter() - began
        checked = _cpu_seconds(server) - spent
        yield _timed_jump(page)
        yield _timed_edit(page)
        yield checked
        yield _peak_mb(server)
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"]
        yield heap / 1024**2
        yield page.evaluate("document.querySelectorAll('*').length")
        yield received[0] / 1024**2
        browser.close()


def _add(received: list[int], said: dict[str, float]) -> None:
    received[0] += int(said["encodedDataLength"])


_JUMP: Final = """() => {
  const grid = document.getElementById("grid");
  grid.scrollTop = grid.scrollHeight / 2;
}"""
_IS_THERE: Final = """() => {
  const rows = [...document.querySelectorAll("#grid tbody tr")];
  return rows.some((row) => row.place > 300) && rows.every((row) => row.ariaBusy !== "true");
}"""


def _timed_jump(page: "Page") -> float:
    began = time.perf_counter()
    page.evaluate(_JUMP)
    while not page.evaluate(_IS_THERE):
        page.wait_for_timeout(5)
    return time.perf_counter() - began


def _timed_edit(page: "Page") -> float:
    cell = page.locator("#grid tbody tr td[aria-colindex='2']").nth(8)
    cell.click()
    page.keyboard.press("F2")
    began = time.perf_counter()
    page.keyboard.type("Another name")
    page.keyboard.press("Enter")
    page.locator("#status", has_text="Saved").wait_for()
    return time.perf_counter() - began


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
