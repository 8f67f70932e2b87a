"""What goes wrong at a desk, in the browser: each is said in words, and nothing is lost."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.corpus.broken import bomb
from tests.corpus.case import Content, bytes_of
from tests.support.web_page import RunningPage, running_page
from tests.support.workbooks import PLACEMENT
from tests.web.pages.accessibility import violations
from tests.web.pages.browser import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

HEAD = "name,placement,type,content,status\n"
ROWS = "".join(f"Offer {n},{PLACEMENT},html,<p>Hi</p>,approved\n" for n in range(30))


def cell(page: "Page", row: int, column: int) -> str:
    return f"tr[aria-rowindex='{row}'] td[aria-colindex='{column + 1}']"


def test_two_tabs_edit_one_file_and_the_later_sees_what_the_earlier_did(
    visitor: Visitor, served: RunningPage
) -> None:
    visitor.expect("409")  # the edit that was made without having seen the other
    draft = served.draft_of((HEAD + ROWS).encode(), "two tabs.csv")
    first = visitor.tab(served.link())
    first.goto(f"{first.url}drafts/{draft}")
    second = visitor.tab(first.url)
    for tab in (first, second):
        tab.locator(cell(tab, 2, 1)).wait_for()

    for tab, words in ((first, "By the first"), (second, "By the second")):
        tab.locator(cell(tab, 2, 1)).dblclick()
        tab.locator(".editor textarea").fill(words)
        tab.keyboard.press("Enter")
        tab.wait_for_timeout(300)

    for tab in (first, second):
        tab.bring_to_front()
        tab.locator(cell(tab, 2, 1), has_text="By the first").wait_for()


@pytest.mark.slow
def test_while_rows_are_sent_they_cannot_be_edited_and_then_they_can(
    visitor: Visitor, tmp_path: Path
) -> None:
    visitor.expect("409")
    with running_page(tmp_path, max_per_second=10) as served:
        draft = served.draft_of((HEAD + ROWS).encode(), "slow.csv")
        page = visitor.tab(served.link())
        page.goto(f"{page.url}drafts/{draft}/plan")
        page.get_by_role("button", name="Send these 30 offers").click()
        page.wait_for_url("**/runs/*")
        sheet = visitor.tab(page.url.split("/runs/")[0] + f"/drafts/{draft}")
        sheet.locator(cell(sheet, 2, 1)).dblclick()

        sheet.get_by_text("being sent").first.wait_for()
        page.locator("#results").wait_for()


def test_an_answer_of_a_proxy_to_a_dropped_file_is_said_and_the_file_can_be_chosen_again(
    visitor: Visitor, page: "Page", served: RunningPage, tmp_path: Path
) -> None:
    visitor.expect("413")
    path = tmp_path / "offers.csv"
    path.write_text(HEAD + ROWS, "utf-8")
    page.goto(served.link())
    answers = [(200, '{"pa'), (413, "<h1>Too large</h1>")]

    def answer(route: "Route") -> None:
        status, body = answers.pop()
        route.fulfill(status=status, body=body)

    page.route("**/drafts?name=*", answer, times=len(answers))
    for _ in range(2):
        page.locator("#file").set_input_files(path)
        page.locator("#said", has_text="The answer of the server cannot be read").wait_for()

    page.locator("#file").set_input_files(path)

    page.wait_for_url("**/drafts/*")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("bomb.xlsx", bomb, "unpacks to far more"),
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(99), "not a spreadsheet"),
    ],
    ids=["empty", "bomb", "picture"],
)
def test_a_file_that_cannot_be_read_is_said_in_words(
    visitor: Visitor, page: "Page", served: RunningPage, name: str, content: Content, words: str
) -> None:
    visitor.expect("422")
    page.goto(served.link())
    before = set(served.state.drafts.glob("*"))

    page.locator("#file").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": bytes_of(content)}
    )

    said = page.locator("#said", has_text=re.compile("."))
    said.wait_for()
    assert words in said.inner_text()
    assert violations(page) == []
    assert set(served.state.drafts.glob("*")) == before


def test_a_file_of_a_gigabyte_is_refused_before_it_is_sent(
    page: "Page", served: RunningPage, tmp_path: Path
) -> None:
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(1024**3)
    page.goto(served.link())
    before = set(served.state.drafts.glob("*"))

    page.locator("#file").set_input_files(tmp_path / "huge.csv")

    page.locator("#said", has_text="huge.csv has 1,024 MB. At most 200 MB").wait_for()
    assert set(served.state.drafts.glob("*")) == before


def test_a_file_without_rows_says_so_where_they_would_be(page: "Page", served: RunningPage) -> None:
    draft = served.draft_of(HEAD.encode(), "heads.csv")
    page.goto(served.link())
    page.goto(f"{page.url}drafts/{draft}")

    page.get_by_role("alert").get_by_text("no row below").wait_for()
    assert violations(page) == []


def test_a_name_is_never_a_path(page: "Page", served: RunningPage) -> None:
    page.goto(served.link())
    content = (HEAD + ROWS).encode()

    page.locator("#file").set_input_files(
        {"name": r"..\..\<img src=x onerror=alert(1)>.csv", "mimeType": "", "buffer": content}
    )

    page.wait_for_url("**/drafts/*")
    assert page.get_by_role("heading", level=1).inner_text() == "<img src=x onerror=alert(1)>.csv"
    assert {re.sub("[0-9a-f]{16}", "id", each.name) for each in served.state.drafts.glob("*")} == {
        "id"
    }


def test_a_server_that_is_gone_is_said_and_the_work_is_kept(
    visitor: Visitor, tmp_path: Path
) -> None:
    visitor.expect("ERR_CONNECTION_REFUSED")
    with running_page(tmp_path) as served:
        draft = served.draft_of((HEAD + ROWS).encode(), "gone.csv")
        page = visitor.tab(served.link())
        page.goto(f"{page.url}drafts/{draft}")
        page.locator(cell(page, 2, 1)).wait_for()

    page.locator(cell(page, 2, 1)).dblclick()
    page.locator(".editor textarea").fill("Never sent")
    page.keyboard.press("Enter")

    page.get_by_text("The page lost its server").wait_for()
