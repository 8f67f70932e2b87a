"""Plans that somebody else must approve, on a page whose proxy names who is signed in."""

import html
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from loader.settings.web import WebSettings
from tests.support.web_page import RunningPage, running_page
from tests.support.workbooks import PLACEMENT

PUBLIC = "https://offers.example.com"
HEADER = "X-User"
OFFERS = f"name,placement,type,content\nSpring,{PLACEMENT},html,<p>Hi</p>\n"


class Colleague:
    """Somebody whom the proxy names."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        first = client.get("/", follow_redirects=False)
        self._root = first.headers["Location"].rstrip("/")
        # It is for encrypted connections alone, which here end at the proxy.
        name, _, value = first.headers["Set-Cookie"].split(";")[0].partition("=")
        client.cookies.set(name, value)

    def page(self, path: str) -> str:
        return html.unescape(self._client.get(f"{self._root}{path}").text)

    def press(self, path: str, **said: str) -> httpx.Response:
        """Send a form of the page, with what stands in it."""
        shown = self.page(path)
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', shown))
        address = f"{self._root}{said.pop('to', path)}"
        headers = {"Origin": PUBLIC}
        return self._client.post(address, data={**fields, **said}, headers=headers)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[RunningPage]:
    web = WebSettings(public_url=PUBLIC, user_header=HEADER, trusted_proxies=("127.0.0.0/8",))
    with running_page(tmp_path, web=web, listen="127.0.0.1", approval_required=True) as page:
        yield page


@pytest.fixture
def colleagues(served: RunningPage) -> Iterator[dict[str, Colleague]]:
    with ExitStack() as stack:
        yield {
            name: Colleague(stack.enter_context(_client(served, name))) for name in ("ada", "noor")
        }


def _client(served: RunningPage, name: str) -> httpx.Client:
    headers = {"Host": "offers.example.com", HEADER: name}
    address = f"http://127.0.0.1:{served.served.port}"
    return httpx.Client(base_url=address, headers=headers, follow_redirects=True)


def test_a_plan_is_approved_by_another_signed_in_person_and_by_nobody_else(
    served: RunningPage, colleagues: dict[str, Colleague]
) -> None:
    ada, noor = colleagues["ada"], colleagues["noor"]
    draft = served.draft_of(OFFERS.encode(), "spring.csv")
    plan, approve = f"/drafts/{draft}/plan", f"/drafts/{draft}/approve"
    ada.press(plan)

    assert "Somebody else must agree" in ada.page(plan)
    assert "Approve this plan" not in ada.page(plan)
    assert "ada made this plan" in noor.page(plan)
    assert ada.press(plan, to=approve, target="sandbox").status_code == 409
    assert noor.press(plan, to=approve, target="another").status_code == 409
    assert noor.press(plan, to=approve, target="sandbox", digest="0" * 64).status_code == 409
    assert ada.press(plan, to=f"/drafts/{draft}/send").status_code == 409

    assert noor.press(plan, to=approve, target="sandbox", words="fine").status_code == 200

    assert "Approved by noor." in ada.page(plan)
    sent = ada.press(plan, to=f"/drafts/{draft}/send")
    run_id = sent.url.path.rpartition("/")[2]
    served.state.jobs.of(run_id).wait()
    audit = ada.page(f"/runs/{run_id}/audit")
    assert ">noor<" in audit
    assert ">ada<" in audit
