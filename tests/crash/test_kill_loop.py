"""A short kill loop in every run of the suite; `make torture` is the long one."""

from pathlib import Path

from tests.crash.kill_loop import torture


def test_killed_at_random_under_every_fault_nothing_is_lost_or_created_twice(
    tmp_path: Path,
) -> None:
    survived = torture(rows=150, kills=6, seed=7, round_rows=150, folder=tmp_path)

    assert survived.is_clean, survived.table()
    assert survived.kills == 6
    assert survived.statuses.total() == 150
