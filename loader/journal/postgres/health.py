"""What `loader doctor` finds about the database of a journal."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import psycopg

from loader.journal.postgres import tables
from loader.journal.postgres.session import check_server, opening, run
from loader.journal.sql.statements import statements
from loader.journal_address import DatabaseAddress

_SQL: Final = statements("server.sql", package=__package__)
_APART_SECONDS: Final = 30.0


def warnings(address: DatabaseAddress) -> Iterator[str]:
    """Yield what is not as it should be, though a journal can be kept there.

    Raises `JournalError` where it cannot: not reachable, too old, a replica, a pooler in between.
    """
    place = str(address)
    with opening(address) as session, closing(session):
        check_server(session, place)
        yield from _settings(session)
        tables.format_of(session, place)


def _settings(session: "psycopg.Connection[tuple[object, ...]]") -> Iterator[str]:
    row = run(session, _SQL.session).fetchone()
    assert row is not None  # noqa: S101 - a query without a table returns one row
    _, _, commits, fsync, full_pages, _, standbys, replicas, server_time = row
    apart = time.time() - float(str(server_time))
    if abs(apart) > _APART_SECONDS:
        yield (
            f"the clocks of this machine and of the database are {abs(apart):.0f} seconds apart:"
            " let a time server set both"
        )
    if fsync == "off":
        yield (
            "fsync is off: a server that loses its power forgets what was sent, and offers may be"
            " created twice; set fsync = on"
        )
    if full_pages == "off":
        yield "full_page_writes is off: a power cut can damage the journal; set it to on"
    if commits == "off":
        yield (
            "synchronous_commit is off: the loader turns it on for its own sessions; set it to on,"
            " so that nobody has to rely on that"
        )
    if replicas and not standbys:
        yield (
            "a replica follows, but synchronous_standby_names is empty: a replica that is promoted"
            " may have forgotten what was sent; set synchronous_standby_names"
        )
