"""What 10,000 POSTs cost the client: with and without the journal, in few lanes and in many."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.line import Line
from benchmarks.server import running_server

FULL = 10_000
LANES = (8, 128, 512)
PEERS = (  # what is run of each: those that are slow run less, and say so
    ("aiohttp", "peers.http:aiohttp_bare", 1.0),
    ("httpx2", "peers.http:httpx2_pool", 0.2),
    ("httpx", "peers.http:httpx_pool", 0.2),
    ("wrk", "peers.http:wrk", 1.0),
    ("h2load", "peers.http:h2load", 1.0),
    ("xargs curl", "peers.http:xargs_curl", 0.05),
    ("newman (one at a time)", "peers.http:newman", 0.05),
)


def delivery(bench: Bench) -> Iterator[Line]:
    """CPU of the client per 10,000 POSTs, 32 in flight."""
    count = bench.rows(FULL)
    with running_server(bench.folder) as address:
        found = bench.cost("delivery:ours", address, str(count), "32")
        yield Line(
            what="10,000 POSTs, 32 in flight, no journal",
            found=found.cpu * FULL / count,
            unit="CPU-s",
            target=3.0,
            peers=bench.peers(PEERS, lambda size: (address, str(size), "32"), count=count, of=FULL),
            ran=found.ran(count, of=FULL, unit="requests"),
        )
        yield _with_journal(bench, address, count)
        yield from _breadth(bench, address)


def _with_journal(bench: Bench, address: str, count: int) -> Line:
    words = (address, bench.csv(count), str(bench.folder), "10000", "32")
    found = bench.cost("load:load", *words)
    return Line(
        what="10,000 POSTs, 32 in flight, journal on (the sending of a load)",
        found=found.costs["cpu_sending"] * FULL / count,
        unit="CPU-s",
        target=4.0,
        ran=found.ran(count, of=FULL, unit="requests"),
    )


def _breadth(bench: Bench, address: str) -> Iterator[Line]:
    """The same work in 8 to 512 lanes; making 512 connections counts, as it does in a load."""
    count = bench.rows(FULL)
    works = [("delivery:ours", address, str(count), str(lanes)) for lanes in LANES]
    costs = bench.in_turns(works)
    for lanes, found in zip(LANES, costs, strict=True):
        yield Line(
            what=f"10,000 POSTs, {lanes} in flight, no journal",
            found=found.cpu * FULL / count,
            unit="CPU-s",
            ran=found.ran(count, of=FULL, unit="requests"),
        )
    yield Line(
        what="growth from 8 to 512 in flight",
        found=costs[-1].cpu / costs[0].cpu,
        unit="×",
        target=1.1,
        judged=count == FULL,
        ran=costs[-1].ran(count, of=FULL, unit="requests"),
    )
