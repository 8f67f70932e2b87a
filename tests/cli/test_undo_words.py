"""What `loader undo` says of the offers that it left."""

import pytest

from loader.cli.commands.undo import undo
from loader.cli.invocation import Invocation
from loader.cli.output.reports import show_undo
from loader.errors import ExitCode
from loader.run.reports import UndoReport


def test_what_was_undone_before_is_not_what_somebody_edited_since(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = UndoReport(
        run_id="20261129-014734-a515",
        target="demo",
        deleted=0,
        already_gone=0,
        restored=2,
        restored_in_part=1,
        unchanged=4,
        as_before=3,
        kept=2,
        edited=1,
        unknown=0,
        pending=0,
        exit_code=ExitCode.ROWS_FAILED,
    )

    with undo.make_context("undo", [report.run_id], obj=Invocation()):
        show_undo(report)

    assert capsys.readouterr().out.splitlines()[0] == (
        "undo of 20261129-014734-a515: 2 put back (1 in part), 3 as before already,"
        " 1 deleted by the run for good, 2 kept (1 edited since)"
    )
