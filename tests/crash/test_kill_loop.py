"""A short kill loop in every run of the suite; `make torture` is the long one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.kill_loop import torture


@pytest.mark.parametrize(
    ("new_journal", "rows", "kills", "seed"),
    [
        ("sqlite", 60, 4, 9),
        ("postgres", 12, 2, 8),
        pytest.param("sqlite", 150, 6, 9, marks=pytest.mark.slow),
        pytest.param("postgres", 40, 2, 9, marks=pytest.mark.slow),
    ],
    indirect=["new_journal"],
)
def test_killed_at_random_under_every_fault_nothing_is_lost_or_created_twice(
    tmp_path: Path,
    new_journal: Callable[[], dict[str, str]],
    rows: int,
    kills: int,
    seed: int,
) -> None:
    survived = torture(
        rows=rows,
        kills=kills,
        seed=seed,
        round_rows=rows,
        troubled_lives=3,
        folder=tmp_path,
        new_journal=new_journal,
    )

    assert survived.is_clean, survived.table()
    assert survived.kills == kills
    assert survived.statuses.total() == rows
