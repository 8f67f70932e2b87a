"""Verify of a run that changed offers: each is there as it was sent, and what was deleted is gone.

Only what the run sent is compared: other parts of an offer may be edited by anybody.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from loader.errors import ExitCode
from loader.model import Dialect
from loader.run.history.runs import list_runs, show_run
from loader.run.history.verify import verify_run
from loader.run.reports import VerifyReport
from loader.run.requests import VerifyRequest
from tests.journal.implementations import IMPLEMENTATIONS, kept_in
from tests.support.keeping import ROWS, Keeper, keeper_of, rows_of


def verified(keeper: Keeper, run_id: str) -> VerifyReport:
    return verify_run(VerifyRequest(run_id=run_id), keeper.settings, listener=keeper.seen.append)


def found(report: VerifyReport) -> dict[str, tuple[str, str]]:
    """Return what is told of each row, by its number."""
    return {str(each.row.row_number): (each.kind, each.detail) for each in report.first}


@pytest.mark.parametrize("dialect", Dialect)
def test_what_a_run_changed_and_deleted_is_compared(dialect: Dialect, tmp_path: Path) -> None:
    with keeper_of(dialect, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        with rows_of(keeper) as rows:
            rows["Free shipping"] |= {"attr:Tier": None, "description": "For some"}
            rows["Sale"] |= {"content": "<p>New</p>", "description": "Mine"}
            rows["Third"]["action"] = "archive"
            rows["Fourth"]["action"] = "delete"
            numbers = {name: str(number) for number, name in enumerate(rows, start=2)}
        run_id = keeper.plan_and_apply().summary.run_id
        same = verified(keeper, run_id)
        assert (same.checked, same.same, same.exit_code) == (4, 4, ExitCode.OK)

        keeper.edit_as_other("Free shipping", status="archived")  # nothing that the run sent
        keeper.edit_as_other("Sale", description="Theirs")
        keeper.delete_as_other("Third")
        report = verified(keeper, run_id)

        assert report.exit_code == ExitCode.ROWS_FAILED
        counts = (report.checked, report.same, report.missing, report.different, report.twice)
        assert counts == (4, 2, 1, 1, 0)
        lines = found(report)
        assert set(lines) == {numbers["Sale"], numbers["Third"]}
        assert lines[numbers["Sale"]] == ("different", 'description: sent "Mine", found "Theirs"')
        assert lines[numbers["Third"]][0] == "missing"


def test_what_an_undo_took_back_is_not_compared_but_the_undo_is(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        with rows_of(keeper) as rows:
            rows["Sale"]["description"] = "Mine"
            rows["Third"]["labels"] = "core/C2"
            new = {"placement": "Web banner", "type": "html", "content": "<p>5</p>"}
            rows["Fifth"] = {"name": "Fifth", **new}
        run_id = keeper.plan_and_apply().summary.run_id
        assert verified(keeper, run_id).same == 3
        keeper.undo(run_id)

        undone = verified(keeper, run_id)

        assert (undone.checked, undone.exit_code) == (0, ExitCode.OK)
        undo_id = list_runs(keeper.settings)[0].summary.run_id
        own = verified(keeper, undo_id)
        assert (own.checked, own.same) == (3, 3)
        keeper.edit_as_other("Third", labels=["core/C2"])
        assert verified(keeper, undo_id).different == 1


@pytest.mark.parametrize("dialect", Dialect)
def test_verify_right_after_a_run_waits_until_lists_show_it(
    dialect: Dialect, tmp_path: Path
) -> None:
    with keeper_of(dialect, tmp_path) as keeper:
        slow = replace(keeper, more={"LOADER_SETTLE_SECONDS": "2"})
        keeper.sandbox.set_faults("list-lag-seconds=1.5")
        run_id = keeper.load(ROWS).summary.run_id

        report = verified(slow, run_id)

        assert (report.same, report.missing, report.exit_code) == (4, 0, ExitCode.OK)


def test_an_equal_offer_of_a_row_that_its_id_does_not_show_is_there_once(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        run_id = keeper.load(ROWS).summary.run_id
        equal = keeper.offers_by_name()["Sale"]
        keeper.delete_as_other("Sale")
        keeper.sandbox.put_offer(equal)

        one = verified(keeper, run_id)
        keeper.sandbox.put_offer(equal)
        two = verified(keeper, run_id)

        assert (one.same, one.missing, one.different, one.twice) == (3, 0, 1, 0)
        assert one.first[0].detail.startswith("it is there under another id: dps:fallback-offer:")
        assert (two.missing, two.different, two.twice) == (0, 1, 1)


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_what_an_undo_took_back_is_compared_again_after_the_undo_of_that_undo(
    implementation: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with (
        kept_in(implementation, request, tmp_path) as kept,
        keeper_of(Dialect.DPS, tmp_path, LOADER_JOURNAL=str(kept.place)) as keeper,
    ):
        keeper.load(ROWS)
        keeper.pull()
        with rows_of(keeper) as rows:
            rows["Sale"]["description"] = "Mine"
        run = keeper.plan_and_apply().summary.run_id
        runs, compared = [run], list[tuple[int, ...]]()
        for _ in range(4):
            keeper.undo(runs[-1])
            runs.append(list_runs(keeper.settings)[0].summary.run_id)
            compared.append(tuple(verified(keeper, each).checked for each in runs))

        assert compared == [(0, 1), (1, 0, 1), (0, 1, 0, 1), (1, 0, 1, 0, 1)]
        assert show_run(run, keeper.settings).overview.summary.updated == 1
        assert keeper.offers_by_name()["Sale"]["description"] == "Mine"
        keeper.undo(run)
        assert show_run(run, keeper.settings).overview.summary.undone == 1
