"""A column profile as a value.

Rules of this file: what every key means for a person stands in `keys`; a `Profile` made by `parse`
is valid: its patterns, templates and formats compile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Unlisted(StrEnum):
    """What becomes of a value that a value map does not list."""

    ERROR = "error"  # a row error that lists the known ones
    KEEP = "keep"  # it stays as it is


class RowsAre(StrEnum):
    """What a row of the sheet is."""

    OFFER = "per-offer"  # an offer, with all of its representations
    REPRESENTATION = "per-representation"  # one of them: the rows of a key are one offer


class Escape(StrEnum):
    """How a template writes the text of a cell."""

    HTML = "html"  # & and < become entities
    JSON = "json"  # quotes and line breaks are escaped for a JSON string
    NONE = "none"  # as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """Where one field comes from, and what is done to it, in the order of these attributes."""

    field: str
    sources: tuple[str, ...] = ()  # headings
    constant: str | None = None
    template: str | None = None
    escape: Escape = Escape.HTML
    join: str = " "
    extract: str | None = None
    split: str | None = None
    values: Mapping[str, str] = made(default_factory=lambda: _NOTHING)
    ignore_case: bool = True
    unlisted: Unlisted = Unlisted.ERROR
    date_format: str | None = None
    time: str | None = None
    default: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the cell of one column is taken as it stands."""
        plain = FieldRule(field=self.field, sources=self.sources)
        return self == plain and len(self.sources) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipRule:
    """Which rows are not offers. Exactly one of the conditions is given."""

    column: str
    equals: tuple[str, ...] = ()
    blank: bool = False
    matches: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything a profile can say. The empty one changes nothing.

    `name` is the file's, `digest` the sha256 of its bytes.
    """

    name: str = ""
    digest: str = ""
    fields: Mapping[str, FieldRule] = made(default_factory=lambda: _NOTHING)
    ignore: tuple[str, ...] = ()
    skip: tuple[SkipRule, ...] = ()
    rows: RowsAre = RowsAre.OFFER
    key: tuple[str, ...] = ()  # headings; where a row is a representation
    date_format: str | None = None
    zone: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def headings(self) -> frozenset[str]:
        """The headings of the sheet that are named, but in templates."""
        named = {heading for rule in self.fields.values() for heading in rule.sources}
        looked_at = {rule.column for rule in self.skip}
        return frozenset({*named, *self.ignore, *looked_at, *self.key} - {"*"})

    @property
    def is_long(self) -> bool:
        """Whether rows that share a key are one offer."""
        return self.rows is RowsAre.REPRESENTATION

    @property
    def is_empty(self) -> bool:
        """Whether the sheet is read just as it is."""
        return not (self.fields or self.ignore or self.skip or self.date_format or self.is_long)
