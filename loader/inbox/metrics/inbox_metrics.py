"""Every metric of the inbox, and the listener that counts.

The registry is our own, not the global one. Labels are bounded: folders ("." is the inbox itself)
and outcomes, never files or offers. Times are Unix times, so that an alert can compare them with
`time()`. Where nothing waits there is no series, so that an alert about it cannot fire.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
)

from loader import __version__
from loader.events import Event, RequestAnswered, RequestSent, RowsDone
from loader.inbox.drops import Drop, DropOutcome, DropReport, FolderStatus, Outage
from loader.inbox.events import (
    FileBegan,
    FileEnded,
    FileProgress,
    FolderRecovered,
    FolderWaits,
    Idle,
    InboxEvent,
)
from loader.model import OutcomeKind

SUCCESSES: Final = frozenset(
    {DropOutcome.LOADED, DropOutcome.LOADED_WITH_ERRORS, DropOutcome.DUPLICATE}
)
REQUEST_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
FILE_BUCKETS: Final = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0)
_LABELS: Final = {OutcomeKind.DONE: "created"}  # as dashboards know it


class InboxMetrics:
    """Counts what happens in the inbox."""

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        # They are a series more for each, and `loader_rows_created` would mislead.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library forgot to say None
        self._now = now
        self.registry = CollectorRegistry()
        self.alive_at = now()  # when something was last heard
        self._in_progress: dict[str, set[str]] = {}
        self._troubles: dict[str, Outage] = {}
        self._with_oldest: set[str] = set()
        self._make()

    def _make(self) -> None:
        registry = self.registry
        Info("loader", "The loader that counts here.", registry=registry).info(
            {"version": __version__}
        )
        self._files = Counter(
            "loader_files",
            "Dropped files that came to an end, by outcome.",
            ["folder", "outcome"],
            registry=registry,
        )
        self._rows = Counter(
            "loader_rows", "Rows, by how they ended.", ["folder", "outcome"], registry=registry
        )
        self._requests = Histogram(
            "loader_request_seconds",
            "Time from sending a request to its outcome, by outcome.",
            ["outcome"],
            buckets=REQUEST_BUCKETS,
            registry=registry,
        )
        self._file_seconds = Histogram(
            "loader_file_seconds",
            "Time from claiming a file to its end.",
            ["folder"],
            buckets=FILE_BUCKETS,
            registry=registry,
        )
        self._make_gauges(registry)

    def _make_gauges(self, registry: CollectorRegistry) -> None:
        self._in_flight = Gauge(
            "loader_requests_in_flight", "Creates without a reply yet.", registry=registry
        )
        self._working = Gauge(
            "loader_files_in_progress",
            "Claimed files that are being worked on.",
            ["folder"],
            registry=registry,
        )
        self._waiting = Gauge(
            "loader_files_waiting",
            "Files that lie in the folder, whole or not.",
            ["folder"],
            registry=registry,
        )
        self._oldest = Gauge(
            "loader_oldest_waiting_timestamp_seconds",
            "Since when the oldest waiting file lies there; no series where none waits.",
            ["folder"],
            registry=registry,
        )
        self._success = Gauge(
            "loader_last_success_timestamp_seconds",
            "When a file last came to an end that is no failure.",
            ["folder"],
            registry=registry,
        )
        self._looked = Gauge(
            "loader_last_look_timestamp_seconds",
            "When the folder was last looked at with nothing ready.",
            ["folder"],
            registry=registry,
        )
        self._troubled = Gauge(
            "loader_folder_troubled",
            "1 while the folder waits for the API, the journal, itself or a setting.",
            ["folder", "kind"],
            registry=registry,
        )

    @property
    def troubles(self) -> tuple[Outage, ...]:
        """What keeps folders waiting now."""
        return tuple(self._troubles.values())

    @property
    def is_loading(self) -> bool:
        """Whether a file is being worked on."""
        return any(tuple(self._in_progress.values()))  # asked from another thread

    def restore(self, name: str, labels: dict[str, str], value: float) -> None:
        """Go on from a value that an earlier process wrote; other names are passed over."""
        goes_on: dict[str, Counter | Gauge] = {
            "loader_files_total": self._files,
            "loader_rows_total": self._rows,
            "loader_last_success_timestamp_seconds": self._success,
        }
        if name in goes_on:
            goes_on[name].labels(**labels).inc(value)

    def __call__(self, event: InboxEvent) -> None:
        """Count an event."""
        self.alive_at = self._now()
        match event:
            case FileBegan():
                self._in_progress.setdefault(event.drop.folder, set()).add(event.drop.token)
                self._show_progress(event.drop.folder)
            case FileProgress():
                self._count(event.drop, event.event)
            case FileEnded():
                self._file_ended(event.report)
            case FolderWaits():
                self._folder_waits(event.outage)
            case FolderRecovered():
                self._folder_recovered(event.outage)
            case Idle():
                self._show_waiting(event.folders)

    def _count(self, drop: Drop, event: Event) -> None:
        """Count rows by how they ended, and requests in and out."""
        match event:
            case RowsDone():
                ended = {
                    "created": event.created,
                    "failed": event.failed,
                    "unknown": event.unknown,
                }
                for outcome, count in ended.items():
                    if count:
                        self._rows.labels(_shown(drop.folder), outcome).inc(count)
            case RequestSent():
                self._in_flight.inc()
            case RequestAnswered(outcome=outcome):
                self._in_flight.dec()
                self._requests.labels(_LABELS.get(outcome.kind, outcome.kind)).observe(
                    outcome.elapsed_seconds
                )

    def _file_ended(self, report: DropReport) -> None:
        folder = report.drop.folder
        self._in_progress.setdefault(folder, set()).discard(report.drop.token)
        self._show_progress(folder)
        if report.outcome is DropOutcome.WAITING:
            return
        self._files.labels(_shown(folder), report.outcome).inc()
        self._file_seconds.labels(_shown(folder)).observe(
            report.finished_at - report.drop.claimed_at
        )
        if report.outcome is DropOutcome.DUPLICATE:
            self._rows.labels(_shown(folder), "duplicate").inc(report.counts.read)
        else:
            self._rows.labels(_shown(folder), "duplicate").inc(report.counts.duplicate)
            self._rows.labels(_shown(folder), "invalid").inc(report.counts.invalid)
        if report.outcome in SUCCESSES:
            self._success.labels(_shown(folder)).set(report.finished_at)

    def _folder_waits(self, trouble: Outage) -> None:
        """Show why a folder waits, and that no other reason holds."""
        self._folder_recovered(trouble)
        self._troubles[trouble.folder] = trouble
        self._in_progress.pop(trouble.folder, None)  # it never came to an end
        self._show_progress(trouble.folder)
        self._troubled.labels(_shown(trouble.folder), trouble.kind).set(1)

    def _folder_recovered(self, trouble: Outage) -> None:
        before = self._troubles.pop(trouble.folder, None)
        if before is not None:
            self._troubled.labels(_shown(before.folder), before.kind).set(0)

    def _show_waiting(self, statuses: Sequence[FolderStatus]) -> None:
        for status in statuses:
            self._waiting.labels(_shown(status.folder)).set(status.waiting)
            self._looked.labels(_shown(status.folder)).set(status.looked_at)
            self._show_oldest(status.folder, status.oldest_at)

    def _show_oldest(self, folder: str, at: float | None) -> None:
        if at is not None:
            self._with_oldest.add(folder)
            self._oldest.labels(_shown(folder)).set(at)
        elif folder in self._with_oldest:
            self._with_oldest.discard(folder)
            self._oldest.remove(_shown(folder))

    def _show_progress(self, folder: str) -> None:
        self._working.labels(_shown(folder)).set(len(self._in_progress.get(folder, ())))


def _shown(folder: str) -> str:
    """Give the label of a folder: an empty one would be none."""
    return folder or "."
