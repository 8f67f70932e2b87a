"""The course of a delivery: baseline, send, reconcile, and again while that brings something."""

from loader.delivery.engine import Engine
from loader.delivery.ports import Ledger, Stop
from loader.delivery.reconcile import Reconciler

_ROUNDS = 5  # of sending again what was proven absent


async def deliver(*, engine: Engine, reconciler: Reconciler, ledger: Ledger, stop: Stop) -> int:
    """Deliver what is pending and unknown; return how many unknown rows were found."""
    found = await reconciler.settle_doubts()
    if not stop.wanted():
        await reconciler.take_baseline()
    for _ in range(_ROUNDS):
        if stop.wanted():
            break
        await engine.send_pending()
        if stop.wanted() or not await ledger.doubts(after_row_id=0, limit=1):
            break
        found += await reconciler.settle_doubts()
    return found
