"""The plan page in the browser: what will happen, why rows are left out, and sending it."""

import csv
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from loader.delivery.stop import StopSignal
from loader.events import silent
from loader.journal.person import acting_as
from loader.run.apply.load import load_files
from loader.run.plan.approve_plan import approve_plan
from loader.run.pull.pull import pull_offers
from loader.run.requests import ApproveRequest, LoadRequest, PullRequest
from tests.support.web_page import RunningPage, running_page
from tests.web.pages.accessibility import violations
from tests.web.pages.browser import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

T = TypeVar("T")
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

    page.get_by_role("heading", name=re.compile(r"^\d+ offers will be sent$")).wait_for()

    page.get_by_text("Nothing was sent yet.").wait_for()
    assert page.locator(".total.invalid strong").inner_text() == "1"
    page.get_by_role("cell", name=re.compile("one of draft, approved")).wait_for()
    assert violations(page) == []
    plan = page.url
    page.get_by_role("button", name=re.compile("^Send these")).click()
    page.locator("#results").wait_for()
    page.goto(plan)
    page.get_by_role("heading", name="plan.csv was sent").wait_for()
    assert violations(page) == []
    page.get_by_role("link", name="See what became of it").click()
    page.locator("#results").wait_for()


def test_where_every_row_is_left_out_there_is_no_rest_to_send(
    page: "Page", served: RunningPage
) -> None:
    opened(page, served, b"name,placement,content\nAll left out,No such place,x\n", "none.csv")

    page.get_by_text("There is nothing to send").wait_for()
    page.get_by_text("These rows are not sent. Fix them").wait_for()
    assert page.get_by_text("send the rest first").count() == 0


def test_a_plan_of_rows_that_were_changed_since_cannot_be_sent(
    visitor: Visitor, page: "Page", served: RunningPage
) -> None:
    visitor.expect("409")
    others = OFFERS.read_text("utf-8").replace("fallback,", "later fallback,")
    opened(page, served, others.encode(), "stale.csv")
    send = page.get_by_role("button", name=re.compile("^Send these"))
    send.wait_for()
    kept = served.state.drafts / page.url.split("/")[-2] / "plan.json"
    kept.write_text(re.sub(r'"revision":\d+', '"revision":99', kept.read_text("utf-8")), "utf-8")

    send.click()

    page.get_by_role("heading", name="The plan is not the one you saw").wait_for()
    assert violations(page) == []
    page.go_back()
    page.get_by_role("button", name=re.compile("^Send these")).wait_for()


@pytest.mark.slow
def test_what_is_deleted_or_removed_needs_a_tick(page: "Page", served: RunningPage) -> None:
    kept = in_thread(lambda: pulled(served))
    header, first, second, *others = csv.reader(io.StringIO(kept))
    first[header.index("action")] = "delete"
    second[header.index("description")] = ""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, first, second, *others])

    opened(page, served, text.getvalue().encode(), "kept.csv")
    send = page.get_by_role("button", name="Send these 2 offers")
    send.click()

    assert page.get_by_role("checkbox", name="Delete one offer").evaluate(
        "it => it.matches(':invalid')"
    )
    assert violations(page) == []
    page.get_by_role("checkbox", name="Delete one offer").check()
    page.get_by_role("checkbox", name="Remove one value").check()
    send.click()
    page.locator("#results").wait_for()
    page.locator(".totals", has_text="deleted").wait_for()
    assert violations(page) == []
    page.get_by_role("link", name="Take it back").click()
    page.get_by_role("heading", name="What stays as it is now").wait_for()
    page.get_by_role("table", name=re.compile("^What is put back of")).wait_for()
    assert violations(page) == []


@pytest.mark.slow
def test_an_approval_is_asked_for_and_given_by_somebody_else(
    visitor: Visitor, tmp_path: Path
) -> None:
    with running_page(tmp_path, approval_required=True) as served:
        page = visitor.tab()
        opened(page, served, OFFERS.read_bytes(), "offers.csv")
        send = page.get_by_role("button", name=re.compile("^Send these"))
        send.wait_for()
        assert send.is_disabled()
        page.get_by_text("Somebody else must agree").wait_for()
        plan_id = page.locator("code", has_text="loader approve").inner_text().split()[-1]

        in_thread(lambda: approved(served, plan_id, by="noor"))
        page.reload()

        page.get_by_text("Approved by noor.").wait_for()
        send.click()
        page.locator("#results").wait_for()


def pulled(served: RunningPage) -> str:
    """Load two offers and pull them into a sheet."""
    settings, folder = served.state.settings, served.state.data
    folder.mkdir(exist_ok=True)
    rows = OFFERS.read_text("utf-8").splitlines()[:3]
    (folder / "two.csv").write_text("\n".join(rows), "utf-8")
    load = LoadRequest(sources=(str(folder / "two.csv"),), sandbox=True)
    load_files(load, settings, listener=silent, confirm=None, stop=StopSignal())
    pull_offers(PullRequest(path=folder / "kept.csv", sandbox=True), settings, listener=silent)
    return (folder / "kept.csv").read_text("utf-8-sig")


def approved(served: RunningPage, plan_id: str, *, by: str) -> None:
    with acting_as(by):
        request = ApproveRequest(plan_id=plan_id, target_name="sandbox")
        approve_plan(request, served.state.settings)


def in_thread(work: Callable[[], T]) -> T:
    """Do something that wants an event loop of its own: playwright has one here."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()
