"""The listener that notifies people, in a thread of its own so that no load waits for it.

    a file ends, a folder waits -> message -> queue -> thread -> webhook, e-mail (a few times)

A notification that fails never fails a load; the log says so. The queue is bounded, and what does
not fit is logged too. When the watcher ends, the thread gets a little time to finish.

Why not apprise: its result is only true or false, so the log could not say why a notification
failed, nor a retry depend on it; and its mail takes no CA file.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from loader.inbox.drops import Drop, DropOutcome, DropReport, Outage
from loader.inbox.events import FileEnded, FolderRecovered, FolderWaits, InboxEvent, WatcherClosed
from loader.inbox.notify.errors import NotifyError, Unreachable
from loader.inbox.notify.message import Message, file_message, outage_message
from loader.settings import Settings
from loader.settings.notify import EmailSettings, NotifyRules, NotifySettings, WebhookSettings

PAUSES_SECONDS: Final = (1.0, 5.0, 20.0)  # between the tries
MOST_WAITING: Final = 200
Network: TypeAlias = Callable[[], Settings]  # the settings that name a proxy and authorities
LAST_SECONDS: Final = 60.0  # for notifications that still wait when the loader ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel: its name in the log, and how to send. `send` raises `NotifyError`."""

    name: str
    send: Callable[[Message], None]


class Notifier:
    """Notifies of the outcomes that the settings name, and of outages that last."""

    def __init__(
        self,
        channels: Sequence[Channel],
        *,
        rules: NotifyRules,
        complain: Callable[[str], None],
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
    ) -> None:
        self._channels = tuple(channels)
        self._rules = rules
        self._complain = complain
        self._pauses = tuple(pauses_seconds)
        self._messages: queue.Queue[Message | None] = queue.Queue(maxsize=MOST_WAITING)
        self._waits: dict[str, str] = {}  # token -> the reason that was sent
        self._notified_outages: set[tuple[str, str]] = set()  # (inbox, folder)
        self._hurry = threading.Event()  # the loader ends: no more pauses
        self._thread = threading.Thread(target=self._work, name="notify", daemon=True)
        self._thread.start()

    def __call__(self, event: InboxEvent) -> None:
        """Queue a message where people are to be notified of the event."""
        match event:
            case FileEnded():
                self._file_ended(event.report)
            case FolderWaits():
                self._folder_waits(event.outage)
            case FolderRecovered():
                self._folder_recovered(event.outage)
            case WatcherClosed():
                self._close()

    def _file_ended(self, report: DropReport) -> None:
        if not self._was_notified(report) and report.outcome in self._rules.outcomes:
            self._enqueue(file_message(report, link_root=self._rules.link_root))

    def _folder_waits(self, trouble: Outage) -> None:
        """Notify once, when it lasts."""
        folder = (trouble.inbox, trouble.folder)
        lasts = self._rules.trouble_after_seconds
        if (
            lasts
            and folder not in self._notified_outages
            and trouble.again_at - trouble.since >= lasts
        ):
            self._notified_outages.add(folder)
            self._enqueue(outage_message(trouble, is_over=False))

    def _folder_recovered(self, trouble: Outage) -> None:
        """Notify those who were notified of the outage."""
        folder = (trouble.inbox, trouble.folder)
        if folder in self._notified_outages:
            self._notified_outages.discard(folder)
            self._enqueue(outage_message(trouble, is_over=True))

    def _enqueue(self, message: Message) -> None:
        try:
            self._messages.put_nowait(message)
        except queue.Full:
            self._complain(f'nobody was notified of "{message.title}": too many notifications wait')

    def _was_notified(self, report: DropReport) -> bool:
        """Return whether the file waits for a reason that was sent before; note the reason."""
        if report.outcome is not DropOutcome.WAITING:
            self._waits.pop(report.drop.token, None)
            return False
        known = self._waits.get(report.drop.token) == report.reason
        self._waits[report.drop.token] = report.reason
        return known

    def _close(self) -> None:
        """Send what is left, each once more, within a limited time."""
        self._hurry.set()
        with suppress(queue.Full):
            self._messages.put(None, timeout=LAST_SECONDS)
        self._thread.join(LAST_SECONDS)
        if self._thread.is_alive():
            self._complain(f"{self._messages.qsize()} notifications were not sent")

    def _work(self) -> None:
        while (message := self._messages.get()) is not None:
            for channel in self._channels:
                self._send(channel, message)

    def _send(self, channel: Channel, message: Message) -> None:
        for pause in (*self._pauses, None):
            try:
                channel.send(message)
            except Unreachable as error:
                if pause is None or self._hurry.is_set():
                    self._give_up(channel, message, error)
                    return
                self._hurry.wait(pause)
            except Exception as error:  # noqa: BLE001 - one channel that fails must not end the thread
                self._give_up(channel, message, error)
                return
            else:
                return

    def _give_up(self, channel: Channel, message: Message, error: Exception) -> None:
        what = str(error) if isinstance(error, NotifyError) else type(error).__name__
        self._complain(f'{channel.name}: nobody was notified of "{message.title}": {what}')


def notifier(
    settings: NotifySettings, *, complain: Callable[[str], None], network: Network | None = None
) -> Notifier | None:
    """Return the listener that the settings ask for, or None; `network`: the proxy settings."""
    channels = _channels(settings, network)
    if not channels:
        return None
    return Notifier(channels, rules=settings.rules, complain=complain)


def send_test(
    settings: NotifySettings, *, now: float, network: Network | None = None
) -> dict[str, str]:
    """Send a test on every channel; return why each failed ("" where it was sent)."""
    drop = Drop(inbox="", folder="", name="a test", token="-", claimed_at=now)  # noqa: S106 - no secret
    report = DropReport(
        drop=drop, outcome=DropOutcome.LOADED, reason="this is a test", finished_at=now
    )
    return {
        channel.name: _try_send(channel, file_message(report))
        for channel in _channels(settings, network)
    }


def _try_send(channel: Channel, message: Message) -> str:
    try:
        channel.send(message)
    except NotifyError as error:
        return str(error)
    return ""


def _channels(settings: NotifySettings, network: Network | None) -> list[Channel]:
    channels = []
    if settings.webhook is not None:
        channels.append(Channel(name="webhook", send=_webhook(settings.webhook, network)))
    if settings.email is not None:
        channels.append(Channel(name="e-mail", send=partial(_send_email, settings.email)))
    return channels


def _webhook(settings: WebhookSettings, network: Network | None) -> Callable[[Message], None]:
    from loader.inbox.notify.webhook import post  # noqa: PLC0415 - only where it is used

    if network is None:
        return partial(post, settings)
    network_settings = network()
    proxy = network_settings.proxy_for(settings.url.get_secret_value())
    return partial(post, settings, proxy=proxy, ca_file=str(network_settings.ca_file or ""))


def _send_email(settings: EmailSettings, message: Message) -> None:
    from loader.inbox.notify.email import compose_mail, send  # noqa: PLC0415 - only where it is used

    send(settings, compose_mail(settings, message))
