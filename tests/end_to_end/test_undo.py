"""An undo is applied by the engine of a load: rate, waits, retries, unknown outcomes, stops."""

import json
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from offer_sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.support.sandbox_calls import client
from tests.support.workbooks import CommandResult, Loader, loader_for, write_offers


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def loaded(loader: Loader, count: int) -> str:
    """Load so many offers; return the id of the run."""
    write_offers(loader.folder / "offers.csv", [f"N{number}" for number in range(count)])
    ran = loader.run("load", "offers.csv", "--results", "results.csv")
    assert ran.code == 0, ran.err
    return run_of(loader)


def run_of(loader: Loader) -> str:
    runs = json.loads(loader.run("runs", "--json").out)["runs"]
    return str(next(run["summary"]["run_id"] for run in runs if run["command"] == "load"))


def undone(loader: Loader, run_id: str, *more: str) -> CommandResult:
    return loader.run("undo", run_id, "--yes", "--json", *more)


QUICK = {"LOADER_MAX_PER_SECOND": "200", "LOADER_SETTLE_SECONDS": "0.2"}


@pytest.mark.parametrize(
    "fault",
    [
        "status-before on=delete status=429 probability=0.4 retry-after=seconds retry-seconds=0",
        "status-before on=delete status=500 times=5",
        "status-after on=delete status=500 times=5",
        "reset-after on=delete times=5",
        "status-before on=lookup status=429 probability=0.2",
        "status-before on=delete status=409 times=3",
    ],
)
def test_an_undo_bears_what_a_load_bears(tmp_path: Path, sandbox: Sandbox, fault: str) -> None:
    loader = loader_for(sandbox, tmp_path, **QUICK)
    run_id = loaded(loader, 30)
    sandbox.set_faults("seed=7", fault)

    ran = undone(loader, run_id)

    assert ran.code == 0, ran.err + ran.out
    report = json.loads(ran.out)
    assert report["deleted"] + report["already_gone"] == 30
    assert (report["unknown"], report["pending"], report["kept"]) == (0, 0, 0)
    assert sandbox.offers() == []


@pytest.mark.parametrize(
    ("settle", "lags"),
    [
        ("1.6", "lookup-lag-seconds=1.2"),
        ("0.2", "lookup-lag-seconds=1"),
        ("2", "lookup-lag-seconds=1.5\nlist-lag-seconds=1.5"),
    ],
    ids=["settles", "too short, but the list shows it", "the list lags too"],
)
def test_an_offer_that_is_not_found_by_its_id_is_not_taken_for_gone(
    tmp_path: Path, sandbox: Sandbox, settle: str, lags: str
) -> None:
    """Where the look-up lags longer than it may, the list shows that the offer is there."""
    loader = loader_for(sandbox, tmp_path, **QUICK | {"LOADER_SETTLE_SECONDS": settle})
    run_id = loaded(loader, 3)
    sandbox.set_faults(*lags.splitlines())

    ran = undone(loader, run_id)

    report = json.loads(ran.out)
    assert (ran.code, report["deleted"], report["already_gone"]) == (0, 3, 0), ran.err
    assert sandbox.offers() == []


def test_an_offer_of_another_id_than_was_told_is_not_taken_for_gone(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Earlier versions kept the ids of receipts as they were told."""
    loader = loader_for(sandbox, tmp_path, **QUICK)
    run_id = loaded(loader, 2)
    with closing(sqlite3.connect(tmp_path / "journal.sqlite3")) as journal, journal:
        journal.execute("UPDATE offer SET instance_id = replace(instance_id, 'dps:', 'xyz:')")

    ran = undone(loader, run_id)
    left = sandbox.offers()

    report = json.loads(ran.out)
    assert (ran.code, report["deleted"], report["already_gone"]) == (1, 0, 0), ran.out
    assert len(left) == 2


@pytest.mark.parametrize("form", ["escaped", "short"])
def test_what_was_told_with_ids_of_another_form_is_undone(tmp_path: Path, form: str) -> None:
    settings = SandboxSettings(receipt_ids=form)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox:
        loader = loader_for(sandbox, tmp_path, **QUICK)
        ran = undone(loader, loaded(loader, 2))
        left = sandbox.offers()

    assert (ran.code, left) == (0, []), ran.out


def test_an_offer_that_somebody_deleted_is_already_gone(tmp_path: Path, sandbox: Sandbox) -> None:
    loader = loader_for(sandbox, tmp_path, **QUICK)
    run_id = loaded(loader, 3)
    with client(sandbox) as http:
        for offer in sandbox.offers()[:2]:
            http.delete(f"/offers/{offer['id']}", params={"offer-type": "fallback"})
    lists = sandbox.counters()["requests"]["list"]

    ran = undone(loader, run_id)

    report = json.loads(ran.out)
    assert (ran.code, report["deleted"], report["already_gone"]) == (0, 1, 2), ran.err
    assert sandbox.offers() == []
    assert sandbox.counters()["requests"]["list"] == lists + 1


@pytest.mark.parametrize(
    ("outcome", "code", "kept"), [("deleted", 0, 0), ("refused", 1, 2)], ids=["deleted", "refused"]
)
def test_a_delete_that_is_decided_later_is_done_when_it_was_decided(
    tmp_path: Path, outcome: str, code: int, kept: int
) -> None:
    settings = SandboxSettings(
        xcore_delete="poll", xcore_delete_seconds=0.4, xcore_delete_outcome=outcome
    )
    with running_sandbox(settings) as sandbox:
        loader = loader_for(sandbox, tmp_path, api="xcore", **QUICK)
        run_id = loaded(loader, 2)

        ran = undone(loader, run_id)

        report = json.loads(ran.out)
        assert (ran.code, report["kept"], report["deleted"]) == (code, kept, 2 - kept), ran.out
        assert len(sandbox.offers()) == kept


def test_what_was_undone_is_undone_everywhere(tmp_path: Path, sandbox: Sandbox) -> None:
    loader = loader_for(sandbox, tmp_path, **QUICK)
    run_id = loaded(loader, 2)
    assert undone(loader, run_id).code == 0

    again = undone(loader, run_id)
    results = loader.run("results", run_id, "--results", "again.csv")
    runs = loader.run("runs")

    report = json.loads(again.out)
    assert (again.code, report["deleted"], report["already_gone"]) == (0, 0, 0)
    assert results.code == 0, results.err
    assert (tmp_path / "again.csv").read_text("utf-8").count("undone") == 2
    assert "2 undone" in runs.out


def test_as_many_deletes_as_were_set_are_in_flight(tmp_path: Path, sandbox: Sandbox) -> None:
    loader = loader_for(sandbox, tmp_path, **QUICK)
    run_id = loaded(loader, 8)
    sandbox.set_faults("hang-unread on=delete times=8 seconds=1")

    process = loader.start("undo", run_id, "--yes", "--max-in-flight", "4")
    deadline = time.monotonic() + 30
    while sandbox.counters()["requests"].get("delete", 0) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    seen = sandbox.counters()["requests"].get("delete", 0)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert seen == 4
    assert process.returncode == 130


@pytest.mark.parametrize("verb", ["resume", "reconcile"])
def test_a_stopped_undo_is_looked_up_by_its_id_and_not_continued(
    tmp_path: Path, sandbox: Sandbox, verb: str
) -> None:
    loader = loader_for(sandbox, tmp_path, **QUICK)
    run_id = loaded(loader, 3)
    sandbox.set_faults("reset-before on=delete times=1", "status-before on=delete status=403")
    stopped = undone(loader, run_id, "--max-in-flight", "1")
    sandbox.set_faults()
    runs = json.loads(loader.run("runs", "--json").out)["runs"]
    undo_id = next(run["summary"]["run_id"] for run in runs if run["command"] == "undo")

    continued = loader.run(verb, undo_id, "--results", "undo.csv")

    assert stopped.code == 5, stopped.err
    assert len(sandbox.offers()) == 3, continued.err
    assert f"loader undo {run_id}" in continued.out + continued.err
    again = undone(loader, run_id)
    assert again.code == 0, again.err
    assert sandbox.offers() == []


@pytest.mark.parametrize("was_done", [True, False])
def test_a_person_decides_what_became_of_a_delete(
    tmp_path: Path, sandbox: Sandbox, was_done: bool
) -> None:
    """The reply to the delete is lost, and then nothing can be read."""
    loader = loader_for(sandbox, tmp_path, **QUICK)
    run_id = loaded(loader, 1)
    how = "reset-after" if was_done else "reset-before"
    sandbox.set_faults(f"{how} on=delete times=1", "status-before on=lookup status=403 skip=1")
    stopped = undone(loader, run_id)
    sandbox.set_faults()
    runs = json.loads(loader.run("runs", "--json").out)["runs"]
    undo_id = next(run["summary"]["run_id"] for run in runs if run["command"] == "undo")

    wrong = [
        loader.run("resolve", undo_id, "2", *answer)
        for answer in (("--absent",), ("--created", "dps:fallback-offer:1"), ("--done", "--absent"))
    ]
    resolved = loader.run("resolve", undo_id, "2", "--done" if was_done else "--not-done")

    assert (stopped.code, json.loads(stopped.out)["unknown"]) == (5, 1), stopped.err
    assert [ran.code for ran in wrong] == [2, 2, 2]
    assert "--done or --not-done" in wrong[0].err
    assert resolved.code == 0, resolved.err
    again = undone(loader, run_id)
    assert again.code == 0, again.err
    assert sandbox.offers() == []
    assert "1 undone" in loader.run("runs").out
