"""Use case: plan what a sheet changes. Everything is read, listed and compared; nothing is sent.

The plan is a run that is staged as a dry run: an operation for each row, or why there is none.
`loader.run.applying` applies it.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from loader.delivery.name_folding import fold_name
from loader.errors import LoaderError
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.journal import Journal, SourceInfo, open_journal
from loader.model import Notice
from loader.pulled.decide import Decider, Planned
from loader.pulled.layout import BASE_SHEET, ETAG, ID, OURS, suffix_of
from loader.pulled.sheet_row import Known, SheetRow
from loader.pulled.whole_sheet import WholeSheet
from loader.run.approving import needs_approval
from loader.run.changes_report import change_plan
from loader.run.lookup import TargetLookup
from loader.run.plan_reports import ChangePlan
from loader.run.profiles import column_profile
from loader.run.pull import editing_of
from loader.run.pull_base import Base, base_of
from loader.run.read_chunk import ReadChunk
from loader.run.reading import read_source
from loader.run.requests import PlanRequest
from loader.run.snapshot import Snapshot, take_snapshot
from loader.run.staged_rows import staged_rows
from loader.run.wiring import SystemClock, Target, as_text, opened_target, read_options
from loader.settings import Settings
from loader.source import Source, open_source
from loader.tables.chunk import cell_address
from loader.tables.folding import fold

_ROWS_AT_ONCE = 200


def plan_changes(request: PlanRequest, settings: Settings, *, listener: Listener) -> ChangePlan:
    """Plan what the sheet changes. Raises `LoaderError` where the whole sheet cannot be used."""
    with ExitStack() as stack:
        target = stack.enter_context(
            opened_target(settings, request.entity, sandbox=request.sandbox)
        )
        journal = stack.enter_context(open_journal(Path(settings.journal), clock=SystemClock().now))
        planner = _Planner(request, settings, listener=listener, target=target, journal=journal)
        run_id = planner.plan()
        listener(PhaseEnded())
        report = change_plan(
            journal,
            run_id,
            target=target,
            limits=request.limits,
            notices=planner.notices,
            most_shown=request.most_shown,
        )
        return replace(report, needs_approval=needs_approval(report.totals, settings))


class _Planner:
    """Plans one sheet."""

    def __init__(
        self,
        request: PlanRequest,
        settings: Settings,
        *,
        listener: Listener,
        target: Target,
        journal: Journal,
    ) -> None:
        self.notices: list[Notice] = []
        self._request = request
        self._settings = settings
        self._listener = listener
        self._target = target
        self._journal = journal

    def plan(self) -> str:
        """Read, list and compare; return the id of the plan."""
        fields = self._target.entity.fields
        profile = column_profile(self._settings, fields, ignored=self._request.ignored_columns)
        options = read_options(self._request.reading, profile, fields)
        with open_source(self._request.source, options) as source:
            profile = profile.model_copy(update={"ignore": (*profile.ignore, *_ours_in(source))})
            self._listener(PhaseBegan(name=f"asking what {self._target.words} has"))
            there = take_snapshot(self._journal, self._target, listener=self._listener)
            self._listener(PhaseBegan(name=f"planning {source.path}"))
            run_id = self._begin(source)
            try:
                lookup = TargetLookup(self._target, listener=self._listener, notices=self.notices)
                parts = read_source(
                    source,
                    self._settings,
                    self._target.entity,
                    profile=profile,
                    listener=self._listener,
                    notices=self.notices,
                    lookup=lookup,
                )
                self._stage(run_id, source, parts, there)
            except LoaderError as error:
                self._journal.staging.end_run(run_id, reason=f"not planned: {error}"[:500])
                raise
            finally:
                self._journal.snapshots.forget(there.snapshot_id)
        self._journal.staging.finish(run_id)
        self._journal.staging.end_run(run_id, reason="")
        if not self._request.ignored_columns:  # what is ours is read, by us
            self.notices = [each for each in self.notices if not _is_of_ours(each)]
        return run_id

    def _begin(self, source: Source) -> str:
        return self._journal.staging.begin(
            target=self._target.key,
            command="plan",
            sources=[SourceInfo(path=source.path, digest=source.digest)],
            options={
                "api": str(self._settings.api),
                "reading": as_text(self._request.reading),
                "author": self._journal.person,
            },
            dry_run=True,
        )

    def _stage(
        self, run_id: str, source: Source, parts: Iterator[ReadChunk], there: Snapshot
    ) -> None:
        base = base_of(self._request, self._journal, self._target)
        self.notices += base.notices
        decider = Decider(
            editing=editing_of(self._target),
            dialect=self._target.api.dialect,
            names=there.names,
            base_names=base.names,
            suffix=suffix_of(Path(source.path)),
            prefer=self._request.conflicts,
            words={**there.names.placements, **there.names.tags},
        )
        whole = WholeSheet(source=source.path)
        staging, sheets = self._journal.staging, dict[str, int]()
        for part in parts:
            sheet = part.table.sheet
            if sheet not in sheets:
                sheets[sheet] = staging.add_sheet(
                    run_id, source=source.path, sheet=sheet, header=part.table.header
                )
            staging.add_planned(
                run_id,
                sheets[sheet],
                self._planned(part, decider, whole, base, there),
                kind=self._target.entity.kind,
                describe_change=self._target.entity.describe_change,
            )
            del part  # before the next one is read: two would be in memory
        whole.check()

    def _planned(
        self,
        part: ReadChunk,
        decider: Decider,
        whole: WholeSheet,
        base: Base,
        there: Snapshot,
    ) -> Iterator[Planned]:
        rows = list(_sheet_rows(part))
        if base.is_elsewhere:
            rows = [replace(row, ours={**row.ours, ID: "", ETAG: ""}) for row in rows]
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[begin : begin + _ROWS_AT_ONCE]
            ids = [row.remote_id for row in some if row.remote_id]
            nameless = [row.name for row in some if not row.remote_id and row.name]
            snapshots = self._journal.snapshots
            now = snapshots.by_id(there.snapshot_id, ids)
            was = snapshots.by_id(base.snapshot_id, ids) if base.snapshot_id else {}
            named = snapshots.by_name(there.snapshot_id, nameless)
            for row in some:
                known = Known(
                    base=was.get(row.remote_id),
                    there=now.get(row.remote_id),
                    of_name=named.get(fold_name(row.name), ()),
                )
                yield whole.see(row, known, decider.decide(row, known))


def _is_of_ours(notice: Notice) -> bool:
    """Say whether a notice tells only of what a pull put into the sheet."""
    says = {
        "other-sheets": f'"{BASE_SHEET}" (hidden)',
        "hidden-columns": f"({ETAG})",
        "columns-ignored": "",
    }
    about = says.get(notice.code)
    return about is not None and about in notice.message and notice.message.count("(") <= 1


def _ours_in(source: Source) -> list[str]:
    """Return the headings of a source that are ours."""
    headings = next((table.header for table in source.tables()), ())
    return [heading for heading in headings if fold(heading) in OURS]


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
