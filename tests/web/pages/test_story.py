"""The whole story in a real browser: a file is dropped, fixed, planned, sent and taken back."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.web_page import RunningPage, running_page

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MISTAKES = Path("samples/mistakes.xlsx").absolute()
FIXED = 5  # offers that are sent after one more row was fixed
MOST_TABS = 60


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningPage]:
    """A page of the test's own, whose sandbox has nothing yet."""
    with running_page(tmp_path) as served:
        yield served


def drop(page: "Page", path: Path) -> None:
    """Drop a file as a mouse does."""
    content = page.evaluate_handle(
        """([bytes, name]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name));
            return transfer;
        }""",
        [list(path.read_bytes()), path.name],
    )
    page.locator("#drop").dispatch_event("drop", {"dataTransfer": content})


def tab_to(page: "Page", target: "Locator") -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"{MOST_TABS} tabs do not reach {target}")


def shown(page: "Page", title: str) -> None:
    """Wait for a page."""
    page.get_by_role("heading", level=1, name=re.compile(title)).wait_for()


def test_by_mouse(page: "Page", own: RunningPage) -> None:
    page.goto(own.link())
    shown(page, "Send offers")
    drop(page, MISTAKES)

    page.locator("#stand", has_text="20 rows to fix").wait_for()
    page.get_by_role("button", name="→ approved").click()
    page.locator("#stand", has_text="19 rows to fix").wait_for()
    page.get_by_role("link", name="Next: what will happen").click()
    shown(page, f"^{FIXED} offers will be sent$")
    page.get_by_role("button", name=f"Send these {FIXED} offers").click()

    page.locator("#results").wait_for()
    shown(page, "Sent mistakes.xlsx")
    page.get_by_role("link", name="Take it back").click()
    shown(page, "Take")
    page.get_by_role("button", name=re.compile("^(Yes|Delete|Take)")).click()
    page.locator("#results").wait_for()
    assert page.locator(".totals strong").first.inner_text() == str(FIXED)
    page.get_by_role("link", name="Sent so far").click()
    shown(page, ".")


def test_by_keyboard_alone(page: "Page", own: RunningPage) -> None:
    keys = page.keyboard
    page.on("filechooser", lambda chooser: chooser.set_files(MISTAKES))
    page.goto(own.link())
    tab_to(page, page.get_by_role("button", name="Choose a file"))
    keys.press("Enter")

    page.locator("#stand", has_text="20 rows to fix").wait_for()
    while page.locator("#cell-name").inner_text() != "status, row 7":
        keys.press("F8")
        page.wait_for_timeout(20)
    keys.press("Alt+1")
    page.locator("#stand", has_text="19 rows to fix").wait_for()
    keys.press("Control+Enter")
    send = page.get_by_role("button", name=f"Send these {FIXED} offers")
    send.wait_for()
    tab_to(page, send)
    keys.press("Enter")

    page.locator("#results").wait_for()
    tab_to(page, page.get_by_role("link", name="Take it back"))
    keys.press("Enter")
    yes = page.get_by_role("button", name=re.compile("^(Yes|Delete|Take)"))
    yes.wait_for()
    tab_to(page, yes)
    keys.press("Enter")
    page.locator("#results").wait_for()
    assert page.locator(".totals strong").first.inner_text() == str(FIXED)
