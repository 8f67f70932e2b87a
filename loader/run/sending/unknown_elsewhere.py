"""Begin nothing while the journal has unknown creates under another key of what may be the place.

A container that is found through the API is not in the key of its target. Whether it is the one
that other settings name cannot be said, so that an offer might be created twice.
"""

from loader.errors import JournalMismatch
from loader.journal import Journal
from loader.run.wiring import Target
from loader.target_key import may_be_same_target
from loader.target_words import target_in_words


def check_nothing_unknown_elsewhere(journal: Journal, target: Target) -> None:
    """Raise `JournalMismatch` where a run must be finished before another one begins."""
    for key in journal.history.targets():
        if key == target.key or not may_be_same_target(key, target.key):
            continue
        if unknown := journal.history.unknown_creates(key):
            run_id, count = unknown
            raise JournalMismatch(
                f"run {run_id} went to {target_in_words(key)}, and of {count} of its offers"
                f" nobody knows whether they were created. The settings name"
                f" {target_in_words(target.key)}, which may be the same place: offers could be"
                f" created twice. First finish that run with `loader resume {run_id}` and the"
                f" settings that it had ({_container_of(key)}); what it leaves unknown is decided"
                f" with `loader resolve`"
            )


def _container_of(key: str) -> str:
    """Return how the settings of a run named its container."""
    _, _, _, *container = key.split("|")
    return f"LOADER_CONTAINER_ID={container[0]}" if container else "without LOADER_CONTAINER_ID"
