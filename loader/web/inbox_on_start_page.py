"""What waits in the inbox, for the start page. It may be far away: nobody waits for it long."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from loader.errors import LoaderError
from loader.inbox.status import InboxStatus
from loader.redaction import SECRETS
from loader.web.app_state import STATE
from loader.web.rendering import as_json

_LONGEST_SECONDS: Final = 20.0
_MOST_SHOWN: Final = 5


async def inbox(request: web.Request) -> web.Response:
    """Return what waits, as plain values; nothing where no inbox is set."""
    look = request.app[STATE].read_inbox_status
    if look is None:
        return as_json({})
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            return as_json(_status_values(await asyncio.to_thread(look)))
    except TimeoutError:
        return as_json({"problems": ["it does not answer"]})
    except (LoaderError, OSError) as error:
        return as_json({"problems": [SECRETS.hide(str(error))]})


def _status_values(status: InboxStatus) -> Mapping[str, Any]:
    return {
        "waiting": len(status.waiting),
        "failed": len(status.failed),
        "is_watched": bool(status.watcher),
        "files": [
            *(_file(each.drop.name, each.reason) for each in status.failed[:_MOST_SHOWN]),
            *(_file(each.name, each.reason) for each in status.waiting[:_MOST_SHOWN]),
        ],
        "problems": [SECRETS.hide(each) for each in status.problems[:_MOST_SHOWN]],
    }


def _file(name: str, reason: str) -> Mapping[str, str]:
    return {"name": name, "reason": SECRETS.hide(reason).partition("\n")[0]}


ROUTES: Final = (web.get("/inbox", inbox),)
