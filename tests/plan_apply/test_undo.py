"""Undo of a run that changed offers: they are as before, but for what somebody edited since."""

from pathlib import Path

import pytest

from loader.errors import ExitCode
from loader.model import Dialect
from tests.plan_apply.test_main_way import ROWS, rows_of
from tests.support.keeping import keeper_of


@pytest.mark.parametrize("dialect", Dialect)
def test_what_was_changed_is_put_back_field_by_field(dialect: Dialect, tmp_path: Path) -> None:
    with keeper_of(dialect, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        before = keeper.there()
        with rows_of(keeper) as rows:
            rows["Free shipping"] |= {"attr:Tier": None, "description": "For some"}
            rows["Sale"] |= {"content": "<p>New</p>", "description": "Mine"}
            rows["Third"] |= {"description": "New here"}
            rows["Fourth"]["action"] = "delete"
            new = {"placement": "Web banner", "type": "html", "content": "<p>5</p>"}
            rows["Fifth"] = {"name": "Fifth", **new}
        run = keeper.plan_and_apply().summary
        assert (run.updated, run.deleted, run.created) == (3, 1, 1)
        keeper.edit_there("Sale", description="Theirs")

        report = keeper.undo(run.run_id)

        assert (report.deleted, report.restored, report.kept, report.unchanged) == (1, 2, 1, 1)
        assert report.exit_code == ExitCode.ROWS_FAILED
        why = {each.row.cells[1]: each.reason for each in report.first_kept}
        assert why == {
            "Sale": "edited since: description",
            "Fourth": "a deleted offer cannot be put back",
        }
        there = keeper.there()
        assert there["Free shipping"] == before["Free shipping"]
        assert there["Third"] == before["Third"]
        assert there["Sale"]["description"] == "Theirs"
        assert set(there) == {"Free shipping", "Sale", "Third"}

        again = keeper.undo(run.run_id)
        assert (again.deleted, again.restored, keeper.there()) == (0, 0, there)
