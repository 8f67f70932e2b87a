"""A journal with rows in it, by the few values that matter."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from loader.journal import JournalFile, RowTransitions, SourceInfo, StagedLine, Staging
from loader.model import Payload

TARGET = "https://example.com|org|dev"


class Ticking:
    """A clock that moves one second each time it is read."""

    def __init__(self) -> None:
        self._seconds = itertools.count(1_700_000_000)

    def __call__(self) -> float:
        return float(next(self._seconds))


@contextmanager
def journal(path: Path) -> Iterator[JournalFile]:
    """An open journal."""
    with JournalFile.open(path, clock=Ticking()) as file:
        yield file


def line(number: int, name: str, *, content: str = "", key: str = "") -> StagedLine:
    """A valid row."""
    body = f'{{"content":"{content}","name":"{name}"}}'.encode()
    payload = Payload(
        row_number=number,
        row_key=key or name,
        name=name,
        digest=sha256(body).hexdigest(),
        body=body,
    )
    return StagedLine(
        row_number=number, cells=(name, content), payload=payload, key_column="name", key_cell="A2"
    )


def stage(
    file: JournalFile, lines: Sequence[StagedLine], *, digest: str = "d", dry_run: bool = False
) -> str:
    """Stage a run of one sheet to its end."""
    staging = Staging(file)
    run_id = staging.begin(
        target=TARGET,
        command="load",
        sources=[SourceInfo(path="offers.csv", digest=digest)],
        options={},
        dry_run=dry_run,
    )
    sheet = staging.add_sheet(run_id, source="offers.csv", sheet="", header=("name", "content"))
    staging.add_lines(run_id, sheet, lines, target=TARGET, dry_run=dry_run)
    staging.finish(run_id)
    return run_id


def moves_of(file: JournalFile, run_id: str) -> RowTransitions:
    """The moves of a run."""
    return RowTransitions(file.connection, run_id=run_id, target=TARGET, now=file.clock)
