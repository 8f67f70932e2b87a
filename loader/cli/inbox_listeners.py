"""The listeners of a watcher, as loader.toml asks: terminal or log, metrics, notifications.

Every mistake in those tables is reported before anything is claimed; the metrics count an
event before their file is written.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from loader.cli.output.inbox import Reports, Terminal
from loader.cli.output.terminal import echo_err, log_document
from loader.events import isolated
from loader.inbox.events import InboxListener, WatcherClosed
from loader.redaction import SECRETS
from loader.settings import Settings
from loader.settings.config_file import Document
from loader.settings.metrics import LogSettings, MetricsSettings, log_settings, metrics_settings
from loader.settings.notify import NotifySettings, notify_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedListeners:
    """All listeners as one; `say` and `warn` speak of the watcher itself."""

    listener: InboxListener
    say: Callable[[str], None]
    warn: Callable[[str], None]


@contextmanager
def opened_listeners(
    document: Document,
    *,
    network: Callable[[], Settings],
    keeps_running: bool,
    as_json: bool,
    quiet: bool,
) -> Iterator[JoinedListeners]:
    """Give the listeners until the block ends; `keeps_running` is False with --once.

    `network` gives the settings that say how to reach a webhook.
    """
    notify = notify_settings(document, environment=os.environ)
    metrics, log = metrics_settings(document), log_settings(document)
    SECRETS.add(*notify.secret_values())
    with ExitStack() as stack:
        first, say, warn = _text_listeners(
            log, keeps_running=keeps_running, as_json=as_json, quiet=quiet
        )
        others = _metrics_listeners(metrics, stack, warn, keeps_running=keeps_running) + _notifiers(
            notify, warn, network
        )
        listener = isolated([*first, *others], complain=warn)
        stack.callback(listener, WatcherClosed())
        yield JoinedListeners(listener=listener, say=say, warn=warn)


def _text_listeners(
    settings: LogSettings, *, keeps_running: bool, as_json: bool, quiet: bool
) -> tuple[list[InboxListener], Callable[[str], None], Callable[[str], None]]:
    """Return the listener that writes text or a log, and how to say something and to warn."""
    text = settings.form == "text" or (
        settings.form == "auto" and (not keeps_running or sys.stderr.isatty())
    )

    if text:
        terminal = Terminal(as_json=as_json, quiet=quiet)
        return [terminal], terminal.say, lambda message: echo_err(f"note: {SECRETS.hide(message)}")
    from loader.inbox.logs import Log  # noqa: PLC0415 - only where it is used

    log = Log(log_document, redact=SECRETS.hide)
    return [log, *([Reports()] if as_json else [])], log.say, log.complain


def _metrics_listeners(
    settings: MetricsSettings, stack: ExitStack, warn: Callable[[str], None], *, keeps_running: bool
) -> list[InboxListener]:
    address = settings.host_and_port() if keeps_running else None
    if address is None and settings.textfile is None:
        return []
    from loader.inbox.metrics.inbox_metrics import InboxMetrics  # noqa: PLC0415 - only where it is used

    numbers = InboxMetrics()
    listeners: list[InboxListener] = [numbers]
    if address is not None:
        from loader.inbox.metrics.endpoint import serve_metrics  # noqa: PLC0415 - as above

        stack.enter_context(serve_metrics(numbers, address, now=time.time))
    if settings.textfile is not None:
        from loader.inbox.metrics.textfile import Textfile  # noqa: PLC0415 - as above

        listeners.append(Textfile(numbers, settings.textfile, complain=warn))
    return listeners


def _notifiers(
    settings: NotifySettings, warn: Callable[[str], None], network: Callable[[], Settings]
) -> list[InboxListener]:
    from loader.inbox.notify import notifier  # noqa: PLC0415 - httpx is slow to import

    notifying = notifier(settings, complain=warn, network=network)
    return [] if notifying is None else [notifying]
