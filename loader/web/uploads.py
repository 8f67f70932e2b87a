"""Files that are dropped on the page: streamed to disk, within bounds, and opened as drafts.

The name of a file is only shown: it never becomes part of a path. What is not finished, or cannot
be read at all, is removed at once.
"""

import asyncio
from pathlib import Path
from typing import Final

from aiohttp import ClientError, web

from loader.errors import TooMuch
from loader.run.drafting import Draft
from loader.source.unpack import NO_ROOM
from loader.web.app_state import DRAFTS, STATE
from loader.web.rendering import Refused, as_json, see_other, wants_json

_BLOCK_SECONDS: Final = 60.0  # the longest wait for more of a file
_FIRST_ROWS_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.02
_MB: Final = 1024**2


async def upload(request: web.Request) -> web.Response:
    """Receive a file; return the path of its page, or why it cannot be read."""
    drafts = request.app[DRAFTS]
    most = request.app[STATE].web.upload_mb * _MB
    if (request.content_length or 0) > most:
        raise _too_large(most)
    folder = await asyncio.to_thread(drafts.new_folder)
    try:
        await _receive(request, folder / "file", most)
        draft = await asyncio.to_thread(drafts.open_new, folder, request.query.get("name", ""))
    except BaseException:
        drafts.discard(folder)
        raise
    trouble = await _wait_for_rows(draft)
    if trouble:
        await asyncio.to_thread(drafts.remove, draft.draft_id)
        return as_json({"title": "", "message": trouble, "code": "unusable-source"}, status=422)
    sheets = await asyncio.to_thread(draft.sheets)
    next_page = "" if all(each.is_matched for each in sheets) else "/columns"
    return as_json({"path": f"/drafts/{draft.draft_id}{next_page}"})


async def _receive(request: web.Request, path: Path, most: int) -> None:
    try:
        await _stream(request, path, most)
    except TimeoutError as error:
        raise TooMuch("nothing more of the file came for a minute: drop it again") from error
    except ClientError as error:
        raise ConnectionResetError("the browser left") from error
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise Refused("no-room", status=507) from error


async def _stream(request: web.Request, path: Path, most: int) -> None:
    """Write the body to disk in a thread, block by block."""
    size = 0
    with path.open("xb") as file:
        while True:
            async with asyncio.timeout(_BLOCK_SECONDS):
                block = await request.content.readany()
            if not block:
                return
            size += len(block)
            if size > most:
                raise _too_large(most)
            await asyncio.to_thread(file.write, block)


def _too_large(most: int) -> TooMuch:
    return TooMuch(
        f"the file has more than {most // _MB} MB, the most that may be dropped here: split it, or"
        " ask the person who runs the loader"
    )


async def _wait_for_rows(draft: Draft) -> str:
    """Wait for the first rows; return why there are none, "" if there may be some."""
    try:
        async with asyncio.timeout(_FIRST_ROWS_SECONDS):
            while True:
                state = await asyncio.to_thread(draft.state)
                if state.trouble or state.rows:
                    return state.trouble
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        return ""


async def remove(request: web.Request) -> web.StreamResponse:
    """Remove a draft, which the person does not need any more."""
    await asyncio.to_thread(request.app[DRAFTS].remove, request.match_info["draft"])
    return as_json({"path": "/"}) if wants_json(request) else see_other(request, "/")


ROUTES: Final = (
    web.post("/drafts", upload),
    web.post("/drafts/{draft}/remove", remove),
)
