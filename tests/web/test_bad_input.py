"""Bad files, full disks, an API that is down, without a browser: said, and nothing is lost."""

import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from loader.run.embedded_sandbox import sandbox_file, shared_sandbox
from tests.corpus.broken import OLE
from tests.support.page_client import PageClient, dropped
from tests.support.page_runs import plan_file, start_sending
from tests.support.web_page import RunningPage
from tests.support.workbooks import PLACEMENT

HEAD = "name,placement,type,content\n"
SMALL = 200_000  # bytes: the largest file that a full disk takes
ROOM = 20_000  # bytes that a journal can still grow by


@contextmanager
def no_room(largest: int = SMALL) -> Iterator[None]:
    """Let no file grow above `largest`, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def rows(count: int) -> bytes:
    lines = (f"Offer {n},{PLACEMENT},html,<p>{'x' * 80}</p>\n" for n in range(count))
    return (HEAD + "".join(lines)).encode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("secret.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("half.xlsx", b"PK\x03\x04" + bytes(200), "damaged"),
        ("heads.csv", HEAD.encode(), "no row below"),
        ("blank.csv", b"\n\n\n", "no row at all"),
    ],
)
def test_a_file_without_rows_to_read_is_said_and_not_kept(
    served: RunningPage, client: PageClient, name: str, content: bytes, words: str
) -> None:
    status, said = dropped(client, name, content)

    assert (status, words in said["message"]) == (422, True), said
    assert list(served.state.drafts.glob("*")) == []


def _trouble(client: PageClient, path: str) -> str:
    """Wait until a draft says what is wrong with it, half a minute at most."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        state = client.get(f"{path}/state", headers={"Accept": "*/*"}).json()
        if state["trouble"]:
            return str(state["trouble"])
        time.sleep(0.02)
    return ""


def test_a_full_disk_takes_no_file_and_says_so(served: RunningPage, client: PageClient) -> None:
    with no_room():
        status, said = dropped(client, "large.csv", rows(3_000))

    assert status == 507
    assert said["title"] == "There is no room for this file"
    assert list(served.state.drafts.glob("*")) == []
    assert dropped(client, "large.csv", rows(3_000))[0] == 200


def test_a_disk_that_is_full_while_rows_are_read_is_said_on_the_sheet(
    served: RunningPage, client: PageClient
) -> None:
    with no_room():
        status, said = dropped(client, "rows.csv", rows(1_000))
        if status == 200:
            said = {"message": _trouble(client, said["path"])}

    assert "is the disk full" in said["message"]


def test_a_disk_that_is_full_while_rows_are_sent_stops_the_run_and_nothing_is_lost(
    served: RunningPage, client: PageClient, tmp_path: Path
) -> None:
    settings = served.state.settings
    with closing(sqlite3.connect(sandbox_file(settings))) as sandbox:
        sandbox.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # it has room, the journal not
    plan_file(served, tmp_path / "other.csv", ["other"])
    with closing(sqlite3.connect(settings.journal)) as reader:  # keeps the WAL of the journal
        reader.execute("SELECT count(*) FROM run").fetchone()
        run_id = plan_file(served, tmp_path / "spring.csv", [f"N{n}" for n in range(60)])
        with no_room(Path(f"{settings.journal}-wal").stat().st_size + ROOM):
            start_sending(served, run_id)
            stopped = client.ended(run_id)

    assert "It stopped." in stopped
    assert "disk" in stopped
    assert "fault of the loader" not in stopped
    assert "not sent" in stopped
    client.post(f"/runs/{run_id}/go-on")
    assert "60 offers created" in client.ended(run_id)
    with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
        assert len(sandbox.offers()) == 60


def test_an_api_that_goes_down_in_the_middle_stops_the_run_and_it_goes_on_later(
    served: RunningPage, client: PageClient, tmp_path: Path
) -> None:
    run_id = plan_file(served, tmp_path / "spring.csv", [f"N{n}" for n in range(26)])
    with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
        sandbox.set_faults("reset-before on=create skip=5")
        start_sending(served, run_id)
        shown = client.ended(run_id)

        assert "It stopped." in shown
        assert "no usable reply was seen" in shown
        assert "Look what became of them" in shown

        sandbox.set_faults()
        client.post(f"/runs/{run_id}/go-on")
        assert "26 offers created" in client.ended(run_id)
        assert len(sandbox.offers()) == 26
