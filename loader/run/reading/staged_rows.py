"""The rows of a source as the journal takes them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final, TypeAlias

from loader.journal import StagedRow, Staging
from loader.journal.records import PlannedRow
from loader.messages.catalogue import CODES
from loader.model import RowError, Severity
from loader.profile.apply import number_cells
from loader.run.reading.checked_part import seen_keys
from loader.run.reading.read_chunk import ReadChunk
from loader.run.reading.repeated_keys import RepeatedKeys
from loader.tables.stored_fractions import mark_fractions
from loader.validation.entity import Entity

RowsOf: TypeAlias = Callable[[ReadChunk], Iterable[StagedRow | PlannedRow]]
_LONGEST_REASON: Final = 300
_WARNINGS_AT_ONCE: Final = 500


def staged_rows(part: ReadChunk) -> Iterator[StagedRow]:
    """Yield every row once, with what it would create where it is valid."""
    part_of, weaker = part.part_of, part.weaker_keys()
    payloads = part.make_payloads()  # in the order of the rows, so that few are held at once
    coming = next(payloads, None)
    unread = part.bound.ignored if part.bound is not None else frozenset[int]()

    def key_place(number: int) -> tuple[str, str]:
        field = weaker.get(number)
        return part.key_column(field), part.key_cell(number, field)

    numbers = number_cells(part.bound, part.chunk) if part.bound is not None else {}
    for number, cells in part.chunk.rows():
        payload = None
        if coming is not None and coming.row_number == number:
            payload, coming = coming, next(payloads, None)
        yield StagedRow(
            row_number=number,
            cells=mark_fractions(cells, numbers[number]) if number in numbers else cells,
            payload=payload,
            errors=part.errors.get(number, ()),
            is_skipped=number in part.skipped,
            part_of=part_of.get(number),
            key_place=key_place,
            unread=unread,
        )
    if coming is not None:
        raise AssertionError(f"row {coming.row_number} of {part.source} is out of order")


def unplanned_rows(part: ReadChunk, *, reason: str) -> Iterator[StagedRow]:
    """Yield every row once, to be reported and never sent: the target could not be asked."""
    known = CODES["not-looked-up"]
    message = known.message.format(other=" ".join(reason.split())[:_LONGEST_REASON])
    for row in staged_rows(part):
        is_invalid = any(each.severity is Severity.ERROR for each in row.errors)
        if is_invalid or row.is_skipped or row.part_of is not None:
            yield row
            continue
        error = RowError(
            row_number=row.row_number, column="", cell="", code=known.code, message=message
        )
        yield replace(row, payload=None, errors=(*row.errors, error))


def stage_parts(
    staging: Staging,
    run_id: str,
    path: str,
    parts: Iterator[ReadChunk],
    *,
    entity: Entity,
    rows_of: RowsOf = staged_rows,
    keys: RepeatedKeys | None = None,
) -> dict[str, int]:
    """Write what was read of the source at `path` into the journal, chunk by chunk.

    Returns the ids of its sheets, by their names. `keys` is told the keys of all rows.
    """
    sheets: dict[str, int] = {}
    for part in parts:
        sheet = part.table.sheet
        if sheet not in sheets:
            sheets[sheet] = staging.add_sheet(
                run_id, source=path, sheet=sheet, header=part.table.header
            )
        staging.add_rows(
            run_id,
            sheets[sheet],
            rows_of(part),
            kind=entity.kind,
            describe_change=entity.describe_change,
            recognise=entity.fields.recognise,
        )
        if keys is not None:
            keys.add(seen_keys(part, with_contents=False))  # the journal compares contents
        del part  # before the next one is read: two would be in memory
    return sheets


def add_similar_keys(
    staging: Staging, keys: RepeatedKeys, sheets: Mapping[tuple[str, str], int]
) -> None:
    """Add a warning to each row whose key is nearly that of another; `sheets`: their ids."""
    warnings = (
        (sheets[part.source, part.sheet], error)
        for part in keys.alike_rows()
        for errors in part.errors.values()
        for error in errors
    )
    while some := list(islice(warnings, _WARNINGS_AT_ONCE)):
        staging.add_warnings(some)
