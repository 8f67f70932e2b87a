"""The stages before and after delivery, each alone: reading, checking, mapping, the results."""

# ruff: noqa: PLC0415 - each stage imports only what it measures

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.watch import Watch
from loader.offer.entity import FALLBACK_OFFER


def reading(watch: Watch, path: str) -> None:
    """Read every chunk of a source as text, with row numbers."""
    from loader.source import open_source

    with open_source(path) as source:
        first = next(source.tables())
        next(iter(first.chunks))  # what is imported once is not the reading
    with watch, open_source(path) as source:
        for table in source.tables():
            for chunk in table.chunks:
                len(chunk.frame)


def _checked(path: str) -> Iterator[tuple[Any, Any]]:
    from loader.source import open_source
    from loader.validation.header import match_columns

    with open_source(path) as source:
        table = next(source.tables())
        columns = match_columns(table.header, FALLBACK_OFFER.fields)
        for chunk in list(table.chunks):
            yield chunk, columns


def checking(watch: Watch, path: str) -> None:
    """Check every row with the schema, a chunk at a time."""
    from loader.validation.check import CheckOptions, check

    chunks = list(_checked(path))
    check(*chunks[0], sheet="", options=CheckOptions(entity=FALLBACK_OFFER))
    with watch:
        for chunk, columns in chunks:
            check(chunk, columns, sheet="", options=CheckOptions(entity=FALLBACK_OFFER))


def mapping(watch: Watch, path: str) -> None:
    """Map checked rows to payloads: canonical JSON and digests."""
    from loader.model import Dialect
    from loader.validation.check import CheckOptions, check
    from loader.validation.payloads import payloads

    options = CheckOptions(entity=FALLBACK_OFFER)
    checked = [
        check(chunk, columns, sheet="", options=options) for chunk, columns in _checked(path)
    ]
    with watch:
        for each in checked:
            for _ in payloads(each, Dialect.DPS):
                pass


def results(watch: Watch, path: str, count: str) -> None:
    """Write a results workbook."""
    from benchmarks.rows import HEADER, all_cells
    from loader.results import write_results
    from loader.run_results import ResultRow, RunSummary

    total = int(count)
    rows = (
        ResultRow(
            source="offers.csv", sheet="", row_number=number, cells=tuple(cells), status="created",
            instance_id=f"dps:fallback-offer:{number:016x}",
            at_id=f"dps:fallback-offer:{number:016x}",
            etag="1", attempts=1, http_status=201, finished_at=1_700_000_000.0,
        )
        for number, cells in enumerate(all_cells(total), start=2)
    )  # fmt: skip
    summary = RunSummary(
        run_id="r", target="t", sources=("offers.csv",), read=total, invalid=0, duplicate=0,
        created=total, failed=0, unknown=0, pending=0, started_at=0.0, finished_at=1.0,
    )  # fmt: skip
    with watch:
        write_results(Path(path), rows, headers={("offers.csv", ""): HEADER}, summary=summary)
