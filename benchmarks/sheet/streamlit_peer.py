"""Streamlit with its `data_editor`: all rows go to the browser, and each edit runs the page anew.

Its grid is drawn on a canvas, so that a cell is found by its place.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.bench import ROOT
from benchmarks.sheet.browser import Visit, printed_link, running

if TYPE_CHECKING:
    from playwright.sync_api import Locator

_PORT: Final = 8597
_ROW_HIGH: Final = 35
_OPTIONS: Final = (
    *("--server.headless=true", "--server.address=127.0.0.1", f"--server.port={_PORT}"),
    *("--browser.gatherUsageStats=false", "--server.fileWatcherType=none"),
)
_SCROLL: Final = """() => {
  const scroller = document.querySelector(".dvn-scroller");
  scroller.scrollTop = scroller.scrollHeight / 2;
}"""
_IS_THERE: Final = """() => {
  const rows = [...document.querySelectorAll('[data-testid="stDataFrame"] canvas tr')];
  return rows.some((row) => Number(row.getAttribute("aria-rowindex")) > 300);
}"""


class Streamlit:
    """A page of Streamlit."""

    name = "Streamlit"

    @contextmanager
    def served(self, folder: Path) -> Iterator[tuple[str, int]]:
        page = Path(__file__).with_name("streamlit_page.py")
        command = [sys.executable, "-m", "streamlit", "run", str(page), *_OPTIONS]
        environment = {"PYTHONPATH": str(ROOT), "HOME": str(folder)}
        with running(command, environment=environment) as process:
            printed_link(process)
            yield f"http://127.0.0.1:{_PORT}/", process.pid

    def drop(self, visit: Visit, path: Path) -> None:
        visit.page.locator("input[type=file]").set_input_files(path)

    def see_first(self, visit: Visit) -> None:
        cell = visit.page.locator('[data-testid="stDataFrame"] canvas td').first
        cell.wait_for(state="attached")

    def see_checked(self, visit: Visit) -> None:
        visit.page.get_by_text("0 edited").wait_for()

    def jump(self, visit: Visit) -> None:
        visit.page.evaluate(_SCROLL)
        visit.until(lambda: visit.page.evaluate(_IS_THERE))

    def edit(self, visit: Visit) -> Callable[[], None]:
        page = visit.page
        place = self._canvas(visit).bounding_box() or {"x": 0.0, "y": 0.0}
        editor = page.locator("#portal :is(textarea, input)").first
        while not editor.is_visible():  # it does not answer as long as it draws
            page.mouse.dblclick(place["x"] + 120, place["y"] + 4.5 * _ROW_HIGH)
            page.wait_for_timeout(500)

        page.keyboard.press("Control+a")
        page.keyboard.type("Another name")
        page.wait_for_timeout(500)  # it takes over what was typed a little later

        def act() -> None:
            page.keyboard.press("Enter")
            page.get_by_text("1 edited").wait_for()

        return act

    def _canvas(self, visit: Visit) -> "Locator":
        return visit.page.locator('[data-testid="stDataFrame"] canvas').first
