"""A sheet of offers that exist on the page, without a browser: planned, changed, taken back."""

import csv
import io
from pathlib import Path

import pytest

from loader.events import silent
from loader.run.embedded_sandbox import sandbox_file, shared_sandbox
from loader.run.pull.pull import pull_offers
from loader.run.requests import PullRequest
from tests.support.page_client import PageClient, client_of
from tests.support.page_runs import send_file
from tests.support.web_page import RunningPage, running_page


def pulled(served: RunningPage, path: Path) -> list[dict[str, str]]:
    pull_offers(PullRequest(path=path, sandbox=True), served.state.settings, listener=silent)
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def written(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def sent(client: PageClient, plan: str, draft: str) -> str:
    """Press *Send* on the page of a plan; return the run."""
    return client.press(plan, f"/drafts/{draft}/send").url.path.rpartition("/")[2]


def test_changes_are_tables_and_what_an_undo_leaves_is_named(tmp_path: Path) -> None:
    with running_page(tmp_path) as served, client_of(served) as client:
        send_file(served, tmp_path / "first.csv", ["One", "Two"])
        rows = pulled(served, tmp_path / "kept.csv")
        one, two = sorted(rows, key=lambda row: row["name"])
        one |= {"content": "<p>Hello there</p>", "description": "New"}
        two["description"] = "New, too"
        draft = served.draft_of(written(rows), "kept.csv")

        with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
            sandbox.edit(two["id"], "labels")
        client.post(f"/drafts/{draft}/plan")
        plan = client.get(f"/drafts/{draft}/plan").text
        run_id = sent(client, plan, draft)
        client.ended(run_id)
        with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
            (held,) = [each for each in sandbox.offers() if each["name"] == "One"]
            sandbox.edit(held["id"], "description")
        undo = client.get(f"/runs/{run_id}/undo").text
        start, history = client.text("/"), client.text("/runs")

    assert '<caption class="unseen">What changes of One</caption>' in plan
    assert '<th scope="row">Content (Web banner)</th>' in plan
    assert "&lt;p&gt;Hello <ins>there</ins>&lt;/p&gt;" in plan
    assert '<td data-label="Was"><span class="quiet">(nothing)</span></td>' in plan
    assert "<ins>New, too</ins>" in plan
    assert "<strong>Two</strong>: changed there meanwhile: labels" in plan
    assert "&lt;p&gt;Hello <del>there</del>&lt;/p&gt;" in undo
    assert "Planned" not in start
    assert "Planned kept.csv sent" in history
    assert "<strong>One</strong> stays in part: edited since: description" in undo


def test_a_draft_is_not_held_against_a_file_of_its_name_in_the_folder_of_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with running_page(tmp_path) as served, client_of(served) as client:
        send_file(served, tmp_path / "first.csv", ["One"])
        (one,) = pulled(served, tmp_path / "kept.csv")
        draft = served.draft_of(written([one | {"description": "New"}]), "kept.csv")
        client.post(f"/drafts/{draft}/plan")
        plan = client.get(f"/drafts/{draft}/plan").text

        run_id = sent(client, plan, draft)
        client.ended(run_id)
        with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
            (held,) = sandbox.offers()

    assert held["body"]["description"] == "New"


def test_offers_that_an_unfinished_run_changes_are_named_before_an_undo(tmp_path: Path) -> None:
    with running_page(tmp_path) as served, client_of(served) as client:
        load = send_file(served, tmp_path / "first.csv", ["One"])
        (one,) = pulled(served, tmp_path / "kept.csv")
        draft = served.draft_of(written([one | {"description": "New"}]), "kept.csv")
        client.post(f"/drafts/{draft}/plan")
        plan = client.get(f"/drafts/{draft}/plan").text
        with shared_sandbox(sandbox_file(served.state.settings)) as sandbox:
            sandbox.set_faults("status-before on=update status=403")
            run_id = sent(client, plan, draft)
            client.ended(run_id)

        undo = client.text(f"/runs/{load}/undo")

    assert f"One stays: run {run_id} has not finished with it" in undo
    assert "There is nothing left to take back" not in undo
    assert "is taken back" not in undo
