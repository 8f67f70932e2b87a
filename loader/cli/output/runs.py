"""Runs in words: the list, and one in full."""

from collections.abc import Sequence
from textwrap import shorten

from loader.cli.output.findings import show_findings
from loader.cli.output.formats import json_text, utc_text
from loader.cli.output.reports import show_row, show_totals, totals_in_words
from loader.cli.output.terminal import echo, echo_document, echo_table, on_one_line
from loader.journal.records import PLANNED
from loader.run.reports import RunDetail, RunOverview
from loader.target_words import EMBEDDED, target_in_words


def show_runs(runs: Sequence[RunOverview], *, as_json: bool) -> None:
    """Show every run on a line, newest first."""
    if as_json:
        echo_document(json_text({"runs": runs}))
        return
    if not runs:
        echo("the journal has no run yet")
        return
    echo_table(
        ("run", "kind", "target", "started", "totals", "sources", "ended"),
        [
            (
                each.summary.run_id,
                _kind(each),
                _short_target(each.summary.target),
                utc_text(each.summary.started_at) or "",
                totals_in_words(each.summary),
                ", ".join(each.summary.sources),
                _ending(each, without=[f"{source}: " for source in each.summary.sources]),
            )
            for each in runs
        ],
    )


def show_run_detail(detail: RunDetail, *, as_json: bool) -> None:
    """Show one run in full."""
    if as_json:
        echo_document(json_text(detail))
        return
    show_totals(detail.overview.summary)
    echo(f"ended    {_ending(detail.overview, most=1000)}")
    echo(f"target   {on_one_line(target_in_words(detail.target))}")
    for path, digest in detail.sources.items():
        echo(f"source   {on_one_line(path)}  sha256 {digest}")
    for name, value in detail.options.items():
        echo(f"option   {name} = {on_one_line(value)}")
    for kind, entries in detail.listed.items():
        echo(f"listed   {len(entries)} {kind} by the target, for names to be looked up (--json)")
    show_findings(detail.findings)
    for row in detail.unknown:
        show_row(row)


def _short_target(key: str) -> str:
    """Leave out the file of an embedded sandbox, which is long and says little."""
    place, *rest = key.split("|")
    if place == EMBEDDED and rest:
        return f"{place} ({rest[-1]})"
    return on_one_line(target_in_words(key))


def _kind(run: RunOverview) -> str:
    kind = f"{run.command} of {run.of_run}" if run.of_run else run.command
    if run.summary.dry_run and run.command != "plan":
        return f"{kind} (dry run)"
    return f"{kind}, applied" if run.used_by else kind


def _ending(run: RunOverview, *, most: int = 120, without: Sequence[str] = ()) -> str:
    """Say how a run ended; `without` texts that the same line says already."""
    if run.is_unsent and run.is_read:
        return PLANNED
    if run.stopped_reason:
        reason = run.stopped_reason
        for text in without:
            reason = reason.replace(text, "", 1)
        return on_one_line(shorten(reason, most, placeholder=" …"))
    summary = run.summary
    is_left = bool(summary.pending or summary.unknown) and not summary.dry_run
    return "not finished" if is_left or summary.finished_at is None else "finished"
