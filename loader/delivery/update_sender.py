"""Change offers that exist: each is read first, and changed only as the plan found it.

A patch tests what it was made against, so that the server refuses it where somebody was faster, and
so that it cannot apply twice. Where the reply was lost, the offer itself shows what became of it.
That an offer is gone needs the same proof as for a delete.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

import orjson

from loader.api.departure_hooks import DepartureHooks
from loader.api.is_update_applied import UpdateState
from loader.api.update_outcome import UpdateCode
from loader.delivery.delete_sender import CachedListing, judge_absence
from loader.delivery.early_reads import EarlyReads
from loader.delivery.find_unknown_changes import Finding
from loader.delivery.stop import StopSignal
from loader.delivery.withheld_by_unknown import NO_REPLY
from loader.errors import TargetError
from loader.journal.records import ALREADY_SO, EDITED_BEFORE
from loader.merge.update_body import load_body
from loader.model import Job, OperationEvent, Outcome, OutcomeKind, Receipt, RemoteOffer

CHANGED_MEANWHILE: Final = "changed-meanwhile"
_EVIDENCE: Final = {
    UpdateState.AS_SENT: (OperationEvent.FOUND, f"{NO_REPLY}; the offer has what was sent"),
    UpdateState.AS_BEFORE: (OperationEvent.ABSENT, f"{NO_REPLY}; the offer is as it was before"),
    # It is read again before anything is sent, and then refused in words.
    UpdateState.CHANGED: (
        OperationEvent.ABSENT,
        f"{NO_REPLY}; somebody changed the offer meanwhile",
    ),
    UpdateState.GONE: (OperationEvent.ABSENT, f"{NO_REPLY}; the offer is not found"),
}


class EditableStore(Protocol):
    """Reads and changes offers by id. Reading raises `TargetError` where it cannot."""

    async def lookup(self, remote_id: str) -> RemoteOffer | None: ...
    async def update(
        self,
        remote_id: str,
        patch: bytes,
        etag: str,
        hooks: DepartureHooks,
        *,
        is_settled: Callable[[], bool],
    ) -> Outcome: ...
    def update_state(
        self, remote_id: str, patch: bytes, there: RemoteOffer | None
    ) -> UpdateState: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSender:
    """Performs updates, of which to archive is one.

    `reads_after`: the target does not guard updates, so each is read again. An edit by others
    between the two reads can then be overwritten; what comes right after it is seen.
    """

    store: EditableStore
    stop: StopSignal
    listed: CachedListing
    early: EarlyReads
    reads_after: bool = False

    async def perform(self, job: Job, hooks: DepartureHooks) -> Outcome:
        """Read the offer, and change it if it is as the plan found it."""
        patch, is_settled = patch_of(job), self.early.is_over()
        try:
            there = await self.store.lookup(job.remote_id)
        except TargetError as error:
            return _unsent_outcome(OutcomeKind.NOT_ACCEPTED, "not-read", str(error))
        if self.stop.requested():  # which may have ended the look-up early
            return _unsent_outcome(
                OutcomeKind.NOT_ACCEPTED, "not-sent", "not sent: the run is stopping"
            )
        state = self.store.update_state(job.remote_id, patch, there)
        if state is not UpdateState.AS_BEFORE and (early := self.early.judge(there)):
            return early
        if there is None:
            return await self._judge_absence(job)
        if state is UpdateState.AS_BEFORE:
            is_edited = _is_edited(job, there, is_settled=is_settled)
            return await self._update(job, patch, there.receipt.etag, hooks, is_edited=is_edited)
        return _outcome_of_read(job, state, there)

    async def _update(
        self, job: Job, patch: bytes, etag: str, hooks: DepartureHooks, *, is_edited: bool
    ) -> Outcome:
        outcome = await self.store.update(
            job.remote_id, patch, etag, hooks, is_settled=self.early.is_over
        )
        if outcome.code == UpdateCode.GONE:
            absence = await self._judge_absence(job)
            if absence.kind is not OutcomeKind.REFUSED:
                return replace(
                    outcome,
                    kind=OutcomeKind.LOST,
                    code=UpdateCode.NOT_DECIDED,
                    message=absence.message,
                )
        if is_edited and outcome.receipt is not None:
            outcome = replace(outcome, receipt=_after_edit(outcome.receipt))
        return await self._verify(job, patch, outcome) if self.reads_after else outcome

    async def _judge_absence(self, job: Job) -> Outcome:
        """Return the outcome of an update whose offer is not found by its id."""
        try:
            outcome = await judge_absence(job, listed=self.listed, stop=self.stop)
        except TargetError as error:
            return _unsent_outcome(OutcomeKind.NOT_ACCEPTED, "not-read", str(error))
        if outcome.kind is OutcomeKind.NOT_ACCEPTED:
            return outcome
        message = outcome.message or "the offer is not there any more"
        return _unsent_outcome(OutcomeKind.REFUSED, UpdateCode.GONE, message)

    async def _verify(self, job: Job, patch: bytes, outcome: Outcome) -> Outcome:
        """Return the outcome; lost where the offer does not have what was sent."""
        if outcome.kind is not OutcomeKind.DONE:
            return outcome
        try:
            there = await self.store.lookup(job.remote_id)
        except TargetError as error:
            return replace(outcome, kind=OutcomeKind.LOST, code="not-read", message=str(error))
        if self.store.update_state(job.remote_id, patch, there) is UpdateState.AS_SENT:
            return outcome
        message = "the API said that it was updated, but the offer does not have what was sent"
        return replace(outcome, kind=OutcomeKind.LOST, code="not-decided", message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFinder:
    """Finds what became of an update, by what the offer has now."""

    store: EditableStore

    async def find(self, job: Job, there: RemoteOffer | None) -> Finding:
        """Return what became of the update; `there` is the offer that its id finds, or None."""
        event, evidence = _EVIDENCE[self.store.update_state(job.remote_id, patch_of(job), there)]
        is_found = event is OperationEvent.FOUND
        receipt = _receipt_found(job, there) if there is not None and is_found else None
        return Finding(event, evidence, receipt)


def _is_edited(job: Job, there: RemoteOffer, *, is_settled: bool) -> bool:
    """Say whether others edited an offer since our change before this one.

    Until reads are settled, another revision than ours may be an older one, unless the plan saw it.
    """
    if job.etag.startswith(EDITED_BEFORE):
        return True
    etag = there.receipt.etag
    is_known = is_settled or etag == load_body(job.body).etag
    return bool(job.etag) and etag != job.etag and is_known


def _receipt_found(job: Job, there: RemoteOffer) -> Receipt:
    """Return the receipt of an update that its offer shows."""
    is_marked = job.etag.startswith(EDITED_BEFORE)
    return _after_edit(there.receipt) if is_marked else there.receipt


def _after_edit(receipt: Receipt) -> Receipt:
    """Return the receipt of a change that came after an edit of others."""
    return replace(receipt, etag=f"{EDITED_BEFORE}{receipt.etag}")


def patch_of(job: Job) -> bytes:
    """Return the JSON Patch of an update."""
    return orjson.dumps(list(load_body(job.body).patch))


def _outcome_of_read(job: Job, state: UpdateState, there: RemoteOffer) -> Outcome:
    """Return the outcome of an update that is not sent, because of what its offer has now."""
    if state is UpdateState.AS_SENT:
        message = "it was so already"
        if not job.attempts:
            return _unsent_outcome(OutcomeKind.DONE, ALREADY_SO, message)
        ours = _unsent_outcome(OutcomeKind.DONE, "", message)  # it may be our own work
        return replace(ours, receipt=_receipt_found(job, there))
    message = "somebody changed the same there since the plan was made, and that is kept"
    if job.attempts:
        message += "; an earlier request of this run may have been applied before that"
    return _unsent_outcome(OutcomeKind.REFUSED, CHANGED_MEANWHILE, message)


def _unsent_outcome(kind: OutcomeKind, code: str, message: str) -> Outcome:
    return Outcome(kind=kind, code=code, message=message, began=False)
