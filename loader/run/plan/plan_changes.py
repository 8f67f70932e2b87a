"""Use case: plan what a sheet changes. Everything is read, listed and compared; nothing is sent.

The plan is a run that is staged as a dry run: an operation for each row, or why there is none.
`loader.run.apply.apply` applies it.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import Final

from loader.delivery.stop import StopSignal
from loader.errors import LoaderError
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.journal import Journal, SourceInfo, open_journal
from loader.journal.records import SHEET_FILE
from loader.model import Notice, Operation
from loader.profile.model import Profile
from loader.pulled.layout import OURS, is_about_pull_columns
from loader.run.change_reports import ChangePlan
from loader.run.key_in_journal import as_known
from loader.run.mapping.column_profile import column_profile
from loader.run.plan.approve_plan import needs_approval
from loader.run.plan.changes_report import build_change_plan
from loader.run.plan.compare_with_target import Comparison
from loader.run.plan.missing_offers import MissingOffers
from loader.run.pull.pull_base import find_base
from loader.run.pull.snapshot import Snapshot, take_snapshot
from loader.run.reading.lookup import LazyNames, TargetLookup
from loader.run.reading.read_chunk import ReadChunk
from loader.run.reading.read_source import read_source
from loader.run.reading.staged_rows import stage_parts
from loader.run.requests import PlanRequest
from loader.run.wiring import (
    SystemClock,
    Target,
    open_target,
    read_options,
    to_json_text,
)
from loader.settings import Settings
from loader.source import Source, open_source
from loader.source.file_checks import lock_beside

_LONGEST: Final = 500  # characters of a reason


def plan_changes(
    request: PlanRequest, settings: Settings, *, listener: Listener, stop: StopSignal
) -> ChangePlan:
    """Plan what the sheet changes. Raises `LoaderError` where the whole sheet cannot be used.

    A stop ends the waits for what reads may not show yet, and with them the plan (`PlanStopped`).
    """
    with ExitStack() as stack:
        target = stack.enter_context(open_target(settings, request.entity, sandbox=request.sandbox))
        journal = stack.enter_context(open_journal(settings.journal_place, clock=SystemClock().now))
        target = as_known(target, journal)
        planner = _Planner(
            request, settings, listener=listener, stop=stop, target=target, journal=journal
        )
        run_id = planner.plan()
        listener(PhaseEnded())
        report = build_change_plan(
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
        stop: StopSignal,
        target: Target,
        journal: Journal,
    ) -> None:
        self.notices: list[Notice] = []
        self._request = request
        self._settings = settings
        self._listener = listener
        self._stop = stop
        self._target = target
        self._journal = journal

    def plan(self) -> str:
        """Read, list and compare; return the id of the plan."""
        fields = self._target.entity.fields
        profile = column_profile(self._settings, fields, ignored=self._request.ignored_columns)
        options = read_options(self._request.reading, profile, fields)
        stored_at, edits = self._request.stored_at, self._request.edits
        with open_source(self._request.source, options, stored_at=stored_at, edits=edits) as source:
            self._listener(PhaseBegan(name=f"asking what {self._target.words} has"))
            there = take_snapshot(
                self._journal, self._target, listener=self._listener, stop=self._stop
            )
            self._listener(PhaseBegan(name=f"planning {source.path}"))
            run_id = self._begin(source, profile)
            try:
                self._stage(run_id, source, self._parts(source, profile), there)
            except LoaderError as error:
                self._journal.staging.end_run(
                    run_id, reason=shorten(f"not planned: {error}", _LONGEST, placeholder=" …")
                )
                raise
            finally:
                self._journal.snapshots.forget(there.snapshot_id)
        self._journal.staging.finish(run_id)
        self._journal.staging.end_run(run_id, reason="")
        self.notices += _open_elsewhere(stored_at or Path(source.path), source.path)
        if self._settings.update_guard == "none":
            self.notices.append(_updates_unguarded(source.path))
        if not self._request.ignored_columns:  # what is ours is read, by us
            self.notices = [each for each in self.notices if not is_about_pull_columns(each)]
        return run_id

    def _parts(self, source: Source, profile: Profile) -> Iterator[ReadChunk]:
        """Yield the rows of the sheet, which this machine reads, or a cluster."""
        if self._request.cluster:
            from loader.run.plan.read_on_cluster import chunks_from_cluster  # noqa: PLC0415 - an extra

            return chunks_from_cluster(
                self._request,
                self._settings,
                profile=profile,
                target=self._target,
                notices=self.notices,
                listener=self._listener,
            )
        names = LazyNames(self._target, listener=self._listener)
        return read_source(
            source,
            self._settings,
            self._target.entity,
            profile=profile,
            listener=self._listener,
            notices=self.notices,
            lookup=TargetLookup(names, self.notices),
            reserved=OURS,
        )

    def _begin(self, source: Source, profile: Profile) -> str:
        edits, ignored = self._request.edits, self._request.ignored_columns
        return self._journal.staging.begin(
            target=self._target.key,
            command="plan",
            sources=[SourceInfo(path=source.path, digest=source.digest)],
            options={
                "api": str(self._settings.api),
                "reading": to_json_text(self._request.reading),
                "author": self._journal.person,
                SHEET_FILE: "" if self._request.stored_at else str(Path(source.path).absolute()),
                **({"ignored_columns": to_json_text(ignored)} if ignored else {}),
                **({"profile_sha256": profile.digest} if profile.digest else {}),
                **({"edits": edits.digest} if edits else {}),
            },
            dry_run=True,
        )

    def _stage(
        self, run_id: str, source: Source, parts: Iterator[ReadChunk], there: Snapshot
    ) -> None:
        base = find_base(self._request, self._journal, self._target)
        self.notices += base.notices
        missing = MissingOffers(
            journal=self._journal,
            target=self._target,
            max_per_second=self._settings.max_per_second,
            listener=self._listener,
            stop=self._stop,
        )
        comparison = Comparison.of(
            self._request,
            source,
            self._target,
            journal=self._journal,
            base=base,
            there=there,
            missing=missing,
        )
        stage_parts(
            self._journal.staging,
            run_id,
            source.path,
            parts,
            entity=self._target.entity,
            rows_of=comparison.plan_rows,
        )
        comparison.whole_sheet.check()
        comparison.whole_sheet.check_created(partial(self._planned_creates, run_id))
        self.notices += [
            _values_moved(source.path, name, count)
            for name, count in comparison.whole_sheet.moved_values().items()
        ]

    def _planned_creates(self, run_id: str) -> Iterator[tuple[str, int]]:
        for row in self._journal.history.operations(run_id):
            if row.operation is Operation.CREATE:
                yield row.name, row.row_number


def _values_moved(path: str, column: str, count: int) -> Notice:
    message = (
        f"{column}: {count} rows get what other rows had. Was this column sorted without the"
        " others? Look at these changes before you apply them"
    )
    return Notice(source=path, code="values-moved", message=message)


def _open_elsewhere(stored_at: Path, path: str) -> list[Notice]:
    """Return a notice if the sheet is open in an office program, whose edits may not be saved."""
    lock = lock_beside(stored_at)
    if lock is None:
        return []
    message = (
        f"the sheet is open in an office program ({lock.name} is beside it): edits that were not"
        " saved there are not in the plan"
    )
    return [Notice(source=path, code="open-elsewhere", message=message)]


def _updates_unguarded(path: str) -> Notice:
    message = (
        "the target does not guard updates (update_guard = none): each offer is read just before"
        " and just after it is changed, and an edit by others in between can be overwritten"
    )
    return Notice(source=path, code="updates-unguarded", message=message)
