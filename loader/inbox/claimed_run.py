"""Load the bytes of a claim: plan, decide, apply.

A claim is loaded by one run, however often that is tried. Bytes of which an earlier run left
nothing to do are not loaded again: that run is reported.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from loader.delivery.stop import StopSignal
from loader.errors import SettingsError, SourceError
from loader.events import Listener
from loader.journal import Journal, SourceInfo
from loader.journal.records import PLANNED, REJECTED
from loader.results import check_writable, default_results_path
from loader.run.plan.plan_load import named_sources, resumable, staged_load
from loader.run.reports import LoadReport
from loader.run.requests import LoadRequest
from loader.run.sending.deliver_run import DeliveryResult
from loader.run.sending.staged_run import StagedRun
from loader.settings import Settings
from loader.target_words import target_in_words


class ClaimedRun:
    """Loads one claimed file."""

    def __init__(self, token: str, *, rejects_invalid: bool) -> None:
        self._is_earlier = False  # an earlier run left nothing of these bytes to do
        self._token = token
        self._rejects_invalid = rejects_invalid

    def load(
        self,
        request: LoadRequest,
        settings: Settings,
        *,
        listener: Listener,
        stop: StopSignal,
    ) -> LoadReport:
        """Plan; decide whether anything may be sent; apply. Raises `LoaderError`."""
        named = named_sources(request)
        results = request.results or default_results_path(named.paths)
        check_writable(results, sources=named.paths)
        most_shown = request.max_errors_shown
        with staged_load(
            request,
            settings,
            named,
            listener=listener,
            find_run=self._find,
            is_agreed=not self._rejects_invalid,
        ) as run:
            if self._is_earlier:
                report = run.report(
                    DeliveryResult(), results=results, listener=listener, most_shown=most_shown
                )
                return replace(report, is_earlier=True)
            invalid = self._rejected_for(run)
            if invalid:  # before anything else: whoever resumes the run must not send it
                _reject(run, invalid)
            delivered = run.apply(settings, listener=listener, stop=stop, send=not invalid)
            if invalid:  # also what turned out not to exist
                _reject(run, invalid)
            report = run.end(delivered, results=results, listener=listener, most_shown=most_shown)
            return replace(
                report,
                rejected=invalid,
                created_by=_created_by(run, report) if invalid else {},
                gone=run.journal.history.rows_gone(run.run_id),
            )

    def _rejected_for(self, run: StagedRun) -> int:
        """Return how many rows are invalid, so that nothing of the file may be sent; 0 if it may.

        Rows that a later file replaced are not wrong: the others of the file are sent. A file that
        was rejected stays so, though its folder takes single rows by now.
        """
        history = run.journal.history
        is_strict = self._rejects_invalid or history.is_rejected(run.run_id)
        return history.count_invalid(run.run_id) if is_strict else 0

    def _find(
        self,
        journal: Journal,
        /,
        *,
        target: str,
        sources: Sequence[SourceInfo],
        options: Mapping[str, str],
    ) -> str | None:
        """Return the run that was begun for this claim, or one that left nothing to do.

        A file of which another target has rows waits, so that it is not created in both, whatever
        its run here did. An undo of that run ends the claim: only a file that is dropped again
        begins anew.
        """
        (source,) = sources
        digest = source.digest
        staging = journal.staging
        elsewhere = staging.claim_sent_elsewhere(self._token, target=target, digest=digest)
        if elsewhere is not None:
            raise SettingsError(_target_changed(*elsewhere, target=target))
        own = staging.run_of_claim(self._token, target=target, digest=digest, options=options)
        if own is not None:
            run_id, undone_by = own
            if undone_by:
                first = ""
                if journal.history.has_left(run_id):
                    first = (
                        "finish that undo, which has not taken back all, by `loader undo"
                        f" {run_id}`, and then "
                    )
                raise SourceError(
                    f"its run {run_id} was undone by run {undone_by}, so nothing more of it is"
                    f" sent: {first}drop the file again to load it"
                )
            if self._rejects_invalid and _is_only_planned(journal, run_id):
                staging.restart(run_id)  # what was loaded since may make a row of it invalid
            return run_id
        earlier = staging.finished_run_of(target=target, digest=digest, options=options)
        self._is_earlier = earlier is not None
        return earlier or resumable(journal, target=target, sources=sources, options=options)


def _is_only_planned(journal: Journal, run_id: str) -> bool:
    """Say whether the watcher died between reading the file and sending, or rejecting, it."""
    run = journal.history.run(run_id)
    is_planned = run is not None and run.staged and run.stopped_reason == PLANNED
    return is_planned and not journal.history.is_begun(run_id)


def _reject(run: StagedRun, invalid: int) -> None:
    rows = "row of the file is" if invalid == 1 else "rows of the file are"
    message = f"not sent, because {invalid} {rows} invalid"
    run.journal.staging.reject(run.run_id, code=REJECTED, message=message)


def _created_by(run: StagedRun, report: LoadReport) -> Counter[str]:
    """Return which runs created rows of the file, and how many: its own first."""
    went_over = run.journal.history.went_over(run.run_id)
    elsewhere = Counter(went_over) - Counter(report.taken_over)
    return Counter({run.run_id: report.summary.created - elsewhere.total()}) + elsewhere


def _target_changed(run_id: str, sent_to: str, undo_id: str, *, target: str) -> str:
    went = (
        f"run {run_id} sent rows of this file to {target_in_words(sent_to)}, but the settings name"
        f" {target_in_words(target)}"
    )
    then = (
        "and the file is loaded into the target that you set then, unless its run there was undone:"
        " then drop it again"
    )
    if undo_id:
        return (
            f"{went}, and its undo, run {undo_id}, has not taken back all that it created: finish"
            f" it with the settings (or the profile of settings) of that run, by `loader undo"
            f" {run_id}` (an offer that it cannot delete is to be deleted in the library before),"
            f" {then}"
        )
    return (
        f"{went}: use the settings (or the profile of settings) of that run until the file is"
        f" loaded; or take back with them what it created, by `loader undo {run_id}`, {then}"
    )
