"""What an event changes in the tables: the values of the statements of `transitions.sql`, as data.

Members of enums are bound by their value: sqlite3 searches long for how to adapt a member.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from loader.delivery.baseline import without_receipt
from loader.delivery.lifecycle import advance
from loader.journal.values import ALREADY_GONE
from loader.model import Attempt, Event, Operation, Outcome, Receipt, State

_FINAL: Final = {Event.DONE, Event.REFUSED, Event.GIVE_UP, Event.FOUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An attempt and what it taught us. `must_be_new`: its id must be no other operation's."""

    attempt: Attempt
    event: Event
    outcome: Outcome
    must_be_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An event of one operation, and what is kept of it."""

    operation_id: int
    event: Event
    receipt: Receipt | None = None
    code: str = ""
    message: str = ""
    http_status: int | None = None
    request_id: str = ""


class Present(NamedTuple):
    """What an operation is at this moment."""

    state: State
    operation: Operation
    offer_id: int
    attempts: int


def new_ids(ends: Sequence[Ended]) -> list[str]:
    """Return the ids that must be no other operation's."""
    return [found for end in ends if (found := _new_id(end))]


def with_new_ids(ends: Sequence[Ended], *, taken: set[str]) -> Sequence[Ended]:
    """Return the ends; lost are those whose id is in `taken`, or an earlier one's."""
    seen = set(taken)
    checked = []
    for end in ends:
        found = _new_id(end)
        if found in seen:
            outcome = without_receipt(end.outcome, "another row's offer")
            end = replace(end, event=Event.LOST, outcome=outcome)  # noqa: PLW2901
        elif found:
            seen.add(found)
        checked.append(end)
    return checked


def _new_id(end: Ended) -> str:
    if not end.must_be_new or end.event is not Event.DONE or end.outcome.receipt is None:
        return ""
    return end.outcome.receipt.instance_id


def change_of(end: Ended) -> Change:
    """Return what is recorded of an attempt."""
    says_nothing = end.event is Event.DONE and end.outcome.code != ALREADY_GONE
    return Change(
        operation_id=end.attempt.operation_id,
        event=end.event,
        receipt=end.outcome.receipt,
        code="" if says_nothing else end.outcome.code,
        message="" if says_nothing else end.outcome.message,
        http_status=end.outcome.http_status,
        request_id=end.outcome.request_id,
    )


def row_of(change: Change, present: Present, *, now: float) -> dict[str, Any]:
    """Return the values of the statements of one event."""
    after = advance(present.state, change.event)
    is_lost, is_done = change.event is Event.LOST, after is State.DONE
    frees_key = is_done and present.operation is Operation.DELETE
    is_created = is_done and present.operation is Operation.CREATE
    receipt, status = change.receipt, change.http_status
    return {
        "operation_id": change.operation_id,
        "state": after.value,
        "event": change.event.value,
        "now": now,
        "http_status": status,
        "request_id": change.request_id,
        "code": change.code,
        "message": change.message,
        "finished_at": now if change.event in _FINAL else None,
        "last_sent_at": now if is_lost else None,
        "must_exist": is_lost and status is not None and 200 <= status < 300,
        "frees_key": frees_key,
        "names_offer": not frees_key and (is_done or receipt is not None),
        "offer_id": present.offer_id,
        "instance_id": receipt and receipt.instance_id,
        "at_id": receipt and receipt.at_id,
        "etag": receipt and receipt.etag,
        "created_by": change.operation_id if is_created else None,
    }
