"""Names of placements and tags become ids; what a placement tells fills blanks and finds mistakes.

    prepared rows + catalogue -> rows with ids, types and channels; faults by code and field

What is sent for a row depends on the row and the target only, never on other rows. A cell is
changed only where it holds the name of exactly one entry, or nothing.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.offer.languages import channel_word
from loader.offer.vocabulary import CHANNELS, ContentType, default_format
from loader.tables.arrow import (
    Mask,
    Text,
    by_distinct,
    filled,
    mask_of,
    matching,
    series_of,
    text_of,
)
from loader.validation.entity import Rows
from loader.validation.fields import numbered
from loader.validation.header import Columns
from loader.validation.references import (
    ID,
    Catalogue,
    Fault,
    Matches,
    Needed,
    Placement,
    Register,
    Resolved,
    look_up_lists,
    look_up_names,
)

_ID: Final = rf"^(?:{ID})?$"
_IDS: Final = rf"^\s*(?:{ID})?\s*(?:;\s*(?:{ID})?\s*)*$"
_TYPES: Final = tuple(ContentType)
_TYPE: Final = rf"^(?:{'|'.join(_TYPES)})$"
_CHANNEL: Final = rf"^(?:{'|'.join(CHANNELS)})$|://"


def needed(rows: Rows, columns: Columns) -> Needed:
    """Return what has to be looked up in the target for `rows`."""
    placement, blanks = "", False
    for number in columns.groups:
        text = _text(rows, numbered("placement", number))
        placement = placement or _first(text, _may_be_name(text))
        for stem in ("type", "channel"):
            blanks |= bool((filled(text) & ~filled(_text(rows, numbered(stem, number)))).any())
    tags = _text(rows, "tags")
    return Needed(placement=placement, tags=_first(tags, _may_have_name(tags)), blanks=blanks)


def unsettled(rows: Rows, columns: Columns) -> Mask:
    """Return which rows can be sent only after a look-up."""
    found = _may_have_name(_text(rows, "tags"))
    for number in columns.groups:
        placement = _text(rows, numbered("placement", number))
        found = found | _may_be_name(placement)
        found = found | (filled(placement) & ~filled(_text(rows, numbered("type", number))))
    return found


def resolve(rows: Rows, columns: Columns, catalogue: Catalogue) -> Resolved:
    """Look up every name; fill and check what the placements tell."""
    changed: dict[str, Text] = {}
    faults: list[Fault] = []
    for number in columns.groups:
        if numbered("placement", number) in rows:
            group = _Group(rows, number, catalogue.placements)
            changed |= group.columns()
            faults += group.faults()
    if "tags" in rows:
        look_up = partial(look_up_lists, register=catalogue.tags, noun="tag")
        tags = Matches(text_of(rows["tags"]), look_up)
        changed["tags"] = tags.texts(lambda match: match.text)
        faults += tags.faults("tags")
    new_columns = {name: series_of(text, rows.index) for name, text in changed.items()}
    return Resolved(
        rows=rows.assign(**new_columns),
        faults=tuple(fault for fault in faults if fault.faults.any()),
    )


class _Group:
    """The cells of one representation beside its placement."""

    def __init__(self, rows: Rows, number: int, register: Register[Placement]) -> None:
        self._rows = rows
        self._placement, self._type, self._channel, self._format, self._delivery = (
            numbered(stem, number)
            for stem in ("placement", "type", "channel", "format", "delivery_url")
        )
        cells = text_of(rows[self._placement])
        self._has_placement = filled(cells)
        look_up = partial(look_up_names, register=register, noun="placement")
        self._matches: Matches[Placement] = Matches(cells, look_up)

    def columns(self) -> dict[str, Text]:
        """Return the placement as an id, and type and channel with their blanks filled."""
        return {
            self._placement: self._matches.texts(lambda match: match.text),
            self._type: self._fill_blanks(self._type, self._from_placement("kind")),
            self._channel: self._fill_blanks(self._channel, self._from_placement("channel")),
        }

    def faults(self) -> Iterator[Fault]:
        """Yield the faults of placements: unknown, without a type, contradicted by a cell."""
        yield from self._matches.faults(self._placement)
        sound = self._has_placement & self._matches.mask(lambda match: not match.code)
        kind = self._fill_blanks(self._type, self._from_placement("kind"))
        yield Fault(
            code="missing-value",
            field=self._type,
            faults=sound & ~filled(kind),
            hint=self._missing_type_hint,
        )
        yield self._contradiction_fault("type", self._type, self._from_placement("kind"), _TYPE)
        yield self._contradiction_fault(
            "channel", self._channel, self._from_placement("channel"), _CHANNEL
        )
        yield from self._format_faults()

    def _missing_type_hint(self, position: int) -> str:
        match = self._matches.at(position)
        if match.entry is None:
            return f"the target lists no placement {match.text[:100]}, which could tell it"
        return f'the target does not tell what the placement "{match.entry.name}" takes'

    def _from_placement(self, attribute: str) -> Text:
        return self._matches.texts(
            lambda match: str(getattr(match.entry, attribute)) if match.entry else ""
        )

    def _fill_blanks(self, field: str, from_placement: Text) -> Text:
        cells = _text(self._rows, field)
        return pc.if_else(pa.array(filled(cells)), cells, from_placement)

    def _contradiction_fault(
        self, stem: str, field: str, from_placement: Text, valid: str
    ) -> Fault:
        cells, expected = _text(self._rows, field), channel_word(from_placement)
        differ = mask_of(pc.not_equal(channel_word(cells), expected))
        return Fault(
            code=f"{stem}-contradicts-placement",
            field=field,
            faults=matching(cells, valid) & filled(expected) & differ,
            hint=lambda position: (
                f'the {stem} of the placement "{self._entry(position).name}" is'
                f" {expected[position]}: write that, or leave the cell blank"
            ),
        )

    def _format_faults(self) -> Iterator[Fault]:
        """Yield the fault of formats that are not in the list of their placement."""
        has_formats = self._matches.mask(lambda match: bool(match.entry and match.entry.formats))
        sent = self._formats(np.flatnonzero(has_formats).tolist()) if has_formats.any() else {}
        refused = [
            position
            for position, mime in sent.items()
            if mime and not _accepts(self._entry(position).formats, mime)
        ]
        faults = np.zeros(len(self._rows), dtype=bool)
        faults[refused] = True
        yield Fault(
            code="format-not-accepted",
            field=self._placement,
            faults=faults,
            hint=lambda position: (
                f"{sent[position]} is sent; the placement takes"
                f" {', '.join(self._entry(position).formats)}"
            ),
        )

    def _formats(self, positions: list[int]) -> dict[int, str]:
        """Return the MIME types that are sent; "" where the type is not known."""
        kinds = self._fill_blanks(self._type, self._from_placement("kind"))
        cells, addresses = _text(self._rows, self._format), _text(self._rows, self._delivery)
        found = {}
        for position in positions:
            cell, kind = str(cells[position]), str(kinds[position])
            default = default_format(kind, str(addresses[position])) if kind in _TYPES else ""
            found[position] = cell or default
        return found

    def _entry(self, position: int) -> Placement:
        entry = self._matches.at(position).entry
        assert entry is not None  # noqa: S101 - asked only where the placement is known
        return entry


def _accepts(formats: tuple[str, ...], mime: str) -> bool:
    family = mime.lower().partition("/")[0]
    return any(each.lower() in {mime.lower(), f"{family}/*", "*/*"} for each in formats)


def _may_be_name(text: Text) -> Mask:
    return by_distinct(text, lambda some: ~matching(some, _ID))


def _may_have_name(text: Text) -> Mask:
    return by_distinct(text, lambda some: ~matching(some, _IDS))


def _first(text: Text, mask: Mask) -> str:
    positions = np.flatnonzero(mask)
    return str(text[int(positions[0])]) if positions.size else ""


def _text(rows: Rows, field: str) -> Any:
    """Return a column; blank cells where the sheet lacks it."""
    if field in rows:
        return text_of(rows[field])
    return pa.array([""], pa.large_string()).take(pa.array(np.zeros(len(rows), dtype=np.int64)))
