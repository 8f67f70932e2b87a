"""The drafts of the page: which one a request is about."""

import asyncio
from typing import Final

from aiohttp import web

from loader.run.drafting import Draft, Drafts

DRAFTS: Final = web.AppKey("drafts", Drafts)


async def draft_of(request: web.Request) -> Draft:
    """Return the draft that the path names. Raises `DraftError` where there is none."""
    drafts = request.app[DRAFTS]
    return await asyncio.to_thread(drafts.get, request.match_info["draft"])


async def close_drafts(app: web.Application) -> None:
    """Close every draft, when the server ends."""
    await asyncio.to_thread(app[DRAFTS].close)
