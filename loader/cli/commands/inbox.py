"""`loader inbox`: the state of an inbox, and loading a file again."""

import os
import re
import time
from typing import Any

import click

from loader.cli.invocation import Invocation
from loader.cli.options import setting_flags
from loader.cli.typed_options import SettingFlags

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


class Duration(click.ParamType[float]):
    """A time like 90, 90s, 15m, 2h or 1d, in seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is not a duration: 90, 15m, 2h or 1d is expected", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


@click.group()
def inbox() -> None:
    """Show the state of an inbox, or load a finished file again."""


@inbox.command()
@click.argument("inbox_path", metavar="INBOX")
@click.option(
    "--max-age",
    type=Duration(),
    metavar="TIME",
    help="A file that waits longer is a problem: 90, 15m, 2h, 1d.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@setting_flags("journal")
@click.pass_obj
def status(
    invocation: Invocation,
    *,
    inbox_path: str,
    max_age: float | None,
    as_json: bool,
    given: SettingFlags,
) -> int:
    """Show what is waiting, being loaded or failed, and when each folder last succeeded.

    For monitoring: exit code 0 when all is well, 1 when a file is in failed, a folder cannot be
    read or has to wait, or (with --max-age) a file waits too long. It works while a watcher runs.
    """
    from loader.cli.commands.watch import find_configured_inbox
    from loader.cli.output.inbox import show_status
    from loader.inbox.ledger import Ledger
    from loader.inbox.status import inbox_status

    found = find_configured_inbox(invocation, inbox_path, given, needs_target=False)
    with Ledger.read(found.journal, inbox=found.name, clock=time.time) as ledger:
        report = inbox_status(found, ledger, now=time.time(), max_age_seconds=max_age)
    show_status(report, as_json=as_json)
    return report.exit_code


@inbox.command()
@click.argument("file")
@setting_flags("journal")
@click.pass_obj
def retry(invocation: Invocation, *, file: str, given: SettingFlags) -> int:
    """Load a file that is in failed (or done) again.

    It is moved back into the inbox; rows that were created are not created again.
    """
    from loader.cli.output.terminal import echo
    from loader.inbox.ledger import Ledger
    from loader.inbox.retry_file import retry as drop_again

    settings = invocation.settings(given, needs_target=False)
    with Ledger.open(settings.journal_place, inbox="", clock=time.time) as ledger:
        echo(f"put back into the inbox: {drop_again(file, ledger, settings)}")
    return 0


@inbox.command("test-notify")
@setting_flags()
@click.pass_obj
def test_notify(invocation: Invocation, *, given: SettingFlags) -> int:
    """Send a test message to everyone whom [notify] in loader.toml names.

    Exit code 0 when all messages were delivered, else 1.
    """
    from loader.cli.output.terminal import echo
    from loader.errors import ExitCode, SettingsError
    from loader.inbox.notify import send_test
    from loader.redaction import SECRETS
    from loader.settings import config_document
    from loader.settings.notify import notify_settings

    settings = notify_settings(config_document(given.config), environment=os.environ)
    SECRETS.add(*settings.secret_values())
    tried = send_test(settings, now=time.time(), network=lambda: invocation.network(given))
    if not tried:
        raise SettingsError(
            "no recipient is set: give LOADER_WEBHOOK_URL, or write [notify.webhook] or"
            " [notify.email] into loader.toml"
        )
    for way, trouble in tried.items():
        echo(f"{way}: {trouble or 'notified'}")
    return ExitCode.ROWS_FAILED if any(tried.values()) else ExitCode.OK
