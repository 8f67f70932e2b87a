"""What tells rows apart: hashes of their keys and contents, and which rows are too much alike.

Contents are compared as the cells say them: names of placements may be unknown yet.
"""

from array import array
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loader.messages.catalogue import CODES
from loader.model import RowError
from loader.tables.arrow import Text, filled, text_of
from loader.tables.dates import timestamps, wire_text
from loader.validation.check import Checked
from loader.validation.fields import Form

Records: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_HASHES: Final = [("similar", "u8"), ("key", "u8"), ("contents", "u8")]
_PLACES: Final = [("at", "u8"), ("size", "u4"), ("row", "u4"), ("column", "u4")]
RECORD: Final = np.dtype([*_HASHES, *_PLACES])
_LONGEST_SHOWN: Final = 60


def key_records(checked: Checked) -> tuple[Records, Text]:
    """Return the hashes and row numbers of the valid rows, and the texts of their keys."""
    keys = _keys(checked)
    records = np.zeros(len(checked.offers), dtype=RECORD)
    records["key"] = _hashes(keys)
    records["similar"] = _hashes(pc.utf8_lower(_single_blanks(keys)))
    records["contents"] = _hashes(_contents(checked))
    records["row"] = checked.offers.index.to_numpy()
    return records, keys


def alike_error(
    *, is_same_key: bool, row_number: int, heading: str, cell: str, key: str, first: str, where: str
) -> RowError:
    """Return what is wrong with a row like an earlier one, which is at `where`.

    `key` and `first` are the keys of the two.
    """
    code = "key-conflict" if is_same_key else "similar-key"
    if is_same_key:
        message = f"{where} has the same key, and other contents"
        advice = "give the row a name (or external id) of its own, or remove one of the two"
    else:
        shown = f'"{key[:_LONGEST_SHOWN]}"'
        message = CODES[code].message.format(value=shown, column=heading, expected="")
        advice = f'{where} says "{first[:_LONGEST_SHOWN]}"'
    return RowError(
        row_number=row_number,
        column=heading,
        cell=cell,
        code=code,
        message=message,
        value=key[:200],
        suggestion=advice,
        severity=CODES[code].severity,
    )


def alike(records: Records) -> Iterator[tuple[Any, Any]]:
    """Yield (earlier, later) rows, of one key with other contents or of nearly the same key."""
    order = np.argsort(records["similar"], kind="stable")
    similar = records["similar"][order]
    again = np.flatnonzero(similar[1:] == similar[:-1]) + 1
    earlier, later = array("q"), array("q")
    by_key: dict[int, int] = {}  # where a key is first, among the rows that are alike
    before = -1
    for at in again.tolist():
        if at - 1 != before or similar[at] != similar[before]:
            by_key = {int(records["key"][order[at - 1]]): int(order[at - 1])}
        before, row = at, int(order[at])
        first = by_key.setdefault(int(records["key"][row]), row)
        if first == row:
            first = next(iter(by_key.values()))
        elif records["contents"][first] == records["contents"][row]:
            continue
        earlier.append(first)
        later.append(row)
    for at in np.argsort(np.asarray(later), kind="stable").tolist():
        yield records[earlier[at]], records[later[at]]


def _keys(checked: Checked) -> Text:
    """Return the key of each valid row: its strongest key field that is not blank."""
    rows = checked.offers
    fields = [field for field in checked.columns.fields.keys if field in rows]
    keys = text_of(rows[fields[0]])
    for field in fields[1:]:
        keys = pc.if_else(pa.array(filled(keys)), keys, text_of(rows[field]))
    return pc.utf8_normalize(keys, form="NFC")


def _contents(checked: Checked) -> Text:
    """Return what each valid row says, in one text, whatever the order of its columns.

    Columns that a sheet need not have (attributes, further groups) count only where they are
    filled; the others have their place.
    """
    fields = checked.columns.fields
    texts = [
        _canonical(checked, field) if field in checked.offers else _text("")
        for field in fields.columns
    ]
    for field in sorted({*map(str, checked.offers)} - fields.columns.keys()):
        text = _canonical(checked, field)
        named = pc.binary_join_element_wise(_text(field), text, _text("\x1e"))
        texts.append(pc.if_else(pa.array(filled(text)), named, _text("")))
    return pc.binary_join_element_wise(*texts, _text("\x1f"))


def _canonical(checked: Checked, field: str) -> Text:
    """Return a column with equal texts where the same is meant."""
    text, facts = text_of(checked.offers[field]), checked.columns.fields.facts_of(field)
    if facts.form is Form.DATE:
        moments = timestamps(checked.rules.date_text(text, facts), zone=checked.rules.zone)
        return wire_text(moments)
    if facts.form is Form.LIST:
        return pc.replace_substring_regex(text, pattern=r"\s*;\s*", replacement=";")
    if facts.form is Form.WORD and facts.default:
        return pc.if_else(pa.array(filled(text)), text, _text(facts.default))
    return text


def _text(text: str) -> Any:
    return pa.scalar(text, pa.large_string())


def _single_blanks(text: Text) -> Text:
    return pc.replace_substring_regex(text, pattern=r"[\s\x{A0}]+", replacement=" ")


def _hashes(text: Text) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    hashes = pd.util.hash_array(text.to_numpy(zero_copy_only=False), categorize=False)
    return np.asarray(hashes, dtype=np.uint64)
