"""A connection to PostgreSQL: how it is made, what it must be like, and its errors in our words."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.adapt import Buffer
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

from loader.errors import JournalBusy, JournalError, JournalMismatch
from loader.journal.postgres import dead_server
from loader.journal.postgres.statements import translate
from loader.journal.sql.statements import statements
from loader.journal_address import DatabaseAddress
from loader.redaction import SECRETS

_SQL: Final = statements("server.sql", package=__package__)
OLDEST: Final = 140000  # the first version that ends idle sessions
_CONNECT_SECONDS: Final = 10
_LOCK_SECONDS: Final = 30  # for other writers, who need milliseconds
FIRST_SECONDS: Final = 60.0  # for the statements that open a journal, which may wait for a lock
_Meaning = tuple[type[psycopg.Error] | tuple[type[psycopg.Error], ...], type[JournalError], str]
_MEANINGS: Final[tuple[_Meaning, ...]] = (
    (
        errors.LockNotAvailable,
        JournalBusy,
        (
            "the journal {place} is being written by another loader, without a pause for"
            f" {_LOCK_SECONDS} seconds: try again"
        ),
    ),
    (
        errors.InsufficientPrivilege,
        JournalError,
        (
            "the journal {place} cannot be used ({reason}): the user of the database needs the"
            " right to make tables in its schema, and to read and write them"
        ),
    ),
    (
        errors.ReadOnlySqlTransaction,
        JournalError,
        (
            "the journal {place} is read only ({reason}): give the address of the primary server,"
            " not of a replica"
        ),
    ),
    (
        (errors.UndefinedTable, errors.UndefinedColumn),
        JournalMismatch,
        (
            "the journal {place} lacks a table or a column ({reason}): it was changed outside the"
            " loader; restore it from a backup"
        ),
    ),
    (
        (psycopg.OperationalError, psycopg.InterfaceError),
        JournalError,
        (
            "the journal {place} cannot be reached ({reason}): nothing more is sent. Check the"
            " address, the network and the server, then run the command again"
        ),
    ),
)


class _Text(StrDumper):
    """Text without NUL characters, which PostgreSQL cannot hold: they become U+FFFD."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


class _Number(Int8Dumper):
    """A number, or a bool as a number: one type, so that a statement is prepared once."""

    def dump(self, obj: Any) -> Buffer | None:
        return super().dump(int(obj))


def connect(address: DatabaseAddress) -> psycopg.Connection[Any]:
    """Connect. Where either side is silent for too long, the connection is lost."""
    seconds = max(1, round(address.silent_seconds))
    connection = psycopg.connect(
        address.url,
        password=address.password or None,
        autocommit=True,
        prepare_threshold=2,
        client_encoding="utf8",
        application_name="fallback-offer-loader",
        connect_timeout=_CONNECT_SECONDS,
        keepalives_idle=max(1, seconds // 3),
        keepalives_interval=max(1, seconds // 3),
        keepalives_count=2,
        tcp_user_timeout=seconds * 1000,
    )
    connection.adapters.register_dumper(str, _Text)
    connection.adapters.register_dumper(int, _Number)
    connection.adapters.register_dumper(bool, _Number)
    return connection


@contextmanager
def opening(address: DatabaseAddress) -> Iterator[psycopg.Connection[Any]]:
    """Connect for the few first statements of the block; close the session where they fail.

    Raises `JournalError`, also where the server does not answer.
    """
    with translated_errors(str(address)):
        session = connect(address)
        try:
            with dead_server.answered_within(session, FIRST_SECONDS):
                yield session
        except BaseException:
            session.close()
            raise


def is_at_work(address: DatabaseAddress, pid: int) -> bool:
    """Ask the server, on a connection of its own, whether it does something for a session."""
    try:
        with (
            closing(connect(address)) as asked,
            dead_server.answered_within(asked, dead_server.SILENT_SECONDS),
        ):
            found = run(asked, _SQL.at_work, pid=pid).fetchone()
    except psycopg.Error:
        return False
    return bool(found and found[0])


def run(session: psycopg.Connection[Any], statement: str, **values: Any) -> psycopg.Cursor[Any]:
    """Run a statement at once."""
    return session.execute(translate(statement).text, values)


def check_server(connection: psycopg.Connection[Any], place: str) -> None:
    """Refuse a server that cannot hold a journal."""
    version = connection.info.server_version
    if version < OLDEST:
        raise JournalMismatch(
            f"the journal {place} is on PostgreSQL {version // 10000}: version"
            f" {OLDEST // 10000} or later is needed"
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise JournalMismatch(
            f"the database of the journal {place} keeps text as {encoding}: make one with"
            " ENCODING 'UTF8'"
        )


@contextmanager
def translated_errors(place: str) -> Iterator[None]:
    """Raise what PostgreSQL reports as a `JournalError` that names the journal."""
    try:
        yield
    except psycopg.Error as error:
        raise _journal_error(error, place) from error


def session_lost(error: psycopg.Error, place: str, *, why: str = "") -> JournalError:
    """Return the error of a session that writes and has ended."""
    reason = why or _server_message(error)
    return JournalError(
        f"the session of this loader at the journal {place} has ended ({reason}): it sends nothing"
        " more, and another loader may have taken over. When the database can be reached, `loader"
        " runs` shows what became of the rows, and the same command again goes on"
    )


def _journal_error(error: psycopg.Error, place: str) -> JournalError:
    reason = _server_message(error)
    if "password" in reason and isinstance(error, psycopg.OperationalError):
        return JournalError(
            f"the journal {place} refuses the password, or got none ({reason}): set"
            " LOADER_JOURNAL_PASSWORD or journal_password_file, PGPASSWORD, or ~/.pgpass"
        )
    for kinds, ours, words in _MEANINGS:
        if isinstance(error, kinds):
            return ours(words.format(place=place, reason=reason))
    return JournalError(
        f"the journal {place} cannot be used ({reason}): nothing more is sent. Run the command"
        " again"
    )


def _server_message(error: psycopg.Error) -> str:
    """Return the server's message, without the statement that it is about."""
    return SECRETS.hide(" ".join((error.diag.message_primary or str(error)).split()))
