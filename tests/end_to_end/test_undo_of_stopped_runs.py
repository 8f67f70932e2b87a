"""Undo of a run that was stopped: what it had not sent yet is not sent after it."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.forked import Forked
from tests.support.sandbox_calls import client
from tests.support.workbooks import Loader, loader_for, results_of, write_offers

NAMES = [f"Offer {number}" for number in range(8)]


def refuse_after(sandbox: Sandbox, after: int) -> None:
    """Let the server ask to come back in an hour, after some offers."""
    fault = f"status-before status=429 on=create skip={after} times=1"
    sandbox.set_faults(f"{fault} retry-after=seconds retry-seconds=4000")


def stopped(loader: Loader, sandbox: Sandbox, *, after: int = 3) -> str:
    """Load, and stop after some offers; give the run."""
    write_offers(loader.folder / "offers.csv", NAMES)
    refuse_after(sandbox, after)
    ran = loader.run("load", "offers.csv", "--results", "results.csv")
    assert ran.code == 5, ran.out + ran.err
    sandbox.set_faults("")
    assert len(sandbox.offers()) >= after
    return loader.newest_run()


@contextmanager
def at_work(loader: Loader, *arguments: str, sandbox: Sandbox, until: int) -> Iterator[Forked[str]]:
    """Start a command; give it when so many offers are there and written down; see it end."""
    process = loader.start(*arguments)
    deadline = time.monotonic() + 60
    while len(sandbox.offers()) < until and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    yield process
    process.communicate()


def statuses(folder: Path) -> list[str]:
    return [row["status"] for row in results_of(folder / "results.csv")]


@pytest.mark.parametrize("after", [3, 0])
def test_nothing_of_an_undone_run_is_sent_any_more(tmp_path: Path, after: int) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        run = stopped(loader, sandbox, after=after)

        shown = loader.run("undo", run, "--dry-run")
        undone = loader.run("undo", run, "--yes")
        resumed = loader.run("resume", run)
        bare = loader.run("resume")

        assert undone.code == 0, undone.err
        assert f"give up {8 - after} that were not sent yet" in shown.out
        assert f"{8 - after} not sent any more" in undone.out
        assert sandbox.offers() == [], (resumed.out, bare.out)


def test_the_file_of_an_undone_run_can_be_loaded_again_whole(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        loader.run("undo", stopped(loader, sandbox), "--yes")

        again = loader.run("load", "offers.csv", "--results", "results.csv")
        run = loader.newest_run()
        verified = loader.run("verify", run)

        assert again.code == 0, again.out
        assert statuses(tmp_path) == ["created"] * 8
        assert sorted(offer["name"] for offer in sandbox.offers()) == NAMES
        assert verified.code == 0, verified.out


def test_an_undo_first_looks_up_what_is_unknown(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
        write_offers(tmp_path / "offers.csv", ["One", "Two"])
        sandbox.set_faults("hang-after on=create skip=1 seconds=60")
        process = loader.start("load", "offers.csv")
        deadline = time.monotonic() + 60
        while len(sandbox.offers()) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        sandbox.set_faults("")
        run = loader.newest_run()

        shown = loader.run("undo", run, "--dry-run")
        undone = loader.run("undo", run, "--yes")

        assert "without a known outcome" in shown.out
        assert (undone.code, sandbox.offers()) == (0, []), undone.out
        assert "2 deleted" in undone.out


def test_what_a_killed_resume_created_is_no_less_new_than_in_a_first_run(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        slow = {"LOADER_MAX_IN_FLIGHT": "1", "LOADER_SETTLE_SECONDS": "4"}
        loader = loader_for(sandbox, tmp_path, **slow)
        quick = replace(loader, variables={**loader.variables, "LOADER_SETTLE_SECONDS": "0.2"})
        write_offers(tmp_path / "offers.csv", NAMES[:6])
        sandbox.set_faults("reset-before on=create times=3")  # a resume sends the first rows
        with at_work(loader, "load", "offers.csv", sandbox=sandbox, until=3) as process:
            process.send_signal(signal.SIGINT)
        sandbox.set_faults("")
        time.sleep(4.0)  # the settle time
        resume = ("resume", "--max-per-second", "1")
        with at_work(quick, *resume, sandbox=sandbox, until=5) as process:
            process.kill()
        created = len(sandbox.offers())
        run = loader.newest_run()
        sandbox.set_faults("lookup-lag-seconds=6", "list-lag-seconds=6")

        undo = loader.start("undo", run, "--yes")
        time.sleep(3.0)
        sandbox.set_faults("")  # the reads catch up within the settle time
        out, _ = undo.communicate()

        assert (undo.returncode, sandbox.offers()) == (0, []), out
        assert f"{created} deleted" in out


def test_what_stays_unknown_is_told_and_can_be_undone_once_it_is_decided(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
        write_offers(tmp_path / "offers.csv", ["One"])
        sandbox.set_faults("reset-after on=create times=1", "list-lag-seconds=600")
        loader.run("load", "offers.csv", "--on-absent", "hold")
        sandbox.set_faults("")
        offer_id = sandbox.offers()[0]["id"]
        with client(sandbox) as http:
            patch = [{"op": "add", "path": "/description", "value": "edited"}]
            http.patch(f"/offers/{offer_id}", params={"offer-type": "fallback"}, json=patch)
        run = loader.newest_run()

        undone = loader.run("undo", run, "--yes")

        assert undone.code == 6, undone.out
        assert "1 of the run without a known outcome" in undone.out
        assert f"loader resolve {run}" in undone.out
        assert len(sandbox.offers()) == 1
        assert loader.run("resolve", run, "2", "--created", offer_id).code == 0
        assert loader.run("undo", run, "--yes").code == 1  # kept: somebody edited it


def undone_with_an_unknown_row(loader: Loader, sandbox: Sandbox) -> str:
    """Undo a load of two rows, of which one got no reply and made no offer; give the run."""
    write_offers(loader.folder / "offers.csv", ["Zero", "One"])
    sandbox.set_faults("reset-before on=create skip=1 times=1", "list-lag-seconds=600")
    assert loader.run("load", "offers.csv").code == 6
    run = loader.newest_run()
    assert loader.run("undo", run, "--yes").code == 6
    sandbox.set_faults("")
    assert sandbox.offers() == []
    return run


@pytest.mark.parametrize("looked_up_by", ["resume", "reconcile", "resolve"])
def test_what_an_undo_left_unknown_is_looked_up_and_not_sent(
    tmp_path: Path, looked_up_by: str
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(
            sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1", LOADER_SETTLE_SECONDS="0.2"
        )
        run = undone_with_an_unknown_row(loader, sandbox)
        more = (run, "3", "--absent") if looked_up_by == "resolve" else ()

        found = loader.run(looked_up_by, *more)
        resumed = loader.run("resume")
        loader.run("results", run, "--results", "results.csv")

        assert sandbox.offers() == [], found.out + resumed.out
        assert "pending" not in found.out
        if looked_up_by != "resolve":
            assert found.code == 1, found.out
            said = "the run was undone before 1 row was sent: to send it, load the file again"
            assert said in found.out
        assert "nothing to continue" in resumed.err
        assert statuses(tmp_path) == ["undone", "failed"]
        assert results_of(tmp_path / "results.csv")[1]["error_code"] == "run-undone"
        assert loader.run("undo", run, "--yes").code == 0
        again = loader.run("load", "offers.csv")
        assert (again.code, len(sandbox.offers())) == (0, 2), again.out


def test_a_file_whose_run_was_undone_is_loaded_when_it_is_dropped_again(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        (tmp_path / "inbox").mkdir()
        write_offers(tmp_path / "inbox" / "offers.csv", NAMES)
        refuse_after(sandbox, 3)
        (tmp_path / "loader.toml").write_text("[inbox]\nsettle_seconds = 0\n", "utf-8")
        first = loader.run("watch", "inbox", "--once")
        assert first.code != 0, first.out
        sandbox.set_faults("")
        run = loader.newest_run()
        assert loader.run("undo", run, "--yes").code == 0

        ended = loader.run("watch", "inbox", "--once")
        assert "drop the file again" in ended.out
        assert sandbox.offers() == []
        write_offers(tmp_path / "inbox" / "offers.csv", NAMES)
        again = loader.run("watch", "inbox", "--once")

        assert again.code == 0, again.out
        assert "8 created" in again.out
        assert sorted(offer["name"] for offer in sandbox.offers()) == NAMES


def test_a_stopped_apply_is_undone_whole_and_can_be_done_again(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(
            sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1", LOADER_SETTLE_SECONDS="0.1"
        )
        write_offers(tmp_path / "offers.csv", NAMES)
        assert loader.run("load", "offers.csv").code == 0
        assert loader.run("pull", "pulled.xlsx").code == 0
        book = openpyxl.load_workbook(tmp_path / "pulled.xlsx")
        for cell in (cell for row in book.worksheets[0].iter_rows() for cell in row):
            if "Hello" in str(cell.value):
                cell.value = str(cell.value).replace("Hello", "Goodbye")
        book.save(tmp_path / "pulled.xlsx")
        fault = "status-before status=429 on=update skip=3 times=1"
        sandbox.set_faults(f"{fault} retry-after=seconds retry-seconds=4000")
        stopped = loader.run("apply", "pulled.xlsx", "--yes", "--results", "results.csv")
        assert stopped.code == 5, stopped.out + stopped.err
        sandbox.set_faults("")
        run = loader.newest_run()

        undone = loader.run("undo", run, "--yes")
        loader.run("resume")
        as_before = str(sandbox.offers()).count("Hello")
        again = loader.run("apply", "pulled.xlsx", "--yes", "--results", "results.csv")

        assert (undone.code, as_before) == (0, 8), undone.out
        assert again.code == 0, again.out
        assert statuses(tmp_path) == ["updated"] * 8
        assert str(sandbox.offers()).count("Goodbye") == 8


def test_an_undo_of_a_plan_names_the_run_that_applied_it(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        write_offers(tmp_path / "offers.csv", NAMES)
        assert loader.run("load", "offers.csv").code == 0
        assert loader.run("pull", "pulled.csv").code == 0
        text = (tmp_path / "pulled.csv").read_text(encoding="utf-8-sig")
        (tmp_path / "pulled.csv").write_text(text.replace("Hello", "Goodbye"), encoding="utf-8")
        planned = loader.run("plan", "pulled.csv", "--json")
        plan = loader.newest_run()

        early = loader.run("undo", plan, "--yes")
        applied = loader.run("apply", plan, "--yes")
        run = loader.newest_run()
        late = loader.run("undo", plan, "--yes")

        assert (early.code, applied.code, late.code) == (2, 0, 2), planned.out + applied.out
        assert f"{plan} is a plan, which was not applied" in early.err
        assert f"{plan} is a plan, which run {run} applied" in late.err
        assert f"loader undo {run}" in late.err
