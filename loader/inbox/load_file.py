"""One claimed file, from its claim to its place.

    begin in the ledger -> plan, decide, apply -> judge -> results, summary and reason
      -> end in the ledger -> move -> notify

Every step may be the last before a crash, and repeating it changes nothing. A file that changes
while it is loaded is loaded again. An unexpected exception fails the file; the watcher keeps
running.
"""

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from loader.delivery.stop import StopSignal
from loader.errors import UnreadableSource
from loader.events import Event, PhaseBegan, RequestAnswered, RequestSent, RowsDone
from loader.inbox.claimed_run import ClaimedRun
from loader.inbox.drops import Claim, Drop, DropOutcome, DropReport, FinalFolder, Place
from loader.inbox.events import FileBegan, FileEnded, FileProgress, InboxListener
from loader.inbox.file_outcome import (
    MOST_CRASHES,
    Verdict,
    commonest,
    counts_of,
    judge,
    judge_error,
    judge_refused,
)
from loader.inbox.folder import OF_ONE_FILE, SIDES, TO_FIX, DropFolder
from loader.inbox.ledger import Attempt, Ledger, Unsettled, as_json
from loader.journal.records import CLAIM_OPTION
from loader.run.history.rows_to_fix import place_for, write_rows_to_fix
from loader.run.reports import LoadReport
from loader.run.requests import LoadRequest
from loader.settings import Settings
from loader.settings.inbox import FolderRules

_MOST_UNEXPECTED: Final = 3  # unexpected exceptions, before the file counts as failed


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFolder:
    """One folder that is watched, and how its files are loaded."""

    folder: DropFolder
    rules: FolderRules
    settings: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledClaim:
    """The result of working on a claim once."""

    verdict: Verdict
    report: DropReport


class FileLoader:
    """Loads claimed files. `report_crash` logs an exception and says where the details are."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        listener: InboxListener,
        sandbox: bool = False,
        report_crash: Callable[[BaseException], str],
        stop: StopSignal,
    ) -> None:
        self._ledger = ledger
        self._listener = listener
        self._sandbox = sandbox
        self._report_crash = report_crash
        self._stop = stop

    def handle(self, watched: WatchedFolder, claim: Claim) -> HandledClaim:
        """Work on a claim, which then is finished or waits. Raises if the folder cannot be used."""
        attempt = self._ledger.begin(claim, folder=watched.folder.name)
        self._listener(FileBegan(drop=attempt.drop))
        try:
            path = watched.folder.fetch(claim)
        except OF_ONE_FILE as error:
            report = _empty_report(attempt, size_bytes=0, finished_at=self._ledger.clock())
            return self._wait(report, judge_refused(error))
        before = _fingerprint(path)
        report = _empty_report(
            attempt, size_bytes=path.lstat().st_size, finished_at=self._ledger.clock()
        )
        try:
            report, verdict = self._load(watched, attempt, path, report)
        except BaseException:
            self._ledger.reset_crashes(claim.token)  # a person or a signal ended it, not the file
            raise
        if verdict.outcome is not DropOutcome.WAITING and _fingerprint(path) != before:
            verdict = Verdict(
                outcome=DropOutcome.WAITING, reason="it was changed while it was being loaded"
            )
        if verdict.outcome is DropOutcome.WAITING:
            return self._wait(report, verdict)
        report = replace(
            report,
            outcome=verdict.outcome,
            reason=verdict.reason,
            finished_at=self._ledger.clock(),
        )
        return HandledClaim(verdict=verdict, report=self._finish(watched, claim, path, report))

    def _wait(self, report: DropReport, verdict: Verdict) -> HandledClaim:
        """Record, and say, why a claimed file waits."""
        report = replace(
            report,
            reason=verdict.reason,
            needs_person=verdict.needs_person,
            finished_at=self._ledger.clock(),
        )
        self._ledger.wait(report)
        self._listener(FileEnded(report=report))
        return HandledClaim(verdict=verdict, report=report)

    def settle(self, folder: DropFolder) -> None:
        """Finish the claims that an earlier watcher left."""
        ledger, name = self._ledger, folder.name
        claimed = set()
        for claim in ledger.claims_in(folder):
            # Another machine may have brought the file to its end: a copy here counts for nothing
            # unless the ledger knows of it, and what lies there still is claimed again.
            if ledger.is_shared and not ledger.is_unfinished(claim.token):
                folder.forget(claim)
                ledger.release(name, claim.token)
            else:
                claimed.add(claim.token)
        for each in ledger.unsettled(name):
            if each.is_moved or self._finish_if_reachable(folder, each):
                ledger.mark_moved(each.claim.token)
                self._listener(FileEnded(report=each.report))
                ledger.mark_notified(each.claim.token)
                ledger.release(name, each.claim.token)
            else:  # its results were on a machine that died
                ledger.reopen(each.claim.token)
        for claim in ledger.hold_abandoned(name):
            if claim.token in claimed:
                continue
            if not self._can_claim_again(folder, claim):
                self._report_missing(folder, claim)
            ledger.release(name, claim.token)

    def _finish_if_reachable(self, folder: DropFolder, ended: Unsettled) -> bool:
        """Move the files of a claim to their place; return False where they cannot be reached."""
        if folder.can_reach_results(ended.claim) or not self._ledger.is_shared:
            folder.finish(ended.claim, ended.place)
            return True
        return folder.exists(ended.report.file)

    def _can_claim_again(self, folder: DropFolder, claim: Claim) -> bool:
        """Whether a claimed file is in the inbox still: its copy is out of reach.

        It is on another machine, or beside the journal that this one is a copy of.
        """
        if not may_claim_again(folder, claim, is_shared=self._ledger.is_shared):
            return False
        return any(each.name == claim.name for each in folder.list_files().candidates)

    def _report_missing(self, folder: DropFolder, claim: Claim) -> None:
        """Report that a claimed file has vanished, and close its claim."""
        attempt = self._ledger.begin(claim, folder=folder.name)
        report = replace(
            _empty_report(attempt, size_bytes=0, finished_at=self._ledger.clock()),
            outcome=DropOutcome.FAILED,
            reason="somebody took it out of processing before it was loaded; the journal knows what"
            " of it was sent: drop it again",
        )
        self._ledger.end(report, Place(folder=FinalFolder.FAILED, day="", name=""))
        self._ledger.mark_moved(claim.token)
        self._listener(FileEnded(report=report))
        self._ledger.mark_notified(claim.token)

    def _load(
        self, watched: WatchedFolder, attempt: Attempt, path: Path, report: DropReport
    ) -> tuple[DropReport, Verdict]:
        if attempt.crashes > MOST_CRASHES:
            reason = f"the loader died {MOST_CRASHES} times while it read the file"
            return report, Verdict(outcome=DropOutcome.FAILED, reason=reason)
        rejects_invalid = watched.rules.on_invalid == "reject-file"
        claimed = ClaimedRun(attempt.drop.token, rejects_invalid=rejects_invalid)
        try:
            _refuse_unusable(path)
            report = replace(report, digest=_digest(path))
            loaded = claimed.load(
                self._request(watched, attempt, path),
                watched.settings,
                listener=_Progress(
                    attempt.drop, self._listener, reset_crashes=self._ledger.reset_crashes
                ),
                stop=self._stop,
            )
        except Exception as error:  # noqa: BLE001 - a file must not end the watcher
            verdict = judge_error(error) or self._judge_unexpected(attempt, error)
            prefix = f"{watched.folder.drop_location(attempt.drop.name)}: "
            return report, replace(verdict, reason=verdict.reason.removeprefix(prefix))
        report = _with_results(report, loaded)
        verdict = judge(
            loaded,
            max_errors=watched.settings.max_errors,
            looks=attempt.looks if attempt.unknown == loaded.summary.unknown else 0,
        )
        return self._compare_with_earlier(report, verdict)

    def _compare_with_earlier(
        self, report: DropReport, verdict: Verdict
    ) -> tuple[DropReport, Verdict]:
        """Note in the report, and in the reason, an earlier drop that loaded the same bytes."""
        if verdict.outcome not in {DropOutcome.DUPLICATE, DropOutcome.LOADED_WITH_ERRORS}:
            return report, verdict
        earlier = self._ledger.earlier_report(report)
        if earlier is None:
            return report, verdict
        report = replace(report, earlier=earlier.results)
        counts = report.counts
        nothing_new = not counts.created and not counts.failed and not counts.undone
        if verdict.outcome is DropOutcome.LOADED_WITH_ERRORS and nothing_new:
            before = f"the same bytes were loaded before, by run {earlier.run_id}"
            reason = f"{before}, and nothing of it was fixed since: {verdict.reason}"
            verdict = replace(verdict, reason=reason)
        return report, verdict

    def _judge_unexpected(self, attempt: Attempt, error: Exception) -> Verdict:
        reason = (
            f"something unexpected happened ({type(error).__name__}); {self._report_crash(error)}"
        )
        failed = self._ledger.count_unexpected(attempt.drop.token) >= _MOST_UNEXPECTED
        return Verdict(outcome=DropOutcome.FAILED if failed else DropOutcome.WAITING, reason=reason)

    def _request(self, watched: WatchedFolder, attempt: Attempt, path: Path) -> LoadRequest:
        return LoadRequest(
            sources=(watched.folder.drop_location(attempt.drop.name),),
            sandbox=self._sandbox,
            wait=self._ledger.is_shared,  # as one of several
            results=path.parent / SIDES / "results.xlsx",
            stored_at=path,
            marks={CLAIM_OPTION: attempt.drop.token},
        )

    def _finish(
        self, watched: WatchedFolder, claim: Claim, path: Path, report: DropReport
    ) -> DropReport:
        folder, failed = watched.folder, report.outcome is DropOutcome.FAILED
        day = datetime.fromtimestamp(report.finished_at, UTC).date().isoformat()
        place = folder.place(claim, FinalFolder.FAILED if failed else FinalFolder.DONE, day=day)
        sides = path.parent / SIDES
        report = replace(
            report,
            file=folder.location(place),
            summary=folder.location(place, "summary.json"),
            results=folder.location(place, "results.xlsx") if report.run_id else "",
            to_mend=folder.location(place, TO_FIX)
            if _write_repair_sheet(report, watched, sides)
            else "",
            reason_file=folder.location(place, "reason.txt") if failed else "",
        )
        if failed:
            (sides / "reason.txt").write_text(f"{claim.name}: {report.reason}\n", "utf-8")
        (sides / "summary.json").write_bytes(as_json(report))
        self._ledger.end(report, place)
        folder.finish(claim, place)
        self._ledger.mark_moved(claim.token)
        self._listener(FileEnded(report=report))
        self._ledger.mark_notified(claim.token)
        return report


def may_claim_again(folder: DropFolder, claim: Claim, *, is_shared: bool) -> bool:
    """Whether the file of a claim whose watcher is gone may lie in the inbox still."""
    return is_shared or not folder.can_reach_results(claim)


class _Progress:
    """Listens to the run of a file: passes events on, and notes when all rows are read."""

    def __init__(
        self, drop: Drop, listener: InboxListener, *, reset_crashes: Callable[[str], None]
    ) -> None:
        self._drop = drop
        self._listener = listener
        self._reset_crashes = reset_crashes

    def __call__(self, event: Event) -> None:
        """Pass on the events of rows and requests."""
        match event:
            case PhaseBegan() if event.total is not None:  # known when all rows are in the journal
                self._reset_crashes(self._drop.token)
            case RowsDone() if event.created or event.failed or event.unknown:
                self._listener(FileProgress(drop=self._drop, event=event))
            case RequestSent() | RequestAnswered():
                self._listener(FileProgress(drop=self._drop, event=event))


def _empty_report(attempt: Attempt, *, size_bytes: int, finished_at: float) -> DropReport:
    return DropReport(
        drop=attempt.drop,
        outcome=DropOutcome.WAITING,
        size_bytes=size_bytes,
        attempts=attempt.attempts,
        finished_at=finished_at,
    )


def _with_results(report: DropReport, loaded: LoadReport) -> DropReport:
    counts = counts_of(loaded)
    if loaded.is_earlier:  # by then, not by this drop
        counts = replace(counts, created=0, duplicate=counts.created + counts.duplicate)
    return replace(
        report,
        target=loaded.target,
        run_id=loaded.summary.run_id,
        counts=counts,
        commonest=commonest(loaded.findings),
    )


def _write_repair_sheet(report: DropReport, watched: WatchedFolder, sides: Path) -> bool:
    """Write the rows to fix, ready to be dropped; return whether there are any."""
    if not report.run_id or not (report.counts.invalid or report.counts.failed):
        return False
    place = place_for(str(sides / TO_FIX))
    return bool(write_rows_to_fix(report.run_id, watched.settings, place=place).written)


def _fingerprint(path: Path) -> tuple[int, int, int]:
    status = path.lstat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _refuse_unusable(path: Path) -> None:
    if not stat.S_ISREG(path.lstat().st_mode):  # put there after the claim
        raise UnreadableSource(f"{path.name} is a link or the like, not a file: drop the file")
    if not os.access(path, os.R_OK):
        raise UnreadableSource(f"{path.name} may not be read by the loader: change its rights")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
