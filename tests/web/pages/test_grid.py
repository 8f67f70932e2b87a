"""The sheet in a real browser: seen, fixed and undone by keyboard alone and by mouse."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.web_page import RunningPage
from tests.support.workbooks import PLACEMENT
from tests.web.pages.accessibility import violations
from tests.web.pages.browser import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Locator, Page, Route

HEAD = "name,placement,type,content,status\n"
GOOD = f"Good,{PLACEMENT},html,<p>Hello</p>,approved\n"


def line(name: str, *, kind: str = "html", status: str = "approved") -> str:
    return f"{name},{PLACEMENT},{kind},<p>Hello</p>,{status}\n"


def opened(page: "Page", served: RunningPage, *lines: str, name: str = "offers.csv") -> str:
    """Show a sheet, its first cell in focus; return the path of its draft."""
    draft = served.draft_of((HEAD + "".join(lines)).encode(), name)
    page.goto(served.link())
    page.goto(f"{page.url}drafts/{draft}")
    wait(page)
    page.locator("td[tabindex='0']").focus()
    return draft


def wait(page: "Page") -> None:
    """Wait until the sheet shows its rows, and what is wrong with them."""
    page.locator("td[tabindex='0'] .text").first.wait_for()
    page.locator("#mistakes .group, #mistakes .good").first.wait_for()


def cell(page: "Page", row: int, column: int) -> "Locator":
    """The cell of a row of the sheet (2 is the first) and a column (1 is the first)."""
    return page.locator(f"tr[aria-rowindex='{row}'] td[aria-colindex='{column + 1}']")


def text(page: "Page", row: int, column: int) -> str:
    return cell(page, row, column).locator(".text").inner_text()


def said(page: "Page", words: str) -> None:
    page.locator("#status", has_text=words).wait_for()


def test_a_sheet_is_fixed_by_keyboard_alone(page: "Page", served: RunningPage) -> None:
    opened(page, served, line("A", kind="htm"), line("B"), line("C", status="aproved"))
    keys = page.keyboard

    keys.press("F8")
    page.locator("#cell-name", has_text="type, row 2").wait_for()
    keys.press("Alt+1")
    said(page, "Saved")
    keys.press("F8")
    page.locator("#cell-name", has_text="status, row 4").wait_for()
    keys.press("F2")
    keys.press("Control+A")
    keys.type("appr")
    keys.press("ArrowDown")
    keys.press("Enter")

    page.locator("#stand", has_text="3 rows, all good").wait_for()
    assert [text(page, row, 5) for row in (2, 3, 4)] == ["approved"] * 3
    keys.press("Control+z")
    page.locator("#stand", has_text="1 row to fix").wait_for()
    keys.press("Control+y")
    page.locator("#stand", has_text="all good").wait_for()


def test_a_sheet_is_fixed_by_mouse(page: "Page", served: RunningPage) -> None:
    opened(page, served, *(line(f"Offer {n}", status="aproved") for n in range(5)))

    page.get_by_role("button", name="→ approved").click()
    page.locator("#stand", has_text="all good").wait_for()
    cell(page, 3, 1).dblclick()
    page.locator(".editor textarea").fill("Another name")
    cell(page, 5, 2).click()
    cell(page, 3, 1).get_by_text("Another name").wait_for()
    said(page, "Saved. 1 cell")
    page.get_by_role("button", name="Undo").click()
    said(page, "Undone")
    page.get_by_role("button", name="Undo").click()
    page.locator("#stand", has_text="5 rows to fix").wait_for()
    page.locator("td:focus").wait_for()  # not lost with the button, which can undo nothing more


def test_a_row_is_left_out_and_comes_back(page: "Page", served: RunningPage) -> None:
    opened(page, served, line("A", kind="htm"), line("B"))

    page.locator("#cell-said", has_text="Nothing is wrong here").wait_for()  # in this cell
    page.keyboard.press("F8")
    page.get_by_role("button", name="Leave this row out").click()
    said(page, "Saved. 5 cells changed.")
    page.locator("#cell-said", has_text="nothing is sent for it").wait_for()
    page.locator("#stand", has_text="all good").wait_for()
    assert page.get_by_role("button", name="Leave this row out").count() == 0
    page.get_by_role("button", name="Undo").click()
    said(page, "Undone: row 2 left out")
    page.locator("#stand", has_text="1 row to fix").wait_for()


def test_the_keys_reach_every_cell(page: "Page", served: RunningPage) -> None:
    opened(page, served, *(line(f"Offer {n}") for n in range(2_000)))
    keys = page.keyboard

    def here() -> tuple[str | None, str | None]:
        active = page.locator("td:focus")
        active.wait_for()
        row = active.locator("xpath=..").get_attribute("aria-rowindex")
        return row, active.get_attribute("aria-colindex")

    for key, place in (
        ("ArrowDown", ("3", "2")),
        ("ArrowRight", ("3", "3")),
        ("End", ("3", "6")),
        ("Home", ("3", "2")),
        ("Control+End", ("2001", "6")),
        ("ArrowDown", ("2001", "6")),
        ("Control+Home", ("2", "2")),
        ("ArrowUp", ("2", "2")),
    ):
        keys.press(key)
        assert here() == place
    keys.press("PageDown")
    assert int(here()[0] or 0) > 5
    keys.press("Control+End")
    page.locator("tr[aria-rowindex='2001'] th", has_text="2001").wait_for()
    assert page.locator("#grid tbody tr").count() < 80

    # Scrolled to the right, the name stays beside the number of its row.
    page.set_viewport_size({"width": 1000, "height": 700})
    page.locator("#grid.keeps-name").wait_for()
    keys.press("Home")
    keys.press("End")
    assert page.locator("#grid").evaluate("grid => grid.scrollLeft") > 0
    number = page.locator("tr[aria-rowindex='2001'] th").bounding_box()
    name = cell(page, 2001, 1).bounding_box()
    assert number is not None
    assert name is not None
    assert abs(number["x"] + number["width"] - name["x"]) < 2


def test_a_block_is_copied_pasted_and_cleared(visitor: Visitor, served: RunningPage) -> None:
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.tab()
    opened(page, served, line("A"), line("B"), line("C"), line("D"))
    keys = page.keyboard
    page.evaluate("text => navigator.clipboard.writeText(text)", 'X\t"two\nlines"\nY\tz\n')
    page.locator("td[tabindex='0']").focus()

    keys.press("Control+v")
    said(page, "4 cells pasted")
    assert [text(page, 2, 1), text(page, 3, 2)] == ["X", "z"]
    assert text(page, 2, 2) == "two\nlines"
    cell(page, 2, 1).click()
    keys.press("Shift+ArrowDown")
    keys.press("Shift+ArrowRight")
    keys.press("Control+c")
    said(page, "4 cells copied")
    assert page.evaluate("navigator.clipboard.readText()") == 'X\t"two\nlines"\nY\tz'
    keys.press("Delete")
    said(page, "4 cells cleared")
    assert text(page, 3, 1) in ("", "(blank)")
    keys.press("Control+z")
    said(page, "Undone: 4 cells cleared")
    assert text(page, 3, 1) == "Y"


def test_a_pasted_block_that_is_too_large_is_cut_and_said(
    visitor: Visitor, served: RunningPage
) -> None:
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.tab()
    opened(page, served, line("A"), line("B"))
    page.evaluate("text => navigator.clipboard.writeText(text)", "X\nY\nZ")
    page.locator("td[tabindex='0']").focus()

    page.keyboard.press("Control+v")

    said(page, "only the part that fits")
    assert [text(page, row, 1) for row in (2, 3)] == ["X", "Y"]


def test_rows_are_filtered_and_found(page: "Page", served: RunningPage) -> None:
    lines = [line(f"Offer {n}", kind="htm" if n % 50 == 7 else "html") for n in range(200)]
    opened(page, served, *lines)

    page.get_by_role("button", name="To fix 4").click()
    page.locator("#grid table[aria-rowcount='5']").wait_for()
    assert page.locator("tr[aria-rowindex='2'] th").inner_text().strip("✕\n ") == "9"
    page.get_by_role("button", name="All rows 200").click()
    page.locator("#grid table[aria-rowcount='201']").wait_for()
    page.get_by_role("searchbox").fill("offer 199")
    page.keyboard.press("Enter")
    said(page, "name, row 201")
    page.get_by_role("button", name="Only matches").click()
    page.locator("#grid table[aria-rowcount='2']").wait_for()
    assert text(page, 2, 1) == "Offer 199"


def test_what_is_wrong_with_the_first_cell_is_said_when_it_is_known(
    page: "Page", served: RunningPage
) -> None:
    """The rows come before they are checked."""
    page.goto(served.link())
    lines = line(" A") + "".join(line(f"Offer {n}") for n in range(5_000))
    file = {"name": "new.csv", "mimeType": "text/csv", "buffer": (HEAD + lines).encode()}

    page.locator("#file").set_input_files(file)  # type: ignore[arg-type]

    page.locator("#mistakes .group").first.wait_for()
    page.locator("#cell-said .finding", has_text="spaces around it").wait_for()
    assert page.locator("#cell-said", has_text="Nothing is wrong").count() == 0


@pytest.mark.slow
def test_two_windows_see_what_the_other_did(visitor: Visitor, served: RunningPage) -> None:
    early, late = visitor.tab(), visitor.tab()
    draft = opened(early, served, line("A"))
    late.goto(early.url)
    wait(late)
    visitor.expect("409")

    cell(early, 2, 1).dblclick()
    early.keyboard.press("Control+A")
    early.keyboard.type("early")
    early.keyboard.press("Enter")
    said(early, "Saved")
    cell(late, 2, 1).dblclick()
    late.keyboard.press("Control+A")
    late.keyboard.type("late")
    late.keyboard.press("Enter")

    said(late, "somebody else changed this cell")
    late.locator("td .text", has_text="early").wait_for()
    assert draft


def fix_the_first_of(page: "Page", filtered: str) -> None:
    """Show the rows that are to be fixed, and fix the first, which stays among them."""
    page.get_by_role("button", name=filtered).click()
    page.locator("#filters [data-only='wrong'][aria-pressed='true']").wait_for()
    cell(page, 2, 5).click()
    page.keyboard.type("approved")
    page.keyboard.press("Enter")
    said(page, "Saved")


def test_a_paste_goes_into_the_rows_that_are_shown_whatever_another_tab_shows(
    visitor: Visitor, served: RunningPage
) -> None:
    page, other = visitor.tab(), visitor.tab()
    opened(page, served, *(line(f"Offer {n}", status=f"bad{n}") for n in range(150)))
    other.goto(page.url)
    wait(other)
    fix_the_first_of(page, "To fix 150")
    other.get_by_role("button", name="To fix 1").click()
    other.locator("#grid table[aria-rowcount='150']").wait_for()

    cell(page, 2, 4).click()
    paste(page, *(f"<p>For offer {n}</p>" for n in range(150)))

    said(page, "150 cells pasted")
    cell(page, 2, 1).click()
    page.keyboard.press("Control+End")
    cell(page, 151, 4).get_by_text("For offer 149").wait_for()
    assert text(page, 151, 1) == "Offer 149"


def test_rows_that_the_server_forgot_are_shown_anew_and_nothing_is_pasted(
    visitor: Visitor, served: RunningPage
) -> None:
    page = visitor.tab()
    draft = opened(page, served, *(line(f"Offer {n}", status=f"bad{n}") for n in range(150)))
    visitor.expect("409")
    fix_the_first_of(page, "To fix 150")
    asking = f"""async () => {{
        for (let n = 0; n < 60; n += 1)
            await fetch(`${{document.querySelector("meta[name=root]").content}}/drafts/{draft}/rows`
                + "?sheet=1&only=wrong&count=1");
    }}"""
    page.evaluate(asking)  # as other tabs and persons do

    cell(page, 2, 4).click()
    paste(page, *(f"<p>For offer {n}</p>" for n in range(150)))

    said(page, "not the same any more")
    page.locator("#grid table[aria-rowcount='150']").wait_for()
    page.get_by_role("button", name="Edited 1").wait_for()


def test_who_goes_on_waits_until_every_edit_is_saved(page: "Page", served: RunningPage) -> None:
    opened(page, served, line("A"), line("B"), line("C"))
    sheet, held = page.url, list[Any]()

    def hold_the_first(route: "Route") -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/edits", hold_the_first)
    cell(page, 2, 4).click()
    for typed in ("one", "two", "three"):
        page.keyboard.press("Enter")
        page.keyboard.press("Control+A")
        page.keyboard.type(typed)
        if typed != "three":  # whose field stays open
            page.keyboard.press("Enter")

    page.get_by_role("link", name="Next").click()

    said(page, "Saving")
    assert page.url == sheet
    held[0].continue_()
    page.wait_for_url("**/plan")
    page.goto(sheet)
    wait(page)
    assert [text(page, row, 4) for row in (2, 3, 4)] == ["one", "two", "three"]


def test_who_goes_on_stays_where_an_edit_was_not_saved(
    visitor: Visitor, served: RunningPage
) -> None:
    page = visitor.tab()
    opened(page, served, line("A"))
    sheet, held = page.url, list[Any]()
    page.route("**/edits", lambda route: held.append(route))  # noqa: PLW0108
    visitor.expect("409")
    cell(page, 2, 4).click()
    page.keyboard.type("one")
    page.keyboard.press("Enter")

    page.get_by_role("link", name="Sent so far").click()
    said(page, "Saving")
    held[0].fulfill(status=409, json={"message": "The disk is full."})

    said(page, "The disk is full.")
    page.locator("a[aria-busy]").wait_for(state="detached")
    assert page.url == sheet
    page.get_by_role("link", name="Sent so far").click()  # it was seen
    page.wait_for_url("**/runs")


def write(page: "Page", row: int, words: str) -> None:
    """Give the name of a row another text."""
    cell(page, row, 1).click()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def saved(page: "Page", row: int) -> str:
    """The name of a row on the server."""
    page.goto(page.url)
    wait(page)
    return text(page, row, 1)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", '{"wor'), ("application/json", ""), ("text/html", "<h1>Sign in</h1>")],
    ids=["cut", "empty", "of a proxy"],
)
def test_after_an_answer_that_cannot_be_read_edits_are_saved_again(
    page: "Page", served: RunningPage, content_type: str, body: str
) -> None:
    opened(page, served, line("A"), line("B"))
    page.route(
        "**/edits",
        lambda route: route.fulfill(status=200, content_type=content_type, body=body),
        times=1,
    )

    write(page, 2, "Not answered")

    said(page, "The answer of the server cannot be read")
    page.locator("#status.wrong", has_text="Try again").wait_for()
    cell(page, 2, 1).get_by_text("A", exact=True).wait_for()  # as the server has it
    write(page, 3, "Answered")
    said(page, "Saved. 1 cell")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**/plan")
    page.go_back()
    assert saved(page, 3) == "Answered"


def test_after_a_mistake_of_the_page_itself_edits_are_saved_again(
    visitor: Visitor, served: RunningPage
) -> None:
    page = visitor.tab()
    visitor.expect("thrown")
    opened(page, served, line("A"), line("B"))
    page.route("**/edits", lambda route: route.fulfill(json={"words": "x", "rows": None}), times=1)

    write(page, 2, "Not understood")

    said(page, "this page made a mistake")
    assert visitor.complaints  # the browser's console has it
    write(page, 3, "Understood")
    said(page, "Saved. 1 cell")
    assert saved(page, 3) == "Understood"


def test_after_a_lost_answer_the_sheet_still_learns_that_all_rows_are_checked(
    page: "Page", served: RunningPage
) -> None:
    asked: list[str] = []

    def answer(route: "Route") -> None:
        asked.append(route.request.url)
        if len(asked) <= 2:  # as if the rows were still being checked
            route.fulfill(json={**route.fetch().json(), "is_checked": False})
        elif len(asked) == 3:
            route.fulfill(body='{"is_')
        else:
            route.continue_()

    page.route("**/state*", answer)

    opened(page, served, line("A"))

    page.locator("#stand", has_text="1 row, all good").wait_for()
    assert len(asked) > 3


def test_where_the_browser_refuses_to_copy_it_is_said_and_nothing_is_cut(
    page: "Page", served: RunningPage
) -> None:
    opened(page, served, *(line(f"Offer {n}") for n in range(500)))
    page.evaluate(
        """() => {
            navigator.clipboard.writeText = async () => {
                throw new DOMException("Write permission denied.", "NotAllowedError");
            };
        }"""
    )
    page.keyboard.press("Control+Shift+End")

    page.keyboard.press("Control+x")

    said(page, "The browser does not let this page copy")
    page.keyboard.press("Control+Home")
    write(page, 2, "Still saved")
    said(page, "Saved. 1 cell")
    page.get_by_role("button", name="Edited 1").wait_for()
    assert saved(page, 2) == "Still saved"


def test_closing_the_sheet_asks_first_where_something_is_not_saved(
    page: "Page", served: RunningPage
) -> None:
    opened(page, served, line("A"))
    asked: list[str] = []

    def stay(dialog: "Dialog") -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    cell(page, 2, 4).click()
    page.keyboard.type("one")  # and the field is open

    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    page.keyboard.press("Enter")
    said(page, "Saved")
    with page.expect_event("close"):
        page.close(run_before_unload=True)

    assert asked == ["beforeunload"]


def paste(page: "Page", *lines: str) -> None:
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const event = { clipboardData: data, bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", event));
        }""",
        "\n".join(lines),
    )


def test_what_stands_in_cells_is_text_everywhere(page: "Page", served: RunningPage) -> None:
    hostile = '"<img src=x onerror=alert(1)>{{7*7}}<script>alert(1)</script>"'
    opened(
        page,
        served,
        f"{hostile},{PLACEMENT},{hostile},{hostile},{hostile}\n",
        name="<b>&amp;.csv",
    )

    page.keyboard.press("F8")
    page.locator("#cell-name", has_text="type, row 2").wait_for()

    assert page.locator("#grid img, #grid script, .panel img, .panel script").count() == 0
    assert "{{7*7}}" in text(page, 2, 1)
    assert page.locator("h1").inner_text() == "<b>&amp;.csv"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_sheet_has_no_accessibility_violations(
    page: "Page", served: RunningPage, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, served, line("A", kind="htm"), line("B", status="aproved"), line(" C"))
    page.keyboard.press("F8")
    page.locator(".finding").wait_for()

    assert violations(page) == []

    page.keyboard.press("F2")
    page.locator("[role='listbox']").wait_for()
    assert violations(page) == []
