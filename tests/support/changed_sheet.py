"""A pulled sheet of four offers, of which each is changed in another way."""

import csv
from pathlib import Path

NAMES = ("One", "Two", "Three", "Four")
CHANGES = {
    "One": {"description": "Ours", "attr:Tier": "Ours"},
    "Two": {"action": "archive"},
    "Three": {"action": "delete"},
    "Four": {"description": ""},
}


def edit(path: Path) -> None:
    """Make the changes in a pulled sheet."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update(CHANGES[row["name"]])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
