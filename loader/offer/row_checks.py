"""Checks that need several columns of a row: each says which column it blames, and where it fails.

A check takes the prepared columns and returns a mask of the rows where it fails. A sheet only gets
the checks of the columns that it has.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pyarrow.compute as pc

from loader.offer.date_checks import date_checks
from loader.offer.json_faults import JSON_CODES, json_faults
from loader.offer.languages import language_checks
from loader.offer.markup import DOUBTFUL, MARKUP_CODES, SOUND, markup_faults
from loader.offer.schema import LARGEST_OFFER, MOST_ATTRIBUTES, MOST_BYTES
from loader.offer.vocabulary import ContentType
from loader.tables.arrow import Mask, filled, mask_of, matching, text_of, texts_of
from loader.validation.entity import RowCheck, RowRules, Rows
from loader.validation.fields import ATTRIBUTE_PREFIX, NAME, numbered
from loader.validation.header import Columns

_SHOWN_TEXTS = ("content", "delivery_url", "link_url")


def row_checks(columns: Columns, rules: RowRules) -> Iterator[RowCheck]:
    """Yield the checks for a sheet that has `columns`."""
    for number in columns.groups:
        yield from _group_checks(columns, number, ids_only=rules.ids_only)
        yield from _markup_checks(columns, number)
    yield from language_checks(columns.groups)
    yield from date_checks(columns, rules)
    if len(columns.attributes) > MOST_ATTRIBUTES:
        yield RowCheck(
            code="too-many-attributes",
            field=columns.attributes[-1],
            faults=lambda rows: _count_filled(rows, columns.attributes) > MOST_ATTRIBUTES,
        )
    carrier = f"{ATTRIBUTE_PREFIX}{rules.external_id_attribute}"
    if {carrier, "external_id"} <= {*columns.positions}:
        yield RowCheck(
            code="external-id-conflict",
            field=carrier,
            faults=lambda rows: _differ(rows, carrier, "external_id"),
        )
    sizes = _Sizes(columns)
    for field in sizes.counted:
        yield RowCheck(
            code="offer-too-large", field=field, faults=partial(sizes.offer_too_large, field)
        )
        yield RowCheck(
            code="representations-too-large",
            field=field,
            faults=partial(sizes.representations_too_large, field),
        )


def _group_checks(columns: Columns, number: int, *, ids_only: bool) -> Iterator[RowCheck]:
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
                    (_count_filled(rows, fields) > 0) & ~_has(rows, field)
                ),
            )
    content, delivery = numbered("content", number), numbered("delivery_url", number)
    link, placement = numbered("link_url", number), numbered("placement", number)
    channel = numbered("channel", number)
    if ids_only and channel in columns.positions:
        yield RowCheck(
            code="channel-missing",
            field=channel,
            faults=lambda rows: _has(rows, placement) & ~_has(rows, channel),
        )
    yield RowCheck(
        code="content-missing",
        field=content,
        faults=lambda rows: (
            _is_one_of(rows, kind, ContentType.HTML, ContentType.TEXT, ContentType.JSON)
            & ~_has(rows, content)
        ),
    )
    yield RowCheck(
        code="nothing-to-show",
        field=content,
        faults=lambda rows: (
            _has(rows, placement) & ~_has(rows, kind) & ~_has(rows, content) & ~_has(rows, delivery)
        ),
    )
    yield RowCheck(
        code="delivery-url-missing",
        field=delivery,
        faults=lambda rows: _is_one_of(rows, kind, ContentType.IMAGE) & ~_has(rows, delivery),
    )
    if content in columns.positions:
        json = _Contents(
            content,
            is_examined=lambda rows: _is_one_of(rows, kind, ContentType.JSON) & _has(rows, content),
            find_faults=json_faults,
        )
        for code in JSON_CODES:
            yield RowCheck(code=code, field=content, faults=partial(json.faults, code=code))
        yield RowCheck(
            code="not-for-type",
            field=content,
            faults=lambda rows: _is_one_of(rows, kind, ContentType.IMAGE) & _has(rows, content),
        )
        yield RowCheck(
            code="html-script",
            field=content,
            faults=lambda rows: (
                _is_one_of(rows, kind, ContentType.HTML)
                & matching(text_of(rows[content]), r"(?i)<script\b")
            ),
        )
    for address in (delivery, link):
        if address in columns.positions:
            yield RowCheck(
                code="not-for-type",
                field=address,
                faults=lambda rows, address=address: (  # type: ignore[misc]  # as above
                    ~_is_one_of(rows, kind, ContentType.IMAGE)
                    & _has(rows, kind)
                    & _has(rows, address)
                ),
            )


def _markup_checks(columns: Columns, number: int) -> Iterator[RowCheck]:
    kind, content = numbered("type", number), numbered("content", number)
    if content not in columns.positions:
        return
    markup = _Contents(
        content,
        is_examined=lambda rows: _may_have_bad_markup(rows, kind, content),
        find_faults=markup_faults,
    )
    for code in MARKUP_CODES:
        yield RowCheck(
            code=code,
            field=content,
            faults=partial(markup.faults, code=code),
            hint=partial(markup.hint, code=code),
        )


class _Contents:
    """The faults of the contents of a group, found once for all checks of the same rows.

    `is_examined` marks the rows to examine; `find_faults` returns what to do about a content, by
    code.
    """

    def __init__(
        self,
        content: str,
        *,
        is_examined: Callable[[Rows], Mask],
        find_faults: Callable[[str], Mapping[str, str]],
    ) -> None:
        self._content = content
        self._is_examined = is_examined
        self._find_faults = find_faults
        self._rows: Rows | None = None
        self._found: dict[int, Mapping[str, str]] = {}  # by position

    def faults(self, rows: Rows, code: str) -> Mask:
        if self._rows is not rows:
            self._rows = rows
            self._found = self._examine(rows)
        faults = np.zeros(len(rows), dtype=bool)
        faults[[at for at, found in self._found.items() if code in found]] = True
        return faults

    def hint(self, position: int, code: str) -> str:
        return self._found[position][code]

    def _examine(self, rows: Rows) -> dict[int, Mapping[str, str]]:
        places = np.flatnonzero(self._is_examined(rows))
        by_text: dict[str, Mapping[str, str]] = {}
        found = {}
        contents = texts_of(text_of(rows[self._content]).take(places))
        for at, content in zip(places.tolist(), contents, strict=True):
            if content not in by_text:
                by_text[content] = self._find_faults(content)
            found[at] = by_text[content]
        return found


def _may_have_bad_markup(rows: Rows, kind: str, content: str) -> Mask:
    text = text_of(rows[content])
    untyped = ~_has(rows, kind) & mask_of(pc.starts_with(text, "<"))
    is_sound = matching(text, SOUND) & ~matching(text, DOUBTFUL)
    return (_is_one_of(rows, kind, ContentType.HTML) | untyped) & ~is_sound


def _has(rows: Rows, field: str) -> Mask:
    if field not in rows:
        return np.zeros(len(rows), dtype=bool)
    return filled(text_of(rows[field]))


def _differ(rows: Rows, field: str, other: str) -> Mask:
    """Return the rows in which both are filled, with different texts."""
    unlike = mask_of(pc.not_equal(text_of(rows[field]), text_of(rows[other])))
    return unlike & _has(rows, field) & _has(rows, other)


def _is_one_of(rows: Rows, field: str, *kinds: ContentType) -> Mask:
    if field not in rows:
        return np.zeros(len(rows), dtype=bool)
    text = text_of(rows[field])
    found = np.zeros(len(rows), dtype=bool)
    for kind in kinds:
        found |= mask_of(pc.equal(text, str(kind)))
    return found


def _count_filled(rows: Rows, fields: Any) -> Any:
    total = np.zeros(len(rows), dtype=np.int64)
    for field in fields:
        total += _has(rows, field)
    return total


class _Sizes:
    """How many bytes the texts, contents and links of each row have.

    Computed once for all checks of the same rows.
    """

    def __init__(self, columns: Columns) -> None:
        groups = {numbered(stem, n) for stem in _SHOWN_TEXTS for n in columns.groups}
        counted = {NAME, "description", *columns.attributes, *groups}
        self.counted = [field for field in columns.positions if field in counted]
        self._rows: Rows | None = None
        self._sizes: Any = None
        self._largest: Any = None  # of each row: which of `counted` has most bytes

    def of(self, rows: Rows) -> Any:
        if self._rows is not rows:
            self._rows = rows
            self._sizes = np.zeros(len(rows), dtype=np.int64)
            self._largest, most = np.zeros(len(rows), dtype=np.int64), self._sizes.copy()
            for at, field in enumerate(self.counted):
                sizes = np.asarray(pc.binary_length(text_of(rows[field])), dtype=np.int64)
                self._sizes += sizes
                self._largest[sizes > most] = at
                most = np.maximum(most, sizes)
        return self._sizes

    def offer_too_large(self, field: str, rows: Rows) -> Mask:
        """Return the rows that are too large for an offer, and this field is the largest."""
        return np.asarray((self.of(rows) > LARGEST_OFFER) & self._is_largest(field))

    def representations_too_large(self, field: str, rows: Rows) -> Mask:
        """Return the rows that the service may refuse, and this field is the largest."""
        sizes = self.of(rows)
        return np.asarray((sizes > MOST_BYTES) & (sizes <= LARGEST_OFFER) & self._is_largest(field))

    def _is_largest(self, field: str) -> Any:
        return self._largest == self.counted.index(field)
