"""Use case: copy the journal from a file into a database, or back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from loader.errors import SettingsError
from loader.journal import JournalPlace, copy_journal
from loader.journal.copy_tables import CopyReport
from loader.journal_address import DatabaseAddress, is_database
from loader.run.wiring import SystemClock
from loader.settings import Settings


def copy_between(
    original: str, place: str, settings: Settings, *, say: Callable[[str], None]
) -> CopyReport:
    """Copy a journal, and compare. Safe to repeat where it stopped."""
    return copy_journal(
        _place(original, settings), _place(place, settings), clock=SystemClock().now, report=say
    )


def _place(text: str, settings: Settings) -> JournalPlace:
    if not is_database(text):
        return Path(text).expanduser().absolute()  # for whoever reads it in another folder
    try:
        address = DatabaseAddress.parse(text)
    except ValueError as error:
        raise SettingsError(f"the address of a journal cannot be used: {error}") from None
    if address.password:
        raise SettingsError(
            f"the address {address} has a password, which does not belong into a command line: set"
            " LOADER_JOURNAL_PASSWORD, or PGPASSWORD, or write it into ~/.pgpass"
        )
    if settings.journal_password is None:
        return address
    return replace(address, password=settings.journal_password.get_secret_value())
