"""The start page: drop a file, get the blank template, see where offers go and the last runs."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from aiohttp import web

from loader.errors import JournalError
from loader.redaction import SECRETS
from loader.run.history.result_page import PageOfRuns, page_of_runs
from loader.run.wiring import entity_or_offer
from loader.settings import Settings
from loader.template import write_template
from loader.web.app_state import DRAFTS, STATE
from loader.web.rendering import render, settings_of_user
from loader.web.shown_runs import is_unsent, shown_runs

_MOST_SHOWN: Final = 5
_MOST_LOOKED_AT: Final = 8  # of which some may be plans
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def start(request: web.Request) -> web.Response:
    """Show the page."""
    state = request.app[STATE]
    runs, trouble = await asyncio.to_thread(_last_runs, settings_of_user(request))
    drafts = await asyncio.to_thread(request.app[DRAFTS].listed)
    return render(
        request,
        "start.html",
        runs=shown_runs(runs, state),
        trouble=trouble,
        drafts=drafts[:_MOST_SHOWN],
        more_drafts=max(0, len(drafts) - _MOST_SHOWN),
        upload_mb=state.web.upload_mb,
        has_inbox=state.read_inbox_status is not None,
    )


def _last_runs(settings: Settings) -> tuple[PageOfRuns, str]:
    """Return the last runs, and why the journal cannot be read, if that is so."""
    try:
        page = page_of_runs(settings, count=_MOST_LOOKED_AT, with_plans=False)
        sent = [run for run in page.runs if not is_unsent(run)]
        return replace(page, runs=sent[:_MOST_SHOWN]), ""
    except JournalError as error:
        return PageOfRuns(runs=(), found=0), SECRETS.hide(str(error))


async def template(_request: web.Request) -> web.Response:
    """Give the blank workbook."""
    content = await asyncio.to_thread(_blank_workbook)
    return download(content, "offers.xlsx", _WORKBOOK)


def _blank_workbook() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "offers.xlsx"
        write_template(path, entity_or_offer(None))
        return path.read_bytes()


def download(content: bytes, name: str, content_type: str) -> web.Response:
    """Give something to be saved under a plain name."""
    return web.Response(
        body=content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


ROUTES: Final = (web.get("/", start), web.get("/template", template))
