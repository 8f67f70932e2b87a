"""The inbox in words: what happens while it is watched, and its status."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from textwrap import shorten
from typing import Final
from zoneinfo import ZoneInfo

from loader.cli.output.formats import json_text, utc_text
from loader.cli.output.terminal import (
    echo,
    echo_document,
    echo_err,
    echo_table,
    is_attended,
    on_one_line,
)
from loader.inbox.drops import (
    DropOutcome,
    DropReport,
    Outage,
    relative_path,
)
from loader.inbox.events import (
    FileBegan,
    FileEnded,
    FileIgnored,
    FolderRecovered,
    FolderWaits,
    Idle,
    InboxEvent,
)
from loader.inbox.ledger import as_json as report_json
from loader.inbox.schedule import Due
from loader.inbox.status import InboxStatus

_LONGEST: Final = 200  # characters of a reason in a table
_SUCCESSES = frozenset({DropOutcome.LOADED, DropOutcome.DUPLICATE})


class Terminal:
    """A listener: a line for every file, on standard output; troubles on standard error."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._shown: dict[str, str] = {}  # folder -> the trouble that was shown last
        self._is_silent = True  # as far as anything was to be said

    def say(self, text: str) -> None:
        """Say something about the watcher itself."""
        self._is_silent = False
        if not self._quiet and not self._as_json:
            echo_err(on_one_line(text))

    def __call__(self, event: InboxEvent) -> None:
        """Show an event."""
        match event:
            case Idle():
                if self._is_silent and is_attended():  # a timer would mail it every time
                    self.say("nothing to load")
            case FileBegan(drop=drop):
                self.say(f"{relative_path(drop.folder, drop.name)}: taken")
            case FileEnded():
                self._file_ended(event.report)
            case FolderWaits():
                self._folder_waits(event.outage)
            case FolderRecovered(outage=outage):
                self._shown.pop(outage.folder, None)
                echo_err(f"{outage.folder or 'the inbox'} goes on")
            case FileIgnored(what=what):
                self.say(f"ignored: {relative_path(event.folder, what.name)} {what.reason}")

    def _file_ended(self, report: DropReport) -> None:
        self._is_silent = False
        if self._as_json:
            echo_document(report_json(report, indent=None).decode())
        elif not self._quiet or report.outcome not in _SUCCESSES:
            echo(_report_line(report))

    def _folder_waits(self, trouble: Outage) -> None:
        """Say why a folder waits, once for each reason."""
        self._is_silent = False
        if self._shown.get(trouble.folder) != trouble.message:
            self._shown[trouble.folder] = trouble.message
            pause = max(0, round(trouble.again_at - time.time()))
            where = trouble.folder or "the inbox"
            echo_err(on_one_line(f"{where} waits ({trouble.kind}), next try in {pause} s: ")
                 + on_one_line(trouble.message))  # fmt: skip


class Reports:
    """A listener: the report of every file as JSON on standard output, and nothing else."""

    def __call__(self, event: InboxEvent) -> None:
        """Print the report of a file that ended or waits."""
        if isinstance(event, FileEnded):
            echo_document(report_json(event.report, indent=None).decode())


def show_due(found: Sequence[Due], *, inbox: str, as_json: bool) -> None:
    """Show when schedules are due, in their zones and in UTC."""
    if as_json:
        echo_document(json_text({"next": [_due(due, inbox) for due in found]}))
        return
    echo_table(
        ("schedule", "local time", "zone", "UTC", "inbox"),
        [
            (
                due.schedule.name,
                f"{datetime.fromtimestamp(due.at, ZoneInfo(due.schedule.zone)):%a %Y-%m-%d %H:%M}",
                due.schedule.zone,
                utc_text(due.at) or "",
                due.schedule.inbox or inbox,
            )
            for due in found
        ],
    )


def _due(due: Due, inbox: str) -> dict[str, object]:
    local = datetime.fromtimestamp(due.at, ZoneInfo(due.schedule.zone))
    return {
        "schedule": due.schedule.name,
        "cron": due.schedule.cron,
        "local": local.isoformat(),
        "utc": utc_text(due.at),
        "inbox": due.schedule.inbox or inbox,
    }


def show_status(status: InboxStatus, *, as_json: bool) -> None:
    """Show the status of an inbox."""
    if as_json:
        echo_document(json_text(status))
        return
    echo(f"inbox    {on_one_line(status.inbox)}")
    echo(f"watcher  {status.watcher or 'none'}")
    for folder in status.folders:
        name = folder.folder or "(inbox)"
        last = utc_text(folder.last_success_at) or "never"
        echo(f"folder   {on_one_line(name)}: last loaded {last}{_outage_suffix(folder.trouble)}")
        for left in folder.left_alone:
            echo(on_one_line(f"         ignored: {left.name} {left.reason}"))
    if status.waiting or status.failed:
        echo()
        echo_table(("file", "state", "since", "why"), [*_waiting(status), *_failed(status)])
        echo()
    for problem in status.problems:
        echo(f"problem: {on_one_line(problem)}")
    if not status.problems:
        echo("all is well")


def _waiting(status: InboxStatus) -> Iterator[tuple[str, str, str, str]]:
    for file in status.waiting:
        state = "waiting"
        if file.is_claimed:
            state = "claimed"
            if status.watcher:
                state = "retried" if file.reason else "loading"
        since = utc_text(file.since_at) or ""
        yield (
            relative_path(file.folder, file.name),
            state,
            since,
            shorten(file.reason, _LONGEST, placeholder=" …"),
        )


def _failed(status: InboxStatus) -> Iterator[tuple[str, str, str, str]]:
    for report in status.failed:
        yield (
            report.file,
            "failed",
            utc_text(report.finished_at) or "",
            shorten(report.reason, _LONGEST, placeholder=" …"),
        )


def _outage_suffix(trouble: Outage | None) -> str:
    if trouble is None:
        return ""
    return on_one_line(f"; waits since {utc_text(trouble.since)}: {trouble.message}")


def _report_line(report: DropReport) -> str:
    counts = report.counts.in_words()
    goes_to = f" -> {report.file}" if report.file else ""
    parts = filter(None, (counts, _on_one_line(report.reason)))
    name = relative_path(report.drop.folder, report.drop.name)
    return on_one_line(f"{name}: {': '.join((report.outcome, '; '.join(parts)))}{goes_to}")


def _on_one_line(reason: str) -> str:
    """Put a reason of several lines on one."""
    return " ".join(reason.split())
