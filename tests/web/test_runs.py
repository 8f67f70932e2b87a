"""Runs on the page, without a browser: sent, held, stopped, gone on with, taken back, looked at."""

import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from loader.delivery.stop import Ending, StopSignal
from loader.events import silent
from loader.inbox.find_inbox import find_inbox
from loader.inbox.ledger import Ledger
from loader.inbox.status import InboxStatus, inbox_status
from loader.journal import open_journal
from loader.journal.person import acting_as
from loader.run.apply.load import load_files
from loader.run.embedded_sandbox import sandbox_file, shared_sandbox
from loader.run.requests import LoadRequest
from loader.settings import load_settings
from loader.settings.config_file import Document
from loader.settings.inbox import inbox_settings
from offer_sandbox import Sandbox
from tests.support.page_client import PageClient, client_of
from tests.support.page_runs import plan_file, send_file, start_sending
from tests.support.web_page import RunningPage, running_page
from tests.support.workbooks import write_offers


@pytest.fixture
def sandbox(served: RunningPage) -> Iterator[Sandbox]:
    with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
        yield sandbox


def eventually(holds: Callable[[], object], what: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError(what)


def taken_back(client: PageClient, run_id: str) -> str:
    """Look at what an undo takes back, and press the button; return the run of the undo."""
    path = f"/runs/{run_id}/undo"
    return client.press(client.get(path).text, path).url.path.rpartition("/")[2]


def test_a_run_is_sent_shown_compared_and_taken_back(
    served: RunningPage, client: PageClient, sandbox: Sandbox, tmp_path: Path
) -> None:
    run_id = send_file(
        served, tmp_path / "spring.csv", ["A & B", "<b>bold</b>", "Été", "", "plain"]
    )

    shown = client.text(f"/runs/{run_id}")
    assert "Sent spring.csv" in shown
    assert "1 row left out" in shown
    assert "<b>bold</b>" in shown
    assert len(sandbox.offers()) == 4
    assert "plain" not in client.text(f"/runs/{run_id}?only=invalid")
    assert "plain" not in client.text(f"/runs/{run_id}?text=bold")
    assert "plain" in client.text(f"/runs/{run_id}?text=PLAIN")
    assert "No row matches" in client.text(f"/runs/{run_id}?start=99999")

    compared = client.post(f"/runs/{run_id}/verify").json()
    assert (compared["same"], compared["missing"]) == (4, 0)

    before = client.text(f"/runs/{run_id}/undo")
    assert "4 offers are taken back" in before
    assert "<b>bold</b> it is deleted" in before
    undo_id = taken_back(client, run_id)
    assert "Took back spring.csv" in client.ended(undo_id)
    assert sandbox.offers() == []
    assert "Compare with the library" in client.text(f"/runs/{undo_id}")
    compared = client.post(f"/runs/{undo_id}/verify").json()
    assert (compared["same"], compared["different"]) == (4, 0)
    assert "nothing left to take back" in client.text(f"/runs/{run_id}/undo")

    history = client.text("/runs")
    assert "2 runs" in history
    assert "Sent spring.csv taken back" in history
    assert "1 run " in client.text("/runs?text=undo")
    assert "Nothing matches" in client.text("/runs?text=autumn")
    assert "began" in client.text(f"/runs/{run_id}/audit")


def test_the_results_are_downloaded_with_every_row_once(
    served: RunningPage, client: PageClient, tmp_path: Path
) -> None:
    run_id = send_file(served, tmp_path / "spring.csv", ["A", "B"])

    table = client.get(f"/runs/{run_id}/results.csv")
    book = client.get(f"/runs/{run_id}/results.xlsx")

    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [row["status"] for row in rows] == ["created", "created"]
    assert table.headers["Content-Disposition"] == 'attachment; filename="spring.results.csv"'
    assert book.content.startswith(b"PK")
    assert client.get(f"/runs/{run_id}/results.jsonl").status_code == 404


def test_the_rows_that_were_left_out_become_a_sheet_again(
    served: RunningPage, client: PageClient, tmp_path: Path
) -> None:
    run_id = send_file(served, tmp_path / "spring.csv", ["A", "", "C"])

    answer = client.post(f"/runs/{run_id}/fix")

    draft_id = answer.json()["path"].removeprefix("/drafts/")
    sheet = load_workbook(io.BytesIO((served.state.drafts / draft_id / "file").read_bytes())).active
    assert [row[3] for row in sheet.values][1:] == ["<p>Hello</p>"]
    assert "spring to fix.xlsx" in client.text("/")
    well = send_file(served, tmp_path / "summer.csv", ["X"])
    assert client.post(f"/runs/{well}/fix").json()["code"] == "nothing-to-fix"


def test_the_rows_to_fix_of_every_file_of_a_run_are_opened(
    served: RunningPage, client: PageClient, tmp_path: Path
) -> None:
    paths = [write_offers(tmp_path / f"{name}.csv", [name, ""]) for name in ("spring", "summer")]
    request = LoadRequest(sources=tuple(map(str, paths)), sandbox=True)
    settings, stop = served.state.settings, StopSignal()
    report = load_files(request, settings, listener=silent, confirm=None, stop=stop)

    answer = client.post(f"/runs/{report.summary.run_id}/fix")

    assert answer.json() == {"path": "/"}
    start = client.text("/")
    assert [f"{name} to fix.xlsx" in start for name in ("spring", "summer")] == [True, True]


def test_a_file_in_use_is_not_removed_and_not_called_gone(tmp_path: Path) -> None:
    content = write_offers(tmp_path / "spring.csv", [f"N{n}" for n in range(60)]).read_bytes()
    with running_page(tmp_path, max_per_second=5) as served, client_of(served) as client:
        path = f"/drafts/{served.draft_of(content, 'spring.csv')}"
        client.post(f"{path}/plan")
        sent = client.press(client.get(f"{path}/plan").text, f"{path}/send")
        run_id = sent.url.path.rpartition("/")[2]

        removed = client.post(f"{path}/remove")
        row = client.get(f"{path}/look/999", headers={"Accept": "application/json"})
        client.post(f"/runs/{run_id}/stop")
        client.ended(run_id)

    assert (removed.status_code, removed.json()["code"]) == (409, "draft-in-use")
    assert "Wait until that is done" in removed.json()["message"]
    assert row.json()["code"] == "no-such-row"


def test_a_file_that_is_named_at_the_start_is_open_at_once(tmp_path: Path) -> None:
    named = write_offers(tmp_path / "named.csv", ["A"])
    with running_page(tmp_path, named=named) as served:
        answer = httpx.get(served.link())

    assert answer.status_code == 303
    assert "/drafts/" in answer.headers["Location"]
    assert answer.headers["Set-Cookie"].split("Path=")[1].split(";")[0].count("/") == 2


def test_the_start_page_says_what_waits_in_the_inbox(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    write_offers(inbox / "waits.csv", ["A"])

    def look() -> InboxStatus:
        settings = load_settings(environment={}, flags={"journal": str(tmp_path / "j.sqlite3")})
        open_journal(Path(settings.journal), clock=time.time).close()
        found = find_inbox(str(inbox), inbox_settings(Document()), settings_of=lambda _: settings)
        with Ledger.read(found.journal, inbox=found.name, clock=time.time) as ledger:
            return inbox_status(found, ledger, now=time.time(), max_age_seconds=None)

    with running_page(tmp_path, read_inbox_status=look) as served, client_of(served) as client:
        assert 'id="inbox"' in client.get("/").text
        found = client.get("/inbox").json()

    assert found["waiting"] == 1
    assert found["files"][0]["name"] == "waits.csv"
    assert not found["is_watched"]


def test_a_paused_run_sends_nothing_and_goes_on(tmp_path: Path) -> None:
    slow = {"max_per_second": 5, "max_in_flight": 1}
    with running_page(tmp_path, **slow) as served, client_of(served) as client:
        run_id = plan_file(served, tmp_path / "spring.csv", [f"N{n}" for n in range(100)])
        with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
            job = start_sending(served, run_id)
            eventually(sandbox.offers, "nothing was sent")
            client.post(f"/runs/{run_id}/pause")
            held = len(sandbox.offers())
            time.sleep(1.0)

            assert len(sandbox.offers()) <= held + 1  # the one that was on its way
            assert client.get(f"/runs/{run_id}/state").json()["paused"]

            client.post(f"/runs/{run_id}/go-on")
            eventually(lambda: len(sandbox.offers()) > held + 1, "it does not go on")
            assert not job.state()["paused"]
            client.post(f"/runs/{run_id}/stop")
            client.ended(run_id)


def test_a_stopped_run_can_go_on_also_on_a_page_that_was_started_again(tmp_path: Path) -> None:
    with running_page(tmp_path, max_per_second=5) as served, client_of(served) as client:
        run_id = plan_file(served, tmp_path / "spring.csv", [f"N{n}" for n in range(60)])
        start_sending(served, run_id)
        client.post(f"/runs/{run_id}/stop")
        shown = client.ended(run_id)
        assert "Nothing is lost" in shown
        assert "not sent" in shown
        client.post(f"/runs/{run_id}/go-on")

    # The server ended in the middle: what was on its way was finished.
    with running_page(tmp_path, max_per_second=200) as served, client_of(served) as client:
        shown = client.text(f"/runs/{run_id}")
        assert "It stopped." in shown
        answer = client.post(f"/runs/{run_id}/go-on")
        assert answer.json() == {"path": f"/runs/{run_id}"}
        assert "done" in client.ended(run_id)
        with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
            assert len(sandbox.offers()) == 60


def test_rows_that_a_later_file_took_over_are_not_offered_to_be_sent_again(
    served: RunningPage, client: PageClient, sandbox: Sandbox, tmp_path: Path
) -> None:
    first = plan_file(served, tmp_path / "spring.csv", ["A", "B"])
    sandbox.set_faults("status-before status=403 on=create")
    start_sending(served, first)
    assert "Send the rest" in client.ended(first)

    second = plan_file(served, tmp_path / "longer.csv", ["A", "B", "C"])
    assert "Send the rest" in client.text(f"/runs/{first}")  # nobody agreed to the second
    start_sending(served, second)
    client.ended(second)
    shown = client.text(f"/runs/{first}")

    assert "Send the rest" not in shown
    assert "Rows of this file went over to another file" in shown
    assert f"/runs/{second}" in client.get(f"/runs/{first}").text
    undo = client.get(f"/runs/{first}/undo").text
    assert "nothing left to take back" in undo
    assert f"/runs/{second}" in undo


def test_a_stopped_run_that_is_taken_back_says_what_is_not_sent_any_more(tmp_path: Path) -> None:
    with running_page(tmp_path, max_per_second=5) as served, client_of(served) as client:
        run_id = plan_file(served, tmp_path / "spring.csv", [f"N{n}" for n in range(60)])
        start_sending(served, run_id)
        with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
            eventually(sandbox.offers, "an offer")
            client.post(f"/runs/{run_id}/stop")
            client.ended(run_id)
            made = len(sandbox.offers())

            assert f"{60 - made} rows that were not sent yet" in client.text(f"/runs/{run_id}/undo")
            client.ended(taken_back(client, run_id))

            assert sandbox.offers() == []
        assert "Send the rest" not in client.text(f"/runs/{run_id}")


def test_more_than_was_shown_is_not_taken_back(tmp_path: Path) -> None:
    with running_page(tmp_path, max_per_second=5) as served, client_of(served) as client:
        run_id = plan_file(served, tmp_path / "spring.csv", [f"N{n}" for n in range(12)])
        start_sending(served, run_id)
        undo = f"/runs/{run_id}/undo"
        with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
            eventually(sandbox.offers, "an offer")
            client.post(f"/runs/{run_id}/stop")
            client.ended(run_id)
            one_tab = client.get(undo).text
            client.post(f"/runs/{run_id}/go-on")
            client.ended(run_id)

            refused = client.press(one_tab, undo)
            unseen = client.post(undo)

            assert (refused.status_code, unseen.status_code) == (409, 409)
            assert "not what you saw" in refused.text
            assert len(sandbox.offers()) == 12
            client.ended(taken_back(client, run_id))
            assert sandbox.offers() == []


def test_the_stream_tells_rows_as_they_come_in_and_ends_with_the_run(
    served: RunningPage, client: PageClient, tmp_path: Path
) -> None:
    run_id = plan_file(served, tmp_path / "spring.csv", ["A", "B", "C"])
    start_sending(served, run_id)

    answer = client.get(f"/runs/{run_id}/events")

    states = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data:")]
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert states[-1]["over"]
    assert {row["name"] for row in states[-1]["rows"]} == {"A", "B", "C"}
    assert all(row["id"] for row in states[-1]["rows"])
    assert states[-1]["counts"]["created"] == 3
    assert client.get("/runs/unknown/events").status_code == 409


def test_somebody_else_who_sends_to_the_target_is_named_in_clear_words(
    served: RunningPage, client: PageClient, tmp_path: Path
) -> None:
    run_id = plan_file(served, tmp_path / "spring.csv", ["A"])
    shown = client.text(f"/runs/{run_id}")
    assert "only planned" in shown
    assert "Planned spring.csv only planned" in client.text("/runs")
    assert "only planned" not in client.text("/")
    assert "Send the rest" not in shown
    journal = open_journal(Path(served.state.settings.journal), clock=time.time)

    with journal, journal.lease(journal.history.run(run_id).target):
        answer = client.post(f"/runs/{run_id}/go-on")
        journal.staging.end_run(run_id, reason="interrupted")
        shown = client.text(f"/runs/{run_id}")

    assert "Somebody else is sending" in shown
    assert "It stopped." in shown
    assert answer.status_code == 409
    assert answer.json()["code"] == "journal-busy"
    assert answer.json()["title"] == "Somebody else is sending to this target"


def test_what_another_process_sends_is_shown_as_it_happens(
    served: RunningPage, client: PageClient, tmp_path: Path
) -> None:
    """Here the other process is a loader that works on the same journal in this one."""
    names = [f"N{n}" for n in range(40)]
    path, settings = write_offers(tmp_path / "spring.csv", names), served.state.settings
    slow = settings.model_copy(update={"max_per_second": 20, "max_in_flight": 1})
    request, stop = LoadRequest(sources=(str(path),), sandbox=True), StopSignal()
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(load_files, request, slow, listener=silent, confirm=None, stop=stop)
        eventually(lambda: "20" in client.text("/runs"), "no run begins")
        run_id = re.search(r"/runs/(\d{8}-\d{6}-\w{4})", client.get("/runs").text)[1]  # type: ignore[index]
        eventually(lambda: standing(client, run_id)["done"] > 3, "nothing is shown of it")
        seen, shown = standing(client, run_id), client.get(f"/runs/{run_id}").text
        lists = [client.text("/runs"), client.text("/")]
        stop.request(Ending.STOPPED, "enough")
        work.result()

    assert "data-followed" in shown
    assert "at work" in shown
    assert [("Sent spring.csv at work" in each, "not sent" in each) for each in lists] == [
        (True, False)
    ] * 2
    assert not seen["is_over"]
    assert (seen["outcome"], seen["rows"]) == ("at work", 40)
    assert seen["counts"][0]["word"] in ("offer created", "offers created")
    assert standing(client, run_id)["is_over"]
    assert "data-followed" not in client.get(f"/runs/{run_id}").text


def standing(client: PageClient, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/runs/{run_id}/standing").json()
    return found


def test_an_api_that_is_down_stops_the_run_with_its_words(
    served: RunningPage, client: PageClient, sandbox: Sandbox, tmp_path: Path
) -> None:
    run_id = plan_file(served, tmp_path / "spring.csv", ["A", "B"])
    sandbox.set_faults("status-before status=403 on=create")
    start_sending(served, run_id)

    shown = client.ended(run_id)

    assert "It stopped." in shown
    assert "403" in shown
    assert "Send the rest" in shown

    sandbox.set_faults()
    client.post(f"/runs/{run_id}/go-on")
    assert "done" in client.ended(run_id)


def test_a_stopped_undo_goes_on_where_it_is_shown_what_it_takes_back(
    served: RunningPage, client: PageClient, sandbox: Sandbox, tmp_path: Path
) -> None:
    run_id = send_file(served, tmp_path / "spring.csv", ["A", "B"])
    sandbox.set_faults("status-before status=403 on=delete")
    undo_id = taken_back(client, run_id)
    client.ended(undo_id)
    sandbox.set_faults()

    shown = client.get(f"/runs/{undo_id}").text
    unseen = client.post(f"/runs/{undo_id}/go-on")

    assert unseen.status_code == 409, unseen.text
    assert "It is not continued here: open the run that it takes back" in unseen.text
    assert len(sandbox.offers()) == 2
    assert "See what is left to take back" in shown
    assert f"/runs/{run_id}/undo" in shown
    assert "Send the rest" not in shown
    assert "2 offers are taken back" in client.text(f"/runs/{run_id}/undo")


def test_a_row_without_an_answer_is_decided_on_the_page(tmp_path: Path) -> None:
    with running_page(tmp_path, on_absent="hold") as served, client_of(served) as client:
        run_id = plan_file(served, tmp_path / "spring.csv", ["A"])
        with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
            sandbox.set_faults("reset-before on=create times=1")
            start_sending(served, run_id)
            assert "1 row to decide" in client.ended(run_id)
        assert 'value="absent"' in client.get(f"/runs/{run_id}?only=unknown").text
        said = {"row": 2, "source": str(tmp_path / "spring.csv"), "sheet": ""}

        def decided(finding: str, **more: str) -> httpx.Response:
            return client.post(f"/runs/{run_id}/resolve", {**said, "finding": finding, **more})

        assert decided("created", id=" ").json()["code"] == "no-id"
        assert decided("perhaps").status_code == 400
        unseen = decided("created", id="dps:fallback-offer:0").json()["message"]
        assert "'dps:fallback-offer:0'" in unseen
        assert "row 2 stays unknown" in unseen
        assert "choose that it is not there" in unseen
        assert decided("absent").json() == {"status": "pending"}
        assert "decided" in client.text(f"/runs/{run_id}/audit")
        client.post(f"/runs/{run_id}/go-on")
        assert "done" in client.ended(run_id)


def test_what_is_done_in_a_persons_name_stands_so_in_the_audit(
    served: RunningPage, client: PageClient, tmp_path: Path
) -> None:
    run_id = plan_file(served, tmp_path / "spring.csv", ["A"])

    with acting_as("ada@example.com"):
        job = start_sending(served, run_id)
    job.wait()

    assert "ada@example.com" in client.text(f"/runs/{run_id}/audit")


def test_other_pages_answer_while_a_run_is_at_work(tmp_path: Path) -> None:
    with running_page(tmp_path, max_per_second=5) as served, client_of(served) as client:
        run_id = plan_file(served, tmp_path / "spring.csv", [f"N{n}" for n in range(100)])
        start_sending(served, run_id)

        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(client.get, ["/", "/runs", f"/runs/{run_id}"] * 4))

        assert {answer.status_code for answer in answers} == {200}
        assert "at work" in answers[1].text
        assert "Sending your offers" in answers[2].text
        client.post(f"/runs/{run_id}/stop")
        client.ended(run_id)


def test_a_journal_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").write_bytes(b"this is no journal" * 100)
    with running_page(tmp_path) as served, client_of(served) as client:
        assert "The journal cannot be used" in client.text("/")
        assert client.get("/runs").status_code == 409


def test_before_the_first_run_there_is_none(client: PageClient) -> None:
    assert "The journal cannot be used" not in client.text("/")
    assert "Nothing was sent yet" in client.text("/runs")
    assert "Nothing matches" in client.text("/runs?text=spring")
    assert client.get("/runs/20260101-000000-0000").status_code == 409


def test_a_plan_whose_offers_went_over_to_a_later_load_links_it(
    served: RunningPage, client: PageClient, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = write_offers(tmp_path / "spring.csv", ["A", "B"])
    draft = served.draft_of(path.read_bytes(), path.name)
    client.post(f"/drafts/{draft}/plan")
    before = client.get(f"/drafts/{draft}/plan").text
    later = plan_file(served, tmp_path / "later.csv", ["A", "B"])
    sandbox.set_faults("status-before status=403 on=create")
    start_sending(served, later)
    client.ended(later)
    after = client.get(f"/drafts/{draft}/plan").text

    client.post(f"/drafts/{draft}/plan")
    again = client.get(f"/drafts/{draft}/plan").text

    assert "Send these 2 offers" in before
    assert "Send these" not in after
    assert "2 offers went over to a later load" in after
    assert f'/runs/{later}">See that run</a>' in after
    assert "Send these 2 offers" in again
