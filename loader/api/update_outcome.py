"""The outcome of an update: the offer as it is now decides where the reply does not.

A refusal may mean that somebody else changed the offer, and which status says so is not documented.
So the offer is read again: as sent, as before, changed, or gone. The Location
of a 202 is polled for a limited time; a 2xx without the receipt of this very offer proves nothing.
Until `is_settled` a read may show what the offer was before the plan: then only "as before" counts.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import orjson

from loader.api.decided_later import Decision, Decisions, polls
from loader.api.delete_outcome import ChangedOffers
from loader.api.error_body import parse_error
from loader.api.is_update_applied import Steps, UpdateState, changed_tests, update_state
from loader.api.outcome import judge_refusal, outcome_of, receipt_in
from loader.api.transport import Reply
from loader.errors import TargetError
from loader.model import Outcome, OutcomeKind, Receipt, RemoteOffer

_GONE: Final = frozenset({404, 410})
_GUARD_STATUSES: Final = frozenset({409, 412})
_SAYS_GUARD: Final = re.compile(
    r"\btest\b|precondition|if-match|etag|revision|version|modified", re.IGNORECASE
)
# Narrower, for it is looked for in what refuses a value, too.
_SAYS_TEST_FAILED: Final = re.compile(
    r"\btest\w*\b.*\bfail|\bfail\w*\b.*\btest|\btested value|precondition|if-match|\betag\b",
    re.IGNORECASE,
)


class UpdateCode(StrEnum):
    """What became of an update; other codes are those of a refusal, see `outcome`."""

    UPDATED = "updated"  # done
    CHANGED = "changed-meanwhile"  # refused: somebody else changed what it was made against
    GONE = "gone"  # refused: the offer is not there
    REFUSED_LATER = "update-refused"  # refused where a 202 was decided
    NOT_NOW = "guard-refused"  # not accepted: nothing had changed, another part, or it is too early
    NOT_DECIDED = "not-decided"  # lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A patch of one offer. `root` is the JSON Pointer at which its paths find the bare object."""

    remote_id: str
    steps: Steps
    etag: str  # of the revision that was read last, "" where it does not matter
    root: str

    @classmethod
    def of(cls, remote_id: str, patch: bytes, etag: str, *, root: str) -> "Update":
        """Read a JSON Patch."""
        return cls(remote_id=remote_id, steps=orjson.loads(patch), etag=etag, root=root)

    def document(self, there: RemoteOffer) -> Mapping[str, Any]:
        """Return what the paths begin at."""
        word = self.root.removeprefix("/")
        return {word: there.offer} if word else there.offer

    def update_state(self, there: RemoteOffer | None) -> UpdateState:
        """Return whether the offer has the update."""
        if there is None:
            return UpdateState.GONE
        return update_state(
            self.steps, self.document(there), etag=self.etag, etag_now=there.receipt.etag
        )

    def is_against_another(self, there: RemoteOffer) -> bool:
        """Say whether the offer has another revision now: any status may refuse an update so."""
        return bool(self.etag) and there.receipt.etag != self.etag

    def is_receipt(self, found: Receipt | None) -> bool:
        """Say whether a receipt is of this offer, and of a revision after the one before."""
        return found is not None and (
            found.instance_id == self.remote_id and (not self.etag or found.etag != self.etag)
        )


def is_in_doubt(outcome: Outcome) -> bool:
    """Say whether a look-up that is late may hide why an update was refused.

    The offer may be gone (404), or have what was sent: something in between may have sent it twice.
    """
    if outcome.kind is OutcomeKind.HALTED:
        return outcome.http_status in _GONE
    is_said_of_the_update = outcome.code not in (UpdateCode.CHANGED, UpdateCode.GONE)
    is_refused = outcome.kind is OutcomeKind.REFUSED and is_said_of_the_update
    return is_refused and _SAYS_TEST_FAILED.search(outcome.message) is not None


async def judge_update(
    update: Update,
    reply: Reply,
    offers: ChangedOffers,
    *,
    receipt: Callable[[Mapping[str, Any]], Receipt | None],
    is_settled: Callable[[], bool],
    is_stopping: Callable[[], bool],
) -> Outcome:
    """Return the outcome of one PATCH."""
    if reply.status is not None and 200 <= reply.status < 300:
        found = receipt_in(reply, receipt)
        if reply.status != 202 and update.is_receipt(found):
            return _done(reply, found)
        return await _wait_for_decision(
            update, reply, offers, is_settled=is_settled, is_stopping=is_stopping
        )
    outcome = judge_refusal(reply, now=time.time())
    if outcome.kind is not OutcomeKind.REFUSED and reply.status not in _GONE:
        return outcome
    was_settled = is_settled()
    try:
        there = await offers.lookup(update.remote_id)
    except TargetError as error:
        message = f"{outcome.message}; {error}"
        return replace(outcome, kind=OutcomeKind.LOST, code=UpdateCode.NOT_DECIDED, message=message)
    if not was_settled and update.update_state(there) is not UpdateState.AS_BEFORE:
        return replace(outcome, kind=OutcomeKind.NOT_ACCEPTED, code=UpdateCode.NOT_NOW)
    return _explain_refusal(update, reply, outcome, there)


def _explain_refusal(
    update: Update, reply: Reply, outcome: Outcome, there: RemoteOffer | None
) -> Outcome:
    """Return the outcome of a refusal, now that the offer was read again."""
    match update.update_state(there):
        case UpdateState.AS_SENT if there is not None:
            return _done(reply, there.receipt)
        case UpdateState.AS_BEFORE if there is not None:
            error = str(parse_error(reply.body))
            is_guard = reply.status in _GUARD_STATUSES and (not error or _SAYS_GUARD.search(error))
            if is_guard or update.is_against_another(there):
                return replace(outcome, kind=OutcomeKind.NOT_ACCEPTED, code=UpdateCode.NOT_NOW)
            return outcome
        case _:
            return _changed_or_gone(update, reply, there)


async def _wait_for_decision(
    update: Update,
    reply: Reply,
    offers: ChangedOffers,
    *,
    is_settled: Callable[[], bool],
    is_stopping: Callable[[], bool],
) -> Outcome:
    """Wait until an update is seen or refused, the time is up, or someone stops."""
    decisions = Decisions.of(reply, offers.poll_accepted_change)
    try:
        async for _ in polls(is_stopping):
            decision = await decisions.poll()
            if update.is_receipt(decision.receipt):
                return _done(reply, decision.receipt)
            was_settled = is_settled()
            there = await offers.lookup(update.remote_id)
            outcome = _judge_poll(update, reply, decision, there, was_settled=was_settled)
            if outcome is not None:
                return outcome
    except TargetError as error:
        return outcome_of(OutcomeKind.LOST, UpdateCode.NOT_DECIDED, reply, str(error))
    message = f"the API accepted the update (HTTP {reply.status}), but the offer does not show it"
    if problem := str(parse_error(reply.body)):  # though with a 2xx
        message = f"{message}: {problem}"
    return outcome_of(OutcomeKind.LOST, UpdateCode.NOT_DECIDED, reply, message)


def _judge_poll(
    update: Update,
    reply: Reply,
    decision: Decision,
    there: RemoteOffer | None,
    *,
    was_settled: bool,
) -> Outcome | None:
    """Return the outcome that a decision and the offer as it is now show; None for none yet."""
    found = update.update_state(there)
    if not was_settled and found is not UpdateState.AS_BEFORE:
        refusal = _refused_later(reply, decision, OutcomeKind.NOT_ACCEPTED)
        return refusal if decision.refusal else None
    if found is UpdateState.AS_SENT and there is not None:
        return _done(reply, there.receipt)
    is_gone = found is UpdateState.GONE and not decision.is_open
    if is_gone or (decision.refusal and found is UpdateState.CHANGED):
        return _changed_or_gone(update, reply, there)
    if decision.refusal and there is not None:
        return _judge_late_refusal(update, reply, there, decision)
    return None


def _judge_late_refusal(
    update: Update, reply: Reply, there: RemoteOffer, decision: Decision
) -> Outcome:
    """Return the outcome of an update that was accepted, then refused; the offer is as before."""
    is_guard = decision.bare_status in _GUARD_STATUSES or _SAYS_GUARD.search(decision.refusal)
    if is_guard or update.is_against_another(there):
        return _refused_later(reply, decision, OutcomeKind.NOT_ACCEPTED)
    return _refused_later(reply, decision, OutcomeKind.REFUSED)


def _refused_later(reply: Reply, decision: Decision, kind: OutcomeKind) -> Outcome:
    code = UpdateCode.REFUSED_LATER if kind is OutcomeKind.REFUSED else UpdateCode.NOT_NOW
    message = f"the API accepted the update and then refused it: {decision.refusal}"
    return outcome_of(kind, code, reply, message)


def _changed_or_gone(update: Update, reply: Reply, there: RemoteOffer | None) -> Outcome:
    if there is None:
        message = "the offer is not there any more"
        return outcome_of(OutcomeKind.REFUSED, UpdateCode.GONE, reply, message)
    paths = changed_tests(update.steps, update.document(there))
    what = ", ".join(path.rpartition("/")[2] for path in paths) or "it"
    message = f"somebody else changed {what} meanwhile, and that was kept"
    return outcome_of(OutcomeKind.REFUSED, UpdateCode.CHANGED, reply, message)


def _done(reply: Reply, receipt: Receipt | None) -> Outcome:
    return outcome_of(OutcomeKind.DONE, UpdateCode.UPDATED, reply, receipt=receipt)
