"""Sheets in the long form, read as the product reads them: rows in, payloads and errors out."""

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from loader.events import silent
from loader.model import RowError, Severity
from loader.offer.entity import FALLBACK_OFFER
from loader.profile.parse import parse_profile
from loader.run.reading.lookup import DeferredLookup
from loader.run.reading.read_source import read_source
from loader.settings import load_settings
from loader.source import ReadOptions, open_source

HEADER = ("Ref", "Offer", "State", "Slot", "Kind", "Locale", "Body")
WEB, EMAIL, TEXT = (f"dps:offer-placement:1a24dc4342f2e2{last}" for last in ("1e", "1f", "20"))
PROFILE = """
rows = "per-representation"
key = "Ref"
[[skip]]
column = "State"
equals = "Archived"
[fields]
external_id = "Ref"
name = "Offer"
placement = "Slot"
type = "Kind"
language = "Locale"
content = "Body"
[fields.status]
from = "State"
values = { Live = "approved", Review = "draft" }
default = "draft"
"""


def row(ref: str, offer: str = "", **cells: str) -> tuple[str, ...]:
    """One good row, but for the cells that are given."""
    good = {"Ref": ref, "Offer": offer, "Slot": WEB, "Kind": "html", "Body": "<p>x</p>"}
    return tuple({**dict.fromkeys(HEADER, ""), **good, **cells}[name] for name in HEADER)


@dataclass(slots=True)
class Read:
    """What became of a source."""

    numbers: list[int] = field(default_factory=list)  # of every row, as it came
    payloads: dict[int, dict[str, object]] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    skipped: set[int] = field(default_factory=set)
    part_of: dict[int, int] = field(default_factory=dict)
    key_cells: dict[int, str] = field(default_factory=dict)

    @property
    def wrong(self) -> list[tuple[int, str, str]]:
        """(row number, code, cell) of every error."""
        return [
            (each.row_number, each.code, each.cell)
            for each in self.errors
            if each.severity is Severity.ERROR
        ]


def read(path: Path, toml: str = PROFILE, *, chunk_rows: int = 1000) -> Read:
    """Read a file through a profile; "" for a sheet in our own columns."""
    found = Read()
    with open_source(str(path), ReadOptions(chunk_rows=chunk_rows)) as source:
        for part in read_source(
            source,
            load_settings(environment={}, flags={"placements": "ids-only"}),
            FALLBACK_OFFER,
            profile=parse_profile(tomllib.loads(toml), FALLBACK_OFFER.fields, name="my.toml"),
            listener=silent,
            notices=[],
            lookup=DeferredLookup([]),
        ):
            numbers = [number for number, _ in part.chunk.rows()]
            found.numbers += numbers
            found.payloads |= {n: orjson.loads(each.body) for n, each in part.payloads().items()}
            found.errors += [error for errors in part.errors.values() for error in errors]
            found.skipped |= part.skipped
            found.part_of |= part.part_of
            found.key_cells |= {number: part.key_cell(number) for number in numbers}
    return found


def write(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    """Write a header and rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
