"""The page of all runs, searchable, and what the audit says of one."""

import asyncio
from collections.abc import Mapping
from itertools import islice
from typing import Final

from aiohttp import web

from loader.journal.records import AuditEntry
from loader.redaction import SECRETS
from loader.run.history.audit_and_offer_history import AuditQuery, entries
from loader.run.history.result_page import page_of_runs
from loader.settings import Settings
from loader.web.app_state import STATE
from loader.web.page_words import may_say
from loader.web.rendering import render, settings_of_user
from loader.web.shown_runs import shown_runs

_PAGE: Final = 30
_LONGEST_TEXT: Final = 200
_MOST_ENTRIES: Final = 500


async def history(request: web.Request) -> web.Response:
    """List the runs."""
    text = request.query.get("text", "").strip()[:_LONGEST_TEXT]
    start = request.query.get("start", "0")
    first = int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 0
    page = await asyncio.to_thread(
        page_of_runs, settings_of_user(request), text=text, start=first, count=_PAGE
    )
    return render(
        request,
        "history.html",
        runs=shown_runs(page, request.app[STATE]),
        found=page.found,
        text=text,
        start=first,
        per_page=_PAGE,
    )


async def audit(request: web.Request) -> web.Response:
    """Show who did what in a run."""
    run_id = request.match_info["run"]
    found = await asyncio.to_thread(_entries, settings_of_user(request), run_id)
    return render(request, "audit.html", run_id=run_id, entries=found)


def _entries(settings: Settings, run_id: str) -> list[dict[str, object]]:
    """Return the entries of a run, after those of the plan, or run, that it belongs to."""
    own = _entries_of(settings, run_id)
    others = {str(entry.details["of_run"]) for entry in own if entry.details.get("of_run")}
    earlier = [entry for other in sorted(others) for entry in _entries_of(settings, other)]
    return [
        {
            "at": entry.at,
            "person": entry.person,
            "event": may_say(f"audit.events.{entry.event}") or entry.event,
            "details": SECRETS.hide(_in_words(entry.details)),
        }
        for entry in (*earlier, *own)
    ]


def _entries_of(settings: Settings, run_id: str) -> list[AuditEntry]:
    return list(islice(entries(AuditQuery(run_id=run_id), settings), _MOST_ENTRIES))


def _in_words(details: Mapping[str, object]) -> str:
    found = []
    for name, value in details.items():
        if isinstance(value, Mapping):
            found += [f"{count} {what}" for what, count in value.items()]
        elif value:
            found.append(f"{name.replace('_', ' ')}: {value}")
    return ", ".join(found)


ROUTES: Final = (web.get("/runs", history), web.get("/runs/{run}/audit", audit))
