"""Plan: what will happen before anything happens, what is left out and why, and the button that
sends it. With approval switched on, it is asked for, or given, here.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
from aiohttp import web

from loader.delivery.stop import StopSignal
from loader.events import Listener, silent
from loader.run.drafting import Draft
from loader.run.history.runs import target_of_run
from loader.run.plan.approve_plan import approve_plan
from loader.run.plan.plan_sheet import SheetPlan, SheetRequest, plan_sheet, plan_to_decide
from loader.run.requests import ApproveRequest, Limits
from loader.settings import Settings
from loader.web.app_state import STATE, draft_of
from loader.web.jobs import Work
from loader.web.own_target import other_target
from loader.web.page_words import say
from loader.web.rendering import Refused, render, see_other, settings_of_user
from loader.web.running_page import apply_work, send_work
from loader.web.shown_changes import shown_changes

_TOTALS: Final = (
    *("create", "update", "archive", "delete", "duplicate", "unchanged"),
    *("conflict", "gone", "invalid", "skipped"),
)
_CHANGES: Final = ("update", "archive", "delete")
_LEFT_OUT: Final = ("conflict", "gone", "invalid")
_ALL: Final = Limits(
    deletes=10**9, clears=10**9
)  # the page asks the person to agree to the numbers
_MINUTE: Final = 60
_HOUR: Final = 3600


async def plan(request: web.Request) -> web.Response:
    """Show the plan of a draft, or offer to make one."""
    draft = await draft_of(request)
    return await asyncio.to_thread(_plan_response, request, draft)


async def make_plan(request: web.Request) -> web.Response:
    """Make a plan of the rows as they are now. Nothing is sent."""
    draft = await draft_of(request)
    await asyncio.to_thread(_plan_draft, request, draft)
    return see_other(request, f"/drafts/{draft.draft_id}/plan")


async def approve(request: web.Request) -> web.Response:
    """Approve the plan of somebody else in the name of the person."""
    draft, form = await draft_of(request), await request.post()
    wanted = ApproveRequest(
        plan_id=(await asyncio.to_thread(_saved_plan, request, draft))["plan"],
        target_name=str(form.get("target", "")),
        digest=str(form.get("digest", "")),
        words=str(form.get("words", "")),
    )
    if form.get("plan") != wanted.plan_id:
        raise Refused("plan-changed")
    await asyncio.to_thread(approve_plan, wanted, settings_of_user(request))
    return see_other(request, f"/drafts/{draft.draft_id}/plan")


async def send(request: web.Request) -> web.Response:
    """Send what the plan says, exactly as it was shown."""
    draft, form = await draft_of(request), await request.post()
    saved = await asyncio.to_thread(_saved_plan, request, draft)
    if form.get("plan") != saved["plan"] or draft.state().revision != saved["revision"]:
        raise Refused("plan-changed")
    run_id = await asyncio.to_thread(_start_sending, request, draft, dict(form))
    return see_other(request, f"/runs/{run_id}")


def _plan_draft(request: web.Request, draft: Draft) -> None:
    draft.wait()
    draft.check_names_again()
    settings = _settings(request, draft)
    with draft.held(say("plan.held_planning")):
        revision = draft.state().revision
        wanted = SheetRequest(
            label=draft.label,
            path=draft.path,
            reading=draft.reading,
            edits=draft.edits(),
            is_pulled=draft.is_pulled,
            sandbox=request.app[STATE].is_rehearsal,
            limits=_ALL,
        )
        closing = request.app[STATE].jobs.closing
        planned = plan_sheet(wanted, settings, listener=silent, stop=StopSignal(parent=closing))
    notices = [each.message for each in planned.notices]
    saved = {"plan": planned.plan_id, "revision": revision, "notices": notices}
    _plan_file(draft).write_bytes(orjson.dumps(saved))


def _plan_response(request: web.Request, draft: Draft) -> web.Response:
    saved = _saved_plan(request, draft)
    common: dict[str, Any] = {"draft": draft.draft_id, "name": draft.label}
    if not saved["plan"]:
        return render(request, "plan.html", plan=None, **common)
    settings = _settings(request, draft)
    found = plan_to_decide(saved["plan"], settings, limits=_ALL)
    return render(
        request,
        "plan.html",
        plan=found,
        counts=[*_counts(found)],
        kind=_kind(found),
        left_out=any(getattr(found.totals, name) for name in _LEFT_OUT),
        notices=saved["notices"],
        is_stale=saved["revision"] != draft.state().revision,
        cost=_duration(found.seconds),
        rate=f"{found.max_per_second:g}",
        shown_changes=shown_changes,
        **common,
    )


def _start_sending(request: web.Request, draft: Draft, form: dict[str, Any]) -> str:
    state, settings = request.app[STATE], _settings(request, draft)
    found = plan_to_decide(str(form["plan"]), settings, limits=_ALL)
    if form.get("digest") != found.digest:
        raise Refused("plan-changed")
    agreed = (form.get("deletes", "0"), form.get("clears", "0"))
    if agreed != (str(found.totals.delete), str(found.totals.cleared)):
        raise Refused("not-agreed")
    if not found.is_of_changes:
        work = send_work(state, settings, found.plan_id)
        return state.jobs.begin("send", _with_draft_locked(draft, work)).run_id
    limits = Limits(deletes=found.totals.delete, clears=found.totals.cleared)
    work = apply_work(state, settings, found.plan_id, digest=found.digest, limits=limits)
    return state.jobs.begin("apply", _with_draft_locked(draft, work)).run_id


def _with_draft_locked(draft: Draft, work: Work) -> Work:
    """Return the work, which locks the draft against edits while it sends the rows."""

    def locked_work(listener: Listener, stop: StopSignal) -> object:
        with draft.held(say("plan.held")):
            return work(listener, stop)

    return locked_work


def _settings(request: web.Request, draft: Draft) -> Settings:
    """Return the settings for whoever asks, with the draft's own mapping of columns."""
    return settings_of_user(request).model_copy(update={"mapping": draft.settings.mapping})


def _counts(found: SheetPlan) -> Iterator[tuple[str, int]]:
    for name in _TOTALS:
        count = getattr(found.totals, name)
        if count or (name == "create" and not found.totals.operations):
            yield name, count


def _kind(found: SheetPlan) -> str:
    """Return what is done to all offers of a plan; "send" where they are new, or it differs."""
    kinds = [name for name in _CHANGES if getattr(found.totals, name)]
    return kinds[0] if len(kinds) == 1 and not found.totals.create else "send"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return say("plan.seconds", count=max(1, round(seconds)))
    if seconds < _HOUR:
        return say("plan.minutes", count=round(seconds / _MINUTE))
    return say("plan.hours", count=round(seconds / _HOUR))


def _plan_file(draft: Draft) -> Path:
    return draft.folder / "plan.json"


def _saved_plan(request: web.Request, draft: Draft) -> dict[str, Any]:
    """Return the plan of a draft, as a page for this target saved it."""
    none = {"plan": "", "revision": -1, "notices": []}
    try:
        found: dict[str, Any] = orjson.loads(_plan_file(draft).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return none
    target = target_of_run(found["plan"], settings_of_user(request))
    return none if other_target(target, request.app[STATE]) else found


ROUTES: Final = (
    web.get("/drafts/{draft}/plan", plan),
    web.post("/drafts/{draft}/plan", make_plan),
    web.post("/drafts/{draft}/approve", approve),
    web.post("/drafts/{draft}/send", send),
)
