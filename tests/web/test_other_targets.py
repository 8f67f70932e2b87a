"""A rehearsal and a live page over one journal: each acts on runs and plans of its own target."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.page_client import PageClient, client_of
from tests.support.page_runs import plan_file, start_sending
from tests.support.web_page import RunningPage, running_page
from tests.support.workbooks import write_offers


@contextmanager
def page_of(
    folder: Path, live: Sandbox, *, is_live: bool
) -> Iterator[tuple[RunningPage, PageClient]]:
    """Serve a page with the settings of a live target, as a rehearsal or not."""
    with (
        running_page(folder, live=live, is_rehearsal=not is_live, max_per_second=20) as served,
        client_of(served) as client,
    ):
        yield served, client


def stopped_half_way(served: RunningPage, client: PageClient, path: Path) -> str:
    run_id = plan_file(served, path, [f"N{n}" for n in range(40)])
    job = start_sending(served, run_id)
    job.wait(1.0)
    client.post(f"/runs/{run_id}/stop")
    assert "Send the rest" in client.ended(run_id)
    return run_id


@pytest.mark.parametrize("is_planned_live", [True, False])
def test_a_plan_for_another_target_is_no_plan_on_this_page(
    tmp_path: Path, *, is_planned_live: bool
) -> None:
    content = write_offers(tmp_path / "spring.csv", ["A", "B"]).read_bytes()
    with running_sandbox() as live:
        with page_of(tmp_path, live, is_live=is_planned_live) as (served, client):
            draft = served.draft_of(content, "spring.csv")
            client.post(f"/drafts/{draft}/plan")
            seen = client.get(f"/drafts/{draft}/plan").text
            assert "Send these 2 offers" in seen

        with page_of(tmp_path, live, is_live=not is_planned_live) as (served, client):
            assert "Send these" not in client.get(f"/drafts/{draft}/plan").text
            send = f"/drafts/{draft}/send"
            assert client.press(seen, send).status_code == 409
            client.post(f"/drafts/{draft}/plan")
            own = client.get(f"/drafts/{draft}/plan").text
            client.ended(client.press(own, send).url.path.rpartition("/")[2])

        assert len(live.offers()) == (0 if is_planned_live else 2)


def actions(client: PageClient, run_id: str) -> dict[str, Callable[[], int]]:
    """Everything that a page can do to a run, however it is asked for."""
    decision = {"row": 2, "source": "x", "sheet": "", "finding": "absent"}
    return {
        "go on": lambda: client.post(f"/runs/{run_id}/go-on").status_code,
        "look": lambda: client.post(f"/runs/{run_id}/look").status_code,
        "show the undo": lambda: client.get(f"/runs/{run_id}/undo").status_code,
        "undo": lambda: client.post(f"/runs/{run_id}/undo").status_code,
        "compare": lambda: client.post(f"/runs/{run_id}/verify").status_code,
        "decide": lambda: client.post(f"/runs/{run_id}/resolve", decision).status_code,
    }


@pytest.mark.parametrize("is_sent_live", [True, False])
def test_a_run_at_another_target_is_shown_with_its_target_and_never_acted_on(
    tmp_path: Path, *, is_sent_live: bool
) -> None:
    with running_sandbox() as live:
        with page_of(tmp_path, live, is_live=is_sent_live) as (served, client):
            run_id = stopped_half_way(served, client, tmp_path / "spring.csv")
            assert "is for another target" not in client.text(f"/runs/{run_id}")
        before = len(live.offers())

        with page_of(tmp_path, live, is_live=not is_sent_live) as (served, client):
            shown = client.text(f"/runs/{run_id}")
            lists = [client.text("/"), client.text("/runs")]
            answers = {name: act() for name, act in actions(client, run_id).items()}
            assert client.get(f"/runs/{run_id}/results.csv").status_code == 200

        named = f"sandbox {live.sandbox_name}" if is_sent_live else "the embedded sandbox"
        assert "This run is for another target" in shown
        assert [named in each for each in (shown, *lists)] == [True] * 3
        buttons = ("Send the rest", "Take it back", "Compare with the library")
        assert [each for each in buttons if each in shown] == []
        assert set(answers.values()) == {409}
        assert len(live.offers()) == before
