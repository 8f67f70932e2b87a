"""The tables of a journal: whose they are, which format they have, and how they are made."""

from typing import Any, Final

import psycopg

from loader.errors import NO_JOURNAL, JournalError, JournalMismatch
from loader.journal.postgres.lock_keys import writer_key
from loader.journal.postgres.session import run
from loader.journal.sql.statements import script, statements

FORMAT: Final = 1
UNFINISHED: Final = 0  # the format of a copy that is not a journal yet
_SQL: Final = statements("server.sql", package=__package__)


def schema_of(session: psycopg.Connection[Any], place: str) -> str:
    """Return the schema where the journal is, or will be."""
    found = run(session, _SQL.schema).fetchone()
    if found is None or found[0] is None:
        raise JournalMismatch(
            f"the journal {place} has no schema: the search_path of the user names none that exists"
        )
    return str(found[0])


def format_of(session: psycopg.Connection[Any], place: str, *, of_copy: bool = False) -> int | None:
    """Return the format of the journal; None where there is none. Refuse what is not ours."""
    (has_format, has_run) = run(session, _SQL.tables).fetchone() or (False, False)
    if not has_format:
        if has_run:
            raise JournalMismatch(
                f"the database {place} has tables, but not those of a journal of this loader: give"
                " a database or a schema of its own"
            )
        return None
    found = run(session, _SQL.format).fetchone()
    if found is None:
        raise JournalMismatch(f"the journal {place} has no format: it was changed outside")
    if found[0] > FORMAT:
        raise JournalMismatch(
            f"the journal {place} was written by a newer version (its format is {found[0]}, this"
            f" loader knows {FORMAT}): install the newer loader"
        )
    if found[0] == UNFINISHED and not of_copy:
        raise JournalMismatch(
            f"the journal {place} is a copy that is not finished: run the same `loader journal"
            " copy` again"
        )
    return int(found[0])


def create_tables(session: psycopg.Connection[Any], *, schema: str, number: int = FORMAT) -> None:
    """Create all tables of a journal, unless another loader has done so meanwhile."""
    with session.transaction():
        run(session, _SQL.lock, key=writer_key(schema))
        (has_format, _) = run(session, _SQL.tables).fetchone() or (False, False)
        if not has_format:
            session.execute(script("schema.sql", package=__package__) + script("views.sql"))
            run(session, _SQL.set_format, format=number)


def missing_journal(place: str) -> JournalError:
    """Return the error where there is no journal."""
    return JournalError(
        f"there is no journal at {place}: nothing was loaded with it yet, or it is elsewhere (give"
        " --journal)",
        code=NO_JOURNAL,
    )
