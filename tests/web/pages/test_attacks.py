"""What other pages, other ports and other names can do to an open page: nothing.

The attacker of these tests even knows the secret path, and his page is open in the same browser.
"""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.web_page import RunningPage
from tests.web.pages.attacker import Attacker
from tests.web.pages.browser import REBOUND, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def root(visitor: Visitor, served: RunningPage) -> str:
    """The address of a page that is open in the browser, with its secret path."""
    page = visitor.tab(served.link())
    return page.url.rstrip("/")


FETCHES = """
<script>
const root = %r;
const tries = [
  fetch(root + "/"), fetch(root + "/", {credentials: "include"}),
  fetch(root + "/", {mode: "no-cors", credentials: "include"}),
  fetch(root + "/drafts", {method: "POST", mode: "no-cors", credentials: "include", body: "x"}),
  fetch(root + "/drafts", {method: "POST", credentials: "include", headers: {"X-Token": "x"}}),
];
Promise.allSettled(tries).then((all) => {
  window.read = all.filter((each) => ["basic", "cors"].includes(each.value?.type)).length;
  window.done = true;
});
</script>
"""
TAGS = """
<iframe src="{root}/"></iframe><embed src="{root}/"><object data="{root}/"></object>
<img src="{root}/static/icon.svg"><script src="{root}/static/app.js"></script>
<link rel="stylesheet" href="{root}/static/app.css">
<script>addEventListener("load", () => setTimeout(() => (window.done = true), 50))</script>
"""
FORM = """
<form method="post" action="{root}/drafts" target="there"><input name="token" value="x"></form>
<iframe name="there"></iframe>
<script>
document.forms[0].submit();
setTimeout(() => (window.done = true), 300);
</script>
"""
NULL_ORIGIN = """
<iframe sandbox="allow-scripts allow-forms" srcdoc='
  <form method="post" action="{root}/drafts"></form>
  <script>
    fetch("{root}/", {{mode: "no-cors", credentials: "include"}})
      .finally(() => document.forms[0].submit());
  </script>'></iframe>
<script>setTimeout(() => (window.done = true), 300)</script>
"""


@pytest.mark.parametrize(
    "attack", [FETCHES, TAGS, FORM, NULL_ORIGIN], ids=["fetch", "tags", "form", "null"]
)
def test_a_page_on_another_port_gets_nothing(
    visitor: Visitor, attacker: Attacker, served: RunningPage, root: str, attack: str
) -> None:
    visitor.expect("")  # his own page may complain of whatever it likes
    attacker.page = attack % root if "%r" in attack else attack.format(root=root)
    page = visitor.tab()

    before = len(served.answers)
    page.goto(attacker.address)
    page.wait_for_function("() => window.done === true")
    for _ in range(400):  # a frame may be in a slow process of its own
        if len(served.answers) > before:
            break
        page.wait_for_timeout(50)

    assert len(served.answers) > before
    assert {*served.answers[before:]} <= {403, 405}
    assert page.evaluate("window.read ?? 0") == 0


def test_a_name_that_was_bound_to_this_machine_is_refused(
    visitor: Visitor, page: "Page", root: str, served: RunningPage
) -> None:
    port = urlsplit(served.address).port
    visitor.expect("421")
    visitor.expect("Cross-Origin-Opener-Policy")  # which http cannot have

    answers = [page.goto(f"http://{REBOUND}:{port}{path}") for path in ("/", urlsplit(root).path)]

    assert [answer and answer.status for answer in answers] == [421, 421]


def test_another_port_of_this_machine_never_gets_the_cookie(
    visitor: Visitor, attacker: Attacker, root: str
) -> None:
    visitor.expect("/favicon.ico")  # still asked for when that server ends
    page = visitor.tab()
    page.goto(attacker.address)
    page.goto(f"{attacker.address}/elsewhere")

    assert attacker.headers
    assert not any("cookie" in each for each in attacker.headers)
    [cookie] = visitor.context.cookies(f"{root}/")
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert cookie["path"] == f"{urlsplit(root).path}/"


def test_a_link_opens_the_page_once(visitor: Visitor, served: RunningPage) -> None:
    link = served.link()
    visitor.expect("403")
    visitor.expect("/favicon.ico")
    visitor.tab(link)
    page = visitor.tab()

    answer = page.goto(link)

    assert answer is not None
    assert answer.status == 403
    assert "used already" in page.inner_text("main, body")


def test_without_the_cookie_the_secret_path_opens_nothing(root: str) -> None:
    answers = [
        httpx.get(f"{root}/"),
        httpx.get(f"{root}/static/app.js"),
        httpx.get(f"{root}/runs"),
        httpx.post(f"{root}/drafts", headers={"Origin": root.rsplit("/", 1)[0], "X-Token": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4


def test_a_change_without_the_token_of_the_session_is_refused(visitor: Visitor, root: str) -> None:
    visitor.expect("403")
    page = visitor.tab(f"{root}/")

    found = page.evaluate(
        """async (root) => {
            const tries = [{}, {"X-Token": ""}, {"X-Token": "wrong"}];
            const send = (headers) => fetch(root + "/drafts", {method: "POST", headers});
            return (await Promise.all(tries.map(send))).map((each) => each.status);
        }""",
        root,
    )

    assert found == [403] * 3
