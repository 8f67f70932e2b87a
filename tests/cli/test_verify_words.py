"""What `loader verify` says where there is nothing to compare."""

import pytest

from loader.cli.commands.verify import verify
from loader.cli.invocation import Invocation
from loader.cli.output.reports import show_verify
from loader.errors import ExitCode
from loader.run.reports import VerifyReport


@pytest.mark.parametrize(("checked", "is_said"), [(0, True), (1, False)])
def test_a_run_of_which_nothing_can_be_compared_is_no_run_that_agrees(
    capsys: pytest.CaptureFixture[str], checked: int, is_said: bool
) -> None:
    report = VerifyReport(
        run_id="20261129-014734-a515",
        target="demo",
        checked=checked,
        same=checked,
        missing=0,
        different=0,
        twice=0,
        exit_code=ExitCode.OK,
    )

    with verify.make_context("verify", [report.run_id], obj=Invocation()):
        show_verify(report)

    said = capsys.readouterr().out
    assert ("nothing was compared" in said) is is_said
    assert ("runs show 20261129-014734-a515" in said) is is_said
