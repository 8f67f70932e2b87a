"""A database query as a source: run once, read in a stream, as text without loss.

A URL may hold a password, so only `Query.name` is ever shown, and what a driver
says is redacted; the connection reads only, by request to the server and because
nothing is ever committed; a row's number is its place in the answer.
"""

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from loader.errors import LoaderError, SettingsError, UnreadableSource
from loader.redaction import SECRETS
from loader.source.control_characters import CONTROL, control_problems
from loader.source.options import Limits, ReadOptions
from loader.source.parsed_rows import Batch, RawProblem, RawRow, Remark, TableHead, in_batches
from loader.source.typed_values import bytes_problem, has_bytes, text_and_kind
from loader.tables.chunk import CellKind

if TYPE_CHECKING:  # an extra, and slow to import
    from sqlalchemy import URL, Connection, CursorResult

READING_WORDS = ("select", "with", "values", "table", "(")
FIRST_WORD = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*(\w+|\()", re.DOTALL)
SECRET_PARAMETER = re.compile("pass|pwd|secret|token|key|cred|odbc_connect", re.IGNORECASE)
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}
LONGEST_STATEMENT = {  # in milliseconds; each fetch of rows is a statement
    "postgresql": "SET LOCAL statement_timeout = {}",
    "mysql": "SET SESSION max_execution_time = {}",
    "mariadb": "SET SESSION max_statement_time = {} / 1000",
}
STEPS_BETWEEN_CHECKS = 100_000  # of SQLite, between two checks of the time
EXAMPLE = "postgresql+psycopg://user@host/database"
UNORDERED = Remark(
    code="unordered-query",
    message="the query has no ORDER BY: rows are numbered as the database gave them, and may be"
    " numbered otherwise the next time",
)


@dataclass(frozen=True, slots=True)
class Query:
    """A query and where it is asked. Raises SettingsError where it cannot be."""

    text: str
    url: "URL" = field(repr=False)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return how the source is called: where it is, without user, password and parameters."""
        host = f"{self.url.host or ''}{f':{self.url.port}' if self.url.port else ''}"
        return f"sql:{self.url.drivername}://{host}/{self.url.database or ''}"

    @property
    def secrets(self) -> frozenset[str]:
        """Return what must not be shown."""
        values = [str(self.url.password or "")]
        for key, value in self.url.query.items():
            if SECRET_PARAMETER.search(key):
                values += [value] if isinstance(value, str) else value
        return frozenset(values) - {""}


def query_of(url: str, text: str) -> Query:
    """Return the query, or raise SettingsError with what is wrong with `url` or `text`."""
    first = FIRST_WORD.match(text)
    if first is None:
        raise SettingsError("the query is empty; write one SELECT into its file")
    if first[1].lower() not in READING_WORDS:
        raise SettingsError(
            f"the query begins with {first[1][:20]}; a source is only read: write one SELECT"
        )
    query = Query(text.strip().rstrip(";"), _parse_url(url))
    SECRETS.add(*query.secrets)
    return query


def _parse_url(url: str) -> "URL":
    try:
        from sqlalchemy import make_url  # noqa: PLC0415 - an extra
        from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - as above
    except ImportError as error:
        raise SettingsError(
            "reading a database needs SQLAlchemy: pip install 'fallback-offer-loader[sql]', and the"
            " driver of your database"
        ) from error
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # its words may repeat the password
        raise SettingsError(f"the database's URL cannot be read; expected {EXAMPLE}") from None
    strange = re.search(r"[^\w.:\[\]%-]", parsed.host or "")
    if strange or (parsed.username is not None and "@" in (parsed.database or "")):
        raise SettingsError(
            "the database's URL has more than one @ or / before its host; write those of user and"
            " password as %40 and %2F"
        )
    return parsed


def read_query(query: Query, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the head of the answer, then its rows in batches."""
    with (
        _connect(query, limits) as connection,
        closing(_execute(connection, query, options)) as answer,
    ):
        if not answer.returns_rows:
            raise UnreadableSource("the query gives no rows; write one SELECT", code="query-failed")
        header = tuple(answer.keys())
        if len(header) > limits.columns:
            raise UnreadableSource(
                f"the query has more than {limits.columns} columns", code="too-many-columns"
            )
        ordered = re.search(r"\border\s+by\b", query.text, re.IGNORECASE)
        head = TableHead(
            sheet="", header=header, header_row=0, remarks=() if ordered else (UNORDERED,)
        )
        yield head
        rows = (
            _row(number, values, header=header, limits=limits)
            for number, values in enumerate(answer, start=1)
        )
        yield from in_batches(_skip_blank_rows(rows, limits), head, most=options.chunk_rows)


def _execute(connection: "Connection", query: Query, options: ReadOptions) -> "CursorResult[Any]":
    """Run the query; its rows are fetched as they are read."""
    return connection.execution_options(
        yield_per=min(options.chunk_rows, 5_000), no_parameters=True
    ).exec_driver_sql(query.text)


def _skip_blank_rows(rows: Iterable[RawRow], limits: Limits) -> Iterator[RawRow]:
    """Yield the rows that are not blank. Raises where too many are."""
    blank = 0
    for row in rows:
        if not row.is_blank():
            yield row
            continue
        blank += 1
        if blank > limits.blank_rows:
            raise UnreadableSource(
                f"the query has given more than {limits.blank_rows:,} blank rows; leave them out by"
                " a WHERE",
                code="beyond-limits",
            )


@contextmanager
def _connect(query: Query, limits: Limits) -> "Iterator[Connection]":
    from sqlalchemy import create_engine  # noqa: PLC0415 - an extra
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError  # noqa: PLC0415 - as above
    from sqlalchemy.pool import NullPool  # noqa: PLC0415 - as above

    url = _read_only(query.url)
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
        with engine.connect() as connection:  # its end rolls back
            if engine.dialect.name == "sqlite":
                _limit_sqlite(connection.connection.driver_connection, limits)
            if statement := READ_ONLY.get(engine.dialect.name):
                connection.exec_driver_sql(statement)
            _limit_time(connection, limits)
            yield connection
    except ImportError as error:
        raise SettingsError(
            f"the driver of {query.url.drivername} is not installed ({error.name}); install it, or"
            f" name another in the URL, as in {EXAMPLE}"
        ) from None
    except LoaderError:
        raise
    except SQLAlchemyError as error:  # chained words would show the URL's password
        error_of_driver = error.orig if isinstance(error, DBAPIError) else error
        message = SECRETS.hide(" ".join(str(error_of_driver).split()))[:500]
        raise UnreadableSource(
            f"the database says: {message}; check the URL, the rights and the query",
            code="query-failed",
        ) from None


def _limit_time(connection: "Connection", limits: Limits) -> None:
    """Bound what a query may take elsewhere, where nobody has set a time in PostgreSQL."""
    name = connection.dialect.name
    if name == "postgresql":
        given = connection.exec_driver_sql("SHOW statement_timeout").scalar()
        if given != "0":
            return
    if statement := LONGEST_STATEMENT.get(name):
        connection.exec_driver_sql(statement.format(round(1000 * limits.query_seconds)))


def _limit_sqlite(connection: Any, limits: Limits) -> None:
    """Bound what a query of SQLite may make in memory, and how long it may take."""
    end = time.monotonic() + limits.query_seconds
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4 * limits.cell_characters)
    connection.set_progress_handler(lambda: time.monotonic() > end, STEPS_BETWEEN_CHECKS)


def _read_only(url: "URL") -> "URL":
    """Return the URL of a SQLite file that is there, opened for reading; others as they are."""
    if url.get_backend_name() != "sqlite":
        return url
    path = url.database or ""
    is_uri = path.startswith("file:") and "uri" in url.query
    if is_uri:
        path = unquote(urlsplit(path).path)
    if not Path(path).is_file():  # connecting would make an empty one
        raise UnreadableSource(
            f"there is no database file {path or '(none named)'}", code="no-such-file"
        )
    return url.update_query_dict({"mode": "ro", "uri": "true"}) if is_uri else url


def _row(number: int, values: Sequence[Any], *, header: Sequence[str], limits: Limits) -> RawRow:
    cells: list[str] = []
    kinds: dict[int, CellKind] = {}
    problems: list[RawProblem] = []
    for position, value in enumerate(values):
        text, kind = text_and_kind(value)
        if len(text) > limits.cell_characters:
            raise UnreadableSource(
                f"row {number}, column {header[position]} has more than"
                f" {limits.cell_characters:,} characters",
                code="beyond-limits",
            )
        if kind is not CellKind.TEXT:
            kinds[position] = kind
        if has_bytes(value):
            problems.append(bytes_problem(position, text))
        cells.append(text)
    if CONTROL.search("".join(cells)):
        problems.extend(control_problems(cells))
    return RawRow(number=number, cells=cells, kinds=kinds or None, problems=problems or None)
