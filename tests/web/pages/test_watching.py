"""The fixture itself: what a page does wrong fails its test."""

from typing import TYPE_CHECKING

import pytest

from tests.web.pages.accessibility import violations
from tests.web.pages.browser import visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CSP = "<meta http-equiv='Content-Security-Policy' content=\"style-src 'none'; script-src 'none'\">"
GOOD = "<!doctype html><html lang=en><title>Offers</title><main><h1>Offers</h1></main>"


@pytest.mark.parametrize(
    "wrong",
    [
        f"{CSP}<p style='color: red'>",
        f"{CSP}<script>1</script>",
        "<script>console.error('no')</script>",
        "<script>throw Error('no')</script>",
    ],
    ids=["inline-style", "inline-script", "console", "thrown"],
)
def test_a_page_that_complains_fails_its_test(browser: "Browser", wrong: str) -> None:
    with pytest.raises(AssertionError), visiting(browser) as visitor:
        visitor.tab().set_content(wrong)


def test_a_complaint_that_is_expected_does_not(browser: "Browser") -> None:
    with visiting(browser) as visitor:
        visitor.expect("as planned")

        visitor.tab().set_content("<script>console.error('all as planned')</script>")

        assert visitor.complaints


def test_axe_finds_what_is_wrong_in_one_colour_scheme_only(page: "Page") -> None:
    page.set_content(GOOD)
    assert violations(page) == []

    pale = "@media (prefers-color-scheme: dark) {h1 {color: #333; background: #222}}"
    page.set_content(f"{GOOD}<style>{pale}</style>")

    assert [each.split(" ")[0] for each in violations(page)] == ["color-contrast"]
