"""A delete that the API accepted is done when a look-up does not find the offer any more.

A 202 names, by its Location, where the decision can be asked for, which may be a refusal. Any other
2xx may come from a proxy. So the offer is looked up, for a limited time, once nothing is open; what
is then still there has no known outcome. A refusal counts only while the offer is there.
"""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from loader.api.decided_later import Decision, Decisions, polls
from loader.api.outcome import judge_refused_delete, outcome_of
from loader.api.transport import Reply
from loader.errors import TargetError
from loader.model import Outcome, OutcomeKind, RemoteOffer

_GUARD_STATUSES: Final = frozenset({409, 412})
_SAYS_GONE: Final = re.compile(r"not found|no such|not exist|already deleted", re.IGNORECASE)


class ChangedOffers(Protocol):
    """Reads what became of a change. Raises `TargetError` where it cannot."""

    async def lookup(self, remote_id: str) -> RemoteOffer | None: ...
    async def poll_accepted_change(self, location: str) -> Decision: ...


async def wait_until_gone(
    remote_id: str,
    accepted: Reply,
    offers: ChangedOffers,
    *,
    etag: str,
    is_stopping: Callable[[], bool],
) -> Outcome:
    """Wait until an offer is gone, its delete is refused, the time is up, or someone stops.

    `etag` is the revision that was to be deleted; "" for any revision.
    """
    decisions = Decisions.of(accepted, offers.poll_accepted_change)
    try:
        async for _ in polls(is_stopping):
            decision = await decisions.poll()
            if decision.refusal and not _SAYS_GONE.search(decision.refusal):
                message = f"the API accepted the delete and then refused it: {decision.refusal}"
                there = await offers.lookup(remote_id)
                if there is None:
                    message = f"{message}; but it is not found any more"
                    return outcome_of(OutcomeKind.LOST, "not-decided", accepted, message)
                refusal = outcome_of(OutcomeKind.REFUSED, "delete-refused", accepted, message)
                return _or_changed_meanwhile(refusal, there, etag=etag)
            if decision.refusal:  # perhaps an earlier request of ours was faster
                return outcome_of(OutcomeKind.LOST, "not-decided", accepted, decision.refusal)
            # While it is open, a look-up that lags may not find what will be kept.
            if not decision.is_open and await offers.lookup(remote_id) is None:
                return outcome_of(OutcomeKind.DONE, "deleted", accepted)
    except TargetError as error:
        return outcome_of(OutcomeKind.LOST, "not-decided", accepted, str(error))
    message = f"the API accepted the delete (HTTP {accepted.status}), but the offer is still there"
    return outcome_of(OutcomeKind.LOST, "not-decided", accepted, message)


async def judge_delete_refusal(
    reply: Reply, remote_id: str, offers: ChangedOffers, *, etag: str
) -> Outcome:
    """Return the outcome of a refused DELETE of the revision `etag`; "" for any revision."""
    outcome = judge_refused_delete(reply, now=time.time())
    if reply.status not in _GUARD_STATUSES or not etag:
        return outcome
    try:
        there = await offers.lookup(remote_id)
    except TargetError:
        return outcome
    return _or_changed_meanwhile(outcome, there, etag=etag) if there else outcome


def _or_changed_meanwhile(outcome: Outcome, there: RemoteOffer, *, etag: str) -> Outcome:
    """Return the outcome of a refusal; `guard-refused` where the offer has another revision now."""
    if not etag or there.receipt.etag == etag:
        return outcome
    return replace(outcome, kind=OutcomeKind.NOT_ACCEPTED, code="guard-refused")
