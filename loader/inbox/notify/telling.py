"""The listener that tells people: in a thread of its own, so that no load waits for it.

    a file ends -> message -> queue -> thread -> webhook and e-mail, each tried a few times

Rules of this file: failing to tell never fails a load, it is said in the log; the queue has a
limit, and what does not fit is said too; at the end the thread gets a little time to finish.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from loader.inbox.listening import Silent
from loader.inbox.notify.attempt import Refused, Unheard, Untold
from loader.inbox.notify.message import message_of
from loader.inbox.values import Drop, DropOutcome, DropReport
from loader.settings.notify import NotifySettings

PAUSES_SECONDS: Final = (1.0, 5.0, 20.0)  # between the tries
MOST_WAITING: Final = 200
LAST_SECONDS: Final = 60.0  # for what is still to be told when the loader ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to tell: its name in the log, and how. `tell` raises `Untold`."""

    name: str
    tell: Callable[[DropReport], None]


class Notifier(Silent):
    """Tells the end of every file that the settings ask for."""

    def __init__(
        self,
        ways: Sequence[Way],
        *,
        outcomes: Sequence[str],
        complain: Callable[[str], None],
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
    ) -> None:
        self._ways = tuple(ways)
        self._outcomes = frozenset(outcomes)
        self._complain = complain
        self._pauses = tuple(pauses_seconds)
        self._reports: queue.Queue[DropReport | None] = queue.Queue(maxsize=MOST_WAITING)
        self._waits: dict[str, str] = {}  # token -> why, as it was told
        self._hurry = threading.Event()  # the loader ends: no more pauses
        self._thread = threading.Thread(target=self._work, name="notify", daemon=True)
        self._thread.start()

    def ended(self, report: DropReport) -> None:
        """Have it told."""
        if self._is_known(report) or report.outcome not in self._outcomes:
            return
        try:
            self._reports.put_nowait(report)
        except queue.Full:
            self._complain(f"nobody was told about {report.drop.name}: too much waits to be told")

    def _is_known(self, report: DropReport) -> bool:
        """Say whether it is told already that the file waits, and for what."""
        if report.outcome is not DropOutcome.WAITING:
            self._waits.pop(report.drop.token, None)
            return False
        known = self._waits.get(report.drop.token) == report.reason
        self._waits[report.drop.token] = report.reason
        return known

    def close(self) -> None:
        """Tell what is left, each once more, within a little time."""
        self._hurry.set()
        with suppress(queue.Full):
            self._reports.put(None, timeout=LAST_SECONDS)
        self._thread.join(LAST_SECONDS)
        if self._thread.is_alive():
            self._complain(f"{self._reports.qsize()} notifications were not sent")

    def _work(self) -> None:
        while (report := self._reports.get()) is not None:
            for way in self._ways:
                self._tell(way, report)

    def _tell(self, way: Way, report: DropReport) -> None:
        for pause in (*self._pauses, None):
            try:
                way.tell(report)
            except Unheard as error:
                if pause is None or self._hurry.is_set():
                    self._give_up(way, report, error)
                    return
                self._hurry.wait(pause)
            except Refused as error:
                self._give_up(way, report, error)
                return
            except Exception as error:  # noqa: BLE001 - one way that fails must not end the thread
                self._give_up(way, report, error)
                return
            else:
                return

    def _give_up(self, way: Way, report: DropReport, error: Exception) -> None:
        what = str(error) if isinstance(error, Untold) else type(error).__name__
        self._complain(f"{way.name}: nobody was told about {report.drop.name}: {what}")


def notifier(settings: NotifySettings, *, complain: Callable[[str], None]) -> Notifier | None:
    """Make the listener that the settings ask for, or none."""
    ways = _ways(settings)
    if not ways:
        return None
    return Notifier(ways, outcomes=settings.telling.outcomes, complain=complain)


def try_out(settings: NotifySettings, *, now: float) -> dict[str, str]:
    """Tell everyone, once, that this is a test; return why not, by way ("": told)."""
    drop = Drop(inbox="", folder="", name="a test", token="-", claimed_at=now)  # noqa: S106 - no secret
    report = DropReport(
        drop=drop, outcome=DropOutcome.LOADED, reason="this is a test", finished_at=now
    )
    return {way.name: _tried(way, report) for way in _ways(settings)}


def _tried(way: Way, report: DropReport) -> str:
    try:
        way.tell(report)
    except Untold as error:
        return str(error)
    return ""


def _ways(settings: NotifySettings) -> list[Way]:
    ways = []
    if settings.webhook is not None:
        ways.append(Way(name="webhook", tell=partial(_by_webhook, settings)))
    if settings.email is not None:
        ways.append(Way(name="e-mail", tell=partial(_by_email, settings)))
    return ways


def _by_webhook(settings: NotifySettings, report: DropReport) -> None:
    from loader.inbox.notify.webhook import post  # noqa: PLC0415 - only where it is used

    assert settings.webhook is not None  # noqa: S101 - `_ways` looked
    post(settings.webhook, message_of(report, link_root=settings.telling.link_root), report)


def _by_email(settings: NotifySettings, report: DropReport) -> None:
    from loader.inbox.notify.email import mail_of, send  # noqa: PLC0415 - only where it is used

    assert settings.email is not None  # noqa: S101 - `_ways` looked
    message = message_of(report, link_root=settings.telling.link_root)
    send(
        settings.email, mail_of(settings.email, message, workbook=report.to_mend or report.results)
    )
