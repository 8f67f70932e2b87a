"""The status of an inbox: what waits, what is worked on, what failed and why, what it waits for.

It only reads, so it can be asked while a watcher works. A file counts as failed for as long as it
is in failed/: retrying it, or moving it away, ends the alarm.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from loader.errors import ExitCode, LoaderError
from loader.inbox.drops import Candidate, DropReport, Ignored, Instant, Outage
from loader.inbox.file_names import MARKER
from loader.inbox.find_inbox import Inbox
from loader.inbox.folder import DropFolder
from loader.inbox.ledger import Ledger
from loader.inbox.lock import holder
from loader.settings.inbox import PROCESSING, FolderRules

_MOST_FAILED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFile:
    """A file that is not finished. `reason` says why it waits, where that is known.

    `needs_person`: it does not go on by itself.
    """

    folder: str
    name: str
    since_at: Instant
    is_claimed: bool
    reason: str = ""
    needs_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReport:
    """One folder. `error` says why it cannot be listed."""

    folder: str
    last_success_at: Instant | None
    trouble: Outage | None
    left_alone: tuple[Ignored, ...]
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxStatus:
    """The status of an inbox. `problems` are those that make `exit_code` 1."""

    inbox: str
    watcher: str  # who watches; "" where nobody does
    folders: tuple[FolderReport, ...]
    waiting: tuple[WaitingFile, ...]
    failed: tuple[DropReport, ...]
    problems: tuple[str, ...]
    exit_code: ExitCode


def inbox_status(
    inbox: Inbox, ledger: Ledger, *, now: float, max_age_seconds: float | None
) -> InboxStatus:
    """Return the status of an inbox. With `max_age_seconds`, what waits longer is a problem."""
    troubles = {each.folder: each for each in ledger.outages()}
    folders, waiting = [], _claimed_files(ledger)
    for each in inbox.watched:
        name, error = each.folder.name, ""
        left: tuple[Ignored, ...] = ()
        try:
            look = each.folder.list_files()
            left = look.ignored
            waiting += [
                WaitingFile(
                    folder=name,
                    name=file.name,
                    since_at=file.dropped_at,
                    is_claimed=False,
                    reason=_not_complete(file, each.rules),
                )
                for file in look.candidates
            ]
        except (OSError, LoaderError) as trouble:
            error = f"it cannot be looked at: {trouble}"
        folders.append(
            FolderReport(
                folder=name,
                last_success_at=ledger.last_success(name),
                trouble=troubles.get(name),
                left_alone=left,
                error=error,
            )
        )
    failed = _failed_files(inbox, ledger)
    waiting.sort(key=lambda file: file.since_at)
    problems = _problems(folders, waiting, failed, now=now, max_age_seconds=max_age_seconds)
    watcher = holder(inbox.lock)
    if not watcher:
        problems += _abandoned_files(waiting) + _strange_claims(inbox, ledger)
    return InboxStatus(
        inbox=inbox.name,
        watcher=watcher,
        folders=tuple(folders),
        waiting=tuple(waiting),
        failed=failed,
        problems=tuple(problems),
        exit_code=ExitCode.ROWS_FAILED if problems else ExitCode.OK,
    )


def _not_complete(file: Candidate, rules: FolderRules) -> str:
    """Say what an unclaimed file waits for; "" where it is complete."""
    match rules.taken_when:
        case "marker" if not file.is_marked:
            return f"there is no {file.name}{MARKER} beside it yet"
        case "settled":
            return f"it is taken when it has not changed for {rules.settle_seconds:g} seconds"
    return ""


def _abandoned_files(waiting: Sequence[WaitingFile]) -> list[str]:
    """Report the files that a dead watcher was loading; those with a reason only wait."""
    left = [file for file in waiting if file.is_claimed and not file.reason]
    if not left:
        return []
    when = f"{len(left)} being loaded when the watcher ended, the longest {left[0].name}"
    return [f"{when}, and no watcher is running: start one, it continues"]


def _strange_claims(inbox: Inbox, ledger: Ledger) -> list[str]:
    """Report claimed files that are none of this inbox as its journal has it: it was moved."""
    problems = []
    for each in inbox.watched:
        with suppress(OSError, LoaderError):  # that it cannot be looked at is a problem of its own
            if found := ledger.strangers_in(each.folder):
                where = each.folder.drop_location(f"{PROCESSING}/{found[0]}")
                problems.append(
                    f"{len(found)} taken, but not known here, the first in {where}: the inbox or"
                    " its journal was moved, or the watcher died right then. A watcher of the inbox"
                    " as it is now, with its journal, continues"
                )
    return problems


def _claimed_files(ledger: Ledger) -> list[WaitingFile]:
    return [
        WaitingFile(
            folder=folder,
            name=claim.name,
            since_at=at,
            is_claimed=True,
            reason=report.reason if report else "",
            needs_person=report is not None and report.needs_person,
        )
        for folder, claim, at, report in ledger.open_claims()
    ]


def _failed_files(inbox: Inbox, ledger: Ledger) -> tuple[DropReport, ...]:
    """Return the reports of the files in failed/ of the watched folders."""
    folders = {each.folder.name: each.folder for each in inbox.watched}
    return tuple(
        report
        for report in ledger.failed(limit=_MOST_FAILED)
        if report.drop.folder in folders and _may_exist(folders[report.drop.folder], report.file)
    )


def _final_name(report: DropReport) -> str:
    """Return the name that the file has now: another of its name may have been there."""
    return report.file.rpartition("/")[2] or report.drop.name


def _may_exist(folder: DropFolder, file: str) -> bool:
    try:
        return folder.exists(file)
    except (OSError, LoaderError):  # it cannot be looked at, which is a problem of its own
        return True


def _problems(
    folders: Sequence[FolderReport],
    waiting: Sequence[WaitingFile],
    failed: Sequence[DropReport],
    *,
    now: float,
    max_age_seconds: float | None,
) -> list[str]:
    problems = [f"{each.folder or 'the inbox'}: {each.error}" for each in folders if each.error]
    longest = max_age_seconds or 0.0
    problems += [
        f"{each.folder or 'the inbox'} waits: {each.trouble.message}"
        for each in folders
        if each.trouble is not None and now - each.trouble.since >= longest
    ]
    stuck = [file for file in waiting if file.needs_person]
    if stuck:
        first = f"{stuck[0].name}: {stuck[0].reason}"
        problems.append(f"{len(stuck)} waiting for what somebody must do, the longest {first}")
    if failed:
        problems.append(
            f"{len(failed)} failed, the latest {_final_name(failed[0])}: `loader inbox retry FILE`"
            " loads it again, and moving it out of failed/ ends this report"
        )
    if max_age_seconds is not None:
        late = [file for file in waiting if now - file.since_at > max_age_seconds]
        if late:
            problems.append(f"{len(late)} wait too long, the longest {late[0].name}")
    return problems
