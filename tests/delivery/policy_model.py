"""One row, one server, and every order of events: which policies can create an offer twice?

A state is small, and all of them are walked: what the client is doing, what its journal says, how
many requests are still under way, how many offers there are, how many the list shows. The network
may apply or drop a request at any time, the list may lag for any time, the client may lose a
reply or its life at any time. A `Server` may lie besides: its filter may hide the name by its
syntax, its replies may be no list, it may change names, and name ids that are not new.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeVar

from loader.model import OperationEvent, State
from loader.operation_states import MOVES

S = TypeVar("S")
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
    asks_by_filter: bool = False  # for the name, instead of reading the whole list
    demands_a_list: bool = True  # of a reply from which absence is concluded
    folds_names: bool = True  # what is like the name is for a person, not absent
    demands_new_ids: bool = True  # of a receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server does that a client may not expect."""

    hides_by_filter: bool = False  # the name has a comma, a quote, a wildcard
    answers_no_list: bool = False  # at times: {}, an error document, fewer items than it says
    changes_names: bool = False  # trims, lower-cases, normalises
    gives_old_ids: bool = False  # at times: a success names an offer that stood there before
    applies_refusals: bool = False  # at times: a request that it refuses, as a whole, is applied


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
        after_lost=MOVES[State.SENDING, OperationEvent.LOST],
        after_death=MOVES[State.SENDING, OperationEvent.LOST],
    ),
    "hold": Rules(
        after_lost=MOVES[State.SENDING, OperationEvent.LOST],
        after_death=MOVES[State.SENDING, OperationEvent.LOST],
        resends_absent=False,
        waits_for_requests=False,
        waits_for_list=False,
    ),
}
SERVERS = [
    Server(hides_by_filter=a, answers_no_list=b, changes_names=c, gives_old_ids=d)
    for a, b, c, d in product((False, True), repeat=4)
]
# What the loader did until November 2026, and each of its four beliefs alone with the server that
# betrays it.
BELIEVING = Rules(
    asks_by_filter=True, demands_a_list=False, folds_names=False, demands_new_ids=False
)
BELIEFS = {
    "a filter that finds nothing": (Rules(asks_by_filter=True), Server(hides_by_filter=True)),
    "a reply that is no list": (Rules(demands_a_list=False), Server(answers_no_list=True)),
    "a name that is not equal": (Rules(folds_names=False), Server(changes_names=True)),
    "an id that is not new": (Rules(demands_new_ids=False), Server(gives_old_ids=True)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything, at one moment."""

    server: Server = field(default_factory=Server)
    accepted: bool = False  # the API said created, without an id to believe: never sent again
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
        if world.offers and world.server.applies_refusals:
            refused = MOVES[State.SENDING, OperationEvent.NOT_ACCEPTED]
            told = replace(world, waiting=False, journal=refused)
            yield "the server refuses what it applied", told
        if world.server.gives_old_ids:
            yield from _old_id(world, rules)
    else:
        yield from _acts(world, rules)


def _old_id(world: World, rules: Rules) -> Iterator[Step]:
    journal = State.UNKNOWN if rules.demands_new_ids else State.DONE
    told = replace(world, waiting=False, journal=journal, accepted=True)
    yield "the reply names an old offer", told


def _acts(world: World, rules: Rules) -> Iterator[Step]:
    may_send = world.journal is State.PENDING or (world.journal, OperationEvent.START) in MOVES
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
        yield from _look(world, rules)


def _look(world: World, rules: Rules) -> Iterator[Step]:
    """What one look may show, and what the client concludes."""
    hidden = world.server.hides_by_filter and rules.asks_by_filter
    if world.shown and not hidden and not world.server.changes_names:
        yield "the look finds it", replace(world, journal=State.DONE)
        empty = False
    elif world.shown and not hidden and rules.folds_names:
        empty = False  # it is like ours: a person decides, the row stays unknown
    else:
        empty = True
    no_list = world.server.answers_no_list and not rules.demands_a_list
    may_resend = rules.resends_absent and not world.accepted and _may_conclude(world, rules)
    if (empty or no_list) and may_resend:
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


def counter_example(rules: Rules, server: Server | None = None) -> list[str] | None:
    """The shortest way to two offers, or to a row that is lost; None where there is none."""
    return shortest(
        World(server=server or Server()),
        lambda world: steps(world, rules),
        lambda world: world.offers > 1 or (world.journal is State.DONE and not world.offers),
    )


def shortest(
    start: S, steps_of: Callable[[S], Iterator[tuple[str, S]]], is_wrong: Callable[[S], bool]
) -> list[str] | None:
    """The shortest way from a state to one that is wrong, over every order of steps; or None."""
    came: dict[S, tuple[S, str] | None] = {start: None}
    queue = [start]
    for state in queue:
        if is_wrong(state):
            return _way(state, came)
        for what, after in steps_of(state):
            if after not in came:
                came[after] = (state, what)
                queue.append(after)
    return None


def _way(state: S, came: dict[S, tuple[S, str] | None]) -> list[str]:
    way = []
    while (step := came[state]) is not None:
        state, what = step
        way.append(what)
    return way[::-1]
