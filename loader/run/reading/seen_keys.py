"""The keys of some rows, and where they are: what `repeated_keys` compares."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from loader.run.reading.key_records import Records, key_records
from loader.run.reading.read_chunk import ReadChunk
from loader.tables.arrow import texts_of
from loader.tables.chunk import cell_address


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyColumn:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenKeys:
    """The keys of the rows of a chunk.

    Each of `records` has the place of its text in `texts`, and of its column in `columns`.
    """

    records: Records
    texts: bytes
    columns: tuple[KeyColumn, ...]


def seen_keys(part: ReadChunk) -> SeenKeys | None:
    """Return the keys of a chunk; None where no row has one."""
    weaker = part.weaker_keys()
    records, keys = key_records(part.checked, wrong_keys=part.wrong_keys(weaker))
    if not len(records):
        return None
    columns = [_column(part, None)]
    for at in np.flatnonzero(np.isin(records["row"], list(weaker))).tolist():
        column = _column(part, weaker[int(records["row"][at])])
        if column not in columns:
            columns.append(column)
        records["column"][at] = columns.index(column)
    sizes = np.asarray(pc.binary_length(keys), dtype=np.uint64)
    records["at"] = np.cumsum(sizes) - sizes
    records["size"] = sizes
    return SeenKeys(records=records, texts="".join(texts_of(keys)).encode(), columns=tuple(columns))


def _column(part: ReadChunk, field: str | None) -> KeyColumn:
    return KeyColumn(
        source=part.table.source,
        sheet=part.table.sheet,
        heading=part.key_column(field),
        position=part.key_place(field),
    )
