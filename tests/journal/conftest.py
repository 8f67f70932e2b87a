"""A journal of each implementation, with a clock that a test moves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loader.journal import Journal
from tests.journal.implementations import IMPLEMENTATIONS, Kept, kept_in
from tests.journal.played_runs import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=IMPLEMENTATIONS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    with kept_in(request.param, request, tmp_path) as kept:
        yield kept


@pytest.fixture
def journal(kept: Kept, clock: Clock) -> Iterator[Journal]:
    with kept.open(clock) as journal:
        yield journal
