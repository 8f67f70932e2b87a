"""Let one loader at a time work on a target: at once, or as soon as another one has ended.

Whoever loads with a new journal in a database, and has loaded into the same target with the usual
file before, is refused: the database does not know what was created. So is who names no container
where the file's runs did: it may be the one that is found. Not the other way round: where a sandbox
has several containers by now, another journal is what the loader advises.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from loader.errors import JournalBusy, JournalMismatch
from loader.events import Limited, Listener, PhaseBegan, PhaseEnded
from loader.journal import Journal, Lease, read_journal
from loader.run.key_in_journal import how_container_is_set, key_with_container, known_key
from loader.run.wiring import SystemClock, Target
from loader.settings import Settings
from loader.target_words import target_in_words


@contextmanager
def leased(
    journal: Journal,
    target: Target,
    settings: Settings,
    *,
    wait: bool = False,
    listener: Listener,
    check: Callable[[Journal, Target], None] = lambda *_: None,
) -> Iterator[Lease]:
    """Hold the lease of a target for a block. Where another loader holds it, wait or raise.

    So it is where `check`, which is called with the lease held, raises `JournalBusy`.
    """
    _check_journal_knows_target(journal, target, settings)
    with ExitStack() as held:
        lease = None if wait else held.enter_context(_checked_lease(journal, target, check))
        if lease is None:
            listener(PhaseBegan(name="standing by"))
        while lease is None:
            try:
                lease = held.enter_context(_checked_lease(journal, target, check))
            except JournalBusy as busy:
                listener(Limited(by=busy.found))
                time.sleep(busy.again_in)
            else:
                listener(PhaseEnded())
        yield lease


def _check_journal_knows_target(journal: Journal, target: Target, settings: Settings) -> None:
    file = settings.journal_file
    if settings.journal == file or not file.exists() or journal.history.last_of(target.key):
        return
    with read_journal(file, clock=SystemClock().now) as earlier:
        run_id = earlier.history.last_of(known_key(target, earlier))
        other_key = None if run_id else key_with_container(target, earlier)
    if other_key is not None:
        raise JournalMismatch(
            f"the journal {journal.place} knows nothing of the target {target.words}, but the"
            f" journal {file} knows {target_in_words(other_key)}, which may be the same place:"
            " offers could be created twice. Set"
            f" {how_container_is_set(other_key)}, as its runs did, and copy it first: loader"
            f" journal copy {file} {journal.place}. Where this load is for another container, set"
            " LOADER_CONTAINER_ID to that one"
        )
    if run_id is not None:
        raise JournalMismatch(
            f"the journal {journal.place} knows nothing of the target {target.words}, but the"
            f" journal {file} does (its last run is {run_id}): what was created would be created"
            f" again. Copy it first: loader journal copy {file} {journal.place}"
        )


@contextmanager
def _checked_lease(
    journal: Journal, target: Target, check: Callable[[Journal, Target], None]
) -> Iterator[Lease]:
    """Hold the lease once `check` passes; else give it back: two could wait for each other."""
    with journal.lease(target.key, words=target.words) as lease:
        check(journal, target)
        yield lease
