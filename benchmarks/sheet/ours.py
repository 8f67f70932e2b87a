"""`loader web`: rows stay on the server, and the page fetches those in sight."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.sheet.browser import Visit, printed_link, running

_JUMP: Final = """() => {
  const grid = document.getElementById("grid");
  grid.scrollTop = grid.scrollHeight / 2;
}"""
_IS_THERE: Final = """() => {
  const rows = [...document.querySelectorAll("#grid tbody tr")];
  return rows.some((row) => row.place > 300) && rows.every((row) => row.ariaBusy !== "true");
}"""


class Ours:
    """The page of this loader."""

    name = "ours"

    @contextmanager
    def served(self, folder: Path) -> Iterator[tuple[str, int]]:
        command = [sys.executable, "-m", "loader", "web", "--sandbox", "--no-browser"]
        journal = {"LOADER_JOURNAL": str(folder / "journal.sqlite3")}
        with running(command, environment=journal) as process:
            yield printed_link(process), process.pid

    def drop(self, visit: Visit, path: Path) -> None:
        visit.page.locator("#file").set_input_files(path)

    def see_first(self, visit: Visit) -> None:
        visit.page.locator("#grid tbody td .text").first.wait_for()

    def see_checked(self, visit: Visit) -> None:
        visit.page.locator("#stand.bad, #stand.good").wait_for()

    def jump(self, visit: Visit) -> None:
        visit.page.evaluate(_JUMP)
        visit.until(lambda: visit.page.evaluate(_IS_THERE))

    def edit(self, visit: Visit) -> Callable[[], None]:
        page = visit.page
        page.locator("#grid tbody tr td[aria-colindex='2']").nth(8).click()
        page.keyboard.press("F2")
        page.keyboard.type("Another name")

        def act() -> None:
            page.keyboard.press("Enter")
            page.locator("#status", has_text="Saved").wait_for()

        return act
