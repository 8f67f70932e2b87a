"""Begin nothing while the journal has unknown creates under another key of what may be the place.

A container that is found through the API is not in the key of its target. Whether it is the one
that other settings name cannot be said, so that an offer might be created twice. For the same
reason nothing begins while a loader works there, or while lists may not show what one created.
"""

from math import ceil
from typing import Final

from loader.errors import JournalBusy, JournalMismatch
from loader.journal import Journal
from loader.run.wiring import SystemClock, Target
from loader.target_key import may_be_same_target
from loader.target_words import target_in_words

_LOOK_SECONDS: Final = 1.0  # between two looks at the runs under another key


def check_nothing_unknown_elsewhere(
    journal: Journal, target: Target, *, may_be_unknown: bool = False
) -> None:
    """Raise `JournalError` where another run must end, or be finished, before one begins.

    `may_be_unknown`: creates of unknown outcome are no reason.
    """
    history = journal.history
    keys = [
        key
        for key in history.targets()
        if key != target.key and may_be_same_target(key, target.key)
    ]
    if not keys:
        return
    for key in keys:
        here = (
            f"The settings name {target_in_words(target.key)}, which may be the same place: offers"
            " could be created twice"
        )
        try:
            with journal.lease(key, words=target_in_words(key)):
                pass  # a frozen loader finds its lease gone, and sends nothing more
        except JournalBusy as busy:
            advice = "wait until it has ended (--wait)"
            raise JournalBusy(
                f"{busy.found}. {here}", advice=advice, again_in=_LOOK_SECONDS
            ) from busy
        if not may_be_unknown and (unknown := history.unknown_creates(key)):
            run_id, count = unknown
            raise JournalMismatch(
                f"run {run_id} went to {target_in_words(key)}, and of {count} of its offers nobody"
                f" knows whether they were created. {here}. First find out with `loader reconcile"
                f" {run_id}` and the settings that it had ({_container_of(key)}); what it leaves"
                " unknown is decided with `loader resolve`"
            )
        now = SystemClock.now()
        created_at = history.last_created(key, since=now - target.settle_seconds)
        if created_at is not None:
            left = min(created_at - now, 0.0) + target.settle_seconds
            raise JournalBusy(
                f"offers were created in {target_in_words(key)} a moment ago, and lists may not"
                f" show them yet. {here}",
                advice=f"wait {ceil(left)} s (--wait)",
                again_in=left,
            )


def _container_of(key: str) -> str:
    """Return how the settings of a run named its container."""
    _, _, _, *container = key.split("|")
    return f"LOADER_CONTAINER_ID={container[0]}" if container else "without LOADER_CONTAINER_ID"
