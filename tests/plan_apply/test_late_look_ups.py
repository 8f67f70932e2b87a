"""Look-ups by id that lag below the settle time decide no update, no delete and no undo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loader.model import Dialect
from loader.run_results import RunSummary
from tests.support.keeping import Keeper, edited, keeper_of

SHEET = "name,placement,content\nAlpha,Web text,Hello A\nBeta,Web text,Hello B\n"


@pytest.fixture(params=list(Dialect))
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    with keeper_of(request.param, tmp_path) as keeper:
        keeper.load(SHEET)
        yield Keeper(
            sandbox=keeper.sandbox,
            dialect=keeper.dialect,
            folder=keeper.folder,
            more={"LOADER_SETTLE_SECONDS": "4"},
        )


def change(keeper: Keeper, **cells: str) -> None:
    """Pull, and edit the row of Alpha."""
    keeper.pull()
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Alpha"] |= cells


def late(keeper: Keeper) -> None:
    """Let look-ups show what there was three seconds ago."""
    keeper.sandbox.set_faults("lookup-lag-seconds=3")


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


def test_an_undo_right_after_an_update_puts_back(keeper: Keeper) -> None:
    change(keeper, content="Hello new")
    run = keeper.plan_and_apply().summary.run_id
    late(keeper)

    undone = keeper.undo(run)

    assert (undone.restored, undone.as_before) == (1, 0)
    assert "Hello A" in content(keeper)
