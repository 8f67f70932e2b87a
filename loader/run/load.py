"""Use case: load sources into the target. Everything is read and journaled before anything is sent.

    open the sources -> stage every row -> (ask) -> deliver -> end the run -> write the results

Rules of this file: a run over the same bytes that was not finished is continued; whatever stops
the run, what is known stands in the journal, and the results are written.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from loader.delivery.stop import StopSignal
from loader.errors import LoaderError
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.journal import Journal, Lease, SourceInfo, StagedRow, open_journal
from loader.journal.values import CLAIM_OPTION, REJECTED
from loader.model import Notice
from loader.profile.model import Profile
from loader.results import check_writable, default_results_path
from loader.run.delivering import Delivered, deliver_run
from loader.run.lookup import TargetLookup
from loader.run.notices import DEFAULT_ZONE
from loader.run.profiles import column_profile
from loader.run.reading import ReadChunk, read_source, same_bytes
from loader.run.reporting import findings_of, finished, load_report
from loader.run.reports import LoadReport
from loader.run.requests import Confirm, LoadRequest, Plan
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

SHOWN_BEFORE = 5  # errors that are shown to the person who is asked


def load_files(
    request: LoadRequest,
    settings: Settings,
    *,
    listener: Listener,
    confirm: Confirm | None,
    stop: StopSignal,
) -> LoadReport:
    """Load every source; say what became of every row. Raises `LoaderError` for whole failures."""
    named = NamedFiles(given=request.sources) if request.dropped else named_files(request.sources)
    results = request.results or default_results_path(named.paths)
    check_writable(results, sources=named.paths)
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
        return _Load(
            request=request,
            settings=settings,
            profile=profile,
            listener=listener,
            stop=stop,
            target=target,
            journal=journal,
            lease=lease,
        ).run(sources, results=results, notices=named.notices, confirm=confirm)


class _Load:
    """One load, with what all of its steps need."""

    def __init__(
        self,
        *,
        request: LoadRequest,
        settings: Settings,
        profile: Profile,
        listener: Listener,
        stop: StopSignal,
        target: Target,
        journal: Journal,
        lease: Lease | None,
    ) -> None:
        self._request = request
        self._settings = settings
        self._profile = profile
        self._listener = listener
        self._stop = stop
        self._target = target
        self._journal = journal
        self._lease = lease
        self._staging = journal.staging
        self._is_earlier = False
        self._notices: list[Notice] = []

    def run(
        self,
        sources: Sequence[Source],
        *,
        results: Path,
        notices: Sequence[Notice],
        confirm: Confirm | None,
    ) -> LoadReport:
        seen: dict[str, str] = {}
        self._notices += notices
        self._notices += [n for source in sources for n in same_bytes(source, seen)]
        run_id = self._begin(sources)
        try:
            self._stage(run_id, sources)
        except LoaderError as error:
            self._staging.end_run(run_id, reason=f"not read to the end: {error}"[:500])
            raise
        delivered = Delivered()
        if not self._is_earlier:
            if self._lease is not None:
                delivered = self._deliver(run_id, self._lease, confirm)
            self._staging.end_run(run_id, reason=delivered.reason)
        written = finished(
            self._journal,
            run_id=run_id,
            results=results,
            listener=self._listener,
            notices=self._notices,
        )
        return load_report(
            self._journal,
            run_id=run_id,
            target=self._target.words,
            results=written,
            delivered=delivered,
            notices=self._notices,
            is_earlier=self._is_earlier,
            most_shown=self._request.max_errors_shown,
        )

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
                target=self._target.key, sources=infos, options=options
            )
            if found is not None:
                return found
            changed = self._staging.earlier_bytes(target=self._target.key, sources=infos)
            self._notices += [_changed(path, run_id) for path, run_id in changed.items()]
        return self._staging.begin(
            target=self._target.key,
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
        target, digest = self._target.key, source.digest
        own = self._staging.run_of_claim(
            dropped.token, target=target, digest=digest, options=options
        )
        if own is not None:
            return own
        earlier = self._staging.run_that_left_nothing(target=target, digest=digest, options=options)
        self._is_earlier = earlier is not None
        return earlier

    def _deliver(self, run_id: str, lease: Lease, confirm: Confirm | None) -> Delivered:
        if self._refused(run_id, confirm):
            return Delivered(reason="not confirmed; nothing was sent")
        rejected = self._rejected(run_id)
        delivered = deliver_run(
            self._journal,
            run_id=run_id,
            lease=lease,
            target=self._target,
            settings=self._settings,
            listener=self._listener,
            stop=self._stop,
            send=not rejected,
        )
        if rejected:
            self._staging.reject(run_id, code=REJECTED, message=rejected)
        return delivered

    def _rejected(self, run_id: str) -> str:
        """Say why nothing of a dropped file is sent; "" where it is."""
        dropped = self._request.dropped
        if dropped is None or not dropped.whole_or_not:
            return ""
        invalid = self._journal.history.summary(run_id).invalid
        rows = "row of the file is" if invalid == 1 else "rows of the file are"
        return f"not sent, because {invalid} {rows} invalid" if invalid else ""

    def _stage(self, run_id: str, sources: Sequence[Source]) -> None:
        run = self._journal.history.run(run_id)
        if run is not None and run.staged:
            return
        self._staging.restart(run_id)
        keep = partial(self._staging.hold_listing, run_id)
        lookup = TargetLookup(
            self._target, listener=self._listener, notices=self._notices, keep=keep
        )
        for source in sources:
            self._listener(PhaseBegan(name=f"reading {source.path}"))
            sheets: dict[str, int] = {}
            for part in read_source(
                source,
                self._settings,
                self._target.entity,
                profile=self._profile,
                listener=self._listener,
                notices=self._notices,
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
                    kind=self._target.entity.kind,
                    describe_change=self._target.entity.describe_change,
                )
                del part  # before the next one is read: two would be in memory
        self._staging.finish(run_id)

    def _refused(self, run_id: str, confirm: Confirm | None) -> bool:
        if confirm is None or self._request.sandbox:
            return False
        summary = self._journal.history.summary(run_id)
        if not summary.pending:
            return False
        plan = Plan(
            verb="create",
            target=self._target.words,
            offers=summary.pending,
            invalid=summary.invalid,
            duplicate=summary.duplicate,
            findings=findings_of(
                self._journal.history, run_id, most_shown=SHOWN_BEFORE, notices=self._notices
            ),
        )
        self._listener(PhaseEnded())
        return not confirm(plan)


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
