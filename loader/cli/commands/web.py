"""`loader web`: the page on which a spreadsheet is dropped, fixed and sent."""

import asyncio
import os
import signal
import sys
import threading
import time
import webbrowser
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loader.cli.invocation import Invocation
from loader.cli.options import READING_FLAGS, TARGET_FLAGS, setting_flags
from loader.cli.output.terminal import echo, echo_err, is_attended
from loader.cli.typed_options import SettingFlags
from loader.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from loader.inbox.status import InboxStatus
    from loader.settings import Settings
    from loader.settings.web import WebSettings
    from loader.web.app_state import WebState
    from loader.web.server import RunningServer


@click.command()
@click.argument(
    "file",
    metavar="[FILE]",
    required=False,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Port of the page.  [a free one]"
)
@click.option("--no-browser", is_flag=True, help="Print the link only; open no browser.")
@click.option("--sandbox", is_flag=True, help="Send to the built-in sandbox; needs no settings.")
@click.option(
    "--listen",
    metavar="HOST",
    help="Serve others, too, at this address. Needs a certificate, or a proxy that signs people"
    " in: `loader explain web`.",
)
@setting_flags(*TARGET_FLAGS, *READING_FLAGS)
@click.pass_obj
def web(
    invocation: Invocation,
    *,
    file: Path | None,
    port: int | None,
    no_browser: bool,
    sandbox: bool,
    listen: str | None,
    given: SettingFlags,
) -> int:
    """Open a page in the browser: drop a spreadsheet, fix it there, and send it.

    The page is for this machine and the person who starts it: its link works once. It runs
    until Ctrl-C. A run that this stops can go on from the page later.
    """
    from loader.run.embedded_sandbox import sandbox_file, shared_sandbox
    from loader.settings import config_document
    from loader.settings.web import web_settings
    from loader.web.server import check_listening

    page = web_settings(config_document(given.config))
    check_listening(listen, page)
    settings = invocation.settings(given, needs_target=not sandbox)
    inbox = _inbox_status_reader(invocation, page, given, needs_target=not sandbox)
    state = _state(settings, page, sandbox=sandbox, named=file, read_inbox_status=inbox)
    chosen = page.port if port is None else port
    with shared_sandbox(sandbox_file(settings)) if sandbox else nullcontext():
        opens_browser = not (no_browser or listen)
        asyncio.run(
            _serve_until_signal(state, port=chosen, listen=listen, opens_browser=opens_browser)
        )
    return ExitCode.OK


def _state(
    settings: "Settings",
    page: "WebSettings",
    *,
    sandbox: bool,
    named: Path | None,
    read_inbox_status: "Callable[[], InboxStatus] | None",
) -> "WebState":
    from loader.web.app_state import WebState, data_folder, shown_target
    from loader.web.jobs import Jobs

    return WebState(
        settings=settings,
        web=page,
        target=shown_target(settings, is_rehearsal=sandbox),
        data=data_folder(settings),
        report_crash=_log_crash,
        jobs=Jobs(report_crash=_log_crash),
        named=None if named is None else named.resolve(),
        read_inbox_status=read_inbox_status,
    )


def _inbox_status_reader(
    invocation: Invocation, page: "WebSettings", given: SettingFlags, *, needs_target: bool
) -> "Callable[[], InboxStatus] | None":
    """Return a function that reads the status of the configured inbox; None without one."""
    name = page.inbox
    if name is None:
        return None
    from loader.cli.commands.watch import find_configured_inbox
    from loader.inbox.ledger import Ledger
    from loader.inbox.status import inbox_status

    def look() -> "InboxStatus":
        found = find_configured_inbox(invocation, name, given, needs_target=needs_target)
        with Ledger.read(found.journal, inbox=found.name, clock=time.time) as ledger:
            return inbox_status(found, ledger, now=time.time(), max_age_seconds=None)

    return look


def _log_crash(error: BaseException) -> str:
    from loader.cli.crash import write_crash_log  # only after a crash

    path = write_crash_log(error, arguments=sys.argv[1:])
    return str(path) if path else "no folder took them"


async def _serve_until_signal(
    state: "WebState", *, port: int, listen: str | None, opens_browser: bool
) -> None:
    """Serve until a signal; print the link, and a new one whenever Enter is pressed."""
    from loader.web.server import serve

    loop, until = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        if until.is_set():
            os._exit(ExitCode.INTERRUPTED)  # as safe as a kill: what was sent is in the journal
        until.set()
        if state.jobs.running():
            echo_err("finishing what is being sent; Ctrl-C again ends at once")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(end))

    def is_up(served: "RunningServer") -> None:
        _print_link(served, opens_browser=opens_browser)
        if is_attended() and served.new_ticket is not None:
            threading.Thread(target=_on_enter, args=(loop, served), daemon=True).start()

    await serve(state, port=port, listen=listen, is_up=is_up, until=until)


def _print_link(served: "RunningServer", *, opens_browser: bool) -> None:
    link = served.link()
    echo(link)
    if served.new_ticket is None:
        echo_err("People reach the page at this address through the proxy. Ctrl-C ends.")
    else:
        echo_err("Open this link in a browser: it works once. Enter prints a new one; Ctrl-C ends.")
    if opens_browser:
        threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()


def _on_enter(loop: asyncio.AbstractEventLoop, served: "RunningServer") -> None:
    for _ in sys.stdin:
        loop.call_soon_threadsafe(lambda: echo(served.link()))
