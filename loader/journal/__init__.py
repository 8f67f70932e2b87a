"""The journal: the truth about every run.

ports    what a journal does; values: what goes in and comes out
sql/     the journal in tables, whatever the database
sqlite/  ... in one SQLite file, the default
postgres/  ... in PostgreSQL, shared by several machines
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from loader.errors import JournalError
from loader.journal.claims_port import Claims
from loader.journal.history_port import Comparison, History
from loader.journal.ports import Journal, Lease, Operations, Staging
from loader.journal.values import RunRecord, SourceInfo, StagedRow
from loader.journal_address import DatabaseAddress

if TYPE_CHECKING:
    from loader.journal.postgres import PostgresJournal

__all__ = [
    "Claims",
    "Comparison",
    "History",
    "Journal",
    "JournalPlace",
    "Lease",
    "Operations",
    "RunRecord",
    "SourceInfo",
    "StagedRow",
    "Staging",
    "open_journal",
    "read_journal",
]


JournalPlace = Path | DatabaseAddress
SILENT_SECONDS = 10.0  # an owner of whom its database hears nothing for so long loses its target


def open_journal(
    place: JournalPlace,
    *,
    clock: Callable[[], float],
    create: bool = True,
    silent_seconds: float = SILENT_SECONDS,
) -> Journal:
    """Open the journal at `place`, and make it if need be. `clock` gives UTC seconds.

    Raises `JournalBusy`, `JournalMismatch` or, for everything else, `JournalError`.
    """
    if isinstance(place, DatabaseAddress):
        return _postgres().open(place, clock=clock, create=create, silent_seconds=silent_seconds)
    from loader.journal.sqlite import SqliteJournal  # noqa: PLC0415 - not paid for by --help

    return SqliteJournal.open(place, clock=clock, create=create)


def read_journal(
    place: JournalPlace, *, clock: Callable[[], float], silent_seconds: float = SILENT_SECONDS
) -> Journal:
    """Open the journal as it is at this moment, for reading only: a run may work meanwhile."""
    if isinstance(place, DatabaseAddress):
        return _postgres().open_snapshot(place, clock=clock, silent_seconds=silent_seconds)
    from loader.journal.sqlite import SqliteJournal  # noqa: PLC0415 - as above

    return SqliteJournal.open_snapshot(place, clock=clock)


def _postgres() -> "type[PostgresJournal]":
    try:
        from loader.journal.postgres import PostgresJournal  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise JournalError(
            f"a journal in PostgreSQL needs more to be installed ({error}):"
            " pip install 'fallback-offer-loader[postgres]'"
        ) from error
    return PostgresJournal
