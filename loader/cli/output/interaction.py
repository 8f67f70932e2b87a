"""The person at the terminal, if there is one: sees the progress of a run and confirms it."""

from typing import TYPE_CHECKING

import click

from loader.cli.output.terminal import echo_err, is_attended, on_one_line

if TYPE_CHECKING:
    from loader.events import Listener
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


def confirmation(*, yes: bool) -> "Confirm | None":
    """Return the question to the person; None with --yes or without a terminal.

    The question goes to standard error, so that standard output may be a file or a pipe.
    """
    return None if yes or not is_attended() else _ask


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
    offers = "1 offer" if plan.offers == 1 else f"{plan.offers} offers"
    left_out = [
        f"{number} {word}"
        for number, word in ((plan.invalid, "invalid"), (plan.duplicate, "duplicate"))
        if number
    ]
    left_out += map(on_one_line, plan.left_out)
    echo_err(f"About to {plan.verb} {offers} in {on_one_line(plan.target)}.")
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
