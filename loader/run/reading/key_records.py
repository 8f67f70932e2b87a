"""What tells rows apart: hashes of their keys and contents, and which rows are too much alike.

Contents are compared as the cells say them: names of placements may be unknown yet.
"""

from array import array
from collections.abc import Collection, Iterator
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loader.messages.catalogue import CODES
from loader.messages.parts import ONE_OF_THE_TWO
from loader.model import LONGEST_VALUE, RowError
from loader.tables.arrow import Text, filled, text_of
from loader.tables.iso_dates import timestamps, wire_text
from loader.validation.check import Checked
from loader.validation.fields import Form

Records: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_HASHES: Final = [("similar", "u8"), ("key", "u8"), ("contents", "u8")]
_PLACES: Final = [("at", "u8"), ("size", "u4"), ("row", "u4"), ("column", "u4")]
RECORD: Final = np.dtype([*_HASHES, *_PLACES, ("invalid", "?")])
_LONGEST_SHOWN: Final = 60


def key_records(
    checked: Checked, *, wrong_keys: Collection[int] = (), with_contents: bool = True
) -> tuple[Records, Text]:
    """Return the hashes and row numbers of the rows that have a key, and the texts of their keys.

    A row whose key is wrong itself has none: it gets another one when it is fixed. Without contents
    only rows of nearly the same key are alike.
    """
    rows = checked.rows
    keys = _keys(checked, rows)
    is_keyed = np.asarray(filled(keys)) & ~rows.index.isin(list(wrong_keys))
    if not is_keyed.all():
        rows, keys = rows[is_keyed], keys.filter(pa.array(is_keyed))
    records = np.zeros(len(rows), dtype=RECORD)
    records["key"] = _hashes(keys)
    records["similar"] = _hashes(pc.utf8_lower(_single_blanks(keys)))
    if with_contents:
        records["contents"] = _hashes(_contents(checked, rows))
    records["row"] = rows.index.to_numpy()
    records["invalid"] = rows.index.isin(list(checked.invalid))
    return records, keys


def alike_error(
    first: Any,
    later: Any,
    *,
    row_number: int,
    heading: str,
    cell: str,
    key: str,
    first_key: str,
    where: str,
    differs: str = "",
) -> RowError:
    """Return what is wrong with a row like an earlier one, which is at `where`.

    `first` and `later` are the records of the two, `first_key` and `key` their keys; `differs` says
    in which cells they differ, where that is known.
    """
    is_same_key = bool(first["key"] == later["key"])
    code = "key-conflict" if is_same_key else "similar-key"
    if is_same_key and (first["invalid"] or later["invalid"]):
        code = "key-of-invalid-row"
        it = "it" if first["invalid"] else "this row"
        message = f"{where} has the same key: once {it} is fixed, they are in conflict or the same"
        advice = "give one of the two a name (or external id) of its own, or remove it"
    elif is_same_key:
        difference = f": {differs}" if differs else ""
        message = f"{where} has the same {heading or 'key'}, and other contents{difference}"
        advice = ONE_OF_THE_TWO
    else:
        shown = f'"{key[:_LONGEST_SHOWN]}"'
        message = CODES[code].message.format(value=shown, column=heading, expected="")
        advice = f'{where} says "{first_key[:_LONGEST_SHOWN]}"'
    return RowError(
        row_number=row_number,
        column=heading,
        cell=cell,
        code=code,
        message=message,
        value=key[:LONGEST_VALUE],
        suggestion=advice,
        severity=CODES[code].severity,
    )


def alike(records: Records) -> Iterator[tuple[Any, Any]]:
    """Yield (earlier, later) rows, of one key with other contents or of nearly the same key.

    A valid row is compared with a valid one where there is any.
    """
    order = np.argsort(records["similar"], kind="stable")
    similar = records["similar"][order]
    again = np.flatnonzero(similar[1:] == similar[:-1]) + 1
    earlier, later = array("q"), array("q")
    # Among rows that are alike: where each key is first, in a valid row and in any.
    valid, every = dict[int, int](), dict[int, int]()
    before = -1
    for at in again.tolist():
        if at - 1 != before or similar[at] != similar[before]:
            valid, every = {}, {}
            _earlier(records, int(order[at - 1]), valid, every)
        before, row = at, int(order[at])
        first = _earlier(records, row, valid, every)
        if first is not None:
            earlier.append(first)
            later.append(row)
    for at in np.argsort(np.asarray(later), kind="stable").tolist():
        yield records[earlier[at]], records[later[at]]


def _earlier(
    records: Records, row: int, valid: dict[int, int], every: dict[int, int]
) -> int | None:
    """Return the earlier row that a row is too much like, and note the row."""
    key, is_valid = int(records["key"][row]), not records["invalid"][row]
    first, any_first = valid.get(key), every.setdefault(key, row)
    if is_valid:
        valid.setdefault(key, row)
    if first is None and any_first != row:
        first = any_first
    if first is not None:
        return None if records["contents"][first] == records["contents"][row] else first
    others = valid if is_valid and len(valid) > 1 else every
    found = next(iter(others.values()))
    return None if found == row else found


def _keys(checked: Checked, rows: pd.DataFrame) -> Text:
    """Return the key of each row: its strongest key field that is not blank."""
    fields = [field for field in checked.columns.fields.keys if field in rows]
    keys = text_of(rows[fields[0]])
    for field in fields[1:]:
        keys = pc.if_else(pa.array(filled(keys)), keys, text_of(rows[field]))
    return pc.utf8_normalize(keys, form="NFC")


def _contents(checked: Checked, rows: pd.DataFrame) -> Text:
    """Return what each row says, in one text, whatever the order of its columns.

    Columns that a sheet need not have (attributes, further groups) count only where they are
    filled; the others have their place.
    """
    fields = checked.columns.fields
    texts = [
        _canonical(checked, rows, field) if field in rows else _text("") for field in fields.columns
    ]
    for field in sorted({*map(str, rows)} - fields.columns.keys()):
        text = _canonical(checked, rows, field)
        named = pc.binary_join_element_wise(_text(field), text, _text("\x1e"))
        texts.append(pc.if_else(pa.array(filled(text)), named, _text("")))
    return pc.binary_join_element_wise(*texts, _text("\x1f"))


def _canonical(checked: Checked, rows: pd.DataFrame, field: str) -> Text:
    """Return a column with equal texts where the same is meant."""
    text, facts = text_of(rows[field]), checked.columns.fields.facts_of(field)
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
