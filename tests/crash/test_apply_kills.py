"""Mixed plans are killed again and again while others edit and replies are lost."""

from pathlib import Path

import pytest

from tests.crash.apply_kill_loop import torture
from tests.support.fork_server import ForkServer


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_mixed_plans_survive_kills_while_others_edit(
    tmp_path: Path, loader: ForkServer, seed: int
) -> None:
    endured = torture(rows=480, kills=24, seed=seed, round_rows=240, folder=tmp_path, loader=loader)

    assert endured.wrong == [], endured.table()
    assert endured.kills > 0
    assert endured.statuses.total() == endured.rows == 480
