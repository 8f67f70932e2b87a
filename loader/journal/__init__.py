"""The journal: the truth about every run.

ports    what a journal does; records: what goes in and comes out
sql/     the journal in tables, whatever the database
sqlite/  ... in one SQLite file, the default
postgres/  ... in PostgreSQL, shared by several machines
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from loader.errors import JournalError
from loader.journal.claims_port import Claims
from loader.journal.history_port import Comparison, History
from loader.journal.ports import Journal, Lease, Operations, Staging
from loader.journal.records import RunRecord, SourceInfo, StagedRow
from loader.journal_address import DatabaseAddress

if TYPE_CHECKING:
    from loader.journal.copy_tables import CopyReport
    from loader.journal.postgres import PostgresJournal
    from loader.journal.postgres.copy import PostgresCopy
    from loader.journal.sqlite import SqliteJournal
    from loader.journal.sqlite.copy import SqliteCopy

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
    "check_journal_file",
    "copy_journal",
    "open_journal",
    "read_journal",
    "warnings_about",
]


JournalPlace = Path | DatabaseAddress


def open_journal(
    place: JournalPlace,
    *,
    clock: Callable[[], float],
    create: bool = True,
) -> Journal:
    """Open the journal at `place`, and make it if need be. `clock` gives UTC seconds.

    Raises `JournalBusy`, `JournalMismatch` or, for everything else, `JournalError`.
    """
    return _open(place, clock=clock, create=create)


def read_journal(place: JournalPlace, *, clock: Callable[[], float]) -> Journal:
    """Open the journal as it is at this moment, for reading only: a run may work meanwhile."""
    return _open(place, clock=clock, is_snapshot=True)


def check_journal_file(path: Path) -> None:
    """Raise where no journal is or can be made; change nothing."""
    from loader.journal.sqlite.files import check_place  # noqa: PLC0415 - not paid for by --help

    check_place(path)


def warnings_about(place: JournalPlace) -> tuple[str, ...]:
    """Return what is wrong with the database of a journal, although it can be opened."""
    if not isinstance(place, DatabaseAddress):
        return ()
    from loader.journal.postgres.health import warnings  # noqa: PLC0415 - an extra

    return tuple(warnings(place))


def copy_journal(
    original: JournalPlace,
    place: JournalPlace,
    *,
    clock: Callable[[], float],
    report: Callable[[str], None],
) -> "CopyReport":
    """Copy a journal to another place, and compare. Safe to repeat where it stopped."""
    from loader.journal.copy_tables import copy_rows  # noqa: PLC0415 - rarely needed

    with _open(original, clock=clock) as journal:
        journal.check_not_moved(but_to=str(place))  # before anything is made there
        with closing(_copy(place, clock=clock)) as copy:
            return copy_rows(
                journal,
                copy,
                reopen=lambda: _open(original, clock=clock, is_snapshot=True),
                report=report,
            )


def _open(
    place: JournalPlace,
    *,
    clock: Callable[[], float],
    create: bool = False,
    is_snapshot: bool = False,
) -> "SqliteJournal | PostgresJournal":
    if isinstance(place, DatabaseAddress):
        shared = _postgres()
        if is_snapshot:
            return shared.open_snapshot(place, clock=clock)
        return shared.open(place, clock=clock, create=create)
    from loader.journal.sqlite import SqliteJournal  # noqa: PLC0415 - not paid for by --help

    if is_snapshot:
        return SqliteJournal.open_snapshot(place, clock=clock)
    return SqliteJournal.open(place, clock=clock, create=create)


def _copy(place: JournalPlace, *, clock: Callable[[], float]) -> "SqliteCopy | PostgresCopy":
    if isinstance(place, DatabaseAddress):
        _postgres()
        from loader.journal.postgres.copy import PostgresCopy  # noqa: PLC0415 - an extra

        return PostgresCopy.open(place, clock=clock)
    from loader.journal.sqlite.copy import SqliteCopy  # noqa: PLC0415 - rarely needed

    return SqliteCopy.open(place, clock=clock)


def _postgres() -> "type[PostgresJournal]":
    try:
        from loader.journal.postgres import PostgresJournal  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise JournalError(
            f"a journal in PostgreSQL needs more to be installed ({error}):"
            " pip install 'fallback-offer-loader[postgres]'"
        ) from error
    return PostgresJournal
