"""An offer as a customer sees it, in the browser: whatever a cell holds, it can do nothing."""

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.support.web_page import RunningPage
from tests.support.workbooks import PLACEMENT
from tests.web.pages.accessibility import violations
from tests.web.pages.attacker import Attacker
from tests.web.pages.browser import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGE = "dps:offer-placement:1a24dc4342f2e21f"
HEADER = ["name", "placement", "type", "content", "language", "delivery_url", "link_url"]
HOSTILE = """<h1>Hello</h1><script>parent.hit = 1; fetch("{it}/script")</script>
<img src="{it}/image.png" onerror="parent.hit = 1"><link rel="stylesheet" href="{it}/style.css">
<link rel="preconnect" href="{it}"><meta http-equiv="refresh" content="0;url={it}/refresh">
<base href="{it}/"><iframe src="{it}/frame"></iframe><object data="{it}/object"></object>
<style>@import "{it}/import.css"; body {{ background: url("{it}/css.png") }}</style>
<form action="{it}/form"><button>Send</button></form><svg><image href="{it}/svg.png"/></svg>
<video src="{it}/video" poster="{it}/poster.png"></video><a href="{it}/click">Click</a>"""


def sheet(*rows: tuple[str, ...]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode()


def opened(page: "Page", served: RunningPage, *rows: tuple[str, ...], images: str = "") -> str:
    """Show the first row of a sheet; return the address of the page."""
    draft = served.draft_of(sheet(*rows), "offers.csv")
    page.goto(served.link())
    page.goto(f"{page.url}drafts/{draft}/look/1{images}")
    return page.url


@pytest.mark.parametrize("images", ["", "?images=1"], ids=["no-network", "images"])
def test_hostile_content_is_shown_and_can_do_nothing(
    visitor: Visitor, page: "Page", served: RunningPage, attacker: Attacker, images: str
) -> None:
    visitor.expect("")  # the policy of the frame refuses, and says so
    hostile = HOSTILE.format(it=attacker.address)

    opened(page, served, ("A", PLACEMENT, "html", hostile, "en", "", ""), images=images)
    frame = page.frame_locator("iframe.face")
    frame.get_by_role("heading", name="Hello").wait_for()
    frame.get_by_role("button", name="Send").click()
    frame.get_by_role("link", name="Click").click()
    page.wait_for_timeout(200)

    assert page.evaluate("window.hit ?? 0") == 0
    assert attacker.headers == []


def test_each_placement_and_language_is_shown_and_the_next_row_is_one_click_away(
    page: "Page", served: RunningPage
) -> None:
    image = "https://cdn.example.com/a.png"
    opened(
        page,
        served,
        ("First", PLACEMENT, "html", "<p>Hi &amp; <b>bye</b></p>", "en", "", ""),
        ("Second", IMAGE, "image", "", "fr;de", image, "https://shop.example.com/"),
        ("", PLACEMENT, "html", "x", "", "", ""),
    )

    assert page.get_by_role("heading", level=1).inner_text() == "First"
    assert page.frame_locator("iframe.face").locator("b").inner_text() == "bye"
    assert violations(page) == []
    page.get_by_role("link", name="Next row").click()
    page.get_by_role("rowheader", name=image).wait_for()
    assert page.locator("iframe").count() == 0
    assert violations(page) == []
    page.get_by_role("link", name="Next row").click()
    page.get_by_text("This row is invalid").wait_for()
    page.frame_locator("iframe.face").get_by_text("x").wait_for()
    assert violations(page) == []
    page.get_by_role("link", name="Go to the cell A4").click()
    page.locator("#cell-name", has_text="name, row 4").wait_for()


@pytest.mark.slow
def test_links_are_tested_by_one_click_and_never_in_the_own_network(
    page: "Page", served: RunningPage, attacker: Attacker
) -> None:
    content = f"<a href='{attacker.address}/x'>a</a> <a href='http://localhost:8080/'>b</a>"
    opened(page, served, ("A", PLACEMENT, "html", content, "", "", "mailto:a@b.example"))

    page.get_by_role("button", name="Test these 3 links").click()
    page.get_by_role("status").get_by_text("2 links do not work").wait_for()

    assert page.get_by_text("not on the public internet").count() == 2
    assert page.get_by_text("not an ordinary http").count() == 1
    assert attacker.headers == []
    assert violations(page) == []
