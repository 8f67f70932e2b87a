"""`loader watch` over S3 and SFTP, as an operator uses it: processes, sockets, kills."""

import random
import time
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from offer_sandbox import running_sandbox
from tests.support.busy_server import takes_no_more
from tests.support.remote_servers import AWS, RemoteInbox
from tests.support.workbooks import Loader, loader_for, write_offers


def settings_in(folder: Path) -> None:
    text = "[inbox]\nsettle_seconds = 0\nscan_seconds = 0.1\n[log]\nform = 'json'\n"
    (folder / "loader.toml").write_text(text, "utf-8")


def copies_in(folder: Path) -> list[Path]:
    found = (path for path in folder.glob("journal.inbox.elsewhere/**/*") if path.is_file())
    return [path for path in found if path.name != ".watcher"]


def test_drops_are_loaded_once_and_nothing_stays_on_this_machine(
    tmp_path: Path, elsewhere: RemoteInbox
) -> None:
    settings_in(tmp_path)
    names = [f"Offer {number}" for number in range(60)]
    good = write_offers(tmp_path / "offers.csv", names).read_bytes()
    with running_sandbox() as sandbox:
        sandbox.set_faults("hang-unread on=create skip=8 seconds=60")
        loader = loader_for(sandbox, tmp_path, **elsewhere.variables)
        elsewhere.drop("offers.csv", good)
        process = loader.start("watch", elsewhere.address)
        deadline = time.monotonic() + 60
        while len(sandbox.offers()) < 8 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        assert len(sandbox.offers()) == 8
        sandbox.set_faults("")

        elsewhere.drop("again.csv", good)
        elsewhere.drop("poison.csv", b"who,what\n1,2\n")
        once = loader.run("watch", elsewhere.address, "--once")

        assert once.code == 1, once.err
        assert Counter(offer["name"] for offer in sandbox.offers()) == Counter(names)
    assert {name.split("/", 2)[0] + "/" + name.split("/", 2)[2] for name in elsewhere.names()} == {
        "done/offers.csv", "done/offers.csv.results.xlsx", "done/offers.csv.summary.json",
        "done/again.csv", "done/again.csv.results.xlsx", "done/again.csv.summary.json",
        "failed/poison.csv", "failed/poison.csv.reason.txt", "failed/poison.csv.summary.json",
    }  # fmt: skip
    assert copies_in(tmp_path) == []
    _status_and_retry(loader, elsewhere)


def test_a_file_that_waits_is_gone_on_with_after_its_journal_was_moved(
    tmp_path: Path, elsewhere: RemoteInbox
) -> None:
    settings_in(tmp_path)
    elsewhere.drop("x.csv", write_offers(tmp_path / "x.csv", ["One", "Two", "Three"]).read_bytes())
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1", **elsewhere.variables)
        sandbox.set_faults(takes_no_more("create", after=1))
        loader.run("watch", elsewhere.address, "--once")
        sandbox.set_faults("")
        assert len(sandbox.offers()) == 1
        moved = str(tmp_path / "moved.sqlite3")
        assert loader.run("journal", "copy", "journal.sqlite3", moved).code == 0

        goes_on = loader.run("watch", elsewhere.address, "--once", "--journal", moved)
        status = loader.run("inbox", "status", elsewhere.address, "--journal", moved)

        assert goes_on.code == 0, goes_on.out + goes_on.err
        assert "somebody took it" not in goes_on.err
        assert len(loader.run("runs", "--json", "--journal", moved).json["runs"]) == 1
        assert len(sandbox.offers()) == 3
    assert [name.split("/")[0] for name in elsewhere.names() if name.endswith("/x.csv")] == ["done"]
    assert status.code == 0, status.out


@pytest.mark.slow
def test_a_watcher_that_is_killed_twenty_times_loads_every_row_of_every_file_once(
    tmp_path: Path, elsewhere: RemoteInbox
) -> None:
    settings_in(tmp_path)
    chance = random.Random(7)
    names = [[f"Offer {file}-{number}" for number in range(40)] for file in range(6)]
    for file, mine in enumerate(names):
        elsewhere.drop(f"{file}.csv", write_offers(tmp_path / "one.csv", mine).read_bytes())
    with running_sandbox() as sandbox:
        variables = {**elsewhere.variables, "LOADER_MAX_PER_SECOND": "60"}
        loader = loader_for(sandbox, tmp_path, **variables)
        for _ in range(20):
            process = loader.start("watch", elsewhere.address)
            time.sleep(1.2 + 1.8 * chance.random())  # a kill at any instant is what is tried
            process.kill()
            process.communicate()
        last = loader.run("watch", elsewhere.address, "--once")

        assert last.code == 0, last.err
        assert Counter(offer["name"] for offer in sandbox.offers()) == Counter(chain(*names))
    assert {name.split("/")[0] for name in elsewhere.names()} == {"done"}
    assert len(elsewhere.names()) == 3 * len(names)
    assert copies_in(tmp_path) == []


def _status_and_retry(loader: Loader, elsewhere: RemoteInbox) -> None:
    status = loader.run("inbox", "status", elsewhere.address, "--json")
    (failed,) = status.json["failed"]
    again = loader.run("inbox", "retry", failed["file"])
    after = loader.run("inbox", "status", elsewhere.address, "--json")

    assert status.code == 1
    assert failed["file"].startswith(f"{elsewhere.address}/failed/")
    assert again.code == 0, again.err
    assert again.out.strip() == f"put back into the inbox: {elsewhere.address}/poison.csv"
    assert after.code == 0
    assert [file["name"] for file in after.json["waiting"]] == ["poison.csv"]


def test_a_place_that_cannot_be_reached_is_said_without_secrets(tmp_path: Path) -> None:
    settings_in(tmp_path)
    loader = Loader(folder=tmp_path, variables={**AWS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})

    with_password = loader.run("watch", "sftp://me:pa55w0rd@127.0.0.1/in", "--once", "--sandbox")
    unreachable = loader.run("watch", "s3://bucket/in", "--once", "--sandbox")

    assert with_password.code == 2
    assert "ssh agent" in with_password.err
    assert "pa55w0rd" not in with_password.err
    assert unreachable.code == 2
    assert "s3://bucket/in" in unreachable.err
    assert AWS["AWS_SECRET_ACCESS_KEY"] not in unreachable.err
