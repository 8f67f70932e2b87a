"""Use case: plan a load. Every source is read and validated, and every source row is staged in the
journal with the operation for its offer. Nothing is sent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import Final, Protocol

from loader.errors import LoaderError, TargetError
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.journal import Journal, SourceInfo, open_journal
from loader.model import Notice
from loader.profile.model import Profile
from loader.run.key_in_journal import as_known
from loader.run.mapping.column_profile import column_profile
from loader.run.reading.lookup import DeferredLookup, LazyNames, Lookup, TargetLookup
from loader.run.reading.notices import DEFAULT_ZONE, deleted_before_notices
from loader.run.reading.read_source import read_source, same_bytes_notices
from loader.run.reading.repeated_keys import RepeatedKeys
from loader.run.reading.staged_rows import (
    RowsOf,
    add_similar_keys,
    stage_parts,
    staged_rows,
    unplanned_rows,
)
from loader.run.reports import PlanReport
from loader.run.requests import LoadRequest, Reading
from loader.run.sending.other_keys import check_other_keys
from loader.run.sending.staged_run import StagedRun
from loader.run.sending.waiting_for_lease import leased
from loader.run.wiring import (
    SystemClock,
    Target,
    entity_or_offer,
    open_target,
    read_options,
    to_json_text,
)
from loader.settings import Settings
from loader.source import NamedFiles, Source, named_files, open_source

_LONGEST: Final = 500  # characters of a reason


class FindRun(Protocol):
    """Finds the run over these sources to go on with; None: a new one is begun."""

    def __call__(
        self,
        journal: Journal,
        /,
        *,
        target: str,
        sources: Sequence[SourceInfo],
        options: Mapping[str, str],
    ) -> str | None: ...


def resumable(
    journal: Journal,
    /,
    *,
    target: str,
    sources: Sequence[SourceInfo],
    options: Mapping[str, str],
) -> str | None:
    """Return the latest run over the same bytes, read the same way, if it was not finished."""
    return journal.staging.resumable(target=target, sources=sources, options=options)


def plan_files(
    request: LoadRequest, settings: Settings, *, listener: Listener, find_run: FindRun = resumable
) -> PlanReport:
    """Stage a plan of every source. `resume_run` applies it, later or never."""
    named = named_sources(request)
    with staged_load(
        request, settings, named, listener=listener, find_run=find_run, is_agreed=False
    ) as run:
        listener(PhaseEnded())
        return PlanReport(
            plan_id=run.run_id,
            target=run.target.words,
            summary=run.summary,
            findings=run.findings(most_shown=request.max_errors_shown),
        )


def named_sources(request: LoadRequest) -> NamedFiles:
    """Return the sources of a request; with `stored_at` a name is no pattern."""
    if request.stored_at is not None:
        return NamedFiles(given=request.sources)
    return named_files(request.sources)


@contextmanager
def staged_load(
    request: LoadRequest,
    settings: Settings,
    named: NamedFiles,
    *,
    listener: Listener,
    find_run: FindRun = resumable,
    is_agreed: bool = True,
    report_rows: Callable[[StagedRun], Path] | None = None,
) -> Iterator[StagedRun]:
    """Stage every source; inside the block the plan can be applied. A dry run holds no lease.

    `is_agreed`: somebody agreed already to send what is planned; else only who names the run does.
    `report_rows` is called where the target ends the planning, with every row in the journal.
    """
    with ExitStack() as stack:
        entity = entity_or_offer(request.entity)
        profile = column_profile(settings, entity.fields, ignored=request.ignored_columns)
        options = read_options(request.reading, profile, entity.fields)
        sources = [
            stack.enter_context(
                open_source(each, options, stored_at=request.stored_at, edits=request.edits)
            )
            for each in named.given
        ]
        target = stack.enter_context(open_target(settings, entity, sandbox=request.sandbox))
        journal = stack.enter_context(open_journal(settings.journal_place, clock=SystemClock().now))
        target, lease = as_known(target, journal), None
        if not request.dry_run:
            held = leased(
                journal,
                target,
                settings,
                wait=request.wait,
                listener=listener,
                check=check_other_keys,
            )
            lease = stack.enter_context(held)
        planner = _Planner(
            request=request,
            settings=settings,
            profile=profile,
            listener=listener,
            target=target,
            journal=journal,
            find_run=find_run,
            is_agreed=is_agreed or request.dry_run,
        )
        planner.notices += named.notices
        run = StagedRun(
            run_id=planner.begin(sources),
            journal=journal,
            target=target,
            lease=lease,
            notices=planner.notices,
        )
        try:
            planner.stage(run.run_id, sources)
        except TargetError as error:
            if report_rows is None:
                raise
            planner.stage_unplanned(run.run_id, sources, error)
            message = (
                f"{error}\nEvery row that was read is in {report_rows(run)}; nothing was sent."
            )
            raise type(error)(message, code=error.code) from error
        planner.notices += deleted_before_notices(journal.history.created_anew(run.run_id))
        yield run


class _Planner:
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
        find_run: FindRun,
        is_agreed: bool,
    ) -> None:
        self.notices: list[Notice] = []
        self._request = request
        self._settings = settings
        self._profile = profile
        self._listener = listener
        self._target = target
        self._journal = journal
        self._history = journal.history
        self._staging = journal.staging
        self._find_run = find_run
        self._is_agreed = is_agreed

    def stage(self, run_id: str, sources: Sequence[Source]) -> None:
        """Stage every source, unless a run that is continued has them."""
        run = self._history.run(run_id)
        if run is not None and run.staged:
            return
        keep = partial(self._staging.store_listing, run_id)
        names = LazyNames(self._target, listener=self._listener, keep=keep)
        lookup = TargetLookup(names, self.notices)
        before = len(self.notices)
        try:
            self._stage(run_id, sources, lookup)
        except LoaderError as error:
            del self.notices[before:]
            self._staging.end_run(
                run_id, reason=shorten(f"not read to the end: {error}", _LONGEST, placeholder=" …")
            )
            raise
        self._staging.finish(run_id, is_agreed=self._is_agreed)

    def stage_unplanned(self, run_id: str, sources: Sequence[Source], error: TargetError) -> None:
        """Stage every source without the target: for the results, and never to be sent.

        The staging is not finished, so that the same command begins it again.
        """
        lookup = DeferredLookup([])
        self._stage(run_id, sources, lookup, rows_of=partial(unplanned_rows, reason=str(error)))

    def begin(self, sources: Sequence[Source]) -> str:
        """Begin a run, or go on with an unfinished one over the same bytes; return its id."""
        seen: dict[str, str] = {}
        self.notices += [
            n for source in sources for n in same_bytes_notices(source.path, source.digest, seen)
        ]
        infos = [SourceInfo(path=source.path, digest=source.digest) for source in sources]
        options = {
            "api": str(self._settings.api),
            "zone": self._profile.zone or DEFAULT_ZONE,
            "date_format": self._profile.date_format or "",
            "profile": self._profile.digest,
            "reading": _reading_as_text(self._request.reading),
            "placements": self._settings.placements,
        }
        if self._settings.end_dates != "start-of-day":  # older runs do not name it
            options["end_dates"] = self._settings.end_dates
        if self._request.ignored_columns:
            options["ignored_columns"] = to_json_text(self._request.ignored_columns)
        if self._request.edits:
            options["edits"] = self._request.edits.digest
        options |= self._request.marks
        if not self._request.dry_run:
            found = self._find_run(
                self._journal, target=self._target.key, sources=infos, options=options
            )
            if found is not None:
                return found
            changed = self._staging.earlier_bytes(target=self._target.key, sources=infos)
            self.notices += [_source_changed(path, run_id) for path, run_id in changed.items()]
        return self._staging.begin(
            target=self._target.key,
            command="load",
            sources=infos,
            options=options,
            dry_run=self._request.dry_run,
        )

    def _stage(
        self,
        run_id: str,
        sources: Sequence[Source],
        lookup: Lookup,
        rows_of: RowsOf = staged_rows,
    ) -> None:
        self._staging.restart(run_id)
        sheets: dict[tuple[str, str], int] = {}
        with closing(RepeatedKeys()) as keys:
            for source in sources:
                self._listener(PhaseBegan(name=f"reading {source.path}"))
                parts = read_source(
                    source,
                    self._settings,
                    self._target.entity,
                    profile=self._profile,
                    listener=self._listener,
                    notices=self.notices,
                    lookup=lookup,
                )
                staged = stage_parts(
                    self._staging,
                    run_id,
                    source.path,
                    parts,
                    entity=self._target.entity,
                    rows_of=rows_of,
                    keys=keys,
                )
                sheets |= {(source.path, sheet): sheet_id for sheet, sheet_id in staged.items()}
            add_similar_keys(self._staging, keys, sheets)


def _source_changed(path: str, run_id: str) -> Notice:
    other = (
        "" if Path(path).is_absolute() else ", or that was a file of this name in another folder"
    )
    return Notice(
        source=path,
        code="source-changed",
        message=(
            f"the file has changed since run {run_id} read it{other}; rows are told apart by"
            " their keys: what that run created is not created again"
        ),
    )


def _reading_as_text(reading: Reading) -> str:
    options = asdict(reading)
    for name in ("quoting", "sheets"):  # versions that did not know them wrote neither
        if not options[name]:
            del options[name]
    return to_json_text(options)
