"""An undo deletes an offer only as its run created it: what others edited is seen by the etag."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loader.model import Dialect
from tests.journal.implementations import IMPLEMENTATIONS, kept_in
from tests.support.keeping import Keeper, keeper_of, rows_of

ROWS = "name,placement,content\nAlpha,Web banner,Hello A\nBeta,Web banner,Hello B\n"


EACH = [*zip(Dialect, IMPLEMENTATIONS, strict=True)]
QUICK = [(dialect, "sqlite") for dialect in Dialect]
SLOW = [pytest.param(each, marks=pytest.mark.slow) for each in EACH if each not in QUICK]


@pytest.fixture(params=[*QUICK, *SLOW], ids=str)
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    """A keeper of offers: each dialect, each database."""
    dialect, implementation = request.param
    with (
        kept_in(implementation, request, tmp_path) as kept,
        keeper_of(dialect, tmp_path, LOADER_JOURNAL=str(kept.place)) as keeper,
    ):
        yield keeper


def edit_unseen(keeper: Keeper, name: str) -> None:
    """Let somebody else edit what no column shows."""
    (offer,) = [each for each in keeper.sandbox.offers() if each["name"] == name]
    assert keeper.sandbox.edit(offer["instance_id" if keeper.prefix else "id"], "unknown")


def describe(keeper: Keeper, name: str) -> str:
    """Give an offer a description by a pulled sheet; return the run."""
    keeper.pull()
    with rows_of(keeper) as rows:
        rows[name]["description"] = "Mine"
    return keeper.plan_and_apply().summary.run_id


@pytest.mark.parametrize("keeper", EACH, indirect=True, ids=str)
def test_an_edit_by_others_is_kept_after_an_apply_of_another_row(keeper: Keeper) -> None:
    run = keeper.load(ROWS).summary.run_id
    edit_unseen(keeper, "Alpha")
    applied = describe(keeper, "Beta")
    keeper.undo(applied)

    report = keeper.undo(run)

    assert (report.deleted, report.edited) == (1, 1)
    assert set(keeper.offers_by_name()) == {"Alpha"}


def test_an_edit_by_others_is_kept_after_an_apply_of_the_same_row(keeper: Keeper) -> None:
    run = keeper.load(ROWS).summary.run_id
    edit_unseen(keeper, "Alpha")
    for _ in range(2):
        applied = describe(keeper, "Alpha")
        held = {each["name"]: str(each["etag"]) for each in keeper.sandbox.offers()}
        assert keeper.results()["Alpha"]["etag"] == held["Alpha"]
        keeper.undo(applied)

    report = keeper.undo(run)

    assert (report.deleted, report.edited) == (1, 1)
    assert set(keeper.offers_by_name()) == {"Alpha"}


def test_an_edit_by_others_that_a_plan_saw_is_kept_however_soon_the_apply(keeper: Keeper) -> None:
    run = keeper.load(ROWS).summary.run_id
    time.sleep(2)
    edit_unseen(keeper, "Alpha")
    slow = replace(keeper, more={**keeper.more, "LOADER_SETTLE_SECONDS": "2"})
    keeper.undo(describe(slow, "Alpha"))

    report = keeper.undo(run)

    assert (report.deleted, report.edited) == (1, 1)


def test_what_only_the_loader_changed_and_put_back_is_deleted(keeper: Keeper) -> None:
    run = keeper.load(ROWS).summary.run_id
    for _ in range(2):
        keeper.undo(describe(keeper, "Alpha"))

    assert keeper.undo(run).deleted == 2
