"""`loader watch`: load the files that are dropped into a folder."""

import sys
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import click

from loader.cli.invocation import Invocation, SettingFlags
from loader.cli.options import TARGET_FLAGS, output_flags, setting_flags

if TYPE_CHECKING:
    from loader.inbox.opening import Inbox
    from loader.settings import Settings


@click.command()
@click.argument("inbox", metavar="INBOX")
@click.option("--once", is_flag=True, help="Load what lies there and end: for cron and timers.")
@click.option("--sandbox", is_flag=True, help="Load into an embedded sandbox; needs no settings.")
@setting_flags(*TARGET_FLAGS)
@output_flags
@click.pass_obj
def watch(
    invocation: Invocation,
    *,
    inbox: str,
    once: bool,
    sandbox: bool,
    given: SettingFlags,
    as_json: bool,
    quiet: bool,
) -> int:
    """Load the files that are dropped into a folder, one by one.

    A file is taken when it is whole, moved to processing, loaded, and moved to done or failed
    with its results beside it. What was stopped is taken up at the next start. Exit codes of
    --once: 0 all loaded, 1 a file failed or has rows that did, 4 and 5 the journal or the API
    cannot be used and files wait, 6 files wait.
    """
    from loader.cli.shown_inbox import Terminal  # noqa: PLC0415 - not for --help
    from loader.cli.terminal import tell  # noqa: PLC0415 - as above
    from loader.inbox.listening import Listeners  # noqa: PLC0415 - as above
    from loader.inbox.opening import prepare  # noqa: PLC0415 - as above
    from loader.inbox.service import Service, watch_once  # noqa: PLC0415 - as above
    from loader.inbox.service import watch as watch_on  # noqa: PLC0415 - as above

    found = found_inbox(invocation, inbox, given, needs_target=not sandbox)
    prepare(found)
    terminal = Terminal(as_json=as_json, quiet=quiet)

    def surprised(error: BaseException) -> str:
        return _crash_words(error, invocation)

    service = Service(
        listener=Listeners([terminal], complain=lambda text: tell(f"note: {text}")),
        say=terminal.say,
        surprised=surprised,
        sandbox=sandbox,
    )
    return watch_once(found, service) if once else watch_on(found, service)


def found_inbox(
    invocation: Invocation, inbox: str, given: SettingFlags, *, needs_target: bool
) -> "Inbox":
    """Find an inbox with the settings of loader.toml."""
    from loader.inbox.opening import find_inbox  # noqa: PLC0415 - not for --help
    from loader.settings import config_document  # noqa: PLC0415 - as above
    from loader.settings.inbox import inbox_settings  # noqa: PLC0415 - as above

    @cache
    def settings_of(profile: str | None) -> "Settings":
        asked = replace(given, profile=profile) if profile else given
        return invocation.settings(asked, needs_target=needs_target)

    document = config_document(given.config)
    return find_inbox(inbox, inbox_settings(document), settings_of=settings_of)


def _crash_words(error: BaseException, invocation: Invocation) -> str:
    from loader.cli.crash import write_crash_log  # noqa: PLC0415 - only after a crash

    path = write_crash_log(error, arguments=sys.argv[1:], secrets=invocation.secrets)
    return f"details for a report are in {path}" if path else "no folder took a crash log"
