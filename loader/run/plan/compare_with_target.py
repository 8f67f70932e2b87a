"""Compare the rows of a sheet with what they were pulled from and what the target has now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

from loader.journal import Journal
from loader.journal.records import PlannedRow
from loader.merge.part import Part
from loader.merge.three_way import Change
from loader.merge.update_body import load_body
from loader.model import UPDATES, RemoteOffer
from loader.name_folding import fold_name
from loader.planning.copied_and_moved_rows import WholeSheet
from loader.planning.decide_row import Decider, Planned
from loader.planning.offers_in_use import Decisions
from loader.planning.repeated_changes import repeated_changes
from loader.planning.sheet_row import KnownOffers, SheetRow
from loader.pulled.layout import ETAG, ID, cell_text, suffix_of
from loader.run.plan.create_again import GoneOffers
from loader.run.plan.ids_of_sheet import IdsOfSheet
from loader.run.plan.missing_offers import MissingOffers
from loader.run.pull.pull_base import Base
from loader.run.pull.snapshot import Snapshot
from loader.run.reading.read_chunk import ReadChunk
from loader.run.reading.read_source import Tables
from loader.run.reading.sheet_rows import downgrade_earlier_errors, errors_when_pulled, sheet_rows
from loader.run.requests import PlanRequest
from loader.run.wiring import Target

_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Plans the rows of one sheet."""

    journal: Journal
    decider: Decider
    decisions: Decisions
    missing: MissingOffers
    gone_offers: GoneOffers
    whole_sheet: WholeSheet
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
        missing: MissingOffers,
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
                there.decisions,
                names=names.placements,
                column=target.entity.fields.group,
                editing=editing,
                dialect=dialect,
            ),
            missing=missing,
            gone_offers=GoneOffers(missing=missing, there=there),
            whole_sheet=WholeSheet(
                source=source.path,
                row_of_id=(lambda _: None) if base.is_other_target else ids.row_of,
            ),
            base=base,
            there=there,
            target=target.key,
        )

    def plan_rows(self, part: ReadChunk) -> Iterator[Planned]:
        """Yield what is planned for each row of a chunk."""
        rows = list(sheet_rows(part))
        if self.base.is_other_target:
            rows = [replace(row, ours={**row.ours, ID: "", ETAG: ""}) for row in rows]
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            yield from self._plan_batch(rows[begin : begin + _ROWS_AT_ONCE], part)

    def _plan_batch(self, rows: list[SheetRow], part: ReadChunk) -> Iterator[Planned]:
        ids = [row.remote_id for row in rows if row.remote_id]
        names = [row.name for row in rows if row.name]
        snapshots, base = self.journal.snapshots, self.base.snapshot_id
        was = snapshots.by_id(base, ids) if base else {}
        unproven = self._look_up_missing(rows, was)
        now = dict(snapshots.by_id(self.there.snapshot_id, ids))
        named = dict(snapshots.by_name(self.there.snapshot_id, names))
        for offer in self.missing.there:  # though the list does not show it
            now[_id(offer)] = offer
            folded = fold_name(offer.name)
            named[folded] = [*named.get(folded, ()), offer]
        known = [
            replace(
                self._known_offers(row, was, now, named),
                not_proven_gone=unproven.get(row.row_number, ""),
            )
            for row in rows
        ]
        cells = {
            row.row_number: self.decider.pulled(each.base)
            for row, each in zip(rows, known, strict=True)
            if row.is_invalid and each.base is not None
        }
        found = errors_when_pulled(part, cells)
        planned = list[Planned]()
        for row, each in zip(rows, known, strict=True):
            pulled = cells.get(row.row_number)
            checked = row if pulled is None else downgrade_earlier_errors(row, pulled, found)
            decided = self.decisions.check(checked, self.decider.decide(checked, each))
            planned += [self._note_repeated_changes(each, decided)]
        planned = self.gone_offers.check_creates(rows, planned)
        yield from map(self.whole_sheet.check_row, rows, known, planned)

    def _look_up_missing(
        self, rows: Sequence[SheetRow], was: Mapping[str, RemoteOffer]
    ) -> Mapping[int, str]:
        """Look up by id what was pulled and is not listed.

        Return why it is not proven gone, where it is not found, by the number of the row.
        """
        snapshots = self.journal.snapshots
        base, names_only = self.base.snapshot_id, [row.name for row in rows if not row.remote_id]
        named = snapshots.by_name(base, names_only) if base and any(names_only) else {}
        pulled = {row.row_number: self._pulled_offers(row, was, named) for row in rows}
        ids = [_id(each) for some in pulled.values() for each in some]
        listed = snapshots.by_id(self.there.snapshot_id, ids)
        names = {
            _id(each): each.name
            for some in pulled.values()
            for each in some
            if _id(each) not in listed
        }
        if not names:  # as a rule
            return {}
        found = self.missing.look_up_named(names)
        return {
            number: why
            for number, some in pulled.items()
            for each in some
            if _id(each) in names and isinstance(why := found[_id(each)], str) and why
        }

    def _pulled_offers(
        self,
        row: SheetRow,
        was: Mapping[str, RemoteOffer],
        named: Mapping[str, Sequence[RemoteOffer]],
    ) -> Sequence[RemoteOffer]:
        """Return, as they were pulled, the offer of the row's id, or those of its name."""
        if not row.remote_id:
            return named.get(fold_name(row.name), ())
        etag = row.ours.get(ETAG, "").strip()
        pulled = self._pulled_version(row.remote_id, etag, was.get(row.remote_id), None)
        return [pulled] if pulled is not None else []

    def _note_repeated_changes(self, known: KnownOffers, planned: Planned) -> Planned:
        """Note what of a change somebody took back since a run made it."""
        base, there = known.base, known.there
        if base is None or there is None or base.receipt.etag == there.receipt.etag:
            return planned  # as a rule: nobody has touched it
        if not isinstance(planned, PlannedRow) or planned.operation not in UPDATES:
            return planned
        changes = [each.change for each in load_body(planned.body).changes]
        back = repeated_changes(changes, self._changes_since_pull(base, there.receipt.instance_id))
        if not back:
            return planned
        runs = ", ".join(dict.fromkeys(back.values()))
        parts = ", ".join(part.words(self.decider.names.words) for part in back)
        note = f"run {runs} made this change, somebody took it back, and it is made again: {parts}"
        return replace(planned, reason="; ".join(filter(None, (planned.reason, note))))

    def _changes_since_pull(
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

    def _runs_of(
        self, base: RemoteOffer | None, there: RemoteOffer | None, parts: Sequence[Part]
    ) -> Mapping[Part, str]:
        """Return which runs since the pull made the parts of an offer what they are now."""
        if base is None or there is None:
            return {}
        now = self.decider.editing.parts(there.offer, self.decider.dialect)
        changes = [Change(part=part, before=None, after=now.get(part)) for part in parts]
        return repeated_changes(changes, self._changes_since_pull(base, there.receipt.instance_id))

    def _known_offers(
        self,
        row: SheetRow,
        was: Mapping[str, RemoteOffer],
        now: Mapping[str, RemoteOffer],
        named: Mapping[str, Sequence[RemoteOffer]],
    ) -> KnownOffers:
        there = now.get(row.remote_id)
        etag = row.ours.get(ETAG, "").strip()
        pulled = self._pulled_version(row.remote_id, etag, was.get(row.remote_id), there)
        return KnownOffers(
            base=pulled,
            there=there,
            is_base_lost=bool(etag) and there is not None and pulled is None,
            run_of=partial(self._runs_of, pulled, there),
            same_name=named.get(fold_name(row.name), ()),
        )

    def _pulled_version(
        self, remote_id: str, etag: str, pulled: RemoteOffer | None, there: RemoteOffer | None
    ) -> RemoteOffer | None:
        """Return the object that a row was pulled from: that of its revision, where one is known.

        A file may have been renamed, or pulled again: then the latest pull is not the one it holds.
        """
        otherwise = None if self.base.is_guessed else pulled
        if not etag or self._has_etag(pulled, etag):
            return pulled if etag else otherwise
        if self._has_etag(there, etag):
            return there
        versions = reversed(self.journal.snapshots.versions(self.target, remote_id))
        return next((old for _, _, old in versions if self._has_etag(old, etag)), otherwise)

    def _has_etag(self, offer: RemoteOffer | None, etag: str) -> bool:
        known = offer.receipt.etag if offer is not None else ""
        return cell_text(known, self.decider.suffix).strip() == etag


def _id(offer: RemoteOffer) -> str:
    return offer.receipt.instance_id
