"""The journal: the truth about every run.

ports    what a journal does; values: what goes in and comes out
sql/     the journal in tables, whatever the database
sqlite/  ... in one SQLite file, the default
"""

from collections.abc import Callable
from pathlib import Path

from loader.journal.claims_port import Claims
from loader.journal.history_port import Comparison, History
from loader.journal.ports import Journal, Lease, Operations, Staging
from loader.journal.values import RunRecord, SourceInfo, StagedRow

__all__ = [
    "Claims",
    "Comparison",
    "History",
    "Journal",
    "Lease",
    "Operations",
    "RunRecord",
    "SourceInfo",
    "StagedRow",
    "Staging",
    "open_journal",
    "read_journal",
]


def open_journal(path: Path, *, clock: Callable[[], float], create: bool = True) -> Journal:
    """Open the journal at `path`, and make it if need be. `clock` gives UTC seconds.

    Raises `JournalBusy`, `JournalMismatch` or, for everything else, `JournalError`.
    """
    from loader.journal.sqlite import SqliteJournal  # noqa: PLC0415 - not paid for by --help

    return SqliteJournal.open(path, clock=clock, create=create)


def read_journal(path: Path, *, clock: Callable[[], float]) -> Journal:
    """Open the journal as it is at this moment, for reading only: a run may work meanwhile."""
    from loader.journal.sqlite import SqliteJournal  # noqa: PLC0415 - as above

    return SqliteJournal.open_snapshot(path, clock=clock)
