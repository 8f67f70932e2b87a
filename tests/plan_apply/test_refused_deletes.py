"""Deletes that the server refuses, of which an earlier request was sent without a reply."""

from pathlib import Path

from loader.errors import ExitCode
from loader.model import Dialect
from offer_sandbox import SandboxSettings
from tests.support.keeping import keeper_of

COUNT = 30  # more than failures in a row that end a run
ROWS = "name,status,placement,type,content,language\n" + "".join(
    f"Offer {number},draft,Web banner,html,<p>{number}</p>,en\n" for number in range(COUNT)
)


def test_an_undo_ends_though_every_delete_is_refused_that_was_sent_before(tmp_path: Path) -> None:
    """A refusal is an answer, though it proves nothing of the request before it."""
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        loaded = keeper.load(ROWS).summary.run_id
        keeper.sandbox.set_faults("reset-before on=delete")
        assert keeper.undo(loaded).exit_code == ExitCode.TARGET  # as it must: nothing comes back
        keeper.sandbox.set_faults("status-before on=delete status=422")

        report = keeper.undo(loaded)

        assert (report.stopped_reason, report.exit_code) == ("", ExitCode.ROWS_FAILED)
        assert (report.kept, report.pending, report.unknown) == (COUNT, 0, 0)


def test_an_undo_ends_though_every_delete_is_accepted_and_then_refused_with_409(
    tmp_path: Path,
) -> None:
    """It stopped at twenty that failed, and so did each undo after it."""
    settings = SandboxSettings(
        dps_delete="poll", xcore_delete_outcome="refused", xcore_delete_refusal_status=409
    )
    with keeper_of(Dialect.DPS, tmp_path, settings) as keeper:
        loaded = keeper.load(ROWS).summary.run_id

        report = keeper.undo(loaded)

        assert (report.stopped_reason, report.exit_code) == ("", ExitCode.ROWS_FAILED)
        assert (report.kept, report.pending, report.unknown) == (COUNT, 0, 0)


def test_rows_are_loaded_again_after_deletes_whose_location_told_nothing(tmp_path: Path) -> None:
    """They were called kept, though they were gone; then a load found nothing new in the file."""
    settings = SandboxSettings(
        dps_delete="poll",
        xcore_delete_seconds=0.3,
        undecided_reads_as="running",
        decided_reads_as="state",
    )
    with keeper_of(Dialect.DPS, tmp_path, settings) as keeper:
        loaded = keeper.load(ROWS).summary.run_id

        report = keeper.undo(loaded)
        after = keeper.sandbox.offers()
        keeper.load(ROWS)

        assert (report.exit_code, report.kept, report.unknown) == (ExitCode.OK, 0, 0)
        assert (len(after), len(keeper.sandbox.offers())) == (0, COUNT)
