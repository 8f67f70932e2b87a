"""What a kind of entity must define, so that its rows can be checked, sent, compared and undone.

A kind is one folder beside `loader.offer` that makes one `Entity`. The rest of the loader gets that
value as an argument, and knows no field of it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pandas as pd

from loader.model import Dialect
from loader.tables.arrow import Mask, Text
from loader.tables.iso_dates import to_end_of_day
from loader.validation.editing import Editing
from loader.validation.fields import Facts, Fields
from loader.validation.header import Columns
from loader.validation.references import Catalogue, Needed, Resolved

Rows: TypeAlias = pd.DataFrame  # prepared columns, named by field
Row: TypeAlias = Mapping[str, str]  # the cells of one row by field, dates as they are sent
Document: TypeAlias = Mapping[str, Any]  # the JSON object that a row sends


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCheck:
    """A check of several columns: its code, the field to blame, and in which rows it fails.

    `hint` says what to do about a row in which it failed, by its position.
    """

    code: str
    field: str
    faults: Callable[[Rows], Mask]
    hint: Callable[[int], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRules:
    """How the rows of a run are to be understood.

    `zone` is that of dates without one. `ids_only`: placements and tags must be ids, and no
    placement tells a type. `end_of_day`: an end date without a time includes that day. `now`, in
    seconds since the epoch, is None where nothing is compared with it. `external_id_attribute`: the
    attribute that carries the external id, "" for none.
    """

    zone: str = "UTC"
    ids_only: bool = False
    end_of_day: bool = False
    now: float | None = None
    external_id_attribute: str = ""

    def date_text(self, text: Text, facts: Facts) -> Text:
        """Return the dates of a column with the time that they mean."""
        return to_end_of_day(text) if facts.is_end and self.end_of_day else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where a kind of entity is found: a path and its query in DPS, a schema in XCORE."""

    dps_path: str  # "/offers"
    dps_query: str = ""  # "offer-type=fallback"
    xcore_schema: str  # with its version


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Fields that refer to placements and tags of the target, by id or by name.

    `by_name` are the checks of a cell that a name need not pass; `kinds` says for each field what
    it refers to: "placements" or "tags".
    """

    needed: Callable[[Rows, Columns], Needed]
    unsettled: Callable[[Rows, Columns], Mask]  # rows that can be sent only after a look-up
    resolve: Callable[[Rows, Columns, Catalogue], Resolved]
    by_name: frozenset[str] = frozenset()
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateText:
    """The wording of the sheet to fill: its name, what to do step by step, and an example row."""

    sheet: str
    steps: tuple[str, ...]
    example: Mapping[str, str]  # also an attribute, if the kind has them


def nothing_to_describe(_before: bytes, _now: bytes) -> str:
    """Return nothing: the two payloads of a key need no description."""
    return ""


def nothing_not_kept(_sent: bytes, _remote: Mapping[str, Any]) -> tuple[str, ...]:
    """Return nothing: the API keeps what it takes."""
    return ()


def no_contents(_object: Mapping[str, Any], _dialect: Dialect) -> bytes:
    """Return nothing: an object of this kind is known by its name alone."""
    return b""


@dataclass(frozen=True, kw_only=True, eq=False)
class Entity:
    """A kind of entity of the Offer Library.

    `row_checks` yields the checks for a sheet with some columns. `documents` returns, for a dialect
    and a sheet with some columns, what makes the JSON of a row; `external_id_attribute` names the
    attribute that carries the external id, "" for none. `differences` compares a payload of ours
    with the object of the server, one line for each field; `contents_of` gives all that is compared
    but the name, in one form, b"" where it is too little to know an object by. `describe_change`
    says how two payloads of one key differ, "" where that needs no description. `unkept` are fields
    that the API takes and does not keep, `unkept_because` says why; `most` is how many a sandbox
    takes.
    """

    kind: str  # is in the journal: never changes
    plural: str
    fields: Fields
    endpoints: Endpoints
    template: TemplateText
    row_checks: "RowChecks"
    documents: "Documents"
    differences: Callable[[bytes, Mapping[str, Any], Dialect], list[str]]
    contents_of: Callable[[Mapping[str, Any], Dialect], bytes] = no_contents
    references: References | None = None
    unsent: Mapping[Dialect, tuple[str, ...]] = field(default_factory=dict)  # fields, by dialect
    told_by_placement: tuple[str, ...] = ()  # needed by the API; a sheet may leave them out
    unkept: tuple[str, ...] = ()
    unkept_because: str = ""
    not_kept: Callable[[bytes, Mapping[str, Any]], tuple[str, ...]] = nothing_not_kept
    most: int | None = None
    describe_change: Callable[[bytes, bytes], str] = nothing_to_describe
    editing: Editing | None = None  # None: existing ones cannot be edited in a sheet

    def is_same(self, sent: bytes, remote: Mapping[str, Any], dialect: Dialect) -> bool:
        """Say whether `remote` (the bare object) is what `sent` (the bare body) would have made."""
        return not self.differences(sent, remote, dialect)


RowChecks: TypeAlias = Callable[[Columns, RowRules], Iterator[RowCheck]]
Documents: TypeAlias = Callable[[Dialect, Columns, str], Callable[[Row], Document]]
