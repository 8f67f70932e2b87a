"""What a row costs in the journal, in a file and in PostgreSQL."""

from collections.abc import Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.journals import Cost, in_postgres, in_sqlite
from benchmarks.line import Against, Line, Peer, Ran
from tests.support.postgres import why_not

FULL = 6_000


def journals(bench: Bench) -> Iterator[Line]:
    """CPU of this process a row, rows a second, and CPU of the server a row."""
    if why_not():
        return
    count = bench.rows(FULL)
    files = [_both(in_sqlite(count, bench.folder)) for _ in range(bench.repeats)]
    servers = [_both(in_postgres(count)) for _ in range(bench.repeats)]
    ran = Ran(runs=bench.repeats, size=count, of=FULL)
    yield Line(
        what="a row in the journal in PostgreSQL: staged, intended, ended",
        found=median(each.client * 1e6 / each.rows for each in servers),
        unit="µs CPU",
        peers=(Peer(name="SQLite", found=median(each.client * 1e6 / each.rows for each in files)),),
        against=Against(name="SQLite", most=2.0),
        judged=bench.can_judge(count, full=FULL),
        ran=ran,
    )
    yield Line(
        what="... and in the server of the database",
        found=median(each.server * 1e6 / each.rows for each in servers),
        unit="µs CPU",
        judged=False,
        ran=ran,
    )


def _both(costs: tuple[Cost, Cost]) -> Cost:
    staged, sent = costs
    return Cost(
        rows=sent.rows,
        seconds=staged.seconds + sent.seconds,
        client=staged.client + sent.client,
        server=staged.server + sent.server,
    )
