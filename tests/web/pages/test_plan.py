"""The plan page in the browser: what will happen, why rows are left out, and sending it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.web_page import RunningPage
from tests.web.pages.accessibility import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

OFFERS = Path("samples/offers.csv")


def opened(page: "Page", served: RunningPage, content: bytes, name: str) -> str:
    """Show the plan of a sheet that is not planned yet; return the secret address."""
    draft = served.draft_of(content, name)
    page.goto(served.link())
    root = page.url
    page.goto(f"{root}drafts/{draft}/plan")
    return root


def test_what_will_happen_is_said_before_it_happens_and_then_it_does(
    page: "Page", served: RunningPage
) -> None:
    wrong = OFFERS.read_text("utf-8").replace(",draft,", ",darft,", 1)
    opened(page, served, wrong.encode(), "plan.csv")
    assert violations(page) == []

    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("heading", name=re.compile(r"^\d+ offers will be sent$")).wait_for()

    assert page.get_by_text("Nothing was sent yet.").is_visible()
    assert page.locator(".total.invalid strong").inner_text() == "1"
    assert page.get_by_role("cell", name=re.compile("one of draft, approved")).is_visible()
    assert violations(page) == []
    with page.expect_navigation(url="**/runs/*", wait_until="commit"):
        page.get_by_role("button", name=re.compile("^Send these")).click()


def test_a_plan_of_rows_that_were_changed_since_cannot_be_sent(
    page: "Page", served: RunningPage
) -> None:
    opened(page, served, OFFERS.read_bytes(), "stale.csv")
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("button", name="Work it out again").wait_for()
    draft = page.url.split("/")[-2]
    kept = served.state.drafts / draft / "plan.json"
    kept.write_text(re.sub(r'"revision":\d+', '"revision":99', kept.read_text()))

    page.reload()

    assert page.get_by_role("alert").get_by_text("Rows were changed").is_visible()
    assert page.get_by_role("button", name=re.compile("^Send")).count() == 0
