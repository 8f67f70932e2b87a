"""When a run had better stop: troubles are counted, refusals for their rate are timed."""

import pytest

from loader.delivery.retry import CircuitBreaker
from loader.model import ACCEPTED, IN_PART, SENT_TWICE, Outcome, OutcomeKind

BUSY = Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="too-many-requests", http_status=429)
DOWN = Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="connect-error", message="refused")
DONE = Outcome(kind=OutcomeKind.DONE, code="created", http_status=201)


def test_a_quota_that_is_used_up_for_a_minute_does_not_open_it() -> None:
    breaker = CircuitBreaker(limit=20)
    for second in range(240):
        breaker.record(BUSY, float(second))
    assert not breaker.is_open

    breaker.record(DONE, 240.0)
    for second in range(241, 500):
        breaker.record(BUSY, float(second))
    assert not breaker.is_open


def test_refusals_alone_for_as_long_as_may_be_waited_open_it() -> None:
    breaker = CircuitBreaker(limit=20, longest_seconds=300.0)
    for second in range(0, 301, 10):
        breaker.record(BUSY, float(second))

    assert breaker.is_open
    assert "refused everything for 5 minutes" in breaker.explain()


def test_other_troubles_in_a_row_open_it_whatever_the_time() -> None:
    breaker = CircuitBreaker(limit=3)
    for _ in range(3):
        breaker.record(DOWN, 1.0)

    assert breaker.is_open
    assert "3 requests in a row" in breaker.explain()


@pytest.mark.parametrize(("code", "status"), [(IN_PART, 201), (ACCEPTED, 202), (SENT_TWICE, 400)])
def test_what_was_taken_and_is_to_be_looked_up_never_opens_it(code: str, status: int) -> None:
    breaker = CircuitBreaker(limit=3)
    for _ in range(3):
        breaker.record(Outcome(kind=OutcomeKind.LOST, code=code, http_status=status), 1.0)

    assert not breaker.is_open


def test_a_target_that_may_not_be_there_opens_it() -> None:
    breaker = CircuitBreaker(limit=3)
    for _ in range(3):
        breaker.record(Outcome(kind=OutcomeKind.HALTED, code="http-404", http_status=404), 1.0)

    assert breaker.is_open
