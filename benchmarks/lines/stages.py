"""The stages before and after delivery, each alone: reading, checking, mapping, the results."""

from collections.abc import Callable, Iterator, Sequence

from benchmarks.bench import Bench
from benchmarks.line import Against, Line

CHECKING = (  # the first of each is the one that the target names
    ("pydantic", "peers.checking:pydantic_rows", 0.5),
    ("pandas by hand", "peers.checking:pandas_by_hand", 1.0),
    ("frictionless (reads, too)", "peers.checking:frictionless_rows", 0.05),
)
CSV = (
    ("csv module", "peers.reading:csv_module", 1.0),
    ("polars", "peers.reading:polars_batches", 1.0),
    ("duckdb", "peers.reading:duckdb_batches", 1.0),
)
XLSX = (
    ("openpyxl", "peers.reading:openpyxl_rows", 0.5),
    ("calamine", "peers.reading:calamine_rows", 1.0),
)
BOOKS = (
    ("XlsxWriter", "peers.books:xlsxwriter_rows", 0.2),
    ("openpyxl write-only", "peers.books:openpyxl_rows", 0.1),
)


def validation(bench: Bench) -> Iterator[Line]:
    """The pandera schema, with few rows wrong and with many."""
    full = 1_000_000
    count = bench.rows(full)
    found, peers = bench.compared(
        "stages:checking",
        CHECKING,
        lambda size: (bench.csv(size, bad_share=0.01),),
        count=count,
        of=full,
    )
    yield Line(
        what="1,000,000 rows × 12 checked, 1 % bad",
        found=found.cpu * full / count,
        unit="CPU-s",
        peers=peers,
        against=Against(name="pydantic", most=1.3),
        judged=bench.can_judge(count, full=full),
        ran=found.ran(count, of=full),
    )
    found = bench.cost("stages:checking", bench.csv(count, bad_share=0.5))
    yield Line(
        what="1,000,000 rows × 12 checked, 50 % bad",
        found=found.cpu * full / count,
        unit="CPU-s",
        judged=bench.can_judge(count, full=full),
        ran=found.ran(count, of=full),
    )


def mapping(bench: Bench) -> Iterator[Line]:
    """Mapping, canonical JSON and digests."""
    full = 200_000
    count = bench.rows(full)
    found = bench.cost("stages:mapping", bench.csv(count))
    yield Line(
        what="200,000 rows to JSON and digests",
        found=found.cpu * full / count,
        unit="CPU-s",
        ran=found.ran(count, of=full),
    )


def reading(bench: Bench) -> Iterator[Line]:
    """Reading CSV and XLSX."""
    yield _read(bench, "CSV", bench.csv, full=1_000_000, peers=CSV, most=1.5)
    yield _read(bench, "XLSX", bench.xlsx, full=100_000, peers=XLSX, most=1 / 2.5)


def _read(
    bench: Bench,
    kind: str,
    file_of: Callable[[int], str],
    *,
    full: int,
    peers: Sequence[tuple[str, str, float]],
    most: float,
) -> Line:
    count = bench.rows(full)
    found, others = bench.compared(
        "stages:reading", peers, lambda size: (file_of(size),), count=count, of=full
    )
    return Line(
        what=f"{full:,} {kind} rows read",
        found=found.cpu * full / count,
        unit="CPU-s",
        against=Against(name=peers[0][0], most=most),
        judged=bench.can_judge(count, full=full),
        peers=others,
        ran=found.ran(count, of=full),
    )


def results(bench: Bench) -> Iterator[Line]:
    """The results workbook."""
    full = 100_000
    count = bench.rows(full)
    path = str(bench.folder / "results.xlsx")
    found, peers = bench.compared(
        "stages:results", BOOKS, lambda size: (path, str(size)), count=count, of=full
    )
    yield Line(
        what="a results workbook of 100,000 rows",
        found=found.cpu * full / count,
        unit="CPU-s",
        against=Against(name="XlsxWriter", most=1 / 4),
        judged=bench.can_judge(count, full=full),
        peers=peers,
        ran=found.ran(count, of=full),
    )
