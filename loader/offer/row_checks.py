"""Checks that need several columns of a row: each says which column it blames, and where it fails.

A check takes the prepared columns and returns a mask of the rows where it fails. A sheet only gets
the checks of the columns that it has.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
import pyarrow.compute as pc

from loader.offer.fields import MOST_ATTRIBUTES, MOST_BYTES
from loader.offer.vocabulary import CHANNEL_BASE_PATTERN, ContentType
from loader.tables.arrow import Mask, Text, filled, mask_of, matching, text_of, texts_of
from loader.tables.dates import LAST_SENTINEL, NO_SUCH_TIME, Timestamps, timestamps
from loader.validation.entity import RowCheck, Rows
from loader.validation.fields import numbered
from loader.validation.header import Columns

_DATES = ("start_date", "end_date")
_STRAIGHT = str.maketrans("“”„‘’", '"""\'\'')


def row_checks(columns: Columns, *, zone: str, ids_only: bool) -> Iterator[RowCheck]:
    """Yield the checks for a sheet that has `columns`; `ids_only`: no placement tells its type."""
    for number in columns.groups:
        yield from _of_group(columns, number, ids_only=ids_only)
    yield from _of_languages(columns.groups)
    yield from _of_dates(columns, _Times(zone))
    if len(columns.attributes) > MOST_ATTRIBUTES:
        yield RowCheck(
            code="too-many-attributes",
            field=columns.attributes[-1],
            faults=lambda rows: _count(rows, columns.attributes) > MOST_ATTRIBUTES,
        )
    yield RowCheck(
        code="representations-too-large",
        field="content" if "content" in columns.positions else "type",
        faults=lambda rows: _bytes(rows, columns) > MOST_BYTES,
    )


def _of_group(columns: Columns, number: int, *, ids_only: bool) -> Iterator[RowCheck]:
    kind = numbered("type", number)
    if number > 1:
        fields = [
            f
            for f in (numbered(r, number) for r in columns.fields.repeated)
            if f in columns.positions
        ]
        for field in (numbered("placement", number), *((kind,) if ids_only else ())):
            yield RowCheck(
                code="missing-value",
                field=field,
                faults=lambda rows, field=field: (  # type: ignore[misc]  # as above
                    (_count(rows, fields) > 0) & ~_has(rows, field)
                ),
            )
    content, delivery = numbered("content", number), numbered("delivery_url", number)
    link = numbered("link_url", number)
    yield RowCheck(
        code="content-missing",
        field=content,
        faults=lambda rows: (
            _is(rows, kind, ContentType.HTML, ContentType.TEXT, ContentType.JSON)
            & ~_has(rows, content)
        ),
    )
    yield RowCheck(
        code="delivery-url-missing",
        field=delivery,
        faults=lambda rows: _is(rows, kind, ContentType.IMAGE) & ~_has(rows, delivery),
    )
    if content in columns.positions:
        yield RowCheck(
            code="bad-json",
            field=content,
            faults=lambda rows: _bad_json(rows, kind, content, curly=False),
        )
        yield RowCheck(
            code="typographic-quotes",
            field=content,
            faults=lambda rows: _bad_json(rows, kind, content, curly=True),
        )
        yield RowCheck(
            code="not-for-type",
            field=content,
            faults=lambda rows: _is(rows, kind, ContentType.IMAGE) & _has(rows, content),
        )
        yield RowCheck(
            code="html-script",
            field=content,
            faults=lambda rows: (
                _is(rows, kind, ContentType.HTML)
                & matching(text_of(rows[content]), r"(?i)<script\b")
            ),
        )
    for address in (delivery, link):
        if address in columns.positions:
            yield RowCheck(
                code="not-for-type",
                field=address,
                faults=lambda rows, address=address: (  # type: ignore[misc]  # as above
                    ~_is(rows, kind, ContentType.IMAGE) & _has(rows, kind) & _has(rows, address)
                ),
            )


def _of_languages(groups: Sequence[int]) -> Iterator[RowCheck]:
    languages = Languages(groups)
    for number in groups[1:]:
        for code, field in CONFLICTS:
            yield RowCheck(
                code=code,
                field=numbered(field, number),
                faults=lambda rows, code=code, number=number: (  # type: ignore[misc]  # as above
                    languages.faults(rows, code, number)
                ),
            )


class _Times:
    """The dates of some rows as timestamps: each column is worked out once, however many ask."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._rows: Rows | None = None
        self._known: dict[str, Timestamps] = {}

    def of(self, rows: Rows, field: str) -> Timestamps:
        if self._rows is not rows:
            self._rows, self._known = rows, {}
        if field not in self._known:
            self._known[field] = timestamps(text_of(rows[field]), zone=self._zone)
        return self._known[field]

    def are_unordered(self, rows: Rows) -> Mask:
        start, end = (self.of(rows, field) for field in _DATES)
        faults: Mask = (start > LAST_SENTINEL) & (end > LAST_SENTINEL) & (start >= end)
        return faults


def _of_dates(columns: Columns, times: _Times) -> Iterator[RowCheck]:
    fields = [field for field in _DATES if field in columns.positions]
    for field in fields:
        yield RowCheck(
            code="date-no-such-time",
            field=field,
            faults=lambda rows, field=field: times.of(rows, field) == NO_SUCH_TIME,  # type: ignore[misc]  # a default binds the loop's value
        )
    if len(fields) == len(_DATES):
        yield RowCheck(code="dates-out-of-order", field=fields[-1], faults=times.are_unordered)


def _has(rows: Rows, field: str) -> Mask:
    if field not in rows:
        return np.zeros(len(rows), dtype=bool)
    return filled(text_of(rows[field]))


def _is(rows: Rows, field: str, *kinds: ContentType) -> Mask:
    if field not in rows:
        return np.zeros(len(rows), dtype=bool)
    text = text_of(rows[field])
    found = np.zeros(len(rows), dtype=bool)
    for kind in kinds:
        found |= mask_of(pc.equal(text, str(kind)))
    return found


def _count(rows: Rows, fields: Any) -> Any:
    total = np.zeros(len(rows), dtype=np.int64)
    for field in fields:
        total += _has(rows, field)
    return total


def _bytes(rows: Rows, columns: Columns) -> Any:
    total = np.zeros(len(rows), dtype=np.int64)
    for number in columns.groups:
        for stem in ("content", "delivery_url", "link_url"):
            field = numbered(stem, number)
            if field in rows:
                total += np.asarray(pc.binary_length(text_of(rows[field])), dtype=np.int64)
    return total


def _bad_json(rows: Rows, kind: str, content: str, *, curly: bool) -> Mask:
    """Mark what does not parse; `curly`: what would with straight quotes, else all other."""
    faults = _is(rows, kind, ContentType.JSON) & _has(rows, content)
    for position in np.flatnonzero(faults):
        text = str(rows[content].iat[int(position)])
        faults[position] = not _parses(text) and _parses(text.translate(_STRAIGHT)) == curly
    return faults


def _parses(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


# Groups of a row that name the same placement are the languages of one representation: they must
# agree on the type and the channel, and each has a language of its own; the later group is blamed.
# Rows in which every placement is named once, nearly all, cost one look at their placements.

CONFLICTS: Final = (
    ("type-conflict", "type"),
    ("channel-conflict", "channel"),
    ("representation-repeated", "placement"),
)


class Languages:
    """The groups of some columns, as languages. `rows` are looked at once, however many ask."""

    def __init__(self, groups: Sequence[int]) -> None:
        self._groups = groups
        self._rows: pd.DataFrame | None = None
        self._faults: dict[tuple[str, int], Mask] = {}

    def faults(self, rows: pd.DataFrame, code: str, number: int) -> Mask:
        """Return the rows in which group `number` is to blame for `code`."""
        if self._rows is not rows:
            self._rows, self._faults = rows, {}
            self._look(rows)
        return self._faults.get((code, number), np.zeros(len(rows), dtype=bool))

    def _look(self, rows: pd.DataFrame) -> None:
        columns = [self._texts(rows, "placement", number) for number in self._groups]
        places = [at for at, row in enumerate(zip(*columns, strict=True)) if _has_two_alike(row)]
        if not places:
            return
        some = rows.iloc[places]
        cells = {
            field: list(zip(*(self._texts(some, field, n) for n in self._groups), strict=True))
            for field in ("placement", "type", "channel", "language")
        }
        for at, *row in zip(places, *cells.values(), strict=True):
            self._compare(at, *row, rows=len(rows))

    def _texts(self, rows: pd.DataFrame, field: str, number: int) -> list[str]:
        column = numbered(field, number)
        if column not in rows:
            return [""] * len(rows)
        text = text_of(rows[column])
        return texts_of(channel_word(text) if field == "channel" else text)

    def _compare(
        self,
        at: int,
        placements: Sequence[str],
        types: Sequence[str],
        channels: Sequence[str],
        languages: Sequence[str],
        *,
        rows: int,
    ) -> None:
        seen: dict[str, tuple[set[str], set[str], set[str]]] = {}
        groups = zip(self._groups, placements, types, channels, languages, strict=True)
        for number, placement, *told in groups:
            if not placement:
                continue
            before = seen.setdefault(placement, (set(), set(), set()))
            kind, channel, language = told
            wrong = (
                bool(kind) and bool(before[0] - {kind, ""}),
                bool(channel) and bool(before[1] - {channel, ""}),
                language in before[2],
            )
            for (code, _), is_wrong in zip(CONFLICTS, wrong, strict=True):
                if is_wrong:
                    faults = self._faults.setdefault((code, number), np.zeros(rows, dtype=bool))
                    faults[at] = True
            for said, word in zip(before, told, strict=True):
                said.add(word)


def _has_two_alike(placements: Sequence[str]) -> bool:
    filled = [each for each in placements if each]
    return len(set(filled)) < len(filled)


def channel_word(text: Text) -> Text:
    """Return the word of a channel's URI; anything else as it is."""
    return pc.replace_substring_regex(text, pattern=CHANNEL_BASE_PATTERN, replacement="")
