"""Two loaders on one run, of which one after the other dies, freezes and is cut off."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.crash.failover import fail_over

if TYPE_CHECKING:
    from tests.support.postgres import Server


@pytest.mark.slow  # a kill and a freeze are in test_shared_journal.py, too
@pytest.mark.parametrize(("rows", "loaders", "blows"), [(60, 2, 3), (1000, 4, 40)])
def test_loaders_that_take_over_from_each_other_lose_nothing_and_repeat_nothing(
    tmp_path: Path, postgres: "Server", rows: int, loaders: int, blows: int
) -> None:
    survived, hit = fail_over(
        rows=rows,
        loaders=loaders,
        blows=blows,
        seed=3,
        folder=tmp_path,
        postgres=postgres,
        rate=max(20.0, rows / blows),
    )

    assert survived.is_clean, survived.table()
    assert hit.total() > 0
    assert survived.statuses.total() == rows
