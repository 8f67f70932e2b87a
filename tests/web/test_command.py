"""`loader web` itself: it prints a link, serves the page, and ends in order."""

import csv
import io
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.forked import Forked
from tests.support.workbooks import Loader, write_offers


class Page(httpx.Client):
    """A browser that opened the link."""

    def __init__(self, link: str) -> None:
        super().__init__(follow_redirects=True, timeout=30)
        answer = self.get(link)
        self.start = answer.url.path
        self.base_url = answer.url.join("/")
        self.token = fields(answer.text)["token"]
        self.root = "/" + answer.url.path.split("/")[1]
        self.headers["Origin"] = str(self.base_url).rstrip("/")


def fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page, and its token."""
    found = re.findall(r'name="([\w-]+)" (?:content|value)="([^"]*)"', page)
    return dict(found)


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[tuple[Forked[str], Page]]:
    """Run the command and open its page; end it, if the test has not."""
    with ended(Loader(folder=folder).start(*arguments)) as process:
        assert process.stdout is not None
        with closing(Page(process.stdout.readline().strip())) as page:
            yield process, page


@contextmanager
def ended(process: Forked[str]) -> Iterator[Forked[str]]:
    """End a process whatever happens."""
    with process:
        try:
            yield process
        finally:
            process.terminate()


def eventually(holds: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_it_prints_a_link_that_opens_the_page_once_and_ends_in_order(tmp_path: Path) -> None:
    write_offers(tmp_path / "offers.csv", ["A"])
    process = Loader(folder=tmp_path).start("web", "offers.csv", "--sandbox", "--no-browser")
    assert process.stdout is not None
    assert process.stderr is not None
    link = process.stdout.readline().strip()

    first, second = httpx.get(link), httpx.get(link)
    process.send_signal(signal.SIGINT)

    assert process.wait(30) == 0
    assert (first.status_code, second.status_code) == (303, 403)
    assert "/drafts/" in first.headers["Location"]
    assert "works once" in process.stderr.read()
    process.stdout.close()
    process.stderr.close()


@pytest.mark.slow
def test_a_server_that_is_killed_in_the_middle_loses_nothing_and_sends_nothing_twice(
    tmp_path: Path,
) -> None:
    names = [f"N{n}" for n in range(12)]
    write_offers(tmp_path / "offers.csv", names)
    arguments = ("web", "--sandbox", "--no-browser", "--max-per-second", "5")
    with running(tmp_path, *arguments, "offers.csv") as (process, page):
        plan = page.post(f"{page.start}/plan", data={"token": page.token})
        run = page.post(f"{page.start}/send", data=fields(plan.text)).url.path
        eventually(lambda: page.get(f"{run}/state").json()["rows"])
        process.kill()

    with running(tmp_path, *arguments) as (process, page):
        run = page.root + "/runs/" + run.rsplit("/", 1)[1]
        assert "Nothing is lost" in page.get(run).text
        assert "Somebody else" not in page.get(run).text
        page.post(f"{run}/go-on", data={"token": page.token})
        eventually(lambda: re.search("chip big good", page.get(run).text))
        rows = list(csv.DictReader(io.StringIO(page.get(f"{run}/results.csv").text)))

    assert [row["status"] for row in rows] == ["created"] * len(names)
    assert len({row["instanceId"] for row in rows}) == len(names)


def test_it_refuses_what_nobody_could_reach_safely(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)

    listening = loader.run("web", "--sandbox", "--listen", "0.0.0.0")
    port = loader.run("web", "--sandbox", "--port", "99999")

    assert listening.code == port.code == 2
    assert "without encryption" in listening.err
    assert "[unsafe-listen]" in listening.err
