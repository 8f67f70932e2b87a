"""The page of a run at work: its live progress; and to pause, stop and continue it."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from loader.delivery.stop import Ending, StopSignal
from loader.events import Listener
from loader.run.apply.apply import apply_changes
from loader.run.apply.resume import resume_run
from loader.run.history.runs import journal_to_read, known_run
from loader.run.reports import LoadReport, UndoReport
from loader.run.requests import ApplyChangesRequest, Limits, ResumeRequest, UndoRequest
from loader.run.undo.undo import undo_run
from loader.settings import Settings
from loader.web.app_state import STATE, WebState
from loader.web.jobs import STOPPED_HERE, Job, Work
from loader.web.own_target import own_run
from loader.web.rendering import (
    Refused,
    as_json,
    json_of,
    render,
    see_other,
    settings_of_user,
    wants_json,
)

STREAMS: Final = web.AppKey("streams", set[web.StreamResponse])  # that are open
_STREAM_HEADERS: Final = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
_LOOK_SECONDS: Final = 0.4
_SILENT_SECONDS: Final = 15.0
_MOST_STREAMS: Final = 40


def running_page(request: web.Request, job: Job) -> web.Response:
    """Show the progress of a run."""
    return render(request, "running.html", run_id=job.run_id, state=job.state(), kind=job.kind)


async def events(request: web.Request) -> web.StreamResponse:
    """Stream the state of a run until it is over."""
    job, streams = _job(request), request.app[STREAMS]
    if len(streams) >= _MOST_STREAMS:
        raise Refused("too-many-tabs", status=503)
    response = web.StreamResponse(headers=_STREAM_HEADERS)
    streams.add(response)
    try:
        await response.prepare(request)
        await _stream(response, job)
    except ConnectionResetError:
        pass  # the tab was closed
    finally:
        streams.discard(response)
    return response


async def _stream(response: web.StreamResponse, job: Job) -> None:
    before, silent = "", 0.0
    while True:
        is_over, state = job.is_over, json_of(job.state()).decode()
        if state != before or silent >= _SILENT_SECONDS:
            await response.write(f"data: {state}\n\n".encode())
            before, silent = state, 0.0
        if is_over:
            return
        await asyncio.sleep(_LOOK_SECONDS)
        silent += _LOOK_SECONDS


async def state(request: web.Request) -> web.Response:
    """Return the state once: for a page in a hidden tab."""
    return as_json(_job(request).state())


async def pause(request: web.Request) -> web.Response:
    """Pause: nothing more is begun to be sent."""
    job = _job(request)
    job.stop.pause()
    return _answer(request, job.run_id)


async def stop(request: web.Request) -> web.Response:
    """Stop the run: what is in flight is finished; the rest can be sent later."""
    job = _job(request)
    job.stop.request(Ending.STOPPED, STOPPED_HERE)
    return _answer(request, job.run_id)


async def continue_run(request: web.Request) -> web.Response:
    """End the pause of a run, or continue one that was stopped."""
    run_id = await own_run(request)
    state, settings = request.app[STATE], settings_of_user(request)
    job = state.jobs.of(run_id)
    if job is not None and not job.is_over:
        job.stop.resume()
        return _answer(request, run_id)
    kind, work = await asyncio.to_thread(_work_to_continue, state, settings, run_id, send=True)
    job = await asyncio.to_thread(state.jobs.begin, kind, work)
    return _answer(request, job.run_id)


async def look_up_unknown(request: web.Request) -> web.Response:
    """Look up the unknown rows of a run; send nothing."""
    state, run_id = request.app[STATE], await own_run(request)
    kind, work = await asyncio.to_thread(
        _work_to_continue, state, settings_of_user(request), run_id, send=False
    )
    job = await asyncio.to_thread(state.jobs.begin, kind, work)
    return _answer(request, job.run_id)


async def undo(request: web.Request) -> web.Response:
    """Take back what a run did."""
    state, run_id = request.app[STATE], await own_run(request)
    shown = str((await request.post()).get("digest", ""))
    work = undo_work(settings_of_user(request), run_id, digest=shown)
    job = await asyncio.to_thread(state.jobs.begin, "undo", work)
    return _answer(request, job.run_id or run_id)


def _work_to_continue(
    state: WebState, settings: Settings, run_id: str, *, send: bool
) -> tuple[str, Work]:
    """Return the work that continues a run, by its kind.

    An undo is continued only from the page that shows what it takes back.
    """
    with journal_to_read(settings) as journal:
        run = known_run(journal.history, run_id)
    if run.dry_run or run.command == "plan":
        raise Refused("not-a-run")
    if run.undo_of and send:
        raise Refused("undo-not-shown")
    kind = "apply" if run.command == "apply" else "send"
    return kind if send else "look", send_work(state, settings, run.run_id, send=send)


def send_work(
    state: WebState, settings: Settings, run_id: str, *, send: bool = True
) -> Callable[[Listener, StopSignal], LoadReport]:
    """Return the work that sends a staged run, or goes on with it."""

    def work(listener: Listener, stop: StopSignal) -> LoadReport:
        request = ResumeRequest(run_id=run_id, send=send, results=state.results_of(run_id))
        return resume_run(request, settings, listener=listener, stop=stop)

    return work


def apply_work(
    state: WebState, settings: Settings, plan_id: str, *, digest: str, limits: Limits
) -> Callable[[Listener, StopSignal], LoadReport]:
    """Return the work that applies a plan of changes, as it was shown."""

    def work(listener: Listener, stop: StopSignal) -> LoadReport:
        request = ApplyChangesRequest(
            plan_id=plan_id, digest=digest, limits=limits, results=state.results_of(plan_id)
        )
        return apply_changes(request, settings, listener=listener, confirm=None, stop=stop)

    return work


def undo_work(
    settings: Settings, run_id: str, *, digest: str
) -> Callable[[Listener, StopSignal], UndoReport]:
    """Return the work that takes a run back, as it was shown with the digest."""

    def work(listener: Listener, stop: StopSignal) -> UndoReport:
        request = UndoRequest(run_id=run_id, digest=digest)
        return undo_run(request, settings, listener=listener, confirm=None, stop=stop)

    return work


def _job(request: web.Request) -> Job:
    job = request.app[STATE].jobs.of(request.match_info["run"])
    if job is None:
        raise Refused("not-at-work", status=409)
    return job


def _answer(request: web.Request, run_id: str) -> web.Response:
    if wants_json(request):
        return as_json({"path": f"/runs/{run_id}"})
    return see_other(request, f"/runs/{run_id}")


ROUTES: Final = (
    web.get("/runs/{run}/events", events),
    web.get("/runs/{run}/state", state),
    web.post("/runs/{run}/pause", pause),
    web.post("/runs/{run}/stop", stop),
    web.post("/runs/{run}/go-on", continue_run),
    web.post("/runs/{run}/look", look_up_unknown),
    web.post("/runs/{run}/undo", undo),
)
