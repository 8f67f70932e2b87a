"""Files that were refused as a whole, without a browser: said so with the reason, on every page."""

from pathlib import Path

import pytest

from loader.delivery.stop import StopSignal
from loader.errors import ExitCode, SourceError
from loader.events import silent
from loader.inbox.drops import DropOutcome
from loader.inbox.status import InboxStatus
from loader.run.apply.load import load_files
from loader.run.requests import LoadRequest
from tests.support.inbox_reports import report
from tests.support.page_client import PageClient, client_of, dropped
from tests.support.page_runs import send_file
from tests.support.web_page import RunningPage, running_page
from tests.support.workbooks import PLACEMENT

HEAD = "name,placement,type,content\n"
ROWS = "".join(f"Offer {n},{PLACEMENT},html,<p>Hi</p>\n" for n in range(6_000))


def refused(served: RunningPage, path: Path, content: str) -> None:
    """Load a file from the command line, or an inbox, that cannot be read to its end."""
    path.write_text(content)
    request = LoadRequest(sources=(str(path),), sandbox=True)
    settings = served.state.settings
    with pytest.raises(SourceError):
        load_files(request, settings, listener=silent, confirm=None, stop=StopSignal())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("foo,bar\n1,2\n", "the columns do not match"),
        (f'{HEAD}{ROWS}Last,{PLACEMENT},html,"open\n', "is never closed"),
    ],
    ids=["wrong columns", "damaged after thousands of rows"],
)
def test_a_load_of_a_file_that_was_refused_is_listed_so_with_the_reason(
    served: RunningPage, client: PageClient, tmp_path: Path, content: str, why: str
) -> None:
    refused(served, tmp_path / "odd.csv", content)

    run_id = client.get("/runs").text.split("/runs/2")[1].split('"')[0]
    own = client.text(f"/runs/2{run_id}")
    for shown in (client.text("/"), client.text("/runs"), own):
        assert "Not sent: odd.csv" in shown
        assert " refused " in shown
        assert why in shown
        assert str(tmp_path) not in shown
    assert "Send the rest" not in own


def test_a_file_of_the_inbox_that_failed_is_named_with_the_reason(tmp_path: Path) -> None:
    status = InboxStatus(
        inbox=str(tmp_path),
        watcher="",
        folders=(),
        waiting=(),
        failed=(report(outcome=DropOutcome.FAILED, reason="the file is damaged\nget it again"),),
        problems=(),
        exit_code=ExitCode.ROWS_FAILED,
    )
    with (
        running_page(tmp_path, read_inbox_status=lambda: status) as served,
        client_of(served) as client,
    ):
        found = client.get("/inbox").json()

    assert found["files"] == [{"name": "offers.csv", "reason": "the file is damaged"}]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_results_that_are_dropped_are_refused_as_by_the_command(
    served: RunningPage, client: PageClient, tmp_path: Path, suffix: str
) -> None:
    run_id = send_file(served, tmp_path / "spring.csv", ["A", "B"])
    results = client.get(f"/runs/{run_id}/results.{suffix}").content

    status, said = dropped(client, f"spring.results.{suffix}", results)

    assert status == 422
    assert "these are results that the loader wrote, not offers" in said["message"]
    assert list(served.state.drafts.glob("*")) == []


def test_a_refusal_says_what_can_be_done_on_the_page(client: PageClient) -> None:
    status, said = dropped(client, "quotes.csv", f'{HEAD}A,x,html,"open\n'.encode())

    assert status == 422
    assert "never closed" in said["message"]
    assert "--" not in said["message"]
    assert "save the file as a workbook" in said["message"]
