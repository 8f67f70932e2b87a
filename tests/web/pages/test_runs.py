"""Runs in the browser: watched while they work, held, stopped, gone on with, taken back."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.page_runs import plan_file, send_file, start_sending
from tests.support.web_page import RunningPage, running_page
from tests.web.pages.accessibility import violations
from tests.web.pages.browser import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


def opened(page: "Page", served: RunningPage, path: str) -> str:
    """Open a page below the secret path; return the address of the start."""
    page.goto(served.link())
    root = page.url.rstrip("/")
    page.goto(root + path)
    return root


def look(page: "Page", *, away: bool) -> None:
    """Look at another tab, or back."""
    page.evaluate(
        """away => {
            Object.defineProperty(document, "hidden", {get: () => away, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        away,
    )


@pytest.mark.slow
def test_a_run_is_watched_held_and_stopped_and_goes_on(
    visitor: Visitor, page: "Page", tmp_path: Path
) -> None:
    with running_page(tmp_path, max_per_second=10) as served:
        run_id = plan_file(served, tmp_path / "spring.csv", [f"Spring {n}" for n in range(60)])
        start_sending(served, run_id)
        root = opened(page, served, f"/runs/{run_id}")
        expect(page.locator("#latest code").first).to_be_visible()  # rows as they come in

        page.get_by_role("button", name="Pause").click()
        expect(page.locator("#phase")).to_have_text("Paused")
        assert violations(page) == []

        # Nobody looks: the stream is closed. Somebody looks again: there is one again.
        with page.expect_event("requestfailed", lambda each: each.url.endswith("/events")):
            look(page, away=True)
        with page.expect_request("**/events"):
            look(page, away=False)

        # The tab is closed; another one finds the run as it is.
        page.close()
        page = visitor.tab(f"{root}/runs/{run_id}")
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("#phase")).to_have_text("Sending")

        page.get_by_role("button", name="Stop").click()
        page.get_by_role("dialog").get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Send the rest").click()
        expect(page.locator(".chip.big.good")).to_have_text("done", timeout=30_000)
        expect(page).to_have_title(re.compile("Done"), timeout=30_000)
        assert violations(page) == []


def test_a_run_is_looked_through_compared_and_taken_back(
    page: "Page", served: RunningPage, tmp_path: Path
) -> None:
    run_id = send_file(
        served, tmp_path / "autumn.csv", ["<img src=x onerror=alert(1)>", "Autumn", ""]
    )
    opened(page, served, f"/runs/{run_id}")
    expect(page.get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible()

    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("All 2 offers are in the library")).to_be_visible()

    page.get_by_role("link", name="1 row left out: invalid").click()
    expect(page.locator(".results tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Show all rows").click()
    page.get_by_role("searchbox").fill("autumn")
    page.keyboard.press("Enter")
    expect(page.locator(".results tbody tr")).to_have_count(1)

    page.get_by_role("link", name="Take it back").click()
    assert violations(page) == []
    page.get_by_role("button", name="Take back 2 offers").click()
    expect(page.get_by_role("heading", name="Took back autumn.csv")).to_be_visible()

    page.get_by_role("link", name="Who did what").click()
    assert violations(page) == []
    page.get_by_role("link", name="Sent so far").click()
    expect(page.get_by_role("link", name="Took back autumn.csv")).to_be_visible()
    assert violations(page) == []


def test_a_file_that_cannot_be_taken_is_refused_in_words(
    page: "Page", served: RunningPage, tmp_path: Path
) -> None:
    (tmp_path / "empty.csv").touch()
    page.goto(served.link())

    page.locator("#file").set_input_files(tmp_path / "empty.csv")

    expect(page.get_by_role("alert")).to_have_text("empty.csv is empty.")


def test_without_javascript_the_page_says_so(browser: "Browser", served: RunningPage) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.link())

    expect(page.get_by_text("JavaScript is switched off.")).to_be_visible()
    context.close()


def test_an_old_browser_says_what_it_lacks(page: "Page", served: RunningPage) -> None:
    page.add_init_script(
        "delete window.EventSource; CSS.supports = () => false; delete Array.prototype.at"
    )
    page.goto(served.link())

    expect(page.get_by_text("Your browser is too old")).to_be_visible()
    expect(page.locator("#lacks")).to_contain_text("live updates")
