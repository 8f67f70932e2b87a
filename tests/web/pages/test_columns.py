"""Matching the columns of a foreign sheet, in the browser."""

from typing import TYPE_CHECKING

from tests.support.web_page import RunningPage
from tests.web.pages.accessibility import violations
from tests.web.pages.browser import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

SHEET = """Offer name,Slot,State,Text,Owner,Live from
Free shipping,Web banner,Aktiv,<p>Free</p>,Kim,01/02/2026
Summer,Web banner,Archiviert,<p>Sun</p>,Kim,03/02/2026
"""


def test_columns_are_matched_once_and_recognised_next_time(
    visitor: Visitor, page: "Page", served: RunningPage
) -> None:
    visitor.expect("404")  # the page of the rows is not there yet
    draft = served.draft_of(SHEET.encode(), "hub.csv")
    page.goto(served.link())
    page.goto(f"{page.url}drafts/{draft}/columns")
    assert violations(page) == []

    page.get_by_label("What is Slot?").select_option(label="Placement")
    page.get_by_label("What is Text?").select_option(label="Content")
    page.get_by_role("button", name="Use these columns").click()
    page.get_by_label("Archiviert").select_option(label="no offer: leave the row out")
    page.get_by_label("1 February 2026").check()
    page.get_by_label("time zone").fill("Nowhere")
    page.get_by_role("button", name="Use these columns").click()
    page.get_by_role("alert").get_by_role("link").click()
    assert violations(page) == []
    page.get_by_label("time zone").fill("Europe/Paris")
    with page.expect_navigation(url=f"**/drafts/{draft}", wait_until="commit"):
        page.get_by_role("button", name="Use these columns").click()

    again = served.draft_of(SHEET.replace("Kim", "Noor").encode(), "hub 2.csv")
    page.goto(page.url.replace(draft, f"{again}/columns"), wait_until="commit")
    assert page.url.endswith(again)
    [mapping] = served.state.mappings.glob("hub-*.toml")
    assert 'status.values."Aktiv" = "approved"' in mapping.read_text("utf-8")
