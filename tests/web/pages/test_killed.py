"""The server dies while it sends, and the page is opened again: nothing is lost or sent twice."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.workbooks import PLACEMENT
from tests.web.pages.browser import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROWS = 120
pytestmark = pytest.mark.slow


@contextmanager
def command(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run `loader web`; give the link that it prints, and its process."""
    words = ["web", "--sandbox", "--no-browser", "--journal", str(folder / "journal.sqlite3")]
    more = ["--max-per-second", "20"]
    process = subprocess.Popen(
        [sys.executable, "-m", "loader", *words, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def sent(page: "Page") -> int:
    """Return how many rows were sent, as the page of the run says."""
    found = re.search(r"^(\d+) of", page.locator("main").inner_text(), re.MULTILINE)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("times", [1, 3])
def test_a_server_that_is_killed_goes_on_where_it_was(
    visitor: Visitor, tmp_path: Path, times: int
) -> None:
    visitor.expect("")  # the page complains that its server is gone
    lines = "".join(f"Offer {n},{PLACEMENT},html,<p>{n}</p>\n" for n in range(ROWS))
    (tmp_path / "many.csv").write_text(f"name,placement,type,content\n{lines}", "utf-8")
    page = visitor.tab()
    with command(tmp_path) as (link, process):
        page.goto(link)
        page.locator("#file").set_input_files(tmp_path / "many.csv")
        page.get_by_role("link", name="Next: what will happen").click()
        page.get_by_role("button", name=f"Send these {ROWS} offers").click()
        page.wait_for_url("**/runs/*")
        killed_after(page, 10, process)
    for round_ in range(times):
        with command(tmp_path) as (link, process):
            page.goto(link)
            page.get_by_role("link", name="Sent so far").click()
            page.get_by_role("link", name="many.csv").first.click()
            page.get_by_role("button", name="Send the rest").click()
            if round_ < times - 1:
                killed_after(page, 10, process)
                continue
            page.locator("#results .chip.big.good").wait_for(timeout=60_000)

            assert page.locator(".totals strong").all_inner_texts() == [str(ROWS)]
            page.get_by_role("button", name="Compare with the library").click()
            page.locator("#verified", has_text=str(ROWS)).wait_for()


def killed_after(page: "Page", rows: int, process: "subprocess.Popen[str]") -> None:
    for _ in range(1_000):
        if sent(page) >= rows:
            break
        page.wait_for_timeout(20)
    process.send_signal(signal.SIGKILL)
    process.wait()
