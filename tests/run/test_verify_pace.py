"""Verify reads no more pages a second than the settings allow."""

from collections.abc import AsyncIterator

import pytest

from loader.model import RemoteOffer
from loader.run.history.verify import paced
from tests.support.waiting_clock import WaitingClock

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("max_per_second", [0.5, 2.0, 7.0])
async def test_no_second_holds_more_pages_than_are_allowed(max_per_second: float) -> None:
    clock, asked_at = WaitingClock(), []

    async def pages() -> AsyncIterator[list[RemoteOffer]]:
        for _ in range(20):
            asked_at.append(clock.passed)
            yield []

    read = [page async for page in paced(pages(), max_per_second=max_per_second, clock=clock)]

    window = max(1.0, 1.0 / max_per_second)
    most = max(sum(start <= at < start + window for at in asked_at) for start in asked_at)
    assert len(read) == 20
    assert most <= max(1, int(max_per_second))
