"""Columns of JSON: from columns of texts to a column of objects, all rows at once.

Rules of this file: JSON is canonical (sorted keys, UTF-8, no spaces); what says nothing in a row is
left out of the object or the list that it stands in, and an object or a list of nothing says
nothing. Parts are joined as late as can be: a join costs the same for two of them as for twenty.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, TypeAlias

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from loader.tables.arrow import Text, bytes_of, texts_by_distinct

Flags: TypeAlias = Any  # a pyarrow.BooleanArray; True for all rows, False for none

_TEXT: Final = pa.large_string()
_EMPTY: Final = pa.scalar("", _TEXT)


@dataclass(frozen=True, slots=True)
class Json:
    """A value for each row: its parts, of which a `str` is the same in all rows, one after another.

    `said`: in which rows there is one.
    """

    parts: tuple[Text | str, ...]
    said: Flags


NOTHING: Final = Json((), said=False)


def strings(texts: Text) -> Json:
    """Return each text as a string; nothing where it is blank."""
    said = _simplified(pc.not_equal(texts, _EMPTY))
    for character in _to_escape(texts):
        texts = pc.replace_substring(texts, character, _dumped(character)[1:-1])
    return Json(('"', texts, '"'), said)


def each_distinct(texts: Text, work: Callable[[str], Any]) -> Json:
    """Return what `work` makes of each text; it is called once for each that is distinct."""
    made = texts_by_distinct(texts, lambda text: _dumped_unless_blank(work(text)))
    return Json((made,), _simplified(pc.not_equal(made, _EMPTY)))


def objects(members: Mapping[str, Json]) -> Json:
    """Return an object for each row."""
    named = [
        Json((f"{_dumped(name)}:", *value.parts), value.said)
        for name, value in sorted(members.items())
    ]
    return _enclosed("{", named, "}")


def lists(items: Sequence[Json]) -> Json:
    """Return a list for each row."""
    return _enclosed("[", items, "]")


def where(flags: Flags, value: Json) -> Json:
    """Return `value` in some rows, and nothing elsewhere."""
    if flags is False or value.said is False:
        return NOTHING
    if flags is True or value.said is True:
        return Json(value.parts, value.said if flags is True else _simplified(flags))
    return Json(value.parts, _simplified(pc.and_(flags, value.said)))


def any_said(*values: Json) -> Flags:
    """Return in which rows one of them says something."""
    flags = [value.said for value in values if value.said is not False]
    if any(each is True for each in flags):
        return True
    return _simplified(reduce(pc.or_, flags)) if flags else False


def bodies(value: Json) -> list[bytes]:
    """Return the UTF-8 of every row of `value`, which must say something in each."""
    column = _joined(value.parts).cast(pa.large_binary())
    found: list[bytes] = column.to_numpy(zero_copy_only=False).tolist()
    return found


_BLANK: Final[tuple[Any, ...]] = (None, "", [])


def _enclosed(opening: str, items: Sequence[Json], closing: str) -> Json:
    """Return the items of each row with commas between.

    One item is in all rows: those before it have their comma behind them, the others before them.
    """
    items = [item for item in items if item.said is not False]
    sure = next((place for place, item in enumerate(items) if item.said is True), None)
    if sure is None:
        return _enclosed_where_any(opening, items, closing)
    before = [_or_empty(Json((*item.parts, ","), item.said)) for item in items[:sure]]
    behind = [_or_empty(Json((",", *item.parts), item.said)) for item in items[sure + 1 :]]
    parts = (part for each in (*before, items[sure].parts, *behind) for part in each)
    return Json((opening, *parts, closing), said=True)


def _enclosed_where_any(opening: str, items: Sequence[Json], closing: str) -> Json:
    if not items:
        return NOTHING
    pieces = (_or_empty(Json((",", *item.parts), item.said)) for item in items)
    ended = _joined((*(part for piece in pieces for part in piece), closing))
    said = pc.not_equal(ended, pa.scalar(closing, _TEXT))
    return Json((pc.binary_replace_slice(ended, 0, 1, opening),), _simplified(said))


def _or_empty(value: Json) -> tuple[Text | str, ...]:
    """Return parts that are empty where `value` says nothing."""
    if value.said is True:
        return value.parts
    return (pc.if_else(value.said, _joined(value.parts), _EMPTY),)


def _joined(parts: Sequence[Text | str]) -> Text:
    columns: list[Text | str] = []
    for part in parts:
        if isinstance(part, str) and columns and isinstance(columns[-1], str):
            columns[-1] += part
        else:
            columns.append(part)
    given = (pa.scalar(each, _TEXT) if isinstance(each, str) else each for each in columns)
    return pc.binary_join_element_wise(*given, _EMPTY)


def _simplified(flags: Flags) -> Flags:
    count = flags.true_count
    return flags if 0 < count < len(flags) else bool(count)


def _to_escape(texts: Text) -> list[str]:
    """Return what may not stand in a string of JSON, the backslash first: the others bring it."""
    data = bytes_of(texts)
    found = np.unique(data[(data < 0x20) | (data == 0x22) | (data == 0x5C)])
    return sorted(map(chr, found.tolist()), key=lambda character: character != "\\")


def _dumped_unless_blank(value: Any) -> str:
    return "" if value in _BLANK else _dumped(value)


def _dumped(value: Any) -> str:
    return orjson.dumps(value).decode()
