"""`python -m benchmarks.journals [ROWS]`: what a row costs in a journal, in SQLite and PostgreSQL.

Rows are staged, then sent to nowhere with 16 in flight: an intent and an outcome for each, on disk.
The PostgreSQL server is one of its own on this machine, with fsync on.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loader.journal import JournalPlace, Operations, SourceInfo, StagedRow, open_journal
from loader.model import Job, Outcome, OutcomeKind, Payload, Receipt
from tests.support.postgres import new_server

ROWS, IN_FLIGHT = 6_000, 16
TARGET, KIND = "https://example.com|org|dev", "fallback-offer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What something took. CPU seconds of this process, and of the server of the database."""

    rows: int
    seconds: float
    client: float
    server: float

    def __str__(self) -> str:
        each = 1e6 / self.rows
        return (
            f"{self.rows / self.seconds:8,.0f} rows/s, CPU a row {self.client * each:4.0f} µs here"
            f" + {self.server * each:4.0f} µs in the server"
        )


def measured(
    place: JournalPlace, *, rows: int, server_seconds: Callable[[], float] = lambda: 0.0
) -> tuple[Cost, Cost]:
    """Stage rows, then send them; return what each cost."""
    with open_journal(place, clock=time.time) as journal, journal.lease(TARGET) as lease:
        source = SourceInfo(path="offers.csv", digest="d")
        begin = (time.monotonic(), time.process_time(), server_seconds())
        run = journal.staging.begin(
            target=TARGET, command="load", sources=[source], options={}, dry_run=False
        )
        sheet = journal.staging.add_sheet(run, source="offers.csv", sheet="", header=("name",))
        for first in range(0, rows, 1000):
            journal.staging.add_rows(
                run,
                sheet,
                [_row(first + number) for number in range(min(1000, rows - first))],
                kind=KIND,
                describe_change=lambda _before, _now: "",
            )
        journal.staging.finish(run)
        between = (time.monotonic(), time.process_time(), server_seconds())

        async def send() -> None:
            async with journal.operations(run, lease=lease) as operations:
                await _sent(operations)

        asyncio.run(send())
        end = (time.monotonic(), time.process_time(), server_seconds())
    return _cost(rows, begin, between), _cost(rows, between, end)


async def _sent(operations: Operations) -> None:
    turn = asyncio.Semaphore(IN_FLIGHT)

    async def one(job: Job) -> None:
        async with turn:
            await operations.start(job)
            receipt = Receipt(instance_id=f"i-{job.operation_id}", at_id="at", etag="1")
            outcome = Outcome(
                kind=OutcomeKind.DONE, code="created", http_status=201, receipt=receipt
            )
            await operations.finish(job, outcome)

    after = 0
    while jobs := await operations.due(after=after, limit=500):
        after = jobs[-1].operation_id
        await asyncio.gather(*map(one, jobs))


def _row(number: int) -> StagedRow:
    name = f"Offer {number}"
    body = (b'{"name":"%b","content":"' % name.encode()) + b"x" * 600 + b'"}'
    payload = Payload(
        row_number=number + 2, row_key=name, name=name, digest=f"{number:064x}", body=body
    )
    return StagedRow(row_number=number + 2, cells=(name, "x" * 200), payload=payload)


def _cost(rows: int, begin: tuple[float, float, float], end: tuple[float, float, float]) -> Cost:
    seconds, client, server = (after - before for before, after in zip(begin, end, strict=True))
    return Cost(rows=rows, seconds=seconds, client=client, server=server)


@contextmanager
def _postgres() -> Iterator[tuple[JournalPlace, Callable[[], float]]]:
    with new_server(fsync="on") as server, server.database() as database:
        assert server.process is not None
        pid = server.process.pid
        yield server.address(database), lambda: _cpu_of_group(pid)


def _cpu_of_group(server: int) -> float:
    """Return the CPU seconds of a server and of all its children, also of those that ended."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        is_server = int(stat.parent.name) == server  # whose children that ended count, too
        if is_server or int(fields[1]) == server:
            total += sum(map(int, fields[11:15] if is_server else fields[11:13]))
    return total / 100


def in_sqlite(rows: int, folder: Path) -> tuple[Cost, Cost]:
    """Measure a journal in a new file."""
    with tempfile.TemporaryDirectory(prefix="journal-", dir=folder) as place:
        return measured(Path(place) / "journal.sqlite3", rows=rows)


def in_postgres(rows: int) -> tuple[Cost, Cost]:
    """Measure a journal on a new server."""
    with _postgres() as (place, server_seconds):
        return measured(place, rows=rows, server_seconds=server_seconds)


def main() -> int:
    """Run from the command line."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    _say("SQLite", in_sqlite(rows, Path.cwd()))
    _say("PostgreSQL", in_postgres(rows))
    return 0


def _say(journal: str, costs: tuple[Cost, Cost]) -> None:
    for what, cost in zip(("staged", "sent"), costs, strict=True):
        sys.stdout.write(f"{journal:10} {what:6} {cost}\n")


if __name__ == "__main__":
    sys.exit(main())
