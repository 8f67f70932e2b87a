"""An offer that somebody deleted in the library is created again, once, where that is proven."""

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loader.delivery.stop import Ending, StopSignal
from loader.errors import ExitCode, PlanStopped
from loader.events import Event, Limited
from loader.model import Dialect, Severity
from loader.run.history.runs import list_runs
from loader.run.plan.plan_changes import plan_changes
from loader.run.requests import PlanRequest
from tests.support.keeping import Keeper, edited, keeper_of
from tests.support.workbooks import loader_for

SHEET = "name,placement,content\nAlpha,Web text,Hello A\nBeta,Web text,Hello B\n"


@pytest.fixture(params=list(Dialect))
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    with keeper_of(request.param, tmp_path) as keeper:
        keeper.load(SHEET)
        yield keeper


def names(keeper: Keeper) -> list[str]:
    return sorted(each["name"] for each in keeper.sandbox.offers())


def wrote(keeper: Keeper, text: str, name: str = "again.csv") -> str:
    (keeper.folder / name).write_text(text, "utf-8")
    return name


def test_a_sheet_without_ids_creates_what_was_deleted_there(keeper: Keeper) -> None:
    keeper.delete_as_other("Alpha")
    loaded = keeper.load(SHEET).summary

    plan = keeper.plan(wrote(keeper, SHEET))
    applied = keeper.apply(plan).summary

    assert (loaded.created, loaded.duplicate) == (0, 2)
    assert (plan.totals.create, plan.totals.unchanged) == (1, 1)
    assert [(each.error.code, each.error.severity) for each in plan.findings.first] == [
        ("created-again", Severity.WARNING)
    ]
    assert (applied.created, names(keeper)) == (1, ["Alpha", "Beta"])
    assert keeper.load(SHEET).summary.duplicate == 2


def test_a_load_says_that_it_creates_again_what_an_apply_deleted(keeper: Keeper) -> None:
    keeper.load(SHEET)
    keeper.pull()
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Alpha"]["action"] = "delete"
    deleted_by = keeper.plan_and_apply().summary.run_id

    again = keeper.load(SHEET)
    third = keeper.load(SHEET)

    assert (again.summary.created, again.summary.duplicate) == (1, 1)
    (said,) = [each.message for each in again.findings.notices if each.code == "deleted-before"]
    assert said == (
        f'run {deleted_by} deleted 1 offer that this load creates anew: "Alpha"; remove the row if'
        " the offer is to stay deleted"
    )
    assert "deleted-before" not in {each.code for each in third.findings.notices}


def test_a_row_that_was_pulled_is_created_again_without_its_id(keeper: Keeper) -> None:
    keeper.pull()
    keeper.delete_as_other("Alpha")
    gone = keeper.plan().totals
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Alpha"] |= {"id": None, "etag": None, "content": "Hello new"}

    applied = keeper.plan_and_apply().summary

    assert (gone.gone, gone.operations) == (1, 0)
    assert (applied.created, names(keeper)) == (1, ["Alpha", "Beta"])
    assert keeper.plan("offers.xlsx").totals.operations == 0


def test_what_no_plan_knew_is_created_without_its_id(keeper: Keeper) -> None:
    (there,) = [each for each in keeper.sandbox.offers() if each["name"] == "Alpha"]
    key = there["instance_id" if keeper.prefix else "id"]
    keeper.delete_as_other("Alpha")
    sheet = f"name,placement,content,id\nAlpha,Web text,Hello A,{key}\n"

    unknown = keeper.plan(wrote(keeper, sheet))
    applied = keeper.plan_and_apply(wrote(keeper, sheet.replace(key, ""), "other.csv"))

    assert [each.error.code for each in unknown.findings.first] == ["unknown-id"]
    assert (applied.summary.created, names(keeper)) == (1, ["Alpha", "Beta"])


def test_an_offer_that_was_renamed_is_there(keeper: Keeper) -> None:
    keeper.edit_as_other("Alpha", name="Alpha 2025")

    plan = keeper.plan(wrote(keeper, SHEET))

    assert (plan.totals.invalid, plan.totals.operations) == (1, 0)
    assert [each.error.code for each in plan.findings.first] == ["renamed-there"]
    assert "Alpha 2025" in plan.findings.first[0].error.message
    assert names(keeper) == ["Alpha 2025", "Beta"]


def test_another_offer_of_a_like_name_may_be_it(keeper: Keeper) -> None:
    keeper.edit_as_other("Beta", name="Alpha!")
    keeper.delete_as_other("Alpha")

    plan = keeper.plan(wrote(keeper, "name,placement,content\nAlpha,Web text,Hello A\n"))

    assert plan.totals.create == 0
    assert [each.error.code for each in plan.findings.first] == ["not-proven-gone"]


def test_two_plans_create_it_once(keeper: Keeper) -> None:
    keeper.delete_as_other("Alpha")
    plans = [keeper.plan(wrote(keeper, SHEET, name)) for name in ("one.csv", "two.csv")]

    applied = [keeper.apply(plan).summary for plan in plans]

    assert [each.totals.create for each in plans] == [1, 1]
    assert [each.created for each in applied] == [1, 0]
    assert applied[1].duplicate == 1
    assert names(keeper) == ["Alpha", "Beta"]


def test_two_rows_of_one_name_create_it_once(keeper: Keeper) -> None:
    keeper.delete_as_other("Alpha")
    sheet = wrote(keeper, "name,placement,content\n" + "Alpha,Web text,Hello A\n" * 2)

    applied = keeper.plan_and_apply(sheet).summary

    assert (applied.created, applied.duplicate, names(keeper)) == (1, 1, ["Alpha", "Beta"])


def test_an_undo_takes_only_the_new_offer_back(keeper: Keeper) -> None:
    keeper.delete_as_other("Alpha")
    run = keeper.plan_and_apply(wrote(keeper, SHEET)).summary.run_id

    undone = keeper.undo(run)
    loaded = keeper.load(SHEET).summary

    assert undone.deleted == 1
    assert (loaded.created, loaded.duplicate, names(keeper)) == (1, 1, ["Alpha", "Beta"])


def test_an_undo_of_the_first_run_leaves_the_new_offer(keeper: Keeper) -> None:
    first = keeper.load("name,placement,content\nGamma,Web text,Hello C\n").summary.run_id
    keeper.delete_as_other("Gamma")
    keeper.plan_and_apply(wrote(keeper, "name,placement,content\nGamma,Web text,Hello C\n"))

    undone = keeper.undo(first)

    assert (undone.deleted, names(keeper)) == (0, ["Alpha", "Beta", "Gamma"])


def test_a_stop_ends_the_wait_for_the_settle_time(keeper: Keeper) -> None:
    keeper.delete_as_other("Alpha")
    settings = replace(keeper, more={"LOADER_SETTLE_SECONDS": "600"}).settings
    request = PlanRequest(source=str(keeper.folder / wrote(keeper, SHEET)))
    stop, was_watched = StopSignal(), list[bool]()

    def stop_when_waiting(event: Event) -> None:
        if isinstance(event, Limited) and "again" in event.by:
            was_watched.append(stop.is_watched)
            stop.request(Ending.STOPPED, "interrupted")

    with pytest.raises(PlanStopped, match="interrupted"):
        plan_changes(request, settings, listener=stop_when_waiting, stop=stop)

    assert was_watched == [True]
    assert not stop.is_watched
    assert [run.command for run in list_runs(settings)] == ["load"]


@pytest.mark.parametrize("verb", [("plan",), ("apply", "--yes")])
def test_ctrl_c_ends_the_wait_of_a_command_and_nothing_is_sent(
    keeper: Keeper, verb: tuple[str, ...]
) -> None:
    keeper.delete_as_other("Alpha")
    variables = {"LOADER_JOURNAL": keeper.journal, "LOADER_SETTLE_SECONDS": "600"}
    loader = loader_for(keeper.sandbox, keeper.folder, api=str(keeper.dialect), **variables)
    listed = keeper.sandbox.counters()["requests"]["list"]

    process = loader.start(*verb, wrote(keeper, SHEET))
    deadline = time.monotonic() + 60
    while keeper.sandbox.counters()["requests"]["list"] == listed:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)  # it waits until the list must show Alpha, which a run created a moment ago
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert process.returncode == ExitCode.INTERRUPTED, said
    assert "interrupted" in said
    assert names(keeper) == ["Beta"]


@pytest.mark.parametrize(
    "lags", [("list-lag-seconds=60",), ("list-lag-seconds=1", "lookup-lag-seconds=1")]
)
def test_what_reads_do_not_show_yet_is_not_created_again(
    keeper: Keeper, lags: tuple[str, ...]
) -> None:
    keeper.sandbox.set_faults(*lags)
    slow = Keeper(
        sandbox=keeper.sandbox,
        dialect=keeper.dialect,
        folder=keeper.folder,
        more={"LOADER_SETTLE_SECONDS": "1.5"},
    )

    applied = slow.plan_and_apply(wrote(slow, SHEET)).summary

    assert applied.created == 0
    assert names(slow) == ["Alpha", "Beta"]
