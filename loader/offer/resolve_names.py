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
    meet_lists,
    meet_names,
)

_ID: Final = rf"^(?:{ID})?$"
_IDS: Final = rf"^\s*(?:{ID})?\s*(?:;\s*(?:{ID})?\s*)*$"
_TYPES: Final = tuple(ContentType)
_TYPE: Final = rf"^(?:{'|'.join(_TYPES)})$"
_CHANNEL: Final = rf"^(?:{'|'.join(CHANNELS)})$|://"


def needed(rows: Rows, columns: Columns) -> Needed:
    """Return what `rows` need to know of the target."""
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
        meet = partial(meet_lists, register=catalogue.tags, noun="tag")
        tags = Matches(text_of(rows["tags"]), meet)
        changed["tags"] = tags.each(lambda met: met.text)
        faults += tags.faults("tags")
    columns_now = {name: series_of(text, rows.index) for name, text in changed.items()}
    return Resolved(
        rows=rows.assign(**columns_now),
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
        meet = partial(meet_names, register=register, noun="placement")
        self._met: Matches[Placement] = Matches(cells, meet)

    def columns(self) -> dict[str, Text]:
        """Return the placement as an id, and type and channel with their blanks filled."""
        return {
            self._placement: self._met.each(lambda met: met.text),
            self._type: self._filled(self._type, self._told("kind")),
            self._channel: self._filled(self._channel, self._told("channel")),
        }

    def faults(self) -> Iterator[Fault]:
        """Yield what the placement does not mean, does not tell, and contradicts."""
        yield from self._met.faults(self._placement)
        sound = self._has_placement & self._met.where(lambda met: not met.code)
        kind = self._filled(self._type, self._told("kind"))
        yield Fault(
            code="missing-value",
            field=self._type,
            faults=sound & ~filled(kind),
            hint=self._silence,
        )
        yield self._contradiction("type", self._type, self._told("kind"), _TYPE)
        yield self._contradiction("channel", self._channel, self._told("channel"), _CHANNEL)
        yield from self._format_faults()

    def _silence(self, position: int) -> str:
        met = self._met.at(position)
        if met.entry is None:
            return f"the target lists no placement {met.text[:100]}, which could tell it"
        return f'the target does not tell what the placement "{met.entry.name}" takes'

    def _told(self, what: str) -> Text:
        return self._met.each(lambda met: str(getattr(met.entry, what)) if met.entry else "")

    def _filled(self, field: str, told: Text) -> Text:
        cells = _text(self._rows, field)
        return pc.if_else(pa.array(filled(cells)), cells, told)

    def _contradiction(self, stem: str, field: str, told: Text, sensible: str) -> Fault:
        cells, said = _text(self._rows, field), channel_word(told)
        differ = mask_of(pc.not_equal(channel_word(cells), said))
        return Fault(
            code=f"{stem}-contradicts-placement",
            field=field,
            faults=matching(cells, sensible) & filled(said) & differ,
            hint=lambda position: (
                f'the {stem} of the placement "{self._entry(position).name}" is {said[position]}:'
                " write that, or leave the cell blank"
            ),
        )

    def _format_faults(self) -> Iterator[Fault]:
        """Yield where the placement lists formats, and not this one."""
        lists = self._met.where(lambda met: bool(met.entry and met.entry.formats))
        sent = self._formats(np.flatnonzero(lists).tolist()) if lists.any() else {}
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
        kinds = self._filled(self._type, self._told("kind"))
        cells, addresses = _text(self._rows, self._format), _text(self._rows, self._delivery)
        found = {}
        for position in positions:
            cell, kind = str(cells[position]), str(kinds[position])
            usual = default_format(kind, str(addresses[position])) if kind in _TYPES else ""
            found[position] = cell or usual
        return found

    def _entry(self, position: int) -> Placement:
        entry = self._met.at(position).entry
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
