"""The results of a run whose rows a later run went on with."""

from pathlib import Path

from offer_sandbox import running_sandbox
from tests.end_to_end.test_main_job import loader_for
from tests.support.workbooks import results_of, write_offers


def test_they_name_the_run_that_went_on_with_a_row(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        write_offers(tmp_path / "offers.csv", ["One", "Two"])
        sandbox.set_faults("status-before status=400 on=create times=1")
        assert loader.run("load", "offers.csv").code == 1
        first = str(loader.run("runs", "--json").json["runs"][0]["summary"]["run_id"])
        write_offers(tmp_path / "offers.csv", ["One", "Two"], content="corrected")
        loader.run("load", "offers.csv")
        second = str(loader.run("runs", "--json").json["runs"][0]["summary"]["run_id"])

        loader.run("results", first, "--results", "first.csv")
        loader.run("results", second, "--results", "second.csv")

    one, two = results_of(tmp_path / "first.csv")
    assert (one["status"], one["error_code"]) == ("created", "went-on")
    assert one["error"] == f"it went on in run {second}"
    assert (two["status"], two["error"]) == ("created", "")
    assert results_of(tmp_path / "second.csv")[0]["error"] == ""
