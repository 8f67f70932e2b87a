"""What happens in the inbox as JSON lines, for log collectors.

    {"event": "file ended", "run": "…", "file": "crm/offers.csv", "outcome": "loaded", …}
    {"event": "rows wrong", "run": "…", "file": "crm/offers.csv", "row": 17, "cell": "F17", …}

A line has one event name and fields, no prose with values in it. It names the file and the claim,
and the run as soon as there is one. Whatever looks like a secret is hidden in every field.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from loader.inbox.drops import Drop, DropOutcome, DropReport, FolderStatus, Outage, relative_path
from loader.inbox.events import (
    FileBegan,
    FileEnded,
    FileIgnored,
    FolderRecovered,
    FolderWaits,
    Idle,
    InboxEvent,
)


class Log:
    """Gives `write` one JSON object a line."""

    def __init__(self, write: Callable[[str], None], *, redact: Callable[[str], str]) -> None:
        self._log = structlog.wrap_logger(
            _LineLogger(write),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                _ordered_and_redacted(redact),
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.BoundLogger,
            context_class=dict,
        )
        self._waiting: dict[str, int] = {}

    def say(self, message: str) -> None:
        """Log something about the watcher itself."""
        self._log.info("watcher", message=message)

    def complain(self, message: str) -> None:
        """Log what is wrong beside the loads: notifications that failed, listings missed."""
        self._log.warning("trouble", message=message)

    def __call__(self, event: InboxEvent) -> None:
        """Log an event."""
        match event:
            case FileBegan():
                self._log.info("file started", **_file(event.drop))
            case FileEnded():
                self._file_ended(event.report)
            case FolderWaits(outage=outage):
                again_at = _time(outage.again_at)
                self._log.error("folder waits", **_outage(outage), again_at=again_at)
            case FolderRecovered():
                self._log.info("folder goes on", **_outage(event.outage))
            case FileIgnored(what=what):
                self._log.info(
                    "file ignored", folder=event.folder, file=what.name, reason=what.reason
                )
            case Idle():
                self._log_waiting(event.folders)

    def _file_ended(self, report: DropReport) -> None:
        """Log what became of a file, and the commonest of what is wrong with its rows."""
        fields = {**_file(report.drop), "run": report.run_id}
        for error in report.commonest:
            self._log.warning(
                "rows wrong",
                **fields,
                row=error.row_number,
                cell=error.where,
                code=error.code,
                rows=error.count,
                message=error.message,
            )
        say = self._log.error if report.outcome is DropOutcome.FAILED else self._log.info
        counts = report.counts
        say(
            "file ended" if report.outcome is not DropOutcome.WAITING else "file waits",
            **fields,
            outcome=str(report.outcome),
            reason=report.reason,
            read=counts.read,
            created=counts.created,
            duplicate=counts.duplicate,
            invalid=counts.invalid,
            failed=counts.failed,
            unknown=counts.unknown,
            pending=counts.pending,
            undone=counts.undone,
            seconds=round(report.finished_at - report.drop.claimed_at, 3),
            stored_at=report.file,
            results=report.results,
            to_mend=report.to_mend,
        )

    def _log_waiting(self, statuses: Sequence[FolderStatus]) -> None:
        """Log how many files wait, where that changed."""
        for status in statuses:
            if self._waiting.get(status.folder, 0) != status.waiting:
                self._waiting[status.folder] = status.waiting
                self._log.info(
                    "files waiting",
                    inbox=status.inbox,
                    folder=status.folder,
                    waiting=status.waiting,
                )


def _file(drop: Drop) -> dict[str, Any]:  # Any: fields of a log line
    path = relative_path(drop.folder, drop.name)
    return {"inbox": drop.inbox, "file": path, "claim": drop.token}


def _outage(trouble: Outage) -> dict[str, Any]:  # Any: as above
    return {
        "inbox": trouble.inbox,
        "folder": trouble.folder,
        "kind": str(trouble.kind),
        "message": trouble.message,
        "since": _time(trouble.since),
    }


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _ordered_and_redacted(
    redact: Callable[[str], str],
) -> Callable[[Any, str, MutableMapping[str, Any]], Mapping[str, Any]]:
    def process(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> Mapping[str, Any]:
        first = {name: fields.pop(name) for name in ("at", "level", "event")}
        return {
            name: redact(value) if isinstance(value, str) else value
            for name, value in {**first, **fields}.items()
        }

    return process


class _LineLogger:
    """The logger that structlog writes to: each level writes a line."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.info = self.warning = self.error = write
