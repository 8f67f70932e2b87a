"""Hold the rows of a sheet against what they were pulled from and what the target has now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from loader.journal import Journal
from loader.journal.records import PlannedRow
from loader.merge.three_way import Change
from loader.merge.update_body import load_body
from loader.model import RemoteOffer
from loader.name_folding import fold_name
from loader.planning.changed_back import changed_back
from loader.planning.copied_and_moved_rows import WholeSheet
from loader.planning.decide_row import Decider, Planned
from loader.planning.offers_in_use import Decisions
from loader.planning.sheet_row import Known, SheetRow
from loader.pulled.layout import ETAG, ID, cell_text, suffix_of
from loader.run.plan.changes_report import WITH_BODY
from loader.run.plan.create_again import GoneOffers
from loader.run.plan.ids_of_sheet import IdsOfSheet
from loader.run.pull.pull_base import Base
from loader.run.pull.snapshot import Snapshot
from loader.run.reading.read_chunk import ReadChunk
from loader.run.reading.read_source import Tables
from loader.run.reading.sheet_rows import eased, found_before, sheet_rows
from loader.run.requests import PlanRequest
from loader.run.wiring import Target

_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Plans the rows of one sheet."""

    journal: Journal
    decider: Decider
    decisions: Decisions
    gone: GoneOffers
    whole: WholeSheet
    base: Base
    there: Snapshot
    target: str

    @classmethod
    def of(
        cls,
        request: PlanRequest,
        source: Tables,
        target: Target,
        *,
        journal: Journal,
        base: Base,
        there: Snapshot,
        gone: GoneOffers,
    ) -> Self:
        """Return the comparison of a sheet with what a target has."""
        editing, dialect, names = target.editing, target.api.dialect, there.names
        ids = IdsOfSheet(source=source)
        return cls(
            journal=journal,
            decider=Decider(
                editing=editing,
                dialect=dialect,
                names=names,
                base_names=base.names if base.snapshot_id else names,
                suffix=suffix_of(Path(source.path)),
                prefer=request.conflicts,
            ),
            decisions=Decisions.of(
                there.decisions, names=names.placements, editing=editing, dialect=dialect
            ),
            gone=gone,
            whole=WholeSheet(
                source=source.path,
                row_of_id=(lambda _: None) if base.is_elsewhere else ids.row_of,
            ),
            base=base,
            there=there,
            target=target.key,
        )

    def planned(self, part: ReadChunk) -> Iterator[Planned]:
        """Yield what is planned for each row of a chunk."""
        rows = list(sheet_rows(part))
        if self.base.is_elsewhere:
            rows = [replace(row, ours={**row.ours, ID: "", ETAG: ""}) for row in rows]
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            yield from self._some(rows[begin : begin + _ROWS_AT_ONCE], part)

    def _some(self, rows: list[SheetRow], part: ReadChunk) -> Iterator[Planned]:
        ids = [row.remote_id for row in rows if row.remote_id]
        names = [row.name for row in rows if row.name]
        snapshots, base = self.journal.snapshots, self.base.snapshot_id
        now = snapshots.by_id(self.there.snapshot_id, ids)
        was = snapshots.by_id(base, ids) if base else {}
        named = snapshots.by_name(self.there.snapshot_id, names)
        known = [self._known(row, was, now, named) for row in rows]
        cells = {
            row.row_number: self.decider.pulled(each.base)
            for row, each in zip(rows, known, strict=True)
            if row.is_invalid and each.base is not None
        }
        found = found_before(part, cells)
        planned = list[Planned]()
        for row, each in zip(rows, known, strict=True):
            pulled = cells.get(row.row_number)
            checked = row if pulled is None else eased(row, pulled, found)
            decided = self.decisions.checked(checked, self.decider.decide(checked, each))
            planned += [self._noted(each, decided)]
        planned = self.gone.checked(rows, planned)
        yield from map(self.whole.see, rows, known, planned)

    def _noted(self, known: Known, planned: Planned) -> Planned:
        """Note what of a change somebody took back since a run made it."""
        base, there = known.base, known.there
        if base is None or there is None or base.receipt.etag == there.receipt.etag:
            return planned  # as a rule: nobody has touched it
        if not isinstance(planned, PlannedRow) or planned.operation not in WITH_BODY:
            return planned
        changes = [each.change for each in load_body(planned.body).changes]
        back = changed_back(changes, self._done_since(base, there.receipt.instance_id))
        if not back:
            return planned
        runs = ", ".join(dict.fromkeys(back.values()))
        parts = ", ".join(part.words(self.decider.names.words) for part in back)
        note = f"run {runs} made this change, somebody took it back, and it is made again: {parts}"
        return replace(planned, reason="; ".join(filter(None, (planned.reason, note))))

    def _done_since(
        self, base: RemoteOffer, remote_id: str
    ) -> Iterator[tuple[str, Sequence[Change]]]:
        """Yield what runs changed of an offer since its row was pulled."""
        versions = self.journal.snapshots.versions(self.target, remote_id)
        etag = base.receipt.etag
        pulled_at = min((at for at, _, old in versions if old.receipt.etag == etag), default=None)
        if pulled_at is None:
            return
        for run_id, at, body in self.journal.snapshots.updates_of(self.target, remote_id):
            if at >= pulled_at:
                yield run_id, [each.change for each in load_body(body).changes]

    def _known(
        self,
        row: SheetRow,
        was: Mapping[str, RemoteOffer],
        now: Mapping[str, RemoteOffer],
        named: Mapping[str, Sequence[RemoteOffer]],
    ) -> Known:
        there = now.get(row.remote_id)
        etag = row.ours.get(ETAG, "").strip()
        pulled = self._pulled(row.remote_id, etag, was.get(row.remote_id), there)
        return Known(
            base=pulled,
            there=there,
            is_base_lost=bool(etag) and there is not None and pulled is None,
            of_name=named.get(fold_name(row.name), ()),
        )

    def _pulled(
        self, remote_id: str, etag: str, pulled: RemoteOffer | None, there: RemoteOffer | None
    ) -> RemoteOffer | None:
        """Return the object that a row was pulled from: that of its revision, where one is known.

        A file may have been renamed, or pulled again: then the latest pull is not the one it holds.
        """
        otherwise = None if self.base.is_guessed else pulled
        if not etag or self._is_of(pulled, etag):
            return pulled if etag else otherwise
        if self._is_of(there, etag):
            return there
        versions = reversed(self.journal.snapshots.versions(self.target, remote_id))
        return next((old for _, _, old in versions if self._is_of(old, etag)), otherwise)

    def _is_of(self, offer: RemoteOffer | None, etag: str) -> bool:
        known = offer.receipt.etag if offer is not None else ""
        return cell_text(known, self.decider.suffix).strip() == etag
