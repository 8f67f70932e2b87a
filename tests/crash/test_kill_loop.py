"""A short kill loop in every run of the suite; `make torture` is the long one."""

from collections.abc import Callable
from pathlib import Path

from tests.crash.kill_loop import torture


def test_killed_at_random_under_every_fault_nothing_is_lost_or_created_twice(
    tmp_path: Path, new_journal: Callable[[], dict[str, str]]
) -> None:
    rows, kills = (150, 6) if new_journal is dict else (40, 2)
    survived = torture(
        rows=rows,
        kills=kills,
        seed=9,
        round_rows=rows,
        troubled_lives=3,
        folder=tmp_path,
        new_journal=new_journal,
    )

    assert survived.is_clean, survived.table()
    assert survived.kills == kills
    assert survived.statuses.total() == rows
