"""A run that was planned, and that nobody agreed to, is sent only by who names it."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loader.events import silent
from loader.run.plan.plan_load import plan_files
from loader.run.plan.plan_sheet import plan_to_decide
from loader.run.requests import LoadRequest
from loader.settings import Settings, load_settings
from offer_sandbox import Sandbox, running_sandbox
from tests.support.busy_server import takes_no_more
from tests.support.terminals import on_terminal
from tests.support.workbooks import Loader, loader_for, results_of, write_offers

NAMES = ["One", "Two"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def loader(tmp_path: Path, sandbox: Sandbox) -> Loader:
    return loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1", TERM="xterm")


def settings_of(loader: Loader) -> Settings:
    variables = loader.environment()
    own = {name: text for name, text in variables.items() if name.startswith("LOADER_")}
    return load_settings(
        environment={"LOADER_JOURNAL": str(loader.folder / "journal.sqlite3"), **own}
    )


def planned(loader: Loader, name: str = "b.csv", names: list[str] = NAMES) -> str:
    """Plan a file as the page does; nobody presses Send."""
    path = write_offers(loader.folder / name, names)
    request = LoadRequest(sources=(str(path),))
    return plan_files(request, settings_of(loader), listener=silent).plan_id


def declined(loader: Loader) -> str:
    write_offers(loader.folder / "b.csv", NAMES)
    code, screen = on_terminal(
        *("load", "b.csv"),
        folder=loader.folder,
        variables=loader.environment(),
        answers={"[y/N]": "n"},
    )
    assert (code, "not confirmed; nothing was sent" in screen) == (6, True), screen
    return str(runs(loader)[0]["summary"]["run_id"])


def runs(loader: Loader) -> list[Any]:
    listed: list[Any] = loader.run("runs", "--json").json["runs"]
    return listed


def line_of(loader: Loader, run_id: str) -> str:
    return next(line for line in loader.run("runs").out.splitlines() if run_id in line)


@pytest.mark.parametrize("unsent", [planned, declined])
def test_resume_without_a_run_does_not_send_it_and_with_its_name_does(
    loader: Loader, sandbox: Sandbox, unsent: Any
) -> None:
    run_id = unsent(loader)

    bare, looked = loader.run("resume"), loader.run("reconcile")
    listed, shown = line_of(loader, run_id), loader.run("runs", "show", run_id).out

    assert sandbox.offers() == []
    assert bare.code == 0, bare.err
    assert "nobody agreed" in bare.err
    assert f"loader resume {run_id}" in bare.err
    assert looked.code == 0, looked.err
    assert f"run {run_id} is planned" in looked.err
    assert "there is no row to look up" in looked.err
    assert listed.endswith("planned, not sent"), listed
    assert "planned, not sent" in shown

    named = loader.run("resume", run_id)

    assert named.code == 0, named.err
    assert sorted(offer["name"] for offer in sandbox.offers()) == NAMES
    assert line_of(loader, run_id).endswith("finished")
    assert "every run in the journal is finished" in loader.run("resume").err


@pytest.mark.parametrize("unsent", [planned, declined])
def test_it_does_not_hide_the_run_that_was_stopped(
    loader: Loader, sandbox: Sandbox, unsent: Any
) -> None:
    first = stopped(loader, sandbox, "a.csv", ["Three", "Four"])
    unsent(loader)

    resumed = loader.run("resume")

    assert f"run {first}:" in resumed.out, resumed.err
    assert sorted(offer["name"] for offer in sandbox.offers()) == ["Four", "Three"]


def test_looking_does_not_agree(loader: Loader, sandbox: Sandbox) -> None:
    run_id = planned(loader)

    loader.run("reconcile", run_id)
    loader.run("resume")

    assert sandbox.offers() == []
    assert line_of(loader, run_id).endswith("planned, not sent")


def test_the_same_load_with_an_agreement_sends_it(loader: Loader, sandbox: Sandbox) -> None:
    declined(loader)

    assert loader.run("load", "b.csv", "--yes").code == 0
    assert len(sandbox.offers()) == len(NAMES)
    assert len(runs(loader)) == 1


@pytest.mark.parametrize("names_it", [False, True], ids=["load", "resume"])
def test_what_was_agreed_to_and_killed_before_its_first_row_goes_on(
    loader: Loader, sandbox: Sandbox, *, names_it: bool
) -> None:
    words = ("resume", declined(loader)) if names_it else ("load", "b.csv", "--yes")
    write_offers(loader.folder / "b.csv", NAMES)
    sandbox.set_faults("hang-unread on=list")  # the look at what is there, before the first row
    process = loader.start(*words)
    while not sandbox.counters()["requests"].get("list", 0) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    sandbox.set_faults("")
    (run,) = runs(loader)
    assert (run["is_unsent"], run["summary"]["pending"]) == (False, len(NAMES))

    resumed = loader.run("resume")

    assert resumed.code == 0, resumed.out + resumed.err
    assert len(sandbox.offers()) == len(NAMES)


def stopped(loader: Loader, sandbox: Sandbox, name: str, names: list[str] = NAMES) -> str:
    """Load a file that the API takes no row of."""
    write_offers(loader.folder / name, names)
    sandbox.set_faults(takes_no_more("create"))
    assert loader.run("load", name, "--yes").code == 5
    sandbox.set_faults("")
    return str(runs(loader)[0]["summary"]["run_id"])


def undone(loader: Loader) -> str:
    run_id = declined(loader)
    assert loader.run("undo", run_id, "--yes").code == 0
    return run_id


@pytest.mark.parametrize("unsent", [planned, declined, undone])
def test_it_keeps_no_row_of_the_run_that_was_stopped(
    loader: Loader, sandbox: Sandbox, unsent: Any
) -> None:
    first = stopped(loader, sandbox, "a.csv")
    second = unsent(loader)

    resumed = loader.run("resume")

    assert (resumed.code, f"run {first}: 2 read, 2 created" in resumed.out) == (0, True), (
        resumed.out
    )
    assert len(sandbox.offers()) == len(NAMES)
    if unsent is not undone:
        named = loader.run("resume", second)
        assert (named.code, f"run {second}: 2 read, 2 duplicate" in named.out) == (0, True), (
            named.out
        )
        assert len(sandbox.offers()) == len(NAMES)


def test_rows_that_went_over_to_an_agreed_run_say_how_they_are_sent(
    loader: Loader, sandbox: Sandbox
) -> None:
    first = stopped(loader, sandbox, "a.csv")
    second = stopped(loader, sandbox, "b.csv")

    looked = loader.run("resume", first, "--results", "first.csv")

    assert sandbox.offers() == []
    assert f"run {first}:" in looked.out, looked.err
    assert f"to go on: loader resume {second}" in looked.out
    rows = results_of(loader.folder / "first.csv")
    assert [row["status"] for row in rows] == ["pending", "pending"]
    assert (rows[1]["error_code"], rows[1]["error"]) == ("went-on", f"it went on in run {second}")


def test_a_plan_does_not_offer_what_went_over_to_a_later_one(
    loader: Loader, sandbox: Sandbox
) -> None:
    first = planned(loader, "a.csv")
    planned(loader, "b.csv", NAMES[:1])

    plan = plan_to_decide(first, settings_of(loader))
    assert (plan.totals.create, plan.taken_over) == (2, {})

    second = stopped(loader, sandbox, "b.csv", NAMES[:1])
    plan = plan_to_decide(first, settings_of(loader))
    assert (plan.totals.create, plan.taken_over) == (1, {second: 1})

    third = stopped(loader, sandbox, "c.csv", [*NAMES, "Three"])
    plan = plan_to_decide(first, settings_of(loader))
    assert (plan.totals.create, plan.first, plan.taken_over) == (0, (), {third: 2})
