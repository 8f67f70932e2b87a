"""What somebody else had already made so is not this run's: not its change, and not in its undo."""

from pathlib import Path

import pytest

from loader.delivery.stop import Ending, StopSignal
from loader.errors import ExitCode
from loader.events import Event, RequestAnswered, RowsDone
from loader.model import Dialect
from loader.run.apply.apply import apply_changes
from loader.run.apply.resume import resume_run
from loader.run.change_reports import ChangePlan
from loader.run.history.audit_and_offer_history import offer_history
from loader.run.requests import ApplyChangesRequest, ResumeRequest
from loader.run_results import RunSummary
from tests.support.keeping import ANY_NUMBER, ROWS, Keeper, keeper_of, rows_of


def load_and_edit(keeper: Keeper) -> None:
    """Load offers, pull them, and give the third another description in the sheet."""
    keeper.load(ROWS)
    keeper.pull()
    with rows_of(keeper) as rows:
        rows["Third"]["description"] = "New"


@pytest.mark.parametrize("dialect", Dialect)
def test_an_edit_that_was_so_already_is_unchanged_and_stays_at_an_undo(
    dialect: Dialect, tmp_path: Path
) -> None:
    with keeper_of(dialect, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        with rows_of(keeper) as rows:
            rows["Third"]["description"] = "The same"
            rows["Sale"]["description"] = "Mine"
        plan = keeper.plan()
        keeper.edit_as_other("Third", description="The same")
        keeper.seen.clear()

        report = keeper.apply(plan)

        assert report.exit_code == ExitCode.OK
        assert (report.summary.updated, report.summary.unchanged) == (1, 3)
        assert sum(each.changed for each in keeper.seen if isinstance(each, RowsDone)) == 1
        row = keeper.results()["Third"]
        assert (row["status"], row["error_code"]) == ("unchanged", "already-so")
        whats = [each.what for each in offer_history("Third", keeper.settings).events]
        assert whats[-1].startswith("found as it was to become by run ")

        undone = keeper.undo(report.summary.run_id)

        assert (undone.restored, undone.kept) == (1, 0)
        assert keeper.offers_by_name()["Third"]["description"] == "The same"


def test_the_second_of_two_equal_plans_has_nothing_to_undo(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        load_and_edit(keeper)
        first, second = keeper.plan(), keeper.plan()
        assert keeper.apply(first).summary.updated == 1
        again = keeper.apply(second).summary
        assert (again.updated, again.unchanged) == (0, 4)

        undone = keeper.undo(again.run_id)

        assert (undone.restored, undone.unchanged, undone.kept) == (0, 0, 0)
        assert keeper.offers_by_name()["Third"]["description"] == "New"


def apply_until_a_read_fails(keeper: Keeper, plan: ChangePlan) -> RunSummary:
    """Apply a plan, and stop as soon as an offer could not be read: nothing was sent."""
    stop = StopSignal()

    def listen(event: Event) -> None:
        if isinstance(event, RequestAnswered) and event.outcome.code == "not-read":
            stop.request(Ending.STOPPED, "it is enough")

    request = ApplyChangesRequest(
        plan_id=plan.plan_id,
        digest=plan.digest,
        results=keeper.folder / "results.csv",
        limits=ANY_NUMBER,
    )
    return apply_changes(request, keeper.settings, listener=listen, confirm=None, stop=stop).summary


@pytest.mark.parametrize("dialect", Dialect)
def test_what_others_made_so_before_anything_was_sent_is_not_ours(
    dialect: Dialect, tmp_path: Path
) -> None:
    with keeper_of(dialect, tmp_path) as keeper:
        load_and_edit(keeper)
        plan = keeper.plan()
        keeper.sandbox.set_faults("status-before on=lookup status=403 body=problem")
        stopped = apply_until_a_read_fails(keeper, plan)
        keeper.sandbox.set_faults()
        keeper.edit_as_other("Third", description="New")

        resumed = resume_run(
            ResumeRequest(run_id=stopped.run_id, results=keeper.folder / "resumed.csv"),
            keeper.settings,
            listener=keeper.seen.append,
            stop=StopSignal(),
        ).summary

        assert (stopped.pending, resumed.updated, resumed.unchanged) == (1, 0, 4)
        row = keeper.results("resumed.csv")["Third"]
        assert (row["status"], row["error_code"]) == ("unchanged", "already-so")
        assert row["attempts"] in ("", "0")
        assert keeper.undo(stopped.run_id).restored == 0
        assert keeper.offers_by_name()["Third"]["description"] == "New"


def test_what_a_refused_request_of_ours_changed_is_ours(tmp_path: Path) -> None:
    """A 409 that says "again later" came after the work was done."""
    with keeper_of(Dialect.XCORE, tmp_path) as keeper:
        load_and_edit(keeper)
        plan = keeper.plan()
        keeper.sandbox.set_faults("status-after on=update status=409 times=1")

        run = keeper.apply(plan).summary

        row = keeper.results()["Third"]
        (third,) = [each for each in keeper.sandbox.offers() if each["name"] == "Third"]
        assert (run.updated, row["attempts"], row["etag"]) == (1, "1", str(third["etag"]))
        assert keeper.undo(run.run_id).restored == 1
        assert "description" not in keeper.offers_by_name()["Third"]


def test_the_history_tells_offers_of_one_name_at_two_targets_apart(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as one, keeper_of(Dialect.XCORE, tmp_path) as other:
        one.load(ROWS)
        whats = [each.what for each in offer_history("Third", one.settings).events]
        assert all(", at " not in what for what in whats)

        other.load(ROWS)

        first, second = (each.what for each in offer_history("Third", one.settings).events)
        assert "/data/core/dps, " in first.partition(", at ")[2]
        assert "/data/core/xcore, " in second.partition(", at ")[2]
