"""The answer of check and load, in the form that was asked for."""

from functools import partial
from typing import TYPE_CHECKING

from loader.cli.output.formats import Form, json_text, say_error, say_notices
from loader.cli.output.reports import show_check, show_load
from loader.cli.output.terminal import say, tell
from loader.run.collecting import Listener
from loader.run.reports import CheckReport, LoadReport
from loader.settings import Settings

if TYPE_CHECKING:
    from loader.run.mending import RowsToMend


def listener(form: Form) -> Listener | None:
    """Return who writes each error of a check as it is found, where the form wants that."""
    return partial(say_error, form) if form.is_by_line else None


def answer_check(form: Form, report: CheckReport, *, quiet: bool) -> None:
    """Say what a check found, but for what was said as it was found."""
    if form.is_by_line:
        say_notices(form, report.findings)
    elif form is Form.JSON:
        say(json_text(report))
    elif not quiet or report.exit_code:
        show_check(report)


def answer_load(
    form: Form,
    report: LoadReport,
    settings: Settings,
    *,
    quiet: bool,
    to_mend: "RowsToMend | None",
) -> None:
    """Say how a load ended."""
    if form.is_by_line:
        from loader.run.history import each_error  # noqa: PLC0415 - a check needs no journal

        for found in each_error(report.summary.run_id, settings):
            say_error(form, found)
        say_notices(form, report.findings)
        for path in to_mend.written if to_mend else ():
            tell(f"to mend  {path}")
    elif form is Form.JSON:
        say(json_text(report, rows_to_mend=to_mend.written if to_mend else ()))
    elif not quiet or report.exit_code:
        show_load(report, to_mend=to_mend)
