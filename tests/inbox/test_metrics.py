"""The numbers: what they count, on a port and in a file; health says what must be restarted."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from loader.errors import SettingsError
from loader.events import RequestAnswered, RequestSent, RowsDone
from loader.inbox.drops import Counts, DropOutcome, FolderStatus, Outage, TroubleKind
from loader.inbox.events import (
    FileBegan,
    FileEnded,
    FileProgress,
    FolderRecovered,
    FolderWaits,
    Idle,
    WatcherClosed,
)
from loader.inbox.metrics.endpoint import serve_metrics
from loader.inbox.metrics.inbox_metrics import InboxMetrics
from loader.inbox.metrics.textfile import Textfile
from loader.model import Outcome, OutcomeKind
from tests.support.inbox_reports import DROP, report


def read(text: str) -> dict[str, float]:
    """Give every sample by its name and labels."""
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())):
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }  # fmt: skip


def shown(numbers: InboxMetrics) -> dict[str, float]:
    return read(generate_latest(numbers.registry).decode())


def trouble(kind: TroubleKind) -> Outage:
    return Outage(inbox="/i", folder="crm", kind=kind, message="down", since=1.0, again_at=2.0)


def status(oldest_at: float | None) -> FolderStatus:
    return FolderStatus(inbox="/i", folder="crm", waiting=3, oldest_at=oldest_at, looked_at=50.0)


def load_one(numbers: InboxMetrics) -> None:
    numbers(FileBegan(drop=DROP))
    numbers(FileProgress(drop=DROP, event=RowsDone(count=2, created=2)))
    numbers(FileEnded(report=report(counts=Counts(read=4, created=2, invalid=1, duplicate=1))))


def test_files_and_rows_are_counted_by_their_ends() -> None:
    numbers = InboxMetrics()

    numbers(FileBegan(drop=DROP))
    assert shown(numbers)["loader_files_in_progress folder=crm"] == 1
    numbers(FileProgress(drop=DROP, event=RowsDone(count=3, created=2, failed=1)))
    numbers(FileEnded(report=report(outcome=DropOutcome.WAITING)))
    load_one(numbers)

    seen = shown(numbers)
    assert seen["loader_files_total folder=crm outcome=loaded-with-errors"] == 1
    assert "loader_files_total folder=crm outcome=waiting" not in seen
    assert seen["loader_rows_total folder=crm outcome=created"] == 4
    assert seen["loader_rows_total folder=crm outcome=failed"] == 1
    assert seen["loader_rows_total folder=crm outcome=invalid"] == 1
    assert seen["loader_files_in_progress folder=crm"] == 0
    assert seen["loader_file_seconds_sum folder=crm"] == 60
    assert seen["loader_last_success_timestamp_seconds folder=crm"] == report().finished_at


def test_requests_are_in_flight_and_then_timed() -> None:
    numbers = InboxMetrics()
    outcome = Outcome(kind=OutcomeKind.DONE, code="created", elapsed_seconds=0.3)

    numbers(FileProgress(drop=DROP, event=RequestSent()))
    numbers(FileProgress(drop=DROP, event=RequestSent()))
    numbers(FileProgress(drop=DROP, event=RequestAnswered(outcome=outcome)))

    seen = shown(numbers)
    assert seen["loader_requests_in_flight"] == 1
    assert seen["loader_request_seconds_bucket le=0.25 outcome=created"] == 0
    assert seen["loader_request_seconds_bucket le=0.5 outcome=created"] == 1


def test_a_folder_has_one_trouble_and_nothing_waiting_has_no_age() -> None:
    numbers = InboxMetrics()

    numbers(FileBegan(drop=DROP))
    numbers(FolderWaits(outage=trouble(TroubleKind.API)))
    numbers(FolderWaits(outage=trouble(TroubleKind.FOLDER)))
    numbers(Idle(folders=(status(10.0),)))
    waiting = shown(numbers)
    numbers(FolderRecovered(outage=trouble(TroubleKind.FOLDER)))
    numbers(Idle(folders=(status(None),)))
    over = shown(numbers)

    assert waiting["loader_folder_troubled folder=crm kind=api"] == 0
    assert waiting["loader_folder_troubled folder=crm kind=folder"] == 1
    assert waiting["loader_oldest_waiting_timestamp_seconds folder=crm"] == 10.0
    assert waiting["loader_files_waiting folder=crm"] == 3
    assert waiting["loader_files_in_progress folder=crm"] == 0
    assert over["loader_folder_troubled folder=crm kind=folder"] == 0
    assert "loader_oldest_waiting_timestamp_seconds folder=crm" not in over


def test_the_port_shows_numbers_and_health_and_nothing_else() -> None:
    clock = [100.0]
    numbers = InboxMetrics(now=lambda: clock[0])
    load_one(numbers)
    numbers(FolderWaits(outage=trouble(TroubleKind.API)))
    with serve_metrics(numbers, ("127.0.0.1", 0), now=lambda: clock[0], stalled_seconds=60) as port:
        text = get(port, "/metrics")
        fine = get(port, "/healthz")
        missing = get(port, "/")
        clock[0] += 61
        stalled = get(port, "/healthz")
        numbers(FileBegan(drop=DROP))
        clock[0] += 6000
        loading = get(port, "/healthz")
        with (
            pytest.raises(SettingsError, match="another loader"),
            serve_metrics(numbers, ("127.0.0.1", port), now=lambda: 0.0),
        ):
            pass

    assert read(text[1])["loader_rows_total folder=crm outcome=created"] == 2
    assert (fine[0], json.loads(fine[1])["status"]) == (200, "ok")
    assert json.loads(fine[1])["troubles"] == [{"folder": "crm", "kind": "api", "since": 1.0}]
    assert missing[0] == 404
    assert (stalled[0], json.loads(stalled[1])["status"]) == (503, "stalled")
    assert loading[0] == 200


def test_a_textfile_counts_on_over_processes(tmp_path: Path) -> None:
    path = tmp_path / "loader.prom"
    complaints: list[str] = []
    for _ in range(3):
        numbers = InboxMetrics()
        textfile = Textfile(numbers, path, complain=complaints.append)
        load_one(numbers)
        textfile(WatcherClosed())

    seen = read(path.read_text("utf-8"))
    assert seen["loader_files_total folder=crm outcome=loaded-with-errors"] == 3
    assert seen["loader_rows_total folder=crm outcome=created"] == 6
    assert seen["loader_last_success_timestamp_seconds folder=crm"] == report().finished_at
    assert [each.name for each in tmp_path.iterdir()] == ["loader.prom"]
    assert complaints == []


@pytest.mark.parametrize("content", ["not { numbers\n", 'loader_rows_total{x="1"} 3\n'])
def test_a_textfile_that_cannot_be_used_is_said_once(tmp_path: Path, content: str) -> None:
    path = tmp_path / "loader.prom"
    path.write_text(content)
    complaints: list[str] = []

    textfile = Textfile(InboxMetrics(), path, complain=complaints.append)
    path.unlink()
    path.mkdir()
    textfile(WatcherClosed())
    textfile(WatcherClosed())

    assert len(complaints) == 1
    assert "loader.prom cannot be" in complaints[0]


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
