"""One row, one server, and every order of events: which policies can create an offer twice?

A state is small, and all of them are walked: what the client is doing, what its journal says, how
many requests are still under way, how many offers there are, how many the list shows. The network
may apply or drop a request at any time, the list may lag for any time, the client may lose a
reply or its life at any time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from loader.delivery.lifecycle import MOVES
from loader.model import Event, State

MOST_POSTS = 3
MOST_DEATHS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a client does. The defaults are the careful ones."""

    intent_first: bool = True  # the journal says "sending" before the request leaves
    synced: bool = True  # what the journal says survives a loss of power
    after_lost: State = State.UNKNOWN
    after_death: State = State.UNKNOWN  # of a row that was being sent
    resends_absent: bool = True
    waits_for_requests: bool = True  # until none of ours can still be applied
    waits_for_list: bool = True  # until the list shows what was applied


UNSAFE = {
    "A: retry on error": Rules(after_lost=State.PENDING),
    "B: journal after the reply": Rules(intent_first=False),
    "C: resume sends again": Rules(after_death=State.PENDING),
    "D: look at once, send again": Rules(waits_for_requests=False, waits_for_list=False),
    "E: wait for the list only": Rules(waits_for_requests=False),
    "F: wait for the requests only": Rules(waits_for_list=False),
    "H: settle, but no fsync": Rules(synced=False),
}
OURS = {
    "resend (default)": Rules(
        after_lost=MOVES[State.SENDING, Event.LOST],
        after_death=MOVES[State.SENDING, Event.LOST],
    ),
    "hold": Rules(
        after_lost=MOVES[State.SENDING, Event.LOST],
        after_death=MOVES[State.SENDING, Event.LOST],
        resends_absent=False,
        waits_for_requests=False,
        waits_for_list=False,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything, at one moment."""

    alive: bool = True
    waiting: bool = False  # for a reply
    journal: State = State.PENDING
    flying: int = 0  # requests that are not yet applied or lost
    offers: int = 0
    shown: int = 0  # by the list
    posts: int = 0
    deaths: int = 0


Step = tuple[str, World]


def steps(world: World, rules: Rules) -> Iterator[Step]:
    """Everything that may happen next."""
    if world.flying:
        applied = replace(world, flying=world.flying - 1, offers=world.offers + 1)
        yield "the server applies a request", applied
        yield "a request is lost", replace(world, flying=world.flying - 1)
    if world.shown < world.offers:
        yield "the list catches up", replace(world, shown=world.shown + 1)
    if not world.alive:
        yield from _restarts(world, rules)
        return
    if world.deaths < MOST_DEATHS:
        yield from _deaths(world, rules)
    if world.waiting:
        if world.offers:
            yield "the reply arrives", replace(world, waiting=False, journal=State.DONE)
        yield "the reply is lost", replace(world, waiting=False, journal=rules.after_lost)
    else:
        yield from _acts(world, rules)


def _acts(world: World, rules: Rules) -> Iterator[Step]:
    may_send = world.journal is State.PENDING or (world.journal, Event.START) in MOVES
    if may_send and world.posts < MOST_POSTS:
        intent = State.SENDING if rules.intent_first else world.journal
        yield (
            "the client sends",
            replace(
                world,
                waiting=True,
                journal=intent,
                flying=world.flying + 1,
                posts=world.posts + 1,
            ),
        )
    if world.journal is State.UNKNOWN:
        if world.shown:
            yield "the look finds it", replace(world, journal=State.DONE)
        elif rules.resends_absent and _may_conclude(world, rules):
            yield "the look finds nothing", replace(world, journal=State.PENDING)


def _may_conclude(world: World, rules: Rules) -> bool:
    requests_done = not world.flying or not rules.waits_for_requests
    list_fresh = world.shown == world.offers or not rules.waits_for_list
    return requests_done and list_fresh


def _deaths(world: World, rules: Rules) -> Iterator[Step]:
    dead = replace(world, alive=False, waiting=False, deaths=world.deaths + 1)
    yield "the client dies", dead
    if not rules.synced and world.journal is State.SENDING:
        yield "the power fails: the intent is gone", replace(dead, journal=State.PENDING)


def _restarts(world: World, rules: Rules) -> Iterator[Step]:
    journal = rules.after_death if world.journal is State.SENDING else world.journal
    yield "the client starts again", replace(world, alive=True, journal=journal)


def counter_example(rules: Rules) -> list[str] | None:
    """The shortest way to two offers, or to a row that is lost; None where there is none."""
    start = World()
    came: dict[World, tuple[World, str] | None] = {start: None}
    queue = [start]
    for world in queue:
        if world.offers > 1 or (world.journal is State.DONE and not world.offers):
            return _way(world, came)
        for what, after in steps(world, rules):
            if after not in came:
                came[after] = (world, what)
                queue.append(after)
    return None


def _way(world: World, came: dict[World, tuple[World, str] | None]) -> list[str]:
    way = []
    while (step := came[world]) is not None:
        world, what = step
        way.append(what)
    return way[::-1]
