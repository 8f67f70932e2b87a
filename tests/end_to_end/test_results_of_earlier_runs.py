"""The results of a run whose rows a later run went on with."""

from pathlib import Path

import pytest

from offer_sandbox import running_sandbox
from tests.support.workbooks import loader_for, results_of, write_offers


def results_after_a_second_load(folder: Path, content: str) -> tuple[str, list[dict[str, str]]]:
    """Load two offers of which one is refused, and load them again; results of the first run."""
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, folder, LOADER_MAX_IN_FLIGHT="1")
        write_offers(folder / "offers.csv", ["One", "Two"])
        sandbox.set_faults("status-before status=400 on=create times=1")
        assert loader.run("load", "offers.csv").code == 1
        first = loader.newest_run()
        write_offers(folder / "second.csv", ["One"], content=content)
        assert loader.run("load", "second.csv").code == 0
        second = loader.newest_run()

        loader.run("results", first, "--results", "first.csv")
        loader.run("results", second, "--results", "second-results.csv")

    assert results_of(folder / "second-results.csv")[0]["error"] == ""
    return second, results_of(folder / "first.csv")


def test_they_name_the_run_that_went_on_with_a_row(tmp_path: Path) -> None:
    second, (one, two) = results_after_a_second_load(tmp_path, "<p>Hello</p>")

    assert (one["status"], one["error_code"]) == ("created", "went-on")
    assert one["error"] == f"it went on in run {second}"
    assert (two["status"], two["error"]) == ("created", "")


def test_they_name_the_row_that_was_taken_instead_of_one(tmp_path: Path) -> None:
    second, (one, two) = results_after_a_second_load(tmp_path, "corrected")

    assert (one["status"], one["error_code"]) == ("invalid", "replaced")
    assert one["error"].startswith(f"row 2 of second.csv (run {second}) has the same key")
    assert "nothing to do if that row corrects this one" in one["suggestion"]
    assert one["instanceId"] == ""
    assert (two["status"], two["error"]) == ("created", "")


@pytest.mark.parametrize("fault", ["", "reset-after on=create times=1"], ids=["", "recovered"])
def test_a_duplicate_of_what_was_undone_since_stays_one_and_says_so(
    tmp_path: Path, fault: str
) -> None:
    with running_sandbox() as sandbox:
        sandbox.set_faults(fault)
        loader = loader_for(sandbox, tmp_path)
        write_offers(tmp_path / "offers.csv", ["One"])
        write_offers(tmp_path / "more.csv", ["One", "Two"])
        loader.run("load", "offers.csv")
        first = loader.newest_run()
        loader.run("load", "more.csv")
        second = loader.newest_run()

        assert loader.run("undo", first, "--yes").code == 0
        undo = loader.newest_run()
        loader.run("results", first, "--results", "first.csv")
        loader.run("results", second, "--results", "second.csv")
        runs = loader.run("runs", "--json").json["runs"]
        (summary,) = (e["summary"] for e in runs if e["summary"]["run_id"] == second)

        assert [offer["name"] for offer in sandbox.offers()] == ["Two"]
    assert [row["status"] for row in results_of(tmp_path / "first.csv")] == ["undone"]
    one, two = results_of(tmp_path / "second.csv")
    assert (one["status"], one["error_code"]) == ("duplicate", "deleted-since")
    assert one["error"].startswith(f"this offer was deleted since, by run {undo}")
    assert (two["status"], two["error"]) == ("created", "")
    assert (summary["duplicate"], summary["created"], summary["undone"]) == (1, 1, 0)
