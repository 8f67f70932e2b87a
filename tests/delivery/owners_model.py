"""One row, one server and two owners: when can an owner that was frozen create a second offer?

Either owner may lose its session at any time and not notice; the other one takes over at once.
Between any two steps of an owner any time may pass, which is what frozen means. All orders of
events are walked, as in `policy_model`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from loader.model import OperationEvent, State
from loader.operation_states import MOVES
from tests.delivery.policy_model import shortest

MOST_POSTS = 3
MOST_LOSSES = 2


class At(StrEnum):
    """How far an owner is with the row."""

    NOTHING = "nothing"
    INTENT = "intent"  # it is in the journal
    GOES = "goes"  # the first look found the intent young; the connection is opened
    WAITS = "waits"  # the bytes have left


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an owner does. The defaults are ours."""

    looks_twice: bool = True  # at the age of the intent: when the bytes leave, too
    settles_longer: bool = True  # than an intent may be old when its bytes leave
    session_is_the_pen: bool = True  # without its session an owner writes nothing into the journal


UNSAFE = {
    "one look at the age": Rules(looks_twice=False),
    "a settle time shorter than the limit": Rules(settles_longer=False),
    "a journal that everybody writes": Rules(session_is_the_pen=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One of the two. `young`: its intent may still leave."""

    at: At = At.NOTHING
    young: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything, at one moment."""

    owners: tuple[Owner, Owner] = (Owner(), Owner())
    holder: int | None = None
    losses: int = 0
    journal: State = State.PENDING
    flying: int = 0
    offers: int = 0
    shown: int = 0
    posts: int = 0

    def with_owner(self, who: int, owner: Owner) -> "World":
        """Return the same with another state of one owner."""
        both = list(self.owners)
        both[who] = owner
        return replace(self, owners=(both[0], both[1]))


Step = tuple[str, World]


def steps(world: World, rules: Rules) -> Iterator[Step]:
    """Everything that may happen next."""
    if world.flying:
        applied = replace(world, flying=world.flying - 1, offers=world.offers + 1)
        yield "the server applies a request", applied
        yield "a request is lost", replace(world, flying=world.flying - 1)
    if world.shown < world.offers:
        yield "the list catches up", replace(world, shown=world.shown + 1)
    if world.holder is not None and world.losses < MOST_LOSSES:
        lost = replace(world, holder=None, losses=world.losses + 1)
        yield f"{'AB'[world.holder]} loses its session", lost
    for who in (0, 1):
        yield from _of_owner(world, who, rules)


def _of_owner(world: World, who: int, rules: Rules) -> Iterator[Step]:
    """What one owner may do, or have done to it."""
    owner, name = world.owners[who], "AB"[who]
    if world.holder is None and owner.at is At.NOTHING:
        journal = world.journal
        if journal is State.SENDING:
            journal = MOVES[journal, OperationEvent.LOST]
        yield f"{name} takes over", replace(world, holder=who, journal=journal)
    if owner.young:
        yield f"{name} is frozen for long", world.with_owner(who, replace(owner, young=False))
    writes = world.holder == who or not rules.session_is_the_pen
    match owner.at:
        case At.NOTHING if writes:
            yield from _acts(world, who, rules)
        case At.INTENT:
            looked = world.with_owner(who, replace(owner, at=At.GOES))
            back = _taken_back(world, who, writes=writes)
            yield (f"{name} looks at the age", looked) if owner.young else back
        case At.GOES if rules.looks_twice and not owner.young:
            yield _taken_back(world, who, writes=writes)
        case At.GOES:
            yield from _leaves(world, who)
        case At.WAITS:
            yield from _replies(world, who, writes=writes)


def _acts(world: World, who: int, rules: Rules) -> Iterator[Step]:
    name, other = "AB"[who], world.owners[1 - who]
    if (world.journal, OperationEvent.START) in MOVES:
        asked = world.with_owner(who, Owner(at=At.INTENT, young=True))
        yield f"{name} writes the intent", replace(asked, journal=State.SENDING)
    if world.journal is State.UNKNOWN:
        if world.shown:
            yield f"{name} finds it", replace(world, journal=State.DONE)
        settled = not other.young or not rules.settles_longer
        if not world.flying and not world.offers and settled:
            yield f"{name} finds nothing", replace(world, journal=State.PENDING)


def _leaves(world: World, who: int) -> Iterator[Step]:
    if world.posts < MOST_POSTS:
        gone = world.with_owner(who, Owner(at=At.WAITS))
        gone = replace(gone, flying=world.flying + 1, posts=world.posts + 1)
        yield f"the bytes of {'AB'[who]} leave", gone


def _taken_back(world: World, who: int, *, writes: bool) -> Step:
    journal = MOVES[State.SENDING, OperationEvent.NOT_ACCEPTED] if writes else world.journal
    return f"{'AB'[who]} takes it back", replace(world.with_owner(who, Owner()), journal=journal)


def _replies(world: World, who: int, *, writes: bool) -> Iterator[Step]:
    """What an owner that lost its session hears is not written down."""
    after, name = world.with_owner(who, Owner()), "AB"[who]
    if world.offers:
        done = State.DONE if writes else world.journal
        yield f"the reply to {name} arrives", replace(after, journal=done)
    lost = State.UNKNOWN if writes else world.journal
    yield f"the reply to {name} is lost", replace(after, journal=lost)


def counter_example(rules: Rules) -> list[str] | None:
    """The shortest way to two offers, or to a row that is lost; None where there is none."""
    return shortest(
        World(),
        lambda world: steps(world, rules),
        lambda world: world.offers > 1 or (world.journal is State.DONE and not world.offers),
    )
