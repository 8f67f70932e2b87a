"""What a page may act on: runs and plans for its own target alone, wherever the journal has others.

A run acts on the target that the journal names, so a rehearsal must not go on with a live run.
"""

import asyncio

from aiohttp import web

from loader.run.history.runs import target_of_run
from loader.same_target import is_same_target
from loader.target_words import target_in_words
from loader.web.app_state import STATE, WebState
from loader.web.rendering import Refused, settings_of_user


async def own_run(request: web.Request) -> str:
    """Return the run that the path names. Raises `Refused` where it is for another target."""
    run_id, state = request.match_info["run"], request.app[STATE]
    target = await asyncio.to_thread(target_of_run, run_id, settings_of_user(request))
    if other := other_target(target, state):
        raise Refused("run-elsewhere", target=other)
    return run_id


def other_target(target: str, state: WebState) -> str:
    """Return the target of a run in words, "" where it is the page's own."""
    return "" if is_same_target(target, state.target_key) else target_in_words(target)
