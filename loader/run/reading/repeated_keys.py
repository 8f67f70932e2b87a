"""Find rows of the files of one command that share a key, or nearly, and are not the same offer.

A load finds those of one key in its journal, and only those of nearly one here; a check has no
journal. Hashes of every row go to a temporary file, so that memory does not grow with the rows, and
what occurs twice is looked for when a source (of a load: the last one) is at its end.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import numpy as np

from loader.model import RowError
from loader.run.reading.checked_part import CheckedPart, KeyColumn, SeenKeys
from loader.run.reading.key_records import RECORD, Records, alike, alike_error
from loader.source.unpack import reporting_full_disk

_IN_MEMORY: Final = 1 << 20  # of each file, before it is one: some 20,000 rows
_ROWS_AT_ONCE: Final = 1_000_000  # whose hashes are sorted in memory: 8 MB
_BLOCK_ROWS: Final = 10_000


class RepeatedKeys:
    """The keys of all sources so far."""

    def __init__(self) -> None:
        self._records = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by close
        self._texts = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - as above
        self._count = 0
        self._columns: list[KeyColumn] = []

    def close(self) -> None:
        """Remove the files."""
        for file in (self._records, self._texts):
            with suppress(OSError):  # of a full disk: the file is given up anyway
                file.close()

    def add(self, seen: SeenKeys | None) -> None:
        """Remember the keys of a chunk; raise `UnreadableSource` where the disk is full."""
        if seen is not None:
            with reporting_full_disk():
                self._add(seen)

    def alike_rows(self, source: str | None = None) -> Iterator[CheckedPart]:
        """Yield the rows of `source` (None: of every one) that are like an earlier row."""
        parts = self._count // _ROWS_AT_ONCE + 1
        for part in range(parts):
            for first, later in alike(self._alike_records(part, parts)):
                column = self._columns[later["column"]]
                if source is None or column.source == source:
                    error = self._error(first, later)
                    errors = {error.row_number: [error]}
                    yield CheckedPart(source=column.source, sheet=column.sheet, errors=errors)

    def _add(self, seen: SeenKeys) -> None:
        places = np.array([self._column_number(column) for column in seen.columns], dtype=np.uint32)
        records = seen.records.copy()
        records["column"] = places[records["column"]]
        self._texts.seek(0, os.SEEK_END)
        records["at"] += np.uint64(self._texts.tell())
        self._texts.write(seen.texts)
        self._records.seek(0, os.SEEK_END)
        self._records.write(records.tobytes())
        self._texts.flush()
        self._records.flush()
        self._count += len(records)

    def _column_number(self, column: KeyColumn) -> int:
        """Return the number of a column that holds keys."""
        if column not in self._columns[-4:]:
            self._columns.append(column)
        return len(self._columns) - 1 - self._columns[::-1].index(column)

    def _alike_records(self, part: int, parts: int) -> Records:
        """Return the records of one part that are alike; those of one kind are in the same part."""
        every = (records["similar"] for records in self._blocks())
        hashes = [each[each % parts == part] for each in every]  # copies: a block is not kept
        similar = np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.uint64)
        del hashes
        similar.sort()
        again = similar[1:][similar[1:] == similar[:-1]]
        if not again.size:
            return np.zeros(0, dtype=RECORD)
        return np.concatenate([each[np.isin(each["similar"], again)] for each in self._blocks()])

    def _blocks(self) -> Iterator[Records]:
        """Yield all records, some at a time."""
        self._records.seek(0)
        while block := self._records.read(RECORD.itemsize * _BLOCK_ROWS):
            yield np.frombuffer(block, dtype=RECORD)

    def _error(self, first: Any, later: Any) -> RowError:
        column, row = self._columns[later["column"]], int(later["row"])
        other = self._columns[first["column"]]
        place = other.cell(int(first["row"])) or f"row {first['row']}"
        return alike_error(
            first,
            later,
            row_number=row,
            heading=column.heading,
            cell=column.cell(row),
            key=self._text(later),
            first_key=self._text(first),
            where=place if other.source == column.source else f"{place} of {other.source}",
        )

    def _text(self, record: Any) -> str:
        self._texts.seek(int(record["at"]))
        return self._texts.read(int(record["size"])).decode()
