"""`loader watch`: load the files that are put into a folder."""

import sys
import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import click

from loader.cli.invocation import Invocation
from loader.cli.options import READING_FLAGS, TARGET_FLAGS, output_flags, setting_flags
from loader.cli.typed_options import SettingFlags

if TYPE_CHECKING:
    from loader.inbox.find_inbox import Inbox
    from loader.inbox.service import Service
    from loader.settings import Settings
    from loader.settings.config_file import Document
    from loader.settings.schedule import Schedule

_SHOWN_EACH = 3


@click.command()
@click.argument("inbox", metavar="INBOX", required=False)
@click.option(
    "--once", is_flag=True, help="Load the files that are there, then end: for cron and timers."
)
@click.option("--scheduled", is_flag=True, help="Scan only when a [[schedule]] is due.")
@click.option("--next", "shows_next", is_flag=True, help="Show when schedules are due, then end.")
@click.option("--sandbox", is_flag=True, help="Load into the built-in sandbox; needs no settings.")
@setting_flags(*TARGET_FLAGS, *READING_FLAGS)
@output_flags
@click.pass_obj
def watch(
    invocation: Invocation,
    *,
    inbox: str | None,
    once: bool,
    scheduled: bool,
    shows_next: bool,
    sandbox: bool,
    given: SettingFlags,
    as_json: bool,
    quiet: bool,
) -> int:
    """Load the files that are put into a folder, one by one.

    INBOX is a folder, or an address like s3://bucket/prefix or sftp://user@host/path. When a
    file is complete, it is moved to processing, loaded, and moved to done or failed with its
    results beside it. The next start continues what was stopped. Exit codes of --once: 0 nothing
    is left to do here, or another watcher does it; 1 a file or some of its rows failed; 4 and 5 the
    journal or the API cannot be used and files wait; 6 files wait; 130 stopped.
    """
    from loader.cli.inbox_listeners import opened_listeners
    from loader.cli.signals import stop_signal
    from loader.inbox.find_inbox import prepare
    from loader.inbox.service import Service, watch_once
    from loader.inbox.service import watch as watch_on
    from loader.settings import config_document

    document = config_document(given.config)
    if once and scheduled:
        raise click.UsageError("--once and --scheduled contradict each other; keep one")
    if shows_next:
        return _show_upcoming(document, inbox, as_json=as_json)
    if inbox is None and not scheduled:
        raise click.UsageError("Missing argument 'INBOX': the folder or address to watch")
    with (
        opened_listeners(
            document,
            network=lambda: invocation.network(given),
            keeps_running=not once,
            as_json=as_json,
            quiet=quiet,
        ) as listeners,
        stop_signal() as stop,
    ):
        service = Service(
            listener=listeners.listener,
            say=listeners.say,
            warn=listeners.warn,
            report_crash=_log_crash,
            stop=stop,
            sandbox=sandbox,
        )
        if scheduled:
            return _scheduled(document, inbox, invocation, given, service)
        found = find_configured_inbox(invocation, inbox or "", given, needs_target=not sandbox)
        prepare(found)
        return watch_once(found, service) if once else watch_on(found, service)


def _show_upcoming(document: "Document", inbox: str | None, *, as_json: bool) -> int:
    from loader.cli.output.inbox import show_due
    from loader.inbox.schedule import upcoming

    found = upcoming(_schedules(document), after=time.time(), each=_SHOWN_EACH)
    show_due(found, inbox=inbox or "", as_json=as_json)
    return 0


def _scheduled(
    document: "Document",
    inbox: str | None,
    invocation: Invocation,
    given: SettingFlags,
    service: "Service",
) -> int:
    from loader.inbox.service import watch_scheduled

    found = _schedules(document)
    without_inbox = [schedule.name for schedule in found if not (schedule.inbox or inbox)]
    if without_inbox:
        raise click.UsageError(
            f"Missing argument 'INBOX': schedule {without_inbox[0]} names no inbox"
        )

    @cache
    def inbox_named(name: str) -> "Inbox":
        return find_configured_inbox(invocation, name, given, needs_target=not service.sandbox)

    for schedule in found:  # mistakes are reported now, not when it is due
        inbox_named(schedule.inbox or inbox or "")
    return watch_scheduled(
        found, service, inbox_of=lambda schedule: inbox_named(schedule.inbox or inbox or "")
    )


def _schedules(document: "Document") -> "tuple[Schedule, ...]":
    from loader.errors import SettingsError
    from loader.settings.schedule import schedules

    found = schedules(document)
    if not found:
        where = document.path or "loader.toml, which is not there"
        raise SettingsError(
            f'there is no [[schedule]] in {where}: write one, with name = "nightly" and'
            ' cron = "30 2 * * *"'
        )
    return found


def find_configured_inbox(
    invocation: Invocation, inbox: str, given: SettingFlags, *, needs_target: bool
) -> "Inbox":
    """Find an inbox with the settings of loader.toml."""
    from loader.inbox.find_inbox import find_inbox
    from loader.settings import config_document
    from loader.settings.inbox import inbox_settings

    @cache
    def settings_of(profile: str | None) -> "Settings":
        asked = replace(given, profile=profile) if profile else given
        return invocation.settings(asked, needs_target=needs_target)

    document = config_document(given.config)
    return find_inbox(inbox, inbox_settings(document), settings_of=settings_of)


def _log_crash(error: BaseException) -> str:
    from loader.cli.crash import write_crash_log  # only after a crash

    path = write_crash_log(error, arguments=sys.argv[1:])
    return f"details for a report are in {path}" if path else "no folder took a crash log"
