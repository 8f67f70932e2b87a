"""Runs at work: each in a thread of its own, one at a time for each target.

A job is what the page knows of a run while this server lives. The run itself is in the journal, so
a server that is killed loses nothing: its runs can go on.
"""

import contextvars
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from loader.delivery.stop import Ending, StopSignal
from loader.errors import LoaderError
from loader.events import Listener
from loader.redaction import SECRETS
from loader.web.progress import Progress

STOPPED_HERE: Final = "stopped on the page"  # why a run ended, as the journal keeps it
CLOSED_HERE: Final = "the page was closed"
_MOST_KEPT: Final = 50  # jobs that are over
_BEGIN_SECONDS: Final = 60.0

Work = Callable[[Listener, StopSignal], object]


class Job:
    """One run at work, or just over."""

    def __init__(
        self, kind: str, work: Work, *, report_crash: Callable[[BaseException], str]
    ) -> None:
        self.kind = kind
        self.progress = Progress()
        self.stop = StopSignal()
        self.report: object = None
        self.problem: LoaderError | None = None
        self.crash_log = ""
        self._work = work
        self._report_crash = report_crash
        self._over = threading.Event()
        context = contextvars.copy_context()  # in the name of whoever asks
        self._thread = threading.Thread(target=lambda: context.run(self._run), name=f"run {kind}")

    @property
    def run_id(self) -> str:
        """The run, as soon as the journal has it."""
        return self.progress.run_id

    @property
    def is_over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._over.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end; return whether it has ended."""
        return self._over.wait(seconds)

    def _run(self) -> None:
        try:
            self.report = self._work(self.progress, self.stop)
        except LoaderError as error:
            self.problem = error
        except BaseException as error:  # noqa: BLE001 - the outermost handler of the thread
            self.crash_log = self._report_crash(error) or "-"
        finally:
            self._over.set()
            self.progress.has_begun.set()

    def state(self) -> Mapping[str, Any]:
        """Return the state of the run, for the page."""
        return {
            **self.progress.state(),
            "kind": self.kind,
            "paused": self.stop.paused(),
            "stopping": self.stop.requested() and not self.is_over,
            "over": self.is_over,
            "problem": SECRETS.hide(str(self.problem)) if self.problem else "",
            "crash": self.crash_log,
        }


class Jobs:
    """All jobs of one server. `closing` asks whatever works for it to end."""

    def __init__(self, *, report_crash: Callable[[BaseException], str]) -> None:
        self.closing = StopSignal()
        self._report_crash = report_crash
        self._jobs: list[Job] = []
        self._lock = threading.Lock()

    def begin(self, kind: str, work: Work) -> Job:
        """Start a run, and wait until the journal has it. Raises what the run raised before that.

        Where another process or job holds the target, that is `JournalBusy`.
        """
        job = Job(kind, work, report_crash=self._report_crash)
        with self._lock:
            if self.closing.requested():
                raise LoaderError("the page is being closed: start it again", code="closing")
            over = [each for each in self._jobs if each.is_over]
            for each in over[: max(0, len(over) - _MOST_KEPT)]:
                self._jobs.remove(each)
            self._jobs.append(job)
            job.start()
        job.progress.has_begun.wait(_BEGIN_SECONDS)
        if job.problem is not None and not job.run_id:
            raise job.problem
        return job

    def of(self, run_id: str) -> Job | None:
        """Return the latest job of a run."""
        with self._lock:
            return next((job for job in reversed(self._jobs) if job.run_id == run_id), None)

    def running(self) -> tuple[Job, ...]:
        """Return the jobs that are not over."""
        with self._lock:
            return tuple(job for job in self._jobs if not job.is_over)

    def close(self) -> None:
        """Stop every run, and wait until what is in flight is finished."""
        with self._lock:
            self.closing.request(Ending.STOPPED, CLOSED_HERE)
        for job in self.running():
            job.stop.request(Ending.STOPPED, CLOSED_HERE)
        for job in self.running():
            job.wait()
