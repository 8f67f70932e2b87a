"""How the pages show runs and their rows: titles, words and colours of outcomes."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final

from loader.journal.records import DECLINED, DELETED_SINCE, PLANNED, LeaseHolder
from loader.redaction import SECRETS
from loader.results.columns import explain, suggestions
from loader.run.history.result_page import PageOfRuns
from loader.run.reports import RunOverview
from loader.run.undo.plan_restores import stays_deleted
from loader.run_results import ResultRow, RunSummary
from loader.validation.entity import Entity
from loader.web.app_state import WebState
from loader.web.jobs import CLOSED_HERE, STOPPED_HERE
from loader.web.own_target import other_target
from loader.web.page_words import say, sentence
from loader.web.plain_messages import without_commands
from loader.web.shown_changes import shown_changes

# Each status of a row, in the order of the pages, with the look of its chip.
STATUSES: Final[Mapping[str, str]] = {
    "created": "good",
    "updated": "good",
    "archived": "good",
    "deleted": "good",
    "failed": "bad",
    "unknown": "care",
    "conflict": "care",
    "gone": "care",
    "invalid": "bad",
    "pending": "",
    "duplicate": "",
    "unchanged": "",
    "skipped": "",
    "undone": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run in the list, and at the head of its page. `look` colours what it came to."""

    run_id: str
    title: str
    began_at: float
    rows: int
    outcome: str
    look: str
    counts: Sequence[tuple[str, int, str]]  # status, rows, look
    of_run: str
    undo_of: str  # the run that it takes back, else ""
    stopped_reason: str
    refused_because: str  # in one line; "" where the file was read
    can_go_on: bool
    other_target: str  # of a run for another target than the page's, on which it does not act


def shown_runs(page: PageOfRuns, state: WebState) -> list[ShownRun]:
    """Return the runs of a list; those at work are this server's, or another process's."""
    own = {job.run_id for job in state.jobs.running()}
    others = {each for each, holder in page.at_work.items() if not (own and is_ours(holder))}
    at_work = own | others
    return [shown_run(run, state, at_work=run.summary.run_id in at_work) for run in page.runs]


def is_ours(holder: LeaseHolder | None) -> bool:
    """Say whether this process holds a target."""
    here = (os.getpid(), socket.gethostname())
    return holder is not None and (holder.pid, holder.host) == here


def shown_run(run: RunOverview, state: WebState, *, at_work: bool = False) -> ShownRun:
    """Return a run in the words of the page."""
    summary = run.summary
    outcome, look = _outcome(run, at_work=at_work)
    elsewhere = other_target(run.target, state)
    files = ", ".join(PurePath(source).name for source in summary.sources)
    is_plan = is_unsent(run)
    command = "plan" if is_plan else "rehearsed" if summary.dry_run else run.command
    command = "refused" if _is_refused(run) else command
    return ShownRun(
        run_id=summary.run_id,
        title=say(f"run.{command}.title", files=files or say("run.no_file")),
        began_at=summary.started_at,
        rows=summary.read - summary.parts,
        outcome=outcome,
        look=look,
        counts=counts(summary),
        of_run=run.of_run,
        undo_of=summary.undo_of,
        stopped_reason=_why_stopped(run),
        refused_because=_why_stopped(run).partition("\n")[0] if _is_refused(run) else "",
        can_go_on=not elsewhere
        and run.is_read
        and not summary.dry_run
        and (not is_plan or run.stopped_reason == DECLINED)
        and bool(summary.pending or summary.unknown),
        other_target=elsewhere,
    )


def _why_stopped(run: RunOverview) -> str:
    """Return why a run stopped, in words of the page where it was the page."""
    own = {STOPPED_HERE: "run.stopped_here", CLOSED_HERE: "run.closed_here"}
    reason = run.stopped_reason
    if reason == PLANNED:
        return ""
    if reason in own:
        return say(own[reason])
    for source in run.summary.sources:
        reason = reason.replace(source, PurePath(source).name)
    return sentence(without_commands(SECRETS.hide(reason)))


def _is_refused(run: RunOverview) -> bool:
    """Whether a file, or what it names, could not be read: nothing is sent of it."""
    return not run.is_read and bool(run.stopped_reason)


def is_unsent(run: RunOverview) -> bool:
    """Whether a run is a plan of which nothing was sent: it is sent from its sheet."""
    return run.command == "plan" or run.is_unsent


def counts(summary: RunSummary) -> Sequence[tuple[str, int, str]]:
    """Return what became of the rows: each status that any has."""
    found = ((status, getattr(summary, status), look) for status, look in STATUSES.items())
    return [each for each in found if each[1]]


def _outcome(run: RunOverview, *, at_work: bool) -> tuple[str, str]:
    """Return how a run ended in words, with the colour: the first of these that holds."""
    summary = run.summary
    wrong = summary.failed + summary.invalid + summary.conflict + summary.gone
    is_plan = summary.dry_run or is_unsent(run)
    is_undone = summary.undone and not (summary.created + summary.updated + summary.archived)
    cases = (
        (at_work, "at_work", "work", 0),
        (_is_refused(run), "was_refused", "bad", 0),
        (not run.is_read, "not_read", "care", 0),
        (run.used_by, "planned_and_sent", "", 0),
        (is_plan, "only_planned", "", 0),
        (summary.unknown, "unknown", "care", summary.unknown),
        (summary.pending, "not_sent", "care", summary.pending),
        (is_undone, "undone", "", 0),
        (wrong, "wrong", "bad", wrong),
        (summary.undone, "undone_partly", "", summary.undone),
        (True, "done", "good", 0),
    )
    _, name, look, count = next(case for case in cases if case[0])
    return say(f"run.{name}", count=count), look


def shown_row(row: ResultRow, header: Sequence[str], entity: Entity) -> Mapping[str, Any]:
    """Return one row of the results, for its page."""
    code, message = explain(row)
    return {
        "number": row.row_number,
        "sheet": row.sheet,
        "source": row.source,
        "name": _name(row, header, entity),
        "status": row.status,
        "look": STATUSES.get(row.status, ""),
        "word": say(f"status.{_word_of(row)}"),
        "id": row.instance_id,
        "message": SECRETS.hide(message),
        "suggestion": _cure(row),
        "code": code,
        "fields": shown_changes(row.fields),
        "back": shown_changes(
            replace(each, before=each.after, after=each.before) for each in row.fields
        ),
        "cells": [
            (heading, text) for heading, text in zip(header, row.cells, strict=False) if text
        ],
        "at": row.finished_at,
        "request": row.request_id,
    }


def _word_of(row: ResultRow) -> str:
    """Return the name of the word for what became of a row."""
    if stays_deleted(row):
        return "stays_deleted"
    if row.status == "undone" and row.error_code == DELETED_SINCE:
        return "deleted_since"
    return row.status


def _cure(row: ResultRow) -> str:
    return SECRETS.hide(suggestions(row)) if row.errors or row.error_code else ""


def _name(row: ResultRow, header: Sequence[str], entity: Entity) -> str:
    """Return what the person calls the offer: the cell of its name, else the first with text."""
    for heading, text in zip(header, row.cells, strict=False):
        if entity.fields.by_own_name(heading) == "name":
            return text
    return next((text for text in row.cells if text.strip()), "")
