"""Refusals that an earlier request of ours, or a second copy of this one, may explain.

They prove nothing at first: the operation is looked up, and where it was not done it is sent again.
What is refused then counts.
"""

from dataclasses import dataclass, field, replace

from loader.api.outcome import (
    may_refuse_a_repetition,
    refuses_the_name,
    speaks_of_a_request_id,
)
from loader.api.update_outcome import is_in_doubt
from loader.delivery.baseline import Baseline
from loader.delivery.withheld_by_unknown import UnknownOperations
from loader.model import SENT_TWICE, Job, Operation, Outcome, OutcomeKind


@dataclass(slots=True, kw_only=True)
class DoubtfulRefusals:
    """Knows which operations were refused, and looked up since, for they may have been done."""

    baseline: Baseline
    unknown: UnknownOperations
    _refused_before: set[int] = field(default_factory=set)

    def lost_if_done_before(self, job: Job, outcome: Outcome) -> Outcome:
        """Return the outcome; lost where an earlier request of ours may explain the refusal.

        A create whose reply was lost may clash with its own offer, however often it is sent. A
        delete that is refused, or not sent because the offer was edited, is looked up once more,
        because look-ups may lag; the next refusal counts. So is an update whose refusal says that
        the offer is gone, or that it is not as the look-up after it shows it. So is whatever is
        refused in words that may be those for a second copy of a request.
        """
        outcome = _refused_if_it_quotes(job, outcome)
        may_be_second = may_refuse_a_repetition(outcome)
        if job.operation in (Operation.UPDATE, Operation.ARCHIVE):
            may_be_done = may_be_second or is_in_doubt(outcome)
            return self._lost_at_first(job, outcome, may_be_done=may_be_done)
        if outcome.kind is not OutcomeKind.REFUSED:
            return outcome
        was_sent_before = job.operation_id in self.unknown.sent_before
        if job.operation is Operation.CREATE:
            is_clash = refuses_the_name(outcome)
            if is_clash and self.baseline.has_name(job.name) and not was_sent_before:
                return outcome
            outcome = outcome.lost_if_conflict() if was_sent_before else outcome
            may_be_done = outcome.kind is OutcomeKind.REFUSED and (is_clash or may_be_second)
            return self._lost_at_first(job, outcome, may_be_done=may_be_done)
        return self._lost_at_first(job, outcome, may_be_done=was_sent_before or may_be_second)

    def _lost_at_first(self, job: Job, outcome: Outcome, *, may_be_done: bool) -> Outcome:
        """Return a refusal; lost, and so looked up, where it is the first that `may_be_done`.

        Of a create: something in between may have sent it twice, or an earlier request was carried
        out although it was refused, so that its own offer has the name.
        """
        if not may_be_done or job.operation_id in self._refused_before:
            return outcome
        self._refused_before.add(job.operation_id)
        if job.operation is Operation.CREATE:
            is_clash = refuses_the_name(outcome)
            return outcome.as_lost_clash() if is_clash else outcome.as_sent_twice()
        is_delete = job.operation is Operation.DELETE
        return outcome.as_lost_delete() if is_delete else outcome.as_lost_update()


def _refused_if_it_quotes(job: Job, outcome: Outcome) -> Outcome:
    """Return the outcome; a refusal like others where its words may be those of the offer."""
    if outcome.code != SENT_TWICE:
        return outcome
    if not speaks_of_a_request_id(f"{job.name} {(job.body + job.before).decode()}"):
        return outcome
    return replace(outcome, kind=OutcomeKind.REFUSED, code=f"http-{outcome.http_status}")
