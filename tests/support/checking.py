"""A sheet given as lists of cells, checked the way the product does it: through a file."""

import csv
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, settings

from loader.model import Dialect, Payload, RowError
from loader.offer.entity import FALLBACK_OFFER
from loader.source import open_source
from loader.source.options import ReadOptions
from loader.validation.check import Checked, CheckOptions, check
from loader.validation.entity import RowRules
from loader.validation.header import match_columns
from loader.validation.payloads import payloads
from loader.validation.references import Catalogue
from tests.support.laws import tried

ANY_CELLS = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=tried(60),
)
PLACEMENT = "dps:offer-placement:1a24dc4342f2e21e"
GOOD = {"name": "Offer", "placement": PLACEMENT, "type": "html", "content": "<p>Hi</p>"}


def checked_rows(
    folder: Path,
    rows: Sequence[dict[str, str]],
    *,
    dialect: Dialect = Dialect.DPS,
    ids_only: bool = False,
    rules: RowRules | None = None,
    catalogue: Catalogue | None = None,
) -> Checked:
    """Check rows given by heading; headings are those of all rows."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    path = folder / "offers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([row.get(name, "") for name in header] for row in rows)
    named = ReadOptions(encoding="utf-8")  # so that no text is taken for a wrong encoding
    with open_source(str(path), named) as source:
        for table in source.tables():
            chunk = next(iter(table.chunks))
    columns = match_columns(
        table.header, FALLBACK_OFFER.fields, source=str(path), ids_only=ids_only
    )
    options = CheckOptions(
        entity=FALLBACK_OFFER,
        dialect=dialect,
        rules=rules or RowRules(ids_only=ids_only),
        catalogue=catalogue,
    )
    return check(chunk, columns, sheet="", options=options)


def errors_of(folder: Path, **cells: str) -> list[RowError]:
    """What is wrong with a good row after changing some cells."""
    return list(checked_rows(folder, [GOOD | cells]).errors)


def payload_of(folder: Path, row: dict[str, str], dialect: Dialect = Dialect.DPS) -> Payload:
    """What one row sends."""
    checked = checked_rows(folder, [row], dialect=dialect, ids_only=True)
    assert not checked.invalid, checked.errors
    (payload,) = payloads(checked, dialect)
    return payload
