"""A few drawn stories in every run of the suite; `make torture` plays hundreds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.stories import played


@pytest.mark.parametrize(
    ("new_journal", "seed"),
    [
        ("sqlite", 1),
        ("postgres", 2),
        *(pytest.param("sqlite", seed, marks=pytest.mark.slow) for seed in range(3, 33)),
        *(pytest.param("postgres", seed, marks=pytest.mark.slow) for seed in range(33, 39)),
    ],
    indirect=["new_journal"],
)
def test_results_answers_and_offers_agree_whatever_was_done_with_files_that_share_rows(
    tmp_path: Path, new_journal: Callable[[], dict[str, str]], seed: int
) -> None:
    story = played(seed, tmp_path, journal=new_journal())

    assert not story.wrong, "\n".join((*story.told, *story.wrong))
