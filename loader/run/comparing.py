"""Hold the rows of a sheet against what they were pulled from and what the target has now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from loader.delivery.name_folding import fold_name
from loader.journal import Journal
from loader.pulled.decide import Decider, Planned
from loader.pulled.decisions import Decisions
from loader.pulled.layout import ETAG, ID, OURS, suffix_of
from loader.pulled.sheet_row import Known, SheetRow
from loader.pulled.whole_sheet import WholeSheet
from loader.run.pull import editing_of
from loader.run.pull_base import Base
from loader.run.read_chunk import ReadChunk
from loader.run.requests import PlanRequest
from loader.run.snapshot import Snapshot
from loader.run.staged_rows import staged_rows
from loader.run.wiring import Target
from loader.tables.chunk import cell_address
from loader.tables.folding import fold

_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Plans the rows of one sheet."""

    journal: Journal
    decider: Decider
    decisions: Decisions
    whole: WholeSheet
    base: Base
    there: Snapshot

    @classmethod
    def of(
        cls,
        request: PlanRequest,
        path: str,
        target: Target,
        *,
        journal: Journal,
        base: Base,
        there: Snapshot,
    ) -> Self:
        """Return the comparison of a sheet with what a target has."""
        editing, dialect, names = editing_of(target), target.api.dialect, there.names
        return cls(
            journal=journal,
            decider=Decider(
                editing=editing,
                dialect=dialect,
                names=names,
                base_names=base.names,
                suffix=suffix_of(Path(path)),
                prefer=request.conflicts,
                words={**names.placements, **names.tags},
            ),
            decisions=Decisions.of(
                there.decisions, names=names.placements, editing=editing, dialect=dialect
            ),
            whole=WholeSheet(source=path),
            base=base,
            there=there,
        )

    def planned(self, part: ReadChunk) -> Iterator[Planned]:
        """Yield what is planned for each row of a chunk."""
        rows = list(_sheet_rows(part))
        if self.base.is_elsewhere:
            rows = [replace(row, ours={**row.ours, ID: "", ETAG: ""}) for row in rows]
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            yield from self._some(rows[begin : begin + _ROWS_AT_ONCE])

    def _some(self, rows: list[SheetRow]) -> Iterator[Planned]:
        ids = [row.remote_id for row in rows if row.remote_id]
        names = [row.name for row in rows if row.name]
        snapshots, base = self.journal.snapshots, self.base.snapshot_id
        now = snapshots.by_id(self.there.snapshot_id, ids)
        was = snapshots.by_id(base, ids) if base else {}
        named = snapshots.by_name(self.there.snapshot_id, names)
        for row in rows:
            known = Known(
                base=was.get(row.remote_id),
                there=now.get(row.remote_id),
                of_name=named.get(fold_name(row.name), ()),
            )
            planned = self.decisions.checked(row, self.decider.decide(row, known))
            yield self.whole.see(row, known, planned)


def _sheet_rows(part: ReadChunk) -> Iterator[SheetRow]:
    """Yield the rows of a chunk with the cells that are ours beside those of fields."""
    ours = {
        fold(heading): at for at, heading in enumerate(part.table.header) if fold(heading) in OURS
    }
    fields: Mapping[str, int] = part.columns.positions
    frame = part.mapped.frame
    cells_now = {name: frame[at] for name, at in fields.items()}
    sheet = part.table.sheet
    for staged in staged_rows(part):
        number = staged.row_number
        now = {
            name: str(column.at[number]) if number in column.index else ""
            for name, column in cells_now.items()
        }
        held = {name: str(staged.cells[at]) for name, at in ours.items()}
        addresses = {
            name: cell_address(sheet, number, at) for name, at in {**fields, **ours}.items()
        }
        yield SheetRow(
            staged=staged,
            ours=held,
            now=now,
            addresses=addresses,
        )
