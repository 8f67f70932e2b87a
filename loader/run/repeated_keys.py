"""Find rows of the files of one check that share a key, or nearly, and are not the same offer.

A load finds them in its journal; a check has none. Hashes of every valid row go to a temporary
file, so that memory does not grow with the rows, and what occurs twice is looked for when a source
is at its end. Contents are compared as the cells say them: names of placements may be unknown yet.
"""

import os
import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loader.messages.catalogue import CODES
from loader.model import RowError, Severity
from loader.run.read_chunk import ReadChunk
from loader.tables.arrow import Text, filled, text_of, texts_of
from loader.tables.chunk import cell_address
from loader.tables.dates import timestamps, wire_text
from loader.validation.check import Checked
from loader.validation.fields import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column that holds keys; `position` is None where no single one of the sheet does."""

    source: str
    sheet: str
    heading: str
    position: int | None

    def cell(self, row_number: int) -> str:
        """Return the address of a cell of the column."""
        if self.position is None:
            return ""
        return cell_address(self.sheet, row_number, self.position)


Records: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_HASHES: Final = [("similar", "u8"), ("key", "u8"), ("contents", "u8")]
_PLACES: Final = [("at", "u8"), ("size", "u4"), ("row", "u4"), ("column", "u4")]
_RECORD: Final = np.dtype([*_HASHES, *_PLACES])
_ROWS_AT_ONCE: Final = 1_000_000  # are sorted in memory
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """Rows of a sheet, valid by themselves, that are like an earlier row."""

    source: str
    sheet: str
    errors: dict[int, list[RowError]]  # by row number

    @property
    def invalid(self) -> int:
        """How many rows have an error."""
        return sum(
            any(error.severity is Severity.ERROR for error in errors)
            for errors in self.errors.values()
        )


class RepeatedKeys:
    """The keys of all sources so far."""

    def __init__(self) -> None:
        self._records = tempfile.TemporaryFile(prefix="loader-")  # noqa: SIM115 - closed by close
        self._texts = tempfile.TemporaryFile(prefix="loader-")  # noqa: SIM115 - as above
        self._count = 0
        self._columns: list[_Column] = []

    def close(self) -> None:
        """Remove the files."""
        self._records.close()
        self._texts.close()

    def see(self, part: ReadChunk) -> None:
        """Remember the valid rows of a chunk."""
        rows = part.checked.offers
        if not len(rows):
            return
        weaker = part.weaker_keys()
        keys = _keys(part.checked)
        records = np.zeros(len(rows), dtype=_RECORD)
        records["key"] = _hashes(keys)
        records["similar"] = _hashes(pc.utf8_lower(_single_blanks(keys)))
        records["contents"] = _hashes(_contents(part.checked))
        records["row"] = rows.index.to_numpy()
        records["column"] = self._column(part, None)
        for at in np.flatnonzero(rows.index.isin(list(weaker))).tolist():
            records["column"][at] = self._column(part, weaker[int(rows.index[at])])
        sizes = np.asarray(pc.binary_length(keys), dtype=np.uint64)
        self._texts.seek(0, os.SEEK_END)
        records["at"] = self._texts.tell() + np.cumsum(sizes) - sizes
        records["size"] = sizes
        self._texts.write("".join(texts_of(keys)).encode())
        self._records.seek(0, os.SEEK_END)
        self._records.write(records.tobytes())
        self._count += len(records)

    def of_source(self, source: str) -> Iterator[Repeated]:
        """Yield the rows of `source` that are like an earlier row."""
        parts = self._count // _ROWS_AT_ONCE + 1
        for part in range(parts):
            for first, later in _alike(self._read(part, parts)):
                column = self._columns[later["column"]]
                if column.source == source:
                    error = self._error(first, later)
                    errors = {error.row_number: [error]}
                    yield Repeated(source=source, sheet=column.sheet, errors=errors)

    def _column(self, part: ReadChunk, field: str | None) -> int:
        """Return the number of the column that holds keys."""
        column = _Column(
            source=part.table.source,
            sheet=part.table.sheet,
            heading=part.key_column(field),
            position=part.key_place(field),
        )
        if column not in self._columns[-4:]:
            self._columns.append(column)
        return len(self._columns) - 1 - self._columns[::-1].index(column)

    def _read(self, part: int, parts: int) -> Records:
        """Return the records of one part: those alike are all in the same one."""
        self._records.seek(0)
        found = []
        while block := self._records.read(_RECORD.itemsize * _ROWS_AT_ONCE):
            records = np.frombuffer(block, dtype=_RECORD)
            found.append(records[records["similar"] % parts == part])
        return np.concatenate(found) if found else np.zeros(0, dtype=_RECORD)

    def _error(self, first: Any, later: Any) -> RowError:
        code = "key-conflict" if first["key"] == later["key"] else "similar-key"
        column, row = self._columns[later["column"]], int(later["row"])
        other, key = self._columns[first["column"]], self._text(later)
        place = other.cell(int(first["row"])) or f"row {first['row']}"
        where = place if other.source == column.source else f"{place} of {other.source}"
        if code == "key-conflict":
            message = f"{where} has the same key, and other contents"
            advice = "give the row a name (or external id) of its own, or remove one of the two"
        else:
            shown = f'"{key[:_LONGEST_SHOWN]}"'
            message = CODES[code].message.format(value=shown, column=column.heading, expected="")
            advice = f'{where} says "{self._text(first)[:_LONGEST_SHOWN]}"'
        return RowError(
            row_number=row,
            column=column.heading,
            cell=column.cell(row),
            code=code,
            message=message,
            value=key[:200],
            suggestion=advice,
            severity=CODES[code].severity,
        )

    def _text(self, record: Any) -> str:
        self._texts.seek(int(record["at"]))
        return self._texts.read(int(record["size"])).decode()


def _alike(records: Records) -> Iterator[tuple[Any, Any]]:
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
