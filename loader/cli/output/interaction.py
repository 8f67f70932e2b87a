"""The person at the terminal, if there is one: sees the progress of a run and confirms it."""

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import click

from loader.cli.output.terminal import echo_err, is_attended, on_one_line

if TYPE_CHECKING:
    from loader.events import Listener
    from loader.run.change_reports import ChangePlan
    from loader.run.requests import Confirm, Plan


def run_listener(*, as_json: bool, quiet: bool) -> "Listener":
    """Return what listens to a run: progress on standard error, or nothing."""
    from loader.events import isolated, silent  # noqa: PLC0415 - not for --help

    if as_json or quiet:
        return silent
    from loader.cli.output.progress import Progress  # noqa: PLC0415 - as above

    progress = Progress()
    click.get_current_context().call_on_close(progress.finish)  # a failure leaves no bar behind
    return isolated([progress], complain=lambda what: echo_err(f"note: {what}"))


def confirmation(*, yes: bool, is_plan_shown: bool = False) -> "Confirm | None":
    """Return the question to the person; None with --yes or without a terminal.

    The question goes to standard error, so that standard output may be a file or a pipe. A plan of
    changes is shown before it, unless the person has seen it: `is_plan_shown`.
    """
    if yes or not is_attended():
        return None
    return _ask if is_plan_shown else _show_plan_and_ask


def _show_plan_and_ask(plan: "Plan") -> bool:
    if plan.changes is not None:
        from loader.cli.output.changes import show_plan  # noqa: PLC0415 - not for --help

        with redirect_stdout(sys.stderr):
            show_plan(plan.changes)
    return _ask(plan)


def _show_findings(plan: "Plan") -> None:
    """Show what is wrong with the rows before the question: it may decide the answer."""
    from loader.cli.output.findings import error_line, notice_line  # noqa: PLC0415 - not for --help

    if plan.findings is None:
        return
    for notice in plan.findings.notices:
        echo_err(notice_line(notice))
    for found in plan.findings.first:
        echo_err(error_line(found, with_source=True))
    more = sum(each.count for each in plan.findings.counts) - len(plan.findings.first)
    if more > 0:
        echo_err(f"… and {more} more, which the results list")


def _ask(plan: "Plan") -> bool:
    _show_findings(plan)
    left_out = [
        f"{number} {word}"
        for number, word in ((plan.invalid, "invalid"), (plan.duplicate, "duplicate"))
        if number
    ]
    left_out += map(on_one_line, plan.left_out)
    what = _changes(plan.changes) if plan.changes else f"{plan.verb} {_offers(plan.offers)}"
    echo_err(f"About to {on_one_line(what)} in {on_one_line(plan.target)}.")
    if plan.deletes:
        echo_err(
            "Each offer is looked at just before it is deleted, and kept if it was edited since."
        )
    if left_out:
        echo_err(f"Left out: {' and '.join(left_out)}.")
    if plan.in_part:
        of_one = "1 of them" if plan.in_part == 1 else f"{plan.in_part} of them"
        echo_err(f"Only in part, {of_one}; this stays as it is now:")
        for line in plan.first_in_part:
            echo_err(on_one_line(f"  {line}"))
        more = plan.in_part - len(plan.first_in_part)
        if more > 0:
            echo_err(f"  … and {more} more, which --dry-run shows")
    return click.confirm("Go on?", default=False, err=True)


def _changes(plan: "ChangePlan") -> str:
    """Say what is done to how many offers, and name those that are deleted."""
    totals = plan.totals
    deletes = ", ".join(plan.first_deleted)
    if totals.delete > len(plan.first_deleted):
        deletes += ", …"
    *parts, last = [
        f"{verb} {_offers(count)}{more}"
        for verb, count, more in (
            ("create", totals.create, ""),
            ("change", totals.update, ""),
            ("archive", totals.archive, ""),
            ("delete", totals.delete, f" for good ({deletes})"),
        )
        if count
    ]
    return f"{', '.join(parts)} and {last}" if parts else last


def _offers(count: int) -> str:
    return "1 offer" if count == 1 else f"{count} offers"
