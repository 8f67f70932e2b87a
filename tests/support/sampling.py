"""Rows read with a profile (a TOML text) from a file, as the product does it."""

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loader.model import RowError
from loader.offer.entity import FALLBACK_OFFER
from loader.profile.apply import apply, relocate_errors
from loader.profile.bind import BoundProfile, bind
from loader.profile.model import Profile
from loader.profile.parse import parse_profile
from loader.source import ReadOptions, open_source
from loader.tables.chunk import Chunk
from loader.validation.check import CheckOptions, check

PLACEMENT = "dps:offer-placement:1a24dc4342f2e21e"
REST = f"""
placement = {{ constant = "{PLACEMENT}" }}
type = {{ constant = "html" }}
content = {{ constant = "<p>x</p>" }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfiledRows:
    """The rows of a file: their fields by row number, the errors, and the skipped ones."""

    bound: BoundProfile
    rows: dict[int, dict[str, str]]
    errors: tuple[RowError, ...]
    skipped: frozenset[int]

    def column(self, field: str) -> list[str]:
        """The cells of one field."""
        return [row[field] for row in self.rows.values()]


def profile_of(toml: str) -> Profile:
    """Read a profile from its text."""
    return parse_profile(tomllib.loads(toml), FALLBACK_OFFER.fields, name="my.toml")


def read_with_profile(
    folder: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    toml: str,
    *,
    checked: bool = True,
    **read: object,
) -> ProfiledRows:
    """Write a file, read it with a profile, check it."""
    path = folder / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    bound, found, errors, skipped = None, {}, [], frozenset()
    with open_source(str(path), ReadOptions(**read)) as source:
        for table in source.tables():
            bound = bind(profile_of(toml), table.header, FALLBACK_OFFER.fields, source="export.csv")
            for chunk in table.chunks:
                mapped = apply(bound, chunk, sheet="")
                errors += _checked(bound, mapped.chunk) if checked else mapped.chunk.problems
                skipped |= mapped.skipped
                for number in mapped.chunk.frame.index:
                    found[int(number)] = {
                        field: str(mapped.chunk.frame.at[number, at])
                        for field, at in bound.columns.positions.items()
                    }
    assert bound is not None
    return ProfiledRows(bound=bound, rows=found, errors=tuple(errors), skipped=skipped)


def _checked(bound: BoundProfile, chunk: Chunk) -> list[RowError]:
    found = check(chunk, bound.columns, sheet="", options=CheckOptions(entity=FALLBACK_OFFER))
    return [*relocate_errors(bound, found.errors, chunk, sheet="")]
