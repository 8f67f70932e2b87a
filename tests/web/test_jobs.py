"""What the page knows of a run at work, and what it says of one that ends badly."""

import threading

import pytest

from loader.delivery.stop import StopSignal
from loader.errors import JournalError, LoaderError, SettingsError
from loader.events import (
    Limited,
    Listener,
    PhaseBegan,
    PhaseEnded,
    RowEnded,
    RowsDone,
    RunBegan,
)
from loader.model import Outcome, OutcomeKind, Receipt
from loader.web.jobs import CLOSED_HERE, Jobs
from loader.web.progress import Progress

CRASHES: list[BaseException] = []


@pytest.fixture
def jobs() -> Jobs:
    CRASHES.clear()
    return Jobs(report_crash=lambda error: CRASHES.append(error) or "crash.log")


def test_what_goes_wrong_before_the_run_begins_is_raised(jobs: Jobs) -> None:
    def work(_listener: Listener, _stop: StopSignal) -> None:
        raise SettingsError("no such run")

    with pytest.raises(SettingsError, match="no such run"):
        jobs.begin("send", work)


def test_a_journal_that_fails_in_the_middle_is_said_and_loses_nothing(jobs: Jobs) -> None:
    def work(listener: Listener, _stop: StopSignal) -> None:
        listener(RunBegan(run_id="r-1"))
        raise JournalError("the disk is full")

    job = jobs.begin("send", work)
    job.wait()

    assert jobs.of("r-1") is job
    assert job.state()["problem"] == "the disk is full"
    assert job.state()["over"]


def test_what_works_for_a_page_hears_that_the_page_is_closed(jobs: Jobs) -> None:
    stop = StopSignal(parent=jobs.closing)
    assert not stop.requested()

    jobs.close()

    assert stop.requested()
    assert stop.reason == CLOSED_HERE


def test_a_fault_of_ours_is_written_down(jobs: Jobs) -> None:
    def work(listener: Listener, _stop: StopSignal) -> None:
        listener(RunBegan(run_id="r-1"))
        raise ZeroDivisionError

    job = jobs.begin("send", work)
    job.wait()

    assert job.state()["crash"] == "crash.log"
    assert isinstance(CRASHES[0], ZeroDivisionError)


def test_closing_stops_what_is_at_work_and_begins_nothing_new(jobs: Jobs) -> None:
    seen = threading.Event()

    def work(listener: Listener, stop: StopSignal) -> str:
        listener(RunBegan(run_id="r-1"))
        while not stop.requested():
            seen.wait(0.01)
        return stop.reason

    job = jobs.begin("send", work)
    jobs.close()

    assert job.report == "the page was closed"
    with pytest.raises(LoaderError) as caught:
        jobs.begin("send", work)
    assert caught.value.code == "closing"


def outcome(kind: OutcomeKind, *, message: str = "", created_id: str = "") -> Outcome:
    receipt = Receipt(instance_id=created_id, at_id=created_id) if created_id else None
    return Outcome(kind=kind, code="c", message=message, receipt=receipt)


def test_events_become_what_the_page_shows() -> None:
    progress = Progress()
    done = outcome(OutcomeKind.DONE, created_id="i-1")
    refused = outcome(OutcomeKind.REFUSED, message="too long")

    progress(RunBegan(run_id="r-1"))
    progress(PhaseBegan(name="sending", total=3))
    progress(Limited(by=lambda: "limited by max_per_second 5"))
    ended = RowEnded(operation_id=1, name="A", outcome=done)
    progress(RowsDone(count=1, created=1, row=ended))
    ended = RowEnded(operation_id=2, name="B", outcome=refused)
    progress(RowsDone(count=1, failed=1, row=ended))
    state = progress.state()

    assert (state["phase"], state["done"], state["total"]) == ("sending", 2, 3)
    assert state["why"] == "5 a second is the speed that is set"
    assert state["counts"] == {"created": 1, "changed": 0, "deleted": 0, "failed": 1, "unknown": 0}
    assert [(row["status"], row["id"], row["message"]) for row in state["rows"]] == [
        ("done", "i-1", ""),
        ("failed", "", "too long"),
    ]

    progress(PhaseEnded())
    progress(PhaseBegan(name="writing results.xlsx"))

    assert (progress.state()["phase"], progress.state()["why"]) == ("writing", "")


def test_only_the_latest_rows_are_kept() -> None:
    progress = Progress()
    for number in range(100):
        ended = RowEnded(operation_id=number, name=f"N{number}", outcome=outcome(OutcomeKind.DONE))
        progress(RowsDone(count=1, created=1, row=ended))

    assert [row["name"] for row in progress.state()["rows"]] == [f"N{n}" for n in range(88, 100)]
