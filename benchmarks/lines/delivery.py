"""What 10,000 POSTs cost the client: with and without the journal, with 8 to 512 in flight."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.line import Against, Line, Peer
from benchmarks.server import running_server

FULL = 10_000
IN_FLIGHT = (8, 128, 512)
PEERS = (  # what is run of each: those that are slow run less, and say so
    ("httpx2", "peers.http:httpx2_pool", 0.1),
    ("httpx", "peers.http:httpx_pool", 0.1),
    ("wrk", "peers.http:wrk", 1.0),
    ("h2load", "peers.http:h2load", 1.0),
    ("xargs curl", "peers.http:xargs_curl", 0.02),
    ("newman (one at a time)", "peers.http:newman", 0.02),
)


def delivery(bench: Bench) -> Iterator[Line]:
    """CPU of the client per 10,000 POSTs, 32 in flight."""
    count = bench.rows(FULL)
    with running_server(bench.folder) as address:
        sent = (address, str(count), "32")
        loaded = (address, bench.csv(count), str(bench.folder), "10000", "32")
        bare, journaled, aiohttp = bench.in_turns(
            [("delivery:ours", *sent), ("load:load", *loaded), ("peers.http:aiohttp_bare", *sent)]
        )
        floor = Peer(name="aiohttp", found=aiohttp.cpu * FULL / count)
        others = bench.peers(PEERS, lambda size: (address, str(size), "32"), count=count, of=FULL)
        yield Line(
            what="10,000 POSTs, 32 in flight, no journal",
            found=bare.cpu * FULL / count,
            unit="CPU-s",
            peers=(floor, *others),
            against=Against(name="aiohttp", most=1.1),
            judged=bench.can_judge(count, full=FULL),
            ran=bare.ran(count, of=FULL, unit="requests"),
        )
        yield Line(
            what="10,000 POSTs, 32 in flight, journal on (the sending of a load)",
            found=journaled.costs["cpu_sending"] * FULL / count,
            unit="CPU-s",
            peers=(floor,),
            against=Against(name="aiohttp", most=2.2),
            judged=bench.can_judge(count, full=FULL),
            ran=journaled.ran(count, of=FULL, unit="requests"),
        )
        yield from _breadth(bench, address)


def _breadth(bench: Bench, address: str) -> Iterator[Line]:
    """The same with 8 to 512 in flight, on connections that are open."""
    count = bench.rows(FULL)
    works = [("delivery:ours", address, str(count), str(in_flight)) for in_flight in IN_FLIGHT]
    costs = bench.in_turns(works)
    for in_flight, found in zip(IN_FLIGHT, costs, strict=True):
        yield Line(
            what=f"10,000 POSTs, {in_flight} in flight, no journal",
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
