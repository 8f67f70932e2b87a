"""A journal with rows in it, by the few values that matter."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from loader.journal import SourceInfo, StagedRow
from loader.journal.postgres import PostgresJournal
from loader.journal.sql.transitions import Transitions
from loader.journal.sqlite import SqliteJournal
from loader.model import Payload
from loader.offer.describe_change import describe_change

AnyJournal = SqliteJournal | PostgresJournal
TARGET = "https://example.com|org|dev"
KIND = "fallback-offer"


class Ticking:
    """A clock that moves one second each time it is read."""

    def __init__(self) -> None:
        self._seconds = itertools.count(1_700_000_000)

    def __call__(self) -> float:
        return float(next(self._seconds))


@contextmanager
def journal(path: Path) -> Iterator[SqliteJournal]:
    """An open journal."""
    with SqliteJournal.open(path, clock=Ticking()) as file:
        yield file


def line(number: int, name: str, *, content: str = "", key: str = "") -> StagedRow:
    """A valid row."""
    body = f'{{"content":"{content}","name":"{name}"}}'.encode()
    payload = Payload(
        row_number=number,
        row_key=key or name,
        name=name,
        digest=sha256(body).hexdigest(),
        body=body,
    )
    return StagedRow(
        row_number=number,
        cells=(name, content),
        payload=payload,
        key_place=lambda _number: ("name", "A2"),
    )


def begin(
    file: AnyJournal,
    *,
    digest: str = "d",
    dry_run: bool = False,
    target: str = TARGET,
) -> tuple[str, int]:
    """Begin a run of one sheet; give its id and that of the sheet."""
    run_id = file.staging.begin(
        target=target,
        command="load",
        sources=[SourceInfo(path="offers.csv", digest=digest)],
        options={},
        dry_run=dry_run,
    )
    header = ("name", "content")
    return run_id, file.staging.add_sheet(run_id, source="offers.csv", sheet="", header=header)


def add(file: AnyJournal, run_id: str, sheet: int, rows: Sequence[StagedRow]) -> None:
    """Add rows in one transaction."""
    file.staging.add_rows(run_id, sheet, rows, kind=KIND, describe_change=describe_change)


def stage(
    file: AnyJournal,
    rows: Sequence[StagedRow],
    *,
    digest: str = "d",
    dry_run: bool = False,
    target: str = TARGET,
) -> str:
    """Stage a run of one sheet to its end."""
    run_id, sheet = begin(file, digest=digest, dry_run=dry_run, target=target)
    add(file, run_id, sheet, rows)
    file.staging.finish(run_id)
    return run_id


def moves_of(file: AnyJournal, run_id: str) -> Transitions:
    """The transitions of a run."""
    return Transitions(file.database, run_id=run_id, target=TARGET)
