"""From the results back to a sheet: the rows that were left out, to fix and send again."""

import asyncio
import tempfile
from pathlib import Path, PurePath
from typing import Final

from aiohttp import web

from loader.run.drafting import Drafts
from loader.run.history.rows_to_fix import place_for, write_rows_to_fix
from loader.settings import Settings
from loader.web.pages import Refused, acting, as_json, see_other, wants_json
from loader.web.state import DRAFTS
from loader.web.words import say


async def fix(request: web.Request) -> web.Response:
    """Open a draft of the rows of a run that have wrong cells or were refused."""
    run_id, drafts = request.match_info["run"], request.app[DRAFTS]
    draft_id = await asyncio.to_thread(_draft_of, run_id, drafts, acting(request))
    if not draft_id:
        raise Refused("nothing-to-fix")
    path = f"/drafts/{draft_id}"
    return as_json({"path": path}) if wants_json(request) else see_other(request, path)


def _draft_of(run_id: str, drafts: Drafts, settings: Settings) -> str:
    """Return the draft of the first source that has such rows; "" where none has."""
    with tempfile.TemporaryDirectory() as folder:
        found = write_rows_to_fix(run_id, settings, place=place_for(folder))
        for path in found.written:
            return _opened(drafts, path)
    return ""


def _opened(drafts: Drafts, path: Path) -> str:
    name = PurePath(path.stem.removesuffix(".failed"))
    with path.open("rb") as file:
        return drafts.take(file, say("fix.label", name=name)).draft_id


ROUTES: Final = (web.post("/runs/{run}/fix", fix),)
