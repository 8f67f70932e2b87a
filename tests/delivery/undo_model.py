"""One offer to delete, one server, and every order of events: which undos say what is not so?

Wrong is an offer that is said to be deleted and stays, and one that somebody edited before the undo
read it and that is deleted. Reads may be stale for any time after the creation, deletes late or
lost, an accepted one refused, a success a proxy's; the client may die at any time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from loader.model import OperationEvent, State
from loader.operation_states import MOVES
from tests.delivery.policy_model import MOST_DEATHS, MOST_POSTS, shortest


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoRules:
    """What an undo does. The defaults are the careful ones."""

    waits_for_reads: bool = True  # until they show what was created
    reads_first: bool = True  # and keeps what was edited
    asks_the_list: bool = True  # before an offer that its id does not find counts as gone
    needs_a_canary: bool = True  # a list without an offer that is known to stand proves nothing
    sees_gone: bool = True  # a success alone is no proof
    waits_for_decision: bool = True  # of an accepted delete, before it looks
    waits_for_requests: bool = True  # before it looks what became of a lost delete
    after_lost: State = MOVES[State.SENDING, OperationEvent.LOST]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoServer:
    """What a server does that an undo may not expect."""

    id_is_late: bool = False  # look-ups by id of this offer lag longer than the settle time
    list_is_late: bool = False  # so does the list, for every offer; others are found by their ids
    refuses_accepted: bool = False  # 202, and later a refusal
    proxy_answers: bool = False  # at times: a success, and nothing was done


UNDO_SERVERS = [
    UndoServer(id_is_late=a, list_is_late=b, refuses_accepted=c, proxy_answers=d)
    for a, b, c, d in product((False, True), repeat=4)
    if not (a and d)  # two reads that agree on what is not so are beyond what can be known
]
# Each rule left out, with a server that betrays it.
UNSAFE_UNDOS = {
    "reads before they are fresh": (UndoRules(waits_for_reads=False), UndoServer()),
    "deletes without reading": (UndoRules(reads_first=False), UndoServer()),
    "asks by id alone": (UndoRules(asks_the_list=False), UndoServer(id_is_late=True)),
    "believes any list": (
        UndoRules(needs_a_canary=False),
        UndoServer(id_is_late=True, list_is_late=True),
    ),
    "believes a success": (UndoRules(sees_gone=False), UndoServer(proxy_answers=True)),
    "looks before the decision": (
        UndoRules(waits_for_decision=False),
        UndoServer(refuses_accepted=True, id_is_late=True),
    ),
    "a lost delete is done": (UndoRules(after_lost=State.DONE), UndoServer()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """Everything, at one moment."""

    server: UndoServer = field(default_factory=UndoServer)
    stands: bool = True
    is_fresh: bool = False  # every read shows what was created
    edited: bool = False
    edit_deleted: bool = False  # somebody's edit is gone
    alive: bool = True
    was_read: bool = False
    is_kept: bool = False
    waiting: bool = False  # for a reply
    accepted: bool = False  # 202; being decided
    journal: State = State.PENDING
    flying: int = 0
    posts: int = 0
    deaths: int = 0


Step = tuple[str, Undoing]


def undo_steps(now: Undoing, rules: UndoRules) -> Iterator[Step]:
    """Everything that may happen next."""
    if not now.is_fresh:
        yield "the reads catch up", replace(now, is_fresh=True)
    if now.stands and not now.edited and not now.was_read and not now.posts:
        yield "somebody edits the offer", replace(now, edited=True)
    if now.flying:
        yield "a delete is lost", replace(now, flying=now.flying - 1)
        gone = replace(now, flying=now.flying - 1, stands=False)
        yield "the server deletes the offer", replace(gone, edit_deleted=now.edited)
    if not now.alive:
        journal = rules.after_lost if now.journal is State.SENDING else now.journal
        yield "the client starts again", replace(now, alive=True, journal=journal)
        return
    if now.deaths < MOST_DEATHS:
        dead = replace(now, alive=False, waiting=False, accepted=False, was_read=False)
        yield "the client dies", replace(dead, deaths=now.deaths + 1)
    if now.accepted:
        yield from _decided(now, rules)
    elif now.waiting:
        yield from _answered(now, rules)
    elif now.journal is State.PENDING and not now.is_kept:
        yield from _acts(now, rules)
    elif now.journal is State.UNKNOWN and (not now.flying or not rules.waits_for_requests):
        yield from _looked(now, rules, otherwise=State.PENDING)


def _acts(now: Undoing, rules: UndoRules) -> Iterator[Step]:
    if rules.waits_for_reads and not now.is_fresh:
        return
    if rules.reads_first and not now.was_read:
        if now.stands:
            read = replace(now, was_read=not now.edited, is_kept=now.edited)
            yield "the client reads the offer", read
        yield from _looked(now, rules, otherwise=None)
    elif now.posts < MOST_POSTS:
        sent = replace(now, waiting=True, journal=State.SENDING, was_read=False)
        yield "the client deletes", replace(sent, flying=now.flying + 1, posts=now.posts + 1)


def _answered(now: Undoing, rules: UndoRules) -> Iterator[Step]:
    told = replace(now, waiting=False)
    yield "the reply is lost", replace(told, journal=rules.after_lost)
    if not now.stands or now.server.proxy_answers:
        yield "a success arrives", replace(told, accepted=True)
    if now.server.refuses_accepted and now.flying:
        refused = replace(told, flying=now.flying - 1, accepted=True)
        yield "it is accepted, and will be refused", refused


def _decided(now: Undoing, rules: UndoRules) -> Iterator[Step]:
    """The client asks what became of an accepted delete."""
    over = replace(now, accepted=False)
    if not rules.sees_gone:
        yield "the client believes it", replace(over, journal=State.DONE)
        return
    is_refusal = now.server.refuses_accepted and now.stands and not now.flying
    if is_refusal:
        yield "the Location says that it was refused", replace(over, journal=State.FAILED)
    if not (is_refusal and rules.waits_for_decision) and not now.flying:
        by_id = replace(rules, asks_the_list=False)  # after a success, which was seen
        yield from _looked(over, by_id, otherwise=State.UNKNOWN)


def _looked(now: Undoing, rules: UndoRules, *, otherwise: State | None) -> Iterator[Step]:
    """The client looks by id, and in the list where it needs to; it finds the offer or not."""
    missed_by_id = not now.stands or not now.is_fresh or now.server.id_is_late
    list_is_late = now.server.list_is_late
    in_list = now.stands and now.is_fresh and not list_is_late
    proves_nothing = in_list or (list_is_late and rules.needs_a_canary)
    if missed_by_id and not (rules.asks_the_list and proves_nothing):
        yield "neither look finds it", replace(now, journal=State.DONE)
    if otherwise is not None and now.stands:
        yield "the look finds it", replace(now, journal=otherwise)


def wrong_undo(rules: UndoRules, server: UndoServer | None = None) -> list[str] | None:
    """The shortest way to an undo that says what is not so; None where there is none."""
    return shortest(
        Undoing(server=server or UndoServer()),
        lambda now: undo_steps(now, rules),
        lambda now: (
            (now.edit_deleted and not now.is_kept)
            or (now.journal is State.DONE and now.stands and not now.flying)
        ),
    )
