"""What an event changes in the tables: the values of the statements of `transitions.sql`, as data.

Members of enums are bound by their value: sqlite3 searches long for how to adapt a member.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from loader.journal.records import ALREADY_GONE, ALREADY_SO
from loader.merge.update_body import names_in
from loader.model import (
    NAME_REFUSED,
    NO_ID,
    SENT_TWICE,
    UPDATES,
    Job,
    Operation,
    OperationEvent,
    Outcome,
    OutcomeKind,
    Receipt,
    State,
)
from loader.operation_states import EVENT_OF, advance

_NOT_OUR_CODES: Final = {ALREADY_GONE, ALREADY_SO}
_FINAL: Final = {
    OperationEvent.DONE,
    OperationEvent.REFUSED,
    OperationEvent.GIVE_UP,
    OperationEvent.FOUND,
}


class Attempt(NamedTuple):
    """An attempt and its outcome."""

    job: Job
    outcome: Outcome


class Change(NamedTuple):
    """An event of one operation, and what is kept of it; `body` is what an update sends.

    `began` is False at the end of an attempt that sent nothing: it is not counted.
    """

    operation_id: int
    event: OperationEvent
    receipt: Receipt | None = None
    code: str = ""
    message: str = ""
    http_status: int | None = None
    request_id: str = ""
    body: bytes = b""
    began: bool = True


def new_ids(attempts: Sequence[Attempt]) -> list[str]:
    """Return the ids of new offers: no other operation may have them."""
    return [found for attempt in attempts if (found := _new_id(attempt))]


def lost_if_id_taken(attempts: Sequence[Attempt], *, taken: set[str]) -> list[Attempt]:
    """Return the attempts, as lost where their id is in `taken` or an earlier one has it."""
    seen = set(taken)
    checked = []
    for attempt in attempts:
        found = _new_id(attempt)
        if found in seen:
            attempt = Attempt(attempt.job, attempt.outcome.without_receipt("another row's offer"))  # noqa: PLW2901
        elif found:
            seen.add(found)
        checked.append(attempt)
    return checked


def _new_id(attempt: Attempt) -> str:
    """Return the id that a create got; "" for none."""
    job, outcome = attempt
    if job.operation is not Operation.CREATE or outcome.kind is not OutcomeKind.DONE:
        return ""
    return outcome.receipt.instance_id if outcome.receipt is not None else ""


def change_by(attempt: Attempt) -> Change:
    """Return the change that an attempt makes."""
    job, outcome = attempt
    says_nothing = outcome.kind is OutcomeKind.DONE and outcome.code not in _NOT_OUR_CODES
    return Change(
        operation_id=job.operation_id,
        event=EVENT_OF[outcome.kind],
        receipt=outcome.receipt,
        code="" if says_nothing else outcome.code,
        message="" if says_nothing else outcome.message,
        http_status=outcome.http_status,
        request_id=outcome.request_id,
        body=job.body if job.operation in UPDATES else b"",
        began=outcome.began,
    )


def row_of(change: Change, before: State, operation: Operation, *, now: float) -> dict[str, Any]:
    """Return the values of the statements of one event, of an operation in the state `before`."""
    after = advance(before, change.event)
    is_lost, is_done = change.event is OperationEvent.LOST, after is State.DONE
    frees_key = is_done and operation is Operation.DELETE
    is_created = is_done and operation is Operation.CREATE
    receipt, status = change.receipt, change.http_status
    if change.event is OperationEvent.ABSENT and operation is Operation.CREATE:
        receipt = NO_ID  # what a reply named is not there, and says nothing of the next request
    # A reply that was a success, or a 409 (it exists already), says that it was done; but a name
    # that is refused may be another offer's, and an id that was used says nothing of the offer.
    says_done = status is not None and (200 <= status < 300 or status == 409)
    says_done = says_done and change.code not in (NAME_REFUSED, SENT_TWICE)
    return {
        "operation_id": change.operation_id,
        "before": before.value,
        "after": after.value,
        "event": change.event.value,
        "now": now,
        "http_status": status,
        "request_id": change.request_id,
        "code": change.code,
        "message": change.message,
        "finished_at": now if change.event in _FINAL else None,
        "last_sent_at": now if is_lost else None,
        "unsent": int(not change.began),
        "must_exist": int(is_lost and says_done),
        "frees_key": frees_key,
        "names_offer": not frees_key and (is_done or receipt is not None),
        "instance_id": receipt and receipt.instance_id,
        "at_id": receipt and receipt.at_id,
        "etag": receipt and receipt.etag,
        "created_by": change.operation_id if is_created else None,
        "name": _name_after(change.body, after),
    }


def _name_after(update: bytes, after: State) -> str:
    """Return the name that an update leaves its offer with, "" where it gives and takes none."""
    names = names_in(update) if after in (State.DONE, State.FAILED) else None
    before, given = names or ("", "")
    return given if after is State.DONE else before
