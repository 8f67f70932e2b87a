"""What a check learns of some rows: counts, errors, keys. Another machine may have read them."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow.compute as pc

from loader.model import RowError, Severity
from loader.run.reading.key_records import Records, key_records
from loader.run.reading.read_chunk import ReadChunk
from loader.run.reports import SheetPreview, ShownPayload
from loader.tables.arrow import texts_of
from loader.tables.chunk import cell_address

PREVIEWED_ROWS = 5


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPart:
    """Some rows of one sheet, or errors of rows that an earlier part has counted.

    `preview` is of its first rows, where a mapping is used.
    """

    source: str
    sheet: str
    read: int = 0
    skipped: int = 0
    parts: int = 0
    keys: SeenKeys | None = None
    errors: dict[int, list[RowError]] = field(default_factory=dict)  # by row number
    shown: tuple[ShownPayload, ...] = ()
    preview: SheetPreview | None = None

    @property
    def invalid(self) -> int:
        """How many rows have an error."""
        return sum(
            any(error.severity is Severity.ERROR for error in errors)
            for errors in self.errors.values()
        )


class PartMaker:
    """Makes the parts of one source, from its chunks in order."""

    def __init__(self, *, show_payload: tuple[int, ...], with_preview: bool) -> None:
        self._show_payload = show_payload
        self._with_preview = with_preview
        self._previewed: set[str] = set()

    def part(self, chunk: ReadChunk) -> CheckedPart:
        """Return what is learned of a chunk."""
        return CheckedPart(
            source=chunk.source,
            sheet=chunk.sheet,
            read=len(chunk.chunk.frame),
            skipped=len(chunk.skipped),
            parts=len(chunk.part_of),
            keys=seen_keys(chunk),
            errors=chunk.errors,
            shown=_shown(chunk, self._show_payload),
            preview=self._preview(chunk),
        )

    def _preview(self, chunk: ReadChunk) -> SheetPreview | None:
        if not self._with_preview or chunk.bound is None or chunk.sheet in self._previewed:
            return None
        self._previewed.add(chunk.sheet)
        return _preview(chunk)


def seen_keys(part: ReadChunk, *, with_contents: bool = True) -> SeenKeys | None:
    """Return the keys of a chunk; None where no row has one."""
    weaker = part.weaker_keys()
    wrong = part.wrong_keys(weaker)
    records, keys = key_records(part.checked, wrong_keys=wrong, with_contents=with_contents)
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


def _shown(part: ReadChunk, wanted: tuple[int, ...]) -> tuple[ShownPayload, ...]:
    here = [number for number in wanted if number in part.chunk.frame.index]
    payloads = part.payloads() if here else {}
    first_of = {number: part.part_of.get(number, number) for number in here}
    return tuple(
        ShownPayload(
            source=part.table.source,
            sheet=part.table.sheet,
            row_number=number,
            body=payload.body if (payload := payloads.get(first)) else None,
            unsettled=first in part.checked.unsettled,
            skipped=number in part.skipped,
        )
        for number, first in first_of.items()
    )


def _preview(part: ReadChunk) -> SheetPreview:
    """Return the first rows of a sheet as a mapping makes them."""
    frame = part.mapped.frame.head(PREVIEWED_ROWS)
    positions = {
        field: at
        for field, at in part.columns.positions.items()
        if (part.columns.fields.group_of(field) or 1) == 1 or (frame[at] != "").any()
    }
    return SheetPreview(
        source=part.table.source,
        sheet=part.table.sheet,
        fields=tuple(positions),
        origins=tuple(
            part.columns.header[at] if part.is_of_sheet(at) else "" for at in positions.values()
        ),
        rows=tuple(
            (int(number), tuple(str(frame.at[number, at]) for at in positions.values()))
            for number in frame.index
        ),
    )
