"""Run a watcher: take the lock, open the ledger, end in order.

A stop ends the watcher: a load that is sending finishes what is in flight first, and its file stays
claimed, so that the next start goes on with it.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from loader.delivery.stop import StopSignal
from loader.errors import ExitCode, JournalError, LoaderError
from loader.inbox.events import Idle, InboxListener
from loader.inbox.find_inbox import Inbox, prepare
from loader.inbox.ledger import Ledger
from loader.inbox.load_file import FileLoader
from loader.inbox.lock import InboxLock, holder
from loader.inbox.schedule import Timing, run_scheduled
from loader.inbox.wake import TimedWake, Wake, wake_for
from loader.inbox.watcher import Clocks, Interrupted, Watcher
from loader.journal_address import DatabaseAddress
from loader.settings.schedule import Schedule

_STANDBY_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a watcher needs beside its inbox.

    Whoever opened the listener closes it; `say` and `warn` speak of the watcher itself.
    """

    listener: InboxListener
    say: Callable[[str], None]
    warn: Callable[[str], None]
    report_crash: Callable[[BaseException], str]
    stop: StopSignal
    sandbox: bool = False


def watch(inbox: Inbox, service: Service) -> ExitCode:
    """Watch an inbox until it is interrupted."""
    try:
        lock = _wait_for_lock(inbox, service)
        wake = wake_for(inbox.monitored_folders)
        try:
            _keep_watching(inbox, service, wake)
        finally:
            wake.close()
            lock.close()
    except (KeyboardInterrupt, Interrupted):
        service.say("stopped; the next start continues with what was claimed")
    return ExitCode.OK


def watch_once(inbox: Inbox, service: Service) -> ExitCode:
    """Load what is in an inbox; return the exit code."""
    try:
        lock = _lock(inbox)
        if lock is None:
            service.say(f"nothing done: {_busy_message(inbox)}")
            return ExitCode.OK
        try:
            with _watcher(inbox, service, TimedWake()) as watcher:
                return watcher.run_once()
        finally:
            lock.close()
    except (KeyboardInterrupt, Interrupted):
        service.say("stopped; the next start continues with what was claimed")
        return ExitCode.INTERRUPTED


def watch_scheduled(
    schedules: Sequence[Schedule], service: Service, *, inbox_of: Callable[[Schedule], Inbox]
) -> ExitCode:
    """Load what is in the inboxes whenever a schedule is due, until it is interrupted."""

    def on_due(schedule: Schedule) -> None:
        service.say(f"schedule {schedule.name} is due")
        try:
            inbox = inbox_of(schedule)
            prepare(inbox)
            code = watch_once(inbox, service)
        except LoaderError as error:
            service.warn(f"schedule {schedule.name}: {error}")
            return
        if code is ExitCode.INTERRUPTED:
            raise KeyboardInterrupt

    def on_missed(schedule: Schedule, times: int) -> None:
        service.warn(f"schedule {schedule.name} was due {times} more times while it was at work")

    timing = Timing(
        now=time.time,
        wait=threading.Event().wait,
        tick=lambda: service.listener(Idle()),
    )
    with suppress(KeyboardInterrupt):
        run_scheduled(schedules, on_due=on_due, on_missed=on_missed, timing=timing)
    return ExitCode.OK


def _keep_watching(inbox: Inbox, service: Service, wake: Wake) -> None:
    """Watch; begin again when the journal's session is lost: others may take the claims over."""
    is_again = False
    while True:
        try:
            with _watcher(inbox, service, wake) as watcher:
                service.say(f"watching {inbox.name}{' again' if is_again else ''}")
                is_again = True
                watcher.run()
        except JournalError as error:
            if not is_again:
                raise
            service.warn(f"{error}. What was claimed is left to others; this watcher begins again")
            wake.wait(inbox.settings.retry_seconds)


@contextmanager
def _watcher(inbox: Inbox, service: Service, wake: Wake) -> Iterator[Watcher]:
    with Ledger.open(inbox.journal, inbox=inbox.name, clock=time.time) as ledger:
        yield Watcher(
            inbox.watched,
            inbox=inbox.name,
            settings=inbox.settings,
            ledger=ledger,
            file_loader=FileLoader(
                ledger=ledger,
                listener=service.listener,
                sandbox=service.sandbox,
                report_crash=service.report_crash,
                stop=service.stop,
            ),
            listener=service.listener,
            clocks=Clocks(now=time.time, monotonic=time.monotonic),
            wake=wake,
        )


def _wait_for_lock(inbox: Inbox, service: Service) -> InboxLock:
    lock = _lock(inbox)
    if lock is None:
        service.say(f"on standby: {_busy_message(inbox)}")
    while lock is None:
        service.listener(Idle())  # it is alive, though it has nothing to do
        time.sleep(_STANDBY_SECONDS)
        lock = _lock(inbox)
    return lock


def _lock(inbox: Inbox) -> InboxLock | None:
    return InboxLock.take(inbox.lock, shared=isinstance(inbox.journal, DatabaseAddress))


def _busy_message(inbox: Inbox) -> str:
    return f"the inbox {inbox.name} is watched by {holder(inbox.lock) or 'another process'}"
