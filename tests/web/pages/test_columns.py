"""Matching the columns of a foreign sheet, in the browser."""

from typing import TYPE_CHECKING

from tests.support.web_page import RunningPage
from tests.web.pages.accessibility import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

SHEET = """Offer name,Slot,State,Text,Owner,Live from
Free shipping,Web banner,Aktiv,<p>Free</p>,Kim,01/02/2026
Summer,Web banner,Archiviert,<p>Sun</p>,Kim,03/02/2026
"""


def test_columns_are_matched_once_and_recognised_next_time(
    page: "Page", served: RunningPage
) -> None:
    page.goto(served.link())
    drop(page, SHEET, "hub.csv")
    page.wait_for_url("**/columns")
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
    page.get_by_role("button", name="Use these columns").click()
    page.locator("#stand", has_text="all good").wait_for()

    page.get_by_role("link", name="Start", exact=True).click()
    drop(page, SHEET.replace("Kim", "Noor"), "hub 2.csv")
    page.locator("#stand", has_text="all good").wait_for()
    [mapping] = served.state.mappings.glob("hub-*.toml")
    assert 'status.values."Aktiv" = "approved"' in mapping.read_text("utf-8")
    page.get_by_text("Columns recognised by their headings.").wait_for()
    page.get_by_role("link", name="Match them again").click()
    page.get_by_text("This is what the columns mean now.").wait_for()
    assert page.get_by_label("What is Slot?").input_value() == "placement"
    assert violations(page) == []
    page.get_by_label("What is Owner?").select_option(label="Tags")
    page.get_by_role("button", name="Use these columns").click()
    page.get_by_text("Columns as you matched them.").wait_for()


def drop(page: "Page", content: str, name: str) -> None:
    page.locator("#file").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    )
