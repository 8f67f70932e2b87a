"""The rows that every benchmark reads: 12 columns, ordinary text, a known share of bad ones.

The same numbers give the same bytes. Rows are written in pieces: five million cost no memory.
"""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from benchmarks.book import write_book

HEADER = (
    "name", "description", "status", "placement", "type", "content", "channel", "language",
    "tags", "start_date", "end_date", "attr:Tier",
)  # fmt: skip
_PLACEMENT = "dps:offer-placement:1a24dc4342f2e21e"
_TIERS = ("gold", "silver", "bronze", "")
_BAD = (  # one mistake a row, of these in turn
    ("status", "aproved"),
    ("start_date", "2026-02-30"),
    ("language", "english!"),
    ("channel", "pigeon"),
    ("type", "htm"),
    ("end_date", "01/02/2027"),
)


def cells(number: int, *, bad_share: float) -> list[str]:
    """Return row `number`, counted from 0."""
    row = [
        f"Offer {number:07d} for everyone",
        f"Shown in Home when nothing else fits, number {number}",
        "approved" if number % 3 else "draft",
        _PLACEMENT,
        "html",
        f"<p>Free shipping on order {number}, <b>today</b> and tomorrow</p>",
        "web",
        "en;de" if number % 5 == 0 else "en",
        f"dps:tag:1a24dc4342f2e{number % 50:03d}",
        f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        f"2027-{number % 12 + 1:02d}-{number % 28 + 1:02d}T12:00",
        _TIERS[number % 4],
    ]
    if bad_share and int((number + 1) * bad_share) > int(number * bad_share):
        field, text = _BAD[number % len(_BAD)]
        row[HEADER.index(field)] = text
    return row


def all_cells(count: int, *, bad_share: float = 0.0) -> Iterator[list[str]]:
    """Yield `count` rows."""
    return (cells(number, bad_share=bad_share) for number in range(count))


def write_csv(path: Path, count: int, *, bad_share: float = 0.0) -> Path:
    """Write a CSV file with a header and `count` rows, unless it is there."""
    if not path.exists():
        with path.with_suffix(".part").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows(all_cells(count, bad_share=bad_share))
        path.with_suffix(".part").rename(path)
    return path


def write_xlsx(path: Path, count: int) -> Path:
    """Write a workbook with a header and `count` rows, unless it is there."""
    if not path.exists():
        distinct = [HEADER.index(name) for name in ("name", "description", "content")]
        part = path.with_suffix(".part")
        write_book(part, chain([HEADER], all_cells(count)), distinct=distinct)
        part.rename(path)
    return path
