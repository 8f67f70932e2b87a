"""The results of a run whose rows a later run went on with."""

from pathlib import Path

from offer_sandbox import running_sandbox
from tests.support.workbooks import loader_for, results_of, write_offers


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


def test_a_duplicate_of_what_was_undone_since_stays_one_and_says_so(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        write_offers(tmp_path / "offers.csv", ["One"])
        write_offers(tmp_path / "more.csv", ["One", "Two"])
        loader.run("load", "offers.csv")
        first = str(loader.run("runs", "--json").json["runs"][0]["summary"]["run_id"])
        loader.run("load", "more.csv")
        second = str(loader.run("runs", "--json").json["runs"][0]["summary"]["run_id"])

        assert loader.run("undo", first, "--yes").code == 0
        undo = str(loader.run("runs", "--json").json["runs"][0]["summary"]["run_id"])
        loader.run("results", first, "--results", "first.csv")
        loader.run("results", second, "--results", "second.csv")
        runs = loader.run("runs", "--json").json["runs"]
        (summary,) = (e["summary"] for e in runs if e["summary"]["run_id"] == second)

        assert [offer["name"] for offer in sandbox.offers()] == ["Two"]
    assert [row["status"] for row in results_of(tmp_path / "first.csv")] == ["undone"]
    one, two = results_of(tmp_path / "second.csv")
    assert (one["status"], one["error_code"]) == ("duplicate", "deleted-since")
    assert one["error"] == f"this offer was deleted since, by run {undo}"
    assert (two["status"], two["error"]) == ("created", "")
    assert (summary["duplicate"], summary["created"], summary["undone"]) == (1, 1, 0)
