"""Somebody who uses the web page without a browser: its cookie and its token, over real sockets."""

import html
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support.sandbox_calls import NO_AUTHORITIES
from tests.support.web_page import RunningPage

LONGEST_SECONDS = 30


class PageClient:
    """A session of the page. Paths are those below the secret one."""

    def __init__(self, client: httpx.Client, page: RunningPage, root: str) -> None:
        self.client = client
        self.page = page
        self.root = root
        self.origin = page.address
        self.token = ""

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Ask for a page."""
        return self.client.get(f"{self.origin}{self.root}{path}", **more)

    def text(self, path: str) -> str:
        """Return what is written on a page."""
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", self.get(path).text)))

    def post(self, path: str, value: Any = None, **more: Any) -> httpx.Response:
        """Change something, as a script does."""
        headers = {"X-Token": self.token, "Accept": "application/json", "Origin": self.origin}
        address = f"{self.origin}{self.root}{path}"
        return self.client.post(address, json=value or {}, headers=headers, **more)

    def press(self, page: str, path: str) -> httpx.Response:
        """Send the form of a page, with its hidden fields, as a browser does."""
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
        address = f"{self.origin}{self.root}{path}"
        form = {**fields, "token": self.token}
        return self.client.post(address, data=form, headers={"Origin": self.origin})

    def ended(self, run_id: str) -> str:
        """Wait until nothing works on a run; return what is written on its page."""
        until = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < until:
            job = self.page.state.jobs.of(run_id)
            if job is None or job.wait(LONGEST_SECONDS):
                return self.text(f"/runs/{run_id}")
        raise AssertionError(f"{run_id} works on")


@contextmanager
def client_of(page: RunningPage) -> Iterator[PageClient]:
    """Open the page with its link."""
    with httpx.Client(
        follow_redirects=True, timeout=LONGEST_SECONDS, verify=NO_AUTHORITIES
    ) as client:
        start = client.get(page.link())
        somebody = PageClient(client, page, start.url.path.removesuffix("/"))
        somebody.token = re.search(r'name="token" content="([^"]+)"', start.text)[1]  # type: ignore[index]
        yield somebody


def dropped(client: PageClient, name: str, content: bytes) -> tuple[int, dict[str, str]]:
    """Drop a file on the page; return the status and the answer."""
    headers = {"X-Token": client.token, "Accept": "application/json", "Origin": client.origin}
    address = f"{client.origin}{client.root}/drafts?name={name}"
    answer = client.client.post(address, content=content, headers=headers)
    return answer.status_code, answer.json()


def match(client: PageClient, draft: str, *fields: str) -> None:
    """Say what the columns of a dropped file are, as its form does."""
    columns = {f"column:{at}": field for at, field in enumerate(fields)}
    client.client.post(
        f"{client.origin}{client.root}/drafts/{draft}/columns",
        data={"token": client.token, **columns},
        headers={"Origin": client.origin},
    ).raise_for_status()
