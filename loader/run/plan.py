"""Use case: plan a load. Every source is read and validated, and every source row is staged in the
journal with the operation for its offer. Nothing is sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from loader.errors import LoaderError
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.journal import Journal, Lease, SourceInfo, StagedRow, open_journal
from loader.journal.values import CLAIM_OPTION
from loader.model import Notice
from loader.profile.model import Profile
from loader.run.lookup import TargetLookup
from loader.run.notices import DEFAULT_ZONE
from loader.run.profiles import column_profile
from loader.run.reading import ReadChunk, read_source, same_bytes
from loader.run.reporting import findings_of
from loader.run.reports import PlanReport
from loader.run.requests import LoadRequest
from loader.run.wiring import (
    SystemClock,
    Target,
    as_text,
    entity_or_offer,
    opened_target,
    read_options,
)
from loader.settings import Settings
from loader.source import NamedFiles, Source, named_files, open_source


def plan_files(request: LoadRequest, settings: Settings, *, listener: Listener) -> PlanReport:
    """Stage a plan of every source. `loader.run.apply.apply_plan` applies it, later or never."""
    named = sources_of(request)
    with planning(request, settings, named, listener=listener) as (planner, sources):
        plan_id = planner.plan(sources)
        listener(PhaseEnded())
        history = planner.journal.history
        return PlanReport(
            plan_id=plan_id,
            target=planner.target.words,
            summary=history.summary(plan_id),
            findings=findings_of(
                history,
                plan_id,
                most_shown=request.max_errors_shown,
                notices=planner.notices,
            ),
        )


def sources_of(request: LoadRequest) -> NamedFiles:
    """Return the sources of a request; what was dropped into an inbox is no pattern."""
    return NamedFiles(given=request.sources) if request.dropped else named_files(request.sources)


@contextmanager
def planning(
    request: LoadRequest, settings: Settings, named: NamedFiles, *, listener: Listener
) -> Iterator["tuple[Planner, list[Source]]"]:
    """Open the sources, the target and the journal; hold the lease unless it is a dry run."""
    with ExitStack() as stack:
        entity = entity_or_offer(request.entity)
        profile = column_profile(settings, entity.fields, ignored=request.ignored_columns)
        options = read_options(request.reading, profile, entity.fields)
        lies_at = request.dropped.lies_at if request.dropped else None
        sources = [
            stack.enter_context(open_source(each, options, lies_at=lies_at)) for each in named.given
        ]
        target = stack.enter_context(opened_target(settings, entity, sandbox=request.sandbox))
        journal = stack.enter_context(open_journal(Path(settings.journal), clock=SystemClock().now))
        lease = None if request.dry_run else stack.enter_context(journal.lease(target.key))
        planner = Planner(
            request=request,
            settings=settings,
            profile=profile,
            listener=listener,
            target=target,
            journal=journal,
            lease=lease,
        )
        planner.notices += named.notices
        yield planner, sources


class Planner:
    """Stages the sources of one load."""

    def __init__(
        self,
        *,
        request: LoadRequest,
        settings: Settings,
        profile: Profile,
        listener: Listener,
        target: Target,
        journal: Journal,
        lease: Lease | None,
    ) -> None:
        self.journal = journal
        self.lease = lease
        self.target = target
        self.is_earlier = False  # the plan is an earlier run, which left nothing to do
        self.notices: list[Notice] = []
        self._request = request
        self._settings = settings
        self._profile = profile
        self._listener = listener
        self._staging = journal.staging

    def plan(self, sources: Sequence[Source]) -> str:
        """Stage every source, or go on with an unfinished run over the same bytes."""
        seen: dict[str, str] = {}
        self.notices += [n for source in sources for n in same_bytes(source, seen)]
        run_id = self._begin(sources)
        try:
            self._stage(run_id, sources)
        except LoaderError as error:
            self._staging.end_run(run_id, reason=f"not read to the end: {error}"[:500])
            raise
        return run_id

    def _begin(self, sources: Sequence[Source]) -> str:
        infos = [SourceInfo(path=source.path, digest=source.digest) for source in sources]
        options = {
            "api": str(self._settings.api),
            "zone": self._profile.zone or DEFAULT_ZONE,
            "date_format": self._profile.date_format or "",
            "profile": self._profile.digest,
            "reading": as_text(self._request.reading),
            "placements": self._settings.placements,
        }
        if self._request.ignored_columns:
            options["ignored_columns"] = as_text(self._request.ignored_columns)
        if self._request.dropped:
            options[CLAIM_OPTION] = self._request.dropped.token
        if not self._request.dry_run:
            found = self._known_drop(infos[0], options) or self._staging.resumable(
                target=self.target.key, sources=infos, options=options
            )
            if found is not None:
                return found
            changed = self._staging.earlier_bytes(target=self.target.key, sources=infos)
            self.notices += [_changed(path, run_id) for path, run_id in changed.items()]
        return self._staging.begin(
            target=self.target.key,
            command="load",
            sources=infos,
            options=options,
            dry_run=self._request.dry_run,
        )

    def _known_drop(self, source: SourceInfo, options: Mapping[str, str]) -> str | None:
        """Return the run that was begun for this claim, or one that left nothing to do."""
        dropped = self._request.dropped
        if dropped is None:
            return None
        target, digest = self.target.key, source.digest
        own = self._staging.run_of_claim(
            dropped.token, target=target, digest=digest, options=options
        )
        if own is not None:
            return own
        earlier = self._staging.run_that_left_nothing(target=target, digest=digest, options=options)
        self.is_earlier = earlier is not None
        return earlier

    def _stage(self, run_id: str, sources: Sequence[Source]) -> None:
        run = self.journal.history.run(run_id)
        if run is not None and run.staged:
            return
        self._staging.restart(run_id)
        keep = partial(self._staging.hold_listing, run_id)
        lookup = TargetLookup(self.target, listener=self._listener, notices=self.notices, keep=keep)
        for source in sources:
            self._listener(PhaseBegan(name=f"reading {source.path}"))
            sheets: dict[str, int] = {}
            for part in read_source(
                source,
                self._settings,
                self.target.entity,
                profile=self._profile,
                listener=self._listener,
                notices=self.notices,
                lookup=lookup,
            ):
                sheet = part.table.sheet
                if sheet not in sheets:
                    sheets[sheet] = self._staging.add_sheet(
                        run_id, source=source.path, sheet=sheet, header=part.table.header
                    )
                self._staging.add_rows(
                    run_id,
                    sheets[sheet],
                    _staged(part),
                    kind=self.target.entity.kind,
                    describe_change=self.target.entity.describe_change,
                )
                del part  # before the next one is read: two would be in memory
        self._staging.finish(run_id)


def _changed(path: str, run_id: str) -> Notice:
    return Notice(
        source=path,
        code="source-changed",
        message=(
            f"the file has changed since run {run_id} read it; rows are told apart by their keys:"
            " what that run created is not created again"
        ),
    )


def _staged(part: ReadChunk) -> Iterator[StagedRow]:
    payloads, part_of = part.payloads(), part.part_of
    return (
        StagedRow(
            row_number=number,
            cells=cells,
            payload=payloads.get(number),
            errors=part.errors.get(number, ()),
            is_skipped=number in part.skipped,
            part_of=part_of.get(number),
            key_column=part.key_column,
            key_cell=part.key_cell(number),
        )
        for number, cells in part.rows()
    )
