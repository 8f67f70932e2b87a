"""What `loader verify` says where there is nothing to compare."""

from dataclasses import replace

import pytest

from loader.cli.commands.verify import verify
from loader.cli.invocation import Invocation
from loader.cli.output.reports import show_verify
from loader.errors import ExitCode
from loader.model import Dialect
from loader.offer.compare import differences
from loader.run.reports import Difference, VerifyReport
from loader.run_results import ResultRow

REPORT = VerifyReport(
    run_id="20261129-014734-a515",
    target="demo",
    checked=0,
    same=0,
    missing=0,
    different=0,
    twice=0,
    exit_code=ExitCode.OK,
)


@pytest.mark.parametrize(("checked", "is_said"), [(0, True), (1, False)])
def test_a_run_of_which_nothing_can_be_compared_is_no_run_that_agrees(
    capsys: pytest.CaptureFixture[str], checked: int, is_said: bool
) -> None:
    report = replace(REPORT, checked=checked, same=checked)

    with verify.make_context("verify", [report.run_id], obj=Invocation()):
        show_verify(report)

    said = capsys.readouterr().out
    assert ("nothing was compared" in said) is is_said
    assert ("1 as the run left it" in said) is not is_said
    assert ("runs show 20261129-014734-a515" in said) is is_said


def test_what_differs_is_set_off_from_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    row = ResultRow(source="offers.csv", sheet="", row_number=3, cells=("One",), status="created")
    report = replace(
        REPORT,
        checked=1,
        different=1,
        first=(Difference(row=row, kind="different", detail="description: sent (nothing)"),),
        exit_code=ExitCode.ROWS_FAILED,
    )

    with verify.make_context("verify", [report.run_id], obj=Invocation()):
        show_verify(report)

    assert "\ndifferent offers.csv row 3: " in capsys.readouterr().out


def test_a_field_without_a_value_is_called_nothing() -> None:
    found = differences(b'{"name": "One"}', {"name": "One", "description": "New"}, Dialect.DPS)

    assert found == ['description: sent (nothing), found "New"']
