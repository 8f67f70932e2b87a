"""What a row costs in the journal, in a file and in PostgreSQL, and how long a take-over is."""

import signal
from collections.abc import Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.journals import Cost, in_postgres, in_sqlite
from benchmarks.line import Against, Line, Peer, Ran
from benchmarks.takeover import seconds_without_owner
from tests.support.postgres import why_unavailable

FULL = 6_000
BEAT_SECONDS, SHORT_BEAT_SECONDS = 10.0, 2.0  # the usual one, and one that is quick to measure


def journals(bench: Bench) -> Iterator[Line]:
    """CPU of this process and of the server a row, rows a second, seconds without an owner."""
    if why_unavailable():
        return
    count = bench.rows(FULL)
    files = [_both(in_sqlite(count, bench.folder)) for _ in range(bench.repeats)]
    servers = [_both(in_postgres(count)) for _ in range(bench.repeats)]
    ran = Ran(runs=bench.repeats, size=count, of=FULL)
    in_file = Peer(name="SQLite", found=median(each.client * 1e6 / each.rows for each in files))
    for what, found in (
        (
            "a row in the journal in PostgreSQL: staged, intended, ended",
            median(each.client * 1e6 / each.rows for each in servers),
        ),
        (
            "... with what it costs the server of the database",
            median((each.client + each.server) * 1e6 / each.rows for each in servers),
        ),
    ):
        yield Line(
            what=what,
            found=found,
            unit="µs CPU",
            peers=(in_file,),
            against=Against(name="SQLite", most=2.0),
            judged=bench.can_judge(count, full=FULL),
            ran=ran,
        )

    for name, each in (("in a file", files), ("in PostgreSQL", servers)):
        is_file = each is files
        yield Line(
            what=f"rows sent with a journal {name}, 16 in flight",
            found=median(cost.rows / cost.seconds for cost in each),
            unit="rows/s",
            target=None if is_file else 1_000.0,
            at_least=True,
            judged=not is_file and bench.can_judge(count, full=FULL),
            ran=ran,
        )
    yield from _taken_over(bench)


def _taken_over(bench: Bench) -> Iterator[Line]:
    """Tell how long nobody sends when the owner dies, or freezes."""
    beat = BEAT_SECONDS if bench.scale == 1.0 else SHORT_BEAT_SECONDS
    killed = [signal.SIGKILL] * bench.repeats
    *dead, frozen = seconds_without_owner((*killed, signal.SIGSTOP), silent_seconds=beat)
    yield Line(
        what="a stand-by takes over after kill -9",
        found=median(dead),
        unit="s",
        target=1.0,
        ran=Ran(runs=bench.repeats),
    )
    yield Line(
        what=f"... and after the owner froze, with a beat of {beat:g} s",
        found=frozen,
        unit="s",
        target=beat + 1.0,
        ran=Ran(runs=1),
    )


def _both(costs: tuple[Cost, Cost]) -> Cost:
    staged, sent = costs
    return Cost(
        rows=sent.rows,
        seconds=sent.seconds,
        client=staged.client + sent.client,
        server=staged.server + sent.server,
    )
