"""Begin nothing while a loader works, or left a create unknown, under another key of the place.

A container that is found through the API is not in the key of its target. Whether it is the one
that other settings name cannot be said, so that an offer might be created twice.
"""

from typing import Final

from loader.errors import JournalBusy, JournalMismatch
from loader.journal import Journal
from loader.run.key_in_journal import how_container_is_set, keys_of_place
from loader.run.wiring import Target
from loader.target_words import target_in_words

_LOOK_SECONDS: Final = 1.0  # between two looks at who works under another key


def check_other_keys(journal: Journal, target: Target) -> None:
    """Raise `JournalError` where another run must end, or be finished, before one begins.

    Call it with the lease of the target: whoever takes that of another key asks for this one.
    """
    here = (
        f"The settings name {target_in_words(target.key)}, which may be the same place: offers"
        " could be created twice"
    )
    for key in keys_of_place(journal, target.key):
        if key == target.key:
            continue
        try:
            with journal.lease(key, words=target_in_words(key)):
                pass  # a frozen loader finds its lease gone, and sends nothing more
        except JournalBusy as busy:
            advice = "wait until it has ended (--wait)"
            raise JournalBusy(
                f"{busy.found}. {here}", advice=advice, again_in=_LOOK_SECONDS
            ) from busy
        if unknown := journal.history.unknown_creates(key):
            run_id, count = unknown
            raise JournalMismatch(
                f"run {run_id} went to {target_in_words(key)}, and of {count} of its offers nobody"
                f" knows whether they were created. {here}. First find out with `loader reconcile"
                f" {run_id}` and the settings that it had ({how_container_is_set(key)}); what it"
                " leaves unknown is decided with `loader resolve`"
            )
