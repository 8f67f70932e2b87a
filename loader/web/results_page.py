"""The page of a run that is over: what became of every row, and what can be done about it."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, Final

from aiohttp import web

from loader.delivery.stop import StopSignal
from loader.errors import LoaderError
from loader.events import silent
from loader.journal.records import LeaseHolder
from loader.redaction import SECRETS
from loader.run.apply.resolve import resolve_row
from loader.run.drafting import Drafts
from loader.run.history.result_page import PageOfResults, page_of_results
from loader.run.history.rows_to_fix import place_for, write_rows_to_fix
from loader.run.history.runs import write_run_results
from loader.run.history.verify import verify_run
from loader.run.reports import VerifyReport
from loader.run.requests import (
    Finding,
    ResolveRequest,
    ResultsRequest,
    UndoRequest,
    VerifyRequest,
)
from loader.run.undo.undo import undo_run
from loader.run.wiring import entity_or_offer
from loader.settings import Settings
from loader.web.app_state import DRAFTS, STATE, WebState
from loader.web.own_target import other_target, own_run
from loader.web.page_words import say
from loader.web.rendering import (
    Refused,
    as_json,
    body,
    render,
    see_other,
    settings_of_user,
    wants_json,
)
from loader.web.running_page import running_page
from loader.web.shown_runs import STATUSES, ShownRun, is_ours, shown_row, shown_run

_PAGE: Final = 50
_LONGEST_TEXT: Final = 200
_MOST_SHOWN: Final = 50
_FARTHEST: Final = 10**9
_UNDONE: Final = ("created", "updated", "archived")  # what can be taken back


async def run(request: web.Request) -> web.Response:
    """Show a run: live while it works here, else its results; these are live, too, while another
    process works on its target.
    """
    run_id, jobs = request.match_info["run"], request.app[STATE].jobs
    job = jobs.of(run_id)
    if job is not None and not job.is_over:
        return running_page(request, job)
    at_work = next(iter(jobs.running()), None)
    asked = _requested_rows(request)
    page = await asyncio.to_thread(
        page_of_results, run_id, settings_of_user(request), count=_PAGE, **asked
    )
    values = await asyncio.to_thread(_template_values, page, request.app[STATE])
    problem = job.state()["problem"] if job is not None else ""
    return render(
        request,
        "results.html",
        **values,
        asked=asked,
        per_page=_PAGE,
        problem=problem,
        crash=job.crash_log if job is not None else "",
        is_held_here=job is not None and is_ours(page.holder),
        at_work=at_work.run_id if at_work is not None else "",
    )


async def run_status(request: web.Request) -> web.Response:
    """Return the counts of the rows so far, from the journal: another process may send them."""
    run_id = request.match_info["run"]
    page = await asyncio.to_thread(page_of_results, run_id, settings_of_user(request), count=0)
    shown = _shown_run(page, request.app[STATE])
    counts = [
        {"status": status, "count": count, "look": look, "word": say(f"tile.{status}", count=count)}
        for status, count, look in shown.counts
    ]
    left = sum(count for status, count, _ in shown.counts if status == "pending")
    return as_json(
        {
            "is_over": page.holder is None,
            "outcome": shown.outcome,
            "look": shown.look,
            "counts": counts,
            "done": shown.rows - left,
            "rows": shown.rows,
        }
    )


def _requested_rows(request: web.Request) -> dict[str, Any]:
    """Return which rows are requested, within bounds."""
    status = request.query.get("only", "")
    start = request.query.get("start", "0")
    return {
        "status": status if status in STATUSES else None,
        "text": request.query.get("text", "").strip()[:_LONGEST_TEXT],
        "start": min(int(start), _FARTHEST) if start.isascii() and start.isdecimal() else 0,
    }


def _template_values(page: PageOfResults, state: WebState) -> Mapping[str, Any]:
    """Return what the template shows; a run for another target has nothing to press."""
    entity = entity_or_offer(None)
    is_own = not other_target(page.overview.target, state)
    rows = []
    for row in page.rows:
        header = page.headers.get((row.source, row.sheet), ())
        operation = page.to_decide.get((row.source, row.sheet, row.row_number))
        decide = operation if is_own and operation else ""
        rows.append({**shown_row(row, header, entity), "decide": decide})
    summary = page.overview.summary
    return {
        "run": _shown_run(page, state),
        "rows": rows,
        "is_last": page.is_last,
        "holder": _holder_text(page.holder),
        "taken_over": list(page.taken_over),
        "has_own": summary.pending + summary.unknown > sum(page.taken_over.values()),
        "can_undo": is_own
        and page.overview.command in ("load", "apply")
        and bool(summary.created + summary.updated + summary.archived),
        "can_verify": is_own
        and page.overview.command in ("load", "apply", "undo")
        and bool(summary.created + summary.updated + summary.archived + summary.deleted),
        "can_fix": bool(summary.invalid + summary.failed) and page.overview.command == "load",
        "several_sheets": len(page.headers) > 1,
    }


def _shown_run(page: PageOfResults, state: WebState) -> ShownRun:
    is_taken_up = page.holder is not None and not page.overview.stopped_reason
    at_work = is_taken_up and bool(page.overview.summary.pending)
    return shown_run(page.overview, state, at_work=at_work)


def _holder_text(holder: LeaseHolder | None) -> str:
    return "" if holder is None else f"{holder.host}, process {holder.pid}"


async def undo_plan(request: web.Request) -> web.Response:
    """Show what an undo of the run would do, before anything is done."""
    run_id, settings = await own_run(request), settings_of_user(request)
    report = await asyncio.to_thread(
        undo_run,
        UndoRequest(run_id=run_id, dry_run=True),
        settings,
        listener=silent,
        confirm=None,
        stop=StopSignal(),
    )
    page = await asyncio.to_thread(page_of_results, run_id, settings, count=0)
    state = request.app[STATE]
    values = await asyncio.to_thread(_template_values, page, state)
    rows = await asyncio.to_thread(_rows_to_undo, run_id, state) if report.pending else ()
    shown = {**values, "rows": rows, "offers": report.pending, "report": report}
    return render(request, "undo.html", **shown)


def _rows_to_undo(run_id: str, state: WebState) -> Sequence[Mapping[str, Any]]:
    """Return the first rows that did something, with what it was."""
    found: list[Mapping[str, Any]] = []
    for status in _UNDONE:
        most = _MOST_SHOWN - len(found)
        if most > 0:
            page = page_of_results(run_id, state.settings, count=most, status=status)
            found += _template_values(page, state)["rows"]
    return sorted(found, key=lambda row: (row["source"], row["sheet"], row["number"]))


async def verify(request: web.Request) -> web.Response:
    """Compare the run with what the target has."""
    asked = VerifyRequest(run_id=await own_run(request), max_differences_shown=_MOST_SHOWN)
    report = await asyncio.to_thread(verify_run, asked, settings_of_user(request), listener=silent)
    return as_json(_comparison(report))


def _comparison(report: VerifyReport) -> Mapping[str, Any]:
    return {
        "checked": report.checked,
        "same": report.same,
        "missing": report.missing,
        "different": report.different,
        "twice": report.twice,
        "not_kept": sum(report.not_kept.values()),
        "not_kept_because": report.not_kept_because,
        "first": [
            {
                "number": each.row.row_number,
                "kind": each.kind,
                "detail": SECRETS.hide(each.detail),
            }
            for each in report.first
        ],
    }


async def resolve(request: web.Request) -> web.Response:
    """Record what the person found out about an unknown row."""
    data, run_id = await body(request), await own_run(request)
    try:
        asked = ResolveRequest(
            run_id=run_id,
            row_number=int(data["row"]),
            finding=Finding(data["finding"]),
            created_id=str(data.get("id", "")).strip(),
            source=str(data["source"]),
            sheet=str(data["sheet"]),
        )
    except (KeyError, ValueError, TypeError):
        raise Refused("bad-request", status=400) from None
    if asked.finding is Finding.CREATED and not asked.created_id:
        raise Refused("no-id")
    report = await asyncio.to_thread(resolve_row, asked, settings_of_user(request))
    return as_json({"status": report.row.status})


async def results_file(request: web.Request) -> web.StreamResponse:
    """Give the results as a file, written again from the journal."""
    run_id, state = request.match_info["run"], request.app[STATE]
    suffix = request.match_info["suffix"]
    path = state.results_of(run_id).with_suffix(f".{suffix}")
    asked = ResultsRequest(run_id=run_id, results=path)
    report = await asyncio.to_thread(write_run_results, asked, settings_of_user(request))
    name = _header_safe(Path(report.summary.sources[0]).stem if report.summary.sources else run_id)
    return web.FileResponse(
        path,
        headers={"Content-Disposition": f'attachment; filename="{name}.results.{suffix}"'},
    )


def _header_safe(name: str) -> str:
    """Return a name that a header can hold."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name)[:80]


async def fix(request: web.Request) -> web.Response:
    """Open drafts of the rows of a run that are invalid or were refused, one for each file."""
    run_id, drafts = request.match_info["run"], request.app[DRAFTS]
    made = await asyncio.to_thread(_drafts_of, run_id, drafts, settings_of_user(request))
    if not made:
        raise Refused("nothing-to-fix")
    path = f"/drafts/{made[0]}" if len(made) == 1 else "/"  # which lists them
    return as_json({"path": path}) if wants_json(request) else see_other(request, path)


def _drafts_of(run_id: str, drafts: Drafts, settings: Settings) -> Sequence[str]:
    """Return a draft for each source that has such rows; where one cannot be made, none is."""
    made: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        found = write_rows_to_fix(run_id, settings, place=place_for(folder))
        try:
            made.extend(_draft_from(drafts, path) for path in found.written)
        except LoaderError:
            for draft_id in made:
                drafts.remove(draft_id)
            raise
    return made


def _draft_from(drafts: Drafts, path: Path) -> str:
    name = PurePath(path.stem.removesuffix(".failed"))
    with path.open("rb") as file:
        return drafts.take(file, say("fix.label", name=name)).draft_id


ROUTES: Final = (
    web.get("/runs/{run}", run),
    web.get("/runs/{run}/standing", run_status),
    web.get("/runs/{run}/undo", undo_plan),
    web.post("/runs/{run}/verify", verify),
    web.post("/runs/{run}/resolve", resolve),
    web.post("/runs/{run}/fix", fix),
    web.get(r"/runs/{run}/results.{suffix:xlsx|csv}", results_file),
)
