"""A plan is staged without a request that changes anything, and applied later, by its id."""

from pathlib import Path

from loader.delivery.stop import StopSignal
from loader.errors import ExitCode
from loader.events import silent
from loader.run.apply.resume import resume_run
from loader.run.plan.plan_load import plan_files
from loader.run.requests import LoadRequest, ResumeRequest
from loader.settings import load_settings
from offer_sandbox import running_sandbox
from tests.support.workbooks import connection_variables, write_offers


def test_a_plan_sends_nothing_until_it_is_applied(tmp_path: Path) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One", "Two"])
    with running_sandbox() as sandbox:
        settings = load_settings(
            environment={
                **connection_variables(sandbox),
                "LOADER_JOURNAL": str(tmp_path / "journal.sqlite3"),
            }
        )

        plan = plan_files(LoadRequest(sources=(str(source),)), settings, listener=silent)
        planned = sandbox.offers()
        report = resume_run(
            ResumeRequest(run_id=plan.plan_id, results=tmp_path / "results.csv"),
            settings,
            listener=silent,
            stop=StopSignal(),
        )

        assert (plan.summary.pending, planned) == (2, [])
        assert (report.exit_code, report.summary.created) == (ExitCode.OK, 2)
        assert len(sandbox.offers()) == 2
