"""The rows of a source as the journal takes them."""

from collections.abc import Callable, Iterable, Iterator

from loader.journal import StagedRow, Staging
from loader.journal.values import PlannedRow
from loader.run.read_chunk import ReadChunk
from loader.validation.entity import Entity


def staged_rows(part: ReadChunk) -> Iterator[StagedRow]:
    """Yield every row once, with what it would create where it is valid."""
    payloads, part_of, weaker = part.payloads(), part.part_of, part.weaker_keys()
    return (
        StagedRow(
            row_number=number,
            cells=cells,
            payload=payloads.get(number),
            errors=part.errors.get(number, ()),
            is_skipped=number in part.skipped,
            part_of=part_of.get(number),
            key_column=part.key_column(weaker.get(number)),
            key_cell=part.key_cell(number, weaker.get(number)),
        )
        for number, cells in part.rows()
    )


def stage_parts(
    staging: Staging,
    run_id: str,
    path: str,
    parts: Iterator[ReadChunk],
    *,
    entity: Entity,
    rows_of: Callable[[ReadChunk], Iterable[StagedRow | PlannedRow]] = staged_rows,
) -> None:
    """Write what was read of the source at `path` into the journal, chunk by chunk."""
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
        )
        del part  # before the next one is read: two would be in memory
