"""The order in which several workers take the tests."""

from itertools import groupby
from pathlib import Path

import pytest

from tests.support.ordering import FIRST, spread

PLACE = Path(__file__).parents[2]
LONG = [files[0] for _, files in FIRST]
SHORT = [f"tests/api/test_short.py::test_{n}" for n in range(5 * len(FIRST))]
NAMES = [*SHORT, *(f"{file}::test_{n}" for file in LONG for n in range(3))]


def test_what_is_first_exists() -> None:
    assert all((PLACE / file).exists() for _, files in FIRST for file in files)


@pytest.mark.parametrize("workers", [2, 3, 4, 16])
@pytest.mark.parametrize("names", [NAMES, SHORT, NAMES[-7:], []], ids=len)
def test_every_test_is_run_once(names: list[str], workers: int) -> None:
    assert sorted(spread(names, workers)) == list(range(len(names)))


def test_every_worker_begins_with_what_takes_long_and_each_file_has_one_worker() -> None:
    order = [NAMES[place].partition("::")[0] for place in spread(NAMES, 4)]
    size = len(order) // 4

    assert all(order[n * size] in LONG for n in range(4))
    runs = [file for file, _ in groupby(order)]
    assert sorted(file for file in runs if file in LONG) == sorted(LONG)
