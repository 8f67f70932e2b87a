"""axe finds nothing on any page, in light, dark and forced colours."""

from typing import TYPE_CHECKING

from tests.support.web_page import RunningPage
from tests.web.pages.accessibility import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_start_page(page: "Page", served: RunningPage) -> None:
    page.goto(served.link())

    assert violations(page) == []
