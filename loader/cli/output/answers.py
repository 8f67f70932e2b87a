"""The answer of a verb, in the form that was asked for."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from loader.cli.options import with_flags
from loader.cli.output.formats import Form, json_text, write_error, write_notices
from loader.cli.output.interaction import run_listener
from loader.cli.output.reports import show_check, show_load, show_payloads
from loader.cli.output.terminal import echo_document, echo_err
from loader.events import Event, Listener
from loader.model import FoundError
from loader.run.reports import CheckReport, Findings, LoadReport, UndoReport, VerifyReport
from loader.settings import Settings

if TYPE_CHECKING:
    from loader.run.history.rows_to_fix import RowsToFix

Checked = TypeVar("Checked", CheckReport, LoadReport)
R = TypeVar("R", LoadReport, UndoReport, VerifyReport)


def check_listener(form: Form, *, quiet: bool) -> Listener:
    """Return what listens to a check: progress, or each error as a line where the form wants that.

    The lines are the answer: unlike progress, an error while they are written ends the check.
    """
    if not form.is_by_line:
        return run_listener(as_json=form is not Form.TEXT, quiet=quiet)

    def write_errors(event: Event) -> None:
        if isinstance(event, FoundError):
            write_error(form, event)

    return write_errors


def answer_check(form: Form, report: CheckReport, *, quiet: bool) -> None:
    """Say what a check found, but for what was said as it was found."""
    if form.is_by_line:
        if not quiet:
            write_notices(form, report.findings)
    elif form is Form.JSON:
        echo_document(json_text(report))
    elif quiet and not report.exit_code:
        show_payloads(report)
    else:
        show_check(without_notes(report) if quiet else report)


def without_notes(report: Checked) -> Checked:
    """Leave out what did not go wrong."""
    return replace(report, findings=replace(report.findings, notices=()))


def finish_answer(report: R, show: Callable[[R], None], *, as_json: bool, quiet: bool) -> int:
    """Say how a run ended, as JSON or by `show`; return its exit code."""
    if as_json:
        echo_document(json_text(report))
    elif not quiet or report.exit_code:
        show(report)
    return report.exit_code


def answer_load(
    form: Form,
    report: LoadReport,
    settings: Settings,
    *,
    quiet: bool,
    to_fix: "RowsToFix | None",
    shown: Findings | None = None,
) -> None:
    """Say how a load ended; not again what its plan was `shown` to have."""
    if form.is_by_line:
        from loader.run.history.runs import each_error  # noqa: PLC0415 - a check needs no journal

        for found in each_error(report.summary.run_id, settings):
            write_error(form, found)
        if not quiet:
            write_notices(form, report.findings)
        for path in to_fix.written if to_fix else ():
            echo_err(f"to fix   {path}")
        if report.stopped_reason:
            echo_err(f"stopped: {with_flags(report.stopped_reason)}")
    elif form is Form.JSON:
        echo_document(json_text(report, rows_to_mend=to_fix.written if to_fix else ()))
    elif not quiet or report.exit_code:
        show_load(without_notes(report) if quiet else report, to_fix=to_fix, shown=shown)
