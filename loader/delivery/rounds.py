"""The course of a delivery: what is pending is sent while what is unknown is looked up.

It goes in rounds. A round looks up what was unknown when it began, and sends all that is pending
but for what must wait for that. Rows whose reply it lost are looked up by the next round, which
also sends those that had to wait and those that are proven absent.
"""

from collections.abc import Set as AbstractSet
from typing import Final, Protocol

import anyio

from loader.delivery.engine import Engine
from loader.delivery.shared import Shared
from loader.delivery.stop import Ending
from loader.errors import TargetError

_ROUNDS: Final = 11  # a row that is lost each time is sent five times: every other round


class Settler(Protocol):
    """Finds out what became of operations without a known outcome: of `only` these, or of all."""

    async def take_baseline(self) -> None: ...
    async def settle_unknown(
        self, only: AbstractSet[int] | None = None, *, since: float | None = None
    ) -> int: ...


async def deliver(*, engine: Engine, settler: Settler, shared: Shared) -> int:
    """Deliver what is pending and unknown; return how many unknown rows were found."""
    unknown, ledger, stop, found = shared.unknown, shared.ledger, shared.stop, 0

    async def look_up(only: AbstractSet[int]) -> None:
        nonlocal found
        try:
            found += await settler.settle_unknown(only, since=engine.last_lost_at)
        except TargetError as error:  # what is in flight is finished first
            stop.request(Ending.HALTED, f"{error} [{error.code}]")

    await unknown.fill(ledger)
    if unknown.is_full:  # too many to tell which pending operations must wait for them
        found += await settler.settle_unknown()
        unknown.clear()
    lacks_baseline = True
    for number in range(_ROUNDS):
        is_last = number == _ROUNDS - 1
        only = unknown.begin_round()
        if lacks_baseline and await ledger.due(after=0, limit=1):
            await settler.take_baseline()
            lacks_baseline = False
        async with anyio.create_task_group() as group:
            if only:
                group.start_soon(look_up, only)
            if not (is_last or stop.requested()):
                unknown.is_sending = True
                await engine.send_pending()
                unknown.is_sending = False
        lacks_baseline = lacks_baseline or unknown.has_withheld
        if stop.requested() or not (only or unknown.has_new):
            break
    return found
