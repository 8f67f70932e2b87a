"""The rows of a chunk as the journal takes them."""

from collections.abc import Iterator

from loader.journal import StagedRow
from loader.run.read_chunk import ReadChunk


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
