"""`loader web` itself: it prints a link, serves the page, and ends in order."""

import signal
from pathlib import Path

import httpx

from tests.support.workbooks import Loader, write_offers


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


def test_it_refuses_what_nobody_could_reach_safely(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)

    listening = loader.run("web", "--sandbox", "--listen", "0.0.0.0")
    port = loader.run("web", "--sandbox", "--port", "99999")

    assert listening.code == port.code == 2
    assert "without encryption" in listening.err
    assert "[unsafe-listen]" in listening.err
