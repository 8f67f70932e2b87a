"""Tabulator: a grid that has all rows in the browser, and draws those in sight.

It comes from npm (`npm pack`), once, into a folder beside the other files of a run.
"""

import socket
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from benchmarks.sheet.browser import Visit, running

VERSION: Final = "6.5.3"
_PORT: Final = 8598
_JUMP: Final = (
    "() => window.table.scrollToRow(window.table.getRows()[window.table.getRows().length >> 1])"
)


class Tabulator:
    """A page with Tabulator."""

    name = "Tabulator"

    def __init__(self, files: Path) -> None:
        self._files = files

    @contextmanager
    def served(self, folder: Path) -> Iterator[tuple[str, int]]:  # noqa: ARG002 - it keeps nothing
        command = [sys.executable, "-m", "benchmarks.sheet.tabulator_page", str(self._files)]
        with running(command) as process:
            while not _answers(_PORT):
                if process.poll() is not None:
                    raise SystemExit("the page with Tabulator did not start")
            yield f"http://127.0.0.1:{_PORT}/", process.pid

    def drop(self, visit: Visit, path: Path) -> None:
        visit.page.locator("#file").set_input_files(path)

    def see_first(self, visit: Visit) -> None:
        visit.page.locator(".tabulator-row .tabulator-cell").first.wait_for()

    def see_checked(self, visit: Visit) -> None:
        visit.page.locator("#stand", has_text="wrong").wait_for()

    def jump(self, visit: Visit) -> None:
        visit.page.evaluate(_JUMP)

    def edit(self, visit: Visit) -> Callable[[], None]:
        page = visit.page
        page.locator(".tabulator-row .tabulator-cell:first-child").nth(8).click()
        page.keyboard.press("Control+a")
        page.keyboard.type("Another name")

        def act() -> None:
            page.keyboard.press("Enter")
            page.locator("#status", has_text="Saved").wait_for()

        return act


def fetched(folder: Path) -> Path | None:
    """Fetch Tabulator from npm; return where its files are, or None where npm gives nothing."""
    command = ["npm", "pack", "--silent", f"tabulator-tables@{VERSION}"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        return None
    with tarfile.open(folder / f"tabulator-tables-{VERSION}.tgz") as packed:
        packed.extractall(folder, filter="data")
    return folder / "package" / "dist"


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
