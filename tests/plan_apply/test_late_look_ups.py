"""Look-ups by id that lag below the settle time decide no update, no delete and no undo."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from loader.model import Dialect
from loader.run.history.runs import list_runs
from loader.run.history.verify import verify_run
from loader.run.requests import VerifyRequest
from loader.run_results import RunSummary
from offer_sandbox import SandboxSettings
from offer_sandbox.settings import UsedIdWords
from tests.support.keeping import Keeper, edited, keeper_of

SETTLE, LAG = 1.6, 1.2  # seconds: what is settled, reads show
SHEET = "name,placement,content\nAlpha,Web text,Hello A\nBeta,Web text,Hello B\n"


@pytest.fixture(params=list(Dialect))
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    with keeper_of(request.param, tmp_path) as keeper:
        keeper.load(SHEET)
        yield Keeper(
            sandbox=keeper.sandbox,
            dialect=keeper.dialect,
            folder=keeper.folder,
            more={"LOADER_SETTLE_SECONDS": str(SETTLE)},
        )


def change(keeper: Keeper, **cells: str) -> None:
    """Pull, and edit the row of Alpha."""
    keeper.pull()
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Alpha"] |= cells


def late(keeper: Keeper, *more: str) -> None:
    """Let look-ups show what there was a moment ago."""
    keeper.sandbox.set_faults(f"lookup-lag-seconds={LAG}", *more)


@contextmanager
def late_from_the_delete_on(keeper: Keeper) -> Iterator[None]:
    """Let look-ups be late as soon as a delete has come."""
    is_over = threading.Event()

    def wait_for_it() -> None:
        while not (is_over.is_set() or keeper.sandbox.counters()["requests"].get("delete")):
            time.sleep(0.02)
        late(keeper)

    waiting = threading.Thread(target=wait_for_it)
    waiting.start()
    try:
        yield
    finally:
        is_over.set()
        waiting.join()


def applied_late(keeper: Keeper, **cells: str) -> RunSummary:
    """Edit the row of Alpha and apply it, while look-ups are late."""
    change(keeper, **cells)
    late(keeper)
    return keeper.plan_and_apply().summary


def content(keeper: Keeper) -> str:
    return str(keeper.offers_by_name()["Alpha"])


def test_an_update_right_after_a_load_is_made(keeper: Keeper) -> None:
    applied = applied_late(keeper, content="Hello new")

    assert (applied.updated, applied.failed) == (1, 0)
    assert "Hello new" in content(keeper)


def test_an_update_right_after_another_one_is_made(keeper: Keeper) -> None:
    change(keeper, content="Hello new")
    keeper.plan_and_apply()

    applied = applied_late(keeper, content="Hello A")

    assert (applied.updated, applied.unchanged, applied.failed) == (1, 1, 0)
    assert "Hello A" in content(keeper)


def test_a_delete_right_after_an_update_is_done(keeper: Keeper) -> None:
    change(keeper, content="Hello new")
    keeper.plan_and_apply()

    applied = applied_late(keeper, action="delete")

    assert (applied.deleted, applied.failed) == (1, 0)
    assert set(keeper.offers_by_name()) == {"Beta"}


@pytest.mark.parametrize("dialect", Dialect)
def test_a_delete_right_after_a_load_that_is_refused_later_deletes_nothing(
    dialect: Dialect, tmp_path: Path
) -> None:
    """A look-up shows what there was before the offer was made, and nothing is decided yet."""
    settings = SandboxSettings(
        dps_delete="poll",
        xcore_delete="poll",
        xcore_delete_seconds=1.0,
        xcore_delete_outcome="refused",
        undecided_reads_as="running",
    )
    with keeper_of(dialect, tmp_path, settings, LOADER_SETTLE_SECONDS=str(SETTLE)) as keeper:
        keeper.load(SHEET)
        change(keeper, action="delete")
        with late_from_the_delete_on(keeper):
            applied = keeper.plan_and_apply().summary

        assert (applied.deleted, applied.failed) == (0, 1)
        assert set(keeper.offers_by_name()) == {"Alpha", "Beta"}


def test_an_edit_right_after_one_of_somebody_else_is_made(keeper: Keeper) -> None:
    """A late look-up finds the loader's own last revision, which the plan has not seen."""
    change(keeper, content="Hello new")
    keeper.plan_and_apply()
    time.sleep(SETTLE)  # the settle time after that
    keeper.edit_as_other("Alpha", description="Theirs")

    applied = applied_late(keeper, description="")

    assert (applied.updated, applied.unchanged, applied.failed) == (1, 1, 0)
    assert "Theirs" not in content(keeper)


def test_a_delete_right_after_an_edit_of_somebody_else_is_done(keeper: Keeper) -> None:
    time.sleep(SETTLE)  # the settle time after the load
    keeper.edit_as_other("Alpha", description="Theirs")

    applied = applied_late(keeper, action="delete")

    assert (applied.deleted, applied.failed) == (1, 0)
    assert set(keeper.offers_by_name()) == {"Beta"}


def test_an_update_that_a_late_look_up_precedes_is_no_edit_of_others(tmp_path: Path) -> None:
    """The load's undo kept the offer for ever, as edited by somebody."""
    with keeper_of(Dialect.DPS, tmp_path, LOADER_SETTLE_SECONDS=str(SETTLE)) as keeper:
        described = SHEET.replace("name,", "name,description,").replace(",Web", ",First,Web")
        runs = [keeper.load(described).summary.run_id]
        time.sleep(SETTLE)
        change(keeper, content="Hello new")
        runs.append(keeper.plan_and_apply().summary.run_id)
        runs.append(applied_late(keeper, description="Second").run_id)
        keeper.sandbox.set_faults()
        quick = replace(keeper, more={})

        undone = [quick.undo(run) for run in reversed(runs)]

        assert [each.restored for each in undone] == [1, 1, 0]
        assert (undone[-1].deleted, undone[-1].kept) == (2, 0)


def test_an_undo_right_after_an_update_puts_back(keeper: Keeper) -> None:
    change(keeper, content="Hello new")
    run = keeper.plan_and_apply().summary.run_id
    late(keeper)

    undone = keeper.undo(run)

    assert (undone.restored, undone.as_before) == (1, 0)
    assert "Hello A" in content(keeper)


def test_one_offer_that_somebody_deleted_a_moment_ago_halts_no_apply(keeper: Keeper) -> None:
    change(keeper, content="Hello new")
    time.sleep(LAG)  # until late look-ups show the offer
    plan = keeper.plan()
    keeper.delete_as_other("Alpha")
    late(keeper)

    applied = keeper.apply(plan)

    assert (applied.summary.failed, applied.stopped_reason) == (1, "")
    assert keeper.results()["Alpha"]["error_code"] == "gone"


def test_a_target_that_does_not_find_what_it_shows_ends_the_apply(keeper: Keeper) -> None:
    keeper = replace(keeper, more={"LOADER_SETTLE_SECONDS": "0.1"})
    change(keeper, content="Hello new")
    keeper.sandbox.set_faults("status-before on=update status=404 body=problem")

    applied = keeper.plan_and_apply()

    assert (applied.summary.pending, applied.summary.failed) == (1, 0)
    assert "LOADER_API_URL" in applied.stopped_reason


@pytest.fixture
def refusing(tmp_path: Path) -> Iterator[Keeper]:
    """A keeper of a target that says of a failed test what it says of a wrong value: 422."""
    settings = SandboxSettings(failed_test_status=422)
    with keeper_of(Dialect.DPS, tmp_path, settings, LOADER_SETTLE_SECONDS=str(SETTLE)) as keeper:
        replace(keeper, more={}).load(SHEET)
        yield keeper


def test_an_update_that_something_in_between_sent_twice_is_made(refusing: Keeper) -> None:
    change(refusing, content="Hello new")
    time.sleep(LAG)  # until late look-ups show the offer
    plan = refusing.plan()
    refusing.sandbox.set_faults(f"lookup-lag-seconds={LAG}", "repeated on=update times=1")

    applied = refusing.apply(plan).summary

    assert (applied.updated, applied.failed) == (1, 0)
    assert "Hello new" in content(refusing)


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize("words", get_args(UsedIdWords))
def test_changes_that_were_sent_twice_are_looked_up_where_their_request_id_is_refused(
    tmp_path: Path, dialect: Dialect, words: UsedIdWords
) -> None:
    settings = SandboxSettings(unique_request_ids=True, used_request_id_says=words)
    with keeper_of(dialect, tmp_path, settings) as keeper:
        keeper.load(SHEET)
        keeper.pull()
        with edited(keeper.folder / "offers.xlsx") as rows:
            rows["Alpha"] |= {"content": "Hello new"}
            rows["Beta"] |= {"action": "delete"}
        plan = keeper.plan()
        keeper.sandbox.set_faults("repeated on=update times=1", "repeated on=delete times=1")

        applied = keeper.apply(plan).summary

        assert (applied.updated, applied.deleted, applied.failed) == (1, 1, 0)
        assert "Hello new" in content(keeper)
        assert {*keeper.offers_by_name()} == {"Alpha"}


def test_a_refusal_of_the_row_itself_is_final_at_once(refusing: Keeper) -> None:
    change(refusing, content="Hello new")
    plan = refusing.plan()
    refusing.sandbox.set_faults("status-before on=update status=422 body=problem times=1")

    applied = refusing.apply(plan).summary

    assert (applied.updated, applied.failed) == (0, 1)
    assert refusing.sandbox.counters()["requests"]["update"] == 1


def test_a_plan_right_after_the_undo_of_a_newer_one_is_made(keeper: Keeper) -> None:
    """An older plan does not know what was written since: the journal does."""
    change(keeper, content="Hello new")
    older = keeper.plan()
    keeper.undo(keeper.plan_and_apply().summary.run_id)
    late(keeper)

    applied = keeper.apply(older).summary

    assert (applied.updated, applied.unchanged) == (1, 1)
    assert "Hello new" in content(keeper)


@pytest.fixture
def put_back(keeper: Keeper) -> str:
    """Give the load, whose Alpha was updated and put back a moment ago; every read is late."""
    load = list_runs(keeper.settings)[0].summary.run_id
    change(keeper, content="Hello new")
    keeper.undo(keeper.plan_and_apply().summary.run_id)
    late(keeper, f"list-lag-seconds={LAG}")
    return load


def test_an_offer_that_an_undo_put_back_a_moment_ago_is_as_it_was_loaded(
    keeper: Keeper, put_back: str
) -> None:
    report = verify_run(
        VerifyRequest(run_id=put_back), keeper.settings, listener=keeper.seen.append
    )

    assert (report.same, report.different) == (2, 0)


def test_an_offer_that_an_undo_put_back_a_moment_ago_is_deleted(
    keeper: Keeper, put_back: str
) -> None:
    undone = keeper.undo(put_back)

    assert (undone.deleted, undone.kept) == (2, 0)
    assert keeper.sandbox.offers() == []


def test_an_undo_puts_back_what_was_new_when_it_was_updated(keeper: Keeper) -> None:
    """Neither the list nor its id shows the offer yet, and this journal has created none."""
    other = replace(keeper, journal="other.sqlite3")
    (keeper.folder / "new.csv").write_text(SHEET.replace("Hello A", "Hello new"), "utf-8")
    run = other.plan_and_apply("new.csv").summary.run_id
    late(keeper, f"list-lag-seconds={LAG}")

    undone = other.undo(run)

    assert (undone.restored, undone.kept) == (1, 0)
    assert "Hello A" in content(keeper)


def test_a_plan_does_not_create_again_what_was_new_when_it_was_updated(keeper: Keeper) -> None:
    other = replace(keeper, journal="other.sqlite3")
    for content in ("Hello new", "Hello newer"):
        (keeper.folder / "new.csv").write_text(SHEET.replace("Hello A", content), "utf-8")
        plan = other.plan("new.csv")
        if content == "Hello new":
            other.apply(plan)
            late(keeper, f"list-lag-seconds={LAG}")

    assert (plan.totals.create, plan.totals.update) == (0, 1)
