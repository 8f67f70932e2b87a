"""Copy a journal to another place, SQLite or PostgreSQL: table by table, in groups of rows.

A copy that stopped goes on behind its last row. It is compared with the original, row by row; then
the original says that it was moved, and can no longer be used; then the copy becomes a journal. So
there are never two that can be used.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, pairwise
from typing import Any, Final, Protocol

import orjson

from loader.errors import JournalError
from loader.journal.ports import Journal
from loader.journal.sql.database import Database, Row
from loader.journal.sql.lease_holders import moved_to
from loader.journal.sql.statements import statements

_SQL: Final = statements("copy_tables.sql", package=__package__)
_GROUP: Final = 500
# What is copied, in an order in which each row finds those that it names. Leases are not.
_TABLES: Final = """
run run_number: run_id target command of_run used_by options dry_run staged started_at
  finished_at stopped_reason
source run_id,position: path digest
sheet sheet_id: run_id source sheet header
offer offer_id: target kind key dry_run name instance_id at_id etag created_by undone_by
operation operation_id: run_id offer_id operation reason digest state attempts must_exist
  last_sent_at http_status request_id code message finished_at
payload operation_id: body before
source_row source_row_id: run_id sheet_id row_number kind cells errors operation_id part_of
attempt attempt_id: operation_id run_id number started_at
transition transition_id: operation_id at event http_status request_id code message
baseline operation_id,remote_id:
listing listing_id: digest entries
run_listing run_id,kind: listing_id listed_at
object object_id: digest body
snapshot snapshot_id: target kind taken_at names path
snapshot_object snapshot_id,position: instance_id at_id etag name folded_name object_id
approval approval_id: plan_id digest person at words
audit audit_id: at person event target run_id details previous hash
claim token: inbox folder name claimed_at attempts strikes surprises looks unknown state shelf
  day place run_id digest outcome finished_at report
outage inbox,folder: report
"""


def _parse_tables(text: str) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return, for each table, the columns of its key and the others."""
    found = {}
    for line in re.sub(r"\n +", " ", text.strip()).splitlines():
        head, _, columns = line.partition(":")
        table, key = head.split()
        found[table] = (tuple(key.split(",")), tuple(columns.split()))
    return found


TABLES: Final = _parse_tables(_TABLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """What was copied, and where to: the rows of each table; `added` of them by this call."""

    place: str
    rows: dict[str, int]
    added: int


class Original(Journal, Protocol):
    """A journal that can be read table by table."""

    @property
    def database(self) -> Database: ...


class Copy(Protocol):
    """A copy that is not a journal yet."""

    @property
    def database(self) -> Database: ...

    @property
    def place(self) -> str:
        """Where the journal will be."""

    def check(self) -> None:
        """Raise `JournalError` where it cannot become one."""

    def finish(self) -> None:
        """Make it one."""

    def close(self) -> None:
        """Close it."""


def copy_rows(
    original: Original, copy: Copy, *, reopen: Callable[[], Original], report: Callable[[str], None]
) -> CopyReport:
    """Copy; compare with the original, which `reopen` opens again; mark that one as moved."""
    with original.database.reading() as sql:
        is_moved = moved_to(sql) == copy.place  # it stopped before its last step
    added = 0
    with ExitStack() as held:
        if not is_moved:
            for (target,) in original.database.stream(_SQL.targets, {}):
                held.enter_context(original.lease(target))
            for table in TABLES:
                report(f"copying {table}")
                added += _copy_table(original.database, copy.database, table)
        report("comparing")
        with reopen() as now:
            rows = {
                table: _compare_table(
                    now.database, copy.database, table, but_last=is_moved and table == "audit"
                )
                for table in TABLES
            }
        copy.check()
        if not is_moved:
            original.audit.add("moved", target="", run_id="", details={"to": copy.place})
        copy.finish()
    return CopyReport(place=copy.place, rows=rows, added=added)


def _copy_table(original: Database, copy: Database, table: str) -> int:
    columns, add = _columns(table), _fill_in(_SQL.add, table)
    with copy.reading() as sql:
        last = sql.execute(_fill_in(_SQL.last, table), {}).fetchone()
    count = 0
    found = _rows(original, table, behind=last)
    while rows := tuple(islice(found, _GROUP)):
        with copy.transaction() as sql:
            sql.executemany(add, [dict(zip(columns, row, strict=True)) for row in rows])
        count += len(rows)
    return count


def _compare_table(original: Database, copy: Database, table: str, *, but_last: bool) -> int:
    (count, digest), other = _digest(original, table, but_last=but_last), _digest(copy, table)
    if (count, digest) != other:
        raise JournalError(
            f"the copy {copy.place} differs from {original.place} in the table {table} ({count} and"
            f" {other[0]} rows): somebody wrote meanwhile. Remove the copy, and copy again"
        )
    return count


def _digest(database: Database, table: str, *, but_last: bool = False) -> tuple[int, str]:
    count, found = 0, sha256()
    rows = _rows(database, table, behind=None)
    for row in (row for row, _ in pairwise(rows)) if but_last else rows:
        count += 1
        found.update(orjson.dumps([_comparable(value) for value in row]))
    return count, found.hexdigest()


def _comparable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _rows(database: Database, table: str, *, behind: Sequence[Any] | None) -> Iterator[Row]:
    key, _ = TABLES[table]
    values = {} if behind is None else {f"last_{n}": each for n, each in enumerate(behind)}
    those = ", ".join(f":last_{n}" for n in range(len(key)))
    where = "1 = 1" if behind is None else f"({', '.join(key)}) > ({those})"
    return database.stream(_fill_in(_SQL.rows, table, behind=where), values)


def _columns(table: str) -> tuple[str, ...]:
    key, others = TABLES[table]
    return (*key, *others)


def _fill_in(template: str, table: str, *, behind: str = "") -> str:
    key, columns = TABLES[table][0], _columns(table)
    return template.format(
        table=table,
        key=", ".join(key),
        backwards=", ".join(f"{name} DESC" for name in key),
        columns=", ".join(columns),
        values=", ".join(f":{name}" for name in columns),
        behind=behind,
    )
