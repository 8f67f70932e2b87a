"""What `loader runs` says of how a run ended."""

from dataclasses import replace

import pytest

from loader.cli.output.runs import show_runs
from loader.run.reports import RunOverview
from loader.run_results import RunSummary

RUN = RunSummary(
    run_id="20261129-014734-a515",
    target="demo",
    sources=("offers.csv",),
    read=2,
    invalid=0,
    duplicate=0,
    created=2,
    failed=0,
    unknown=0,
    pending=0,
    started_at=1.0,
    finished_at=2.0,
)


@pytest.mark.parametrize(
    ("pending", "unknown", "dry_run", "ending"),
    [
        (0, 0, False, "finished"),
        (1, 0, False, "not finished"),  # its attempts are used up: `loader resume` goes on
        (0, 1, False, "not finished"),
        (1, 0, True, "finished"),
    ],
)
def test_a_run_with_rows_that_resume_goes_on_with_is_not_finished(
    capsys: pytest.CaptureFixture[str], *, pending: int, unknown: int, dry_run: bool, ending: str
) -> None:
    summary = replace(
        RUN, created=2 - pending - unknown, unknown=unknown, pending=pending, dry_run=dry_run
    )

    show_runs([RunOverview(summary=summary, command="load", is_read=True)], as_json=False)

    line = capsys.readouterr().out.splitlines()[1]
    assert line.split("offers.csv")[1].strip() == ending


def test_what_an_undo_kept_is_said_to_be_kept(capsys: pytest.CaptureFixture[str]) -> None:
    summary = replace(RUN, command="undo", read=3, created=0, deleted=2, failed=1)

    show_runs([RunOverview(summary=summary, command="undo", is_read=True)], as_json=False)

    assert "3 read, 2 deleted, 1 kept" in capsys.readouterr().out
