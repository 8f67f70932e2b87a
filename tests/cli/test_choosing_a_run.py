"""Which run `resume` and `reconcile` go on with, and which have nothing to go on with."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.workbooks import Loader, loader_for, write_offers

WRONG = "Angebot,placement\nA,b\n"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def runs(loader: Loader) -> list[str]:
    listed = loader.run("runs", "--json").json["runs"]
    assert isinstance(listed, list)
    return [run["summary"]["run_id"] for run in listed]


@pytest.mark.parametrize("verb", ["resume", "reconcile"])
def test_a_finished_run_has_nothing_left_to_do(tmp_path: Path, sandbox: Sandbox, verb: str) -> None:
    loader = loader_for(sandbox, tmp_path)
    write_offers(tmp_path / "good.csv", ["One", "Two"])
    loader.run("load", "good.csv")
    (run_id,) = runs(loader)
    (tmp_path / "good.results.xlsx").unlink()

    again = loader.run(verb, run_id)

    assert again.code == 0, again.err
    assert f"run {run_id} is finished: there was nothing left to do" in again.out
    assert f"run {run_id}: 2 read, 2 created" in again.out
    assert (tmp_path / "good.results.xlsx").is_file()


@pytest.mark.parametrize("verb", ["resume", "reconcile"])
def test_a_refused_file_does_not_hide_the_run_that_can_be_continued(
    tmp_path: Path, sandbox: Sandbox, verb: str
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_ON_ABSENT="hold")
    write_offers(tmp_path / "good.csv", ["One", "Two"])
    (tmp_path / "wrong.csv").write_text(WRONG, "utf-8")
    sandbox.set_faults("reset-before on=create times=1")

    stopped = loader.run("load", "good.csv")
    (unknown,) = runs(loader)
    refused = loader.run("load", "wrong.csv")
    continued = loader.run(verb)

    assert (stopped.code, refused.code) == (6, 2)
    assert f"run {unknown}:" in continued.out, continued.err
    assert continued.code == 6


def test_with_nothing_else_to_continue_a_run_that_was_not_read_is_named_with_its_reason(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path)
    (tmp_path / "sheet.csv").write_text(WRONG, "utf-8")
    loader.run("load", "sheet.csv")

    refused = loader.run("resume")
    (listed,) = (line for line in loader.run("runs").out.splitlines() if "sheet.csv" in line)
    write_offers(tmp_path / "sheet.csv", ["One"])
    loaded = loader.run("load", "sheet.csv")
    finished = loader.run("resume")

    assert refused.code == 2
    assert "the columns do not match" in refused.err
    assert "do not match. missing: name" in listed
    assert "\\n" not in listed
    assert listed.endswith(" …")
    assert "nothing to continue" in refused.err
    assert loaded.code == 0, loaded.err
    assert finished.code == 0
    assert "every run in the journal is finished" in finished.err
    assert "`loader results RUN` writes" in finished.err  # it may have died before it wrote them


def test_reconcile_passes_over_a_run_that_has_only_rows_to_send(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_ON_ABSENT="hold", LOADER_MAX_IN_FLIGHT="1")
    write_offers(tmp_path / "unknown.csv", ["One"])
    write_offers(tmp_path / "stopped.csv", ["Two", "Three", "Four"])
    sandbox.set_faults("reset-before on=create times=1")
    loader.run("load", "unknown.csv")
    (unknown,) = runs(loader)
    sandbox.set_faults("status-before status=400 on=create times=1")
    loader.run("load", "stopped.csv", "--max-errors", "1")
    pending = runs(loader)[0]

    looked_up, resumed = loader.run("reconcile"), loader.run("resume")

    assert f"run {unknown}:" in looked_up.out, looked_up.err
    assert f"run {pending}:" in resumed.out, resumed.err


@pytest.mark.parametrize("verb", ["resume", "reconcile"])
def test_a_dry_run_is_not_repeated(tmp_path: Path, sandbox: Sandbox, verb: str) -> None:
    loader = loader_for(sandbox, tmp_path)
    write_offers(tmp_path / "good.csv", ["One"])
    loader.run("load", "good.csv", "--dry-run")
    (dry,) = runs(loader)

    refused = loader.run(verb, dry)

    assert refused.code == 2
    assert f"run {dry} was a dry run" in refused.err
    assert "without --dry-run" in refused.err
    assert not sandbox.offers()


def test_a_dry_run_says_that_nothing_was_sent_and_how_to_send(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path)
    write_offers(tmp_path / "good.csv", ["One", "Two"])

    ran = loader.run("load", "good.csv", "--dry-run")
    sheet = openpyxl.load_workbook(tmp_path / "good.results.xlsx")["Summary"]
    meanings = {row[0]: row[3] for row in sheet.iter_rows(values_only=True) if row[3]}

    assert "2 read, 2 to create" in ran.out
    assert "to create the offers: the same command without --dry-run" in ran.out
    assert "2 to create" in loader.run("runs").out
    assert "resume" not in str(meanings["pending"])
    assert "without --dry-run" in str(meanings["pending"])


@pytest.mark.parametrize("verb", ["resume", "reconcile"])
def test_an_unfinished_undo_is_named_with_the_command_that_goes_on(
    tmp_path: Path, sandbox: Sandbox, verb: str
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
    write_offers(tmp_path / "good.csv", ["One", "Two"])
    loader.run("load", "good.csv")
    (load,) = runs(loader)
    sandbox.set_faults("status-before on=delete status=403")
    stopped = loader.run("undo", load, "--yes")
    sandbox.set_faults()

    said = loader.run(verb)

    assert (stopped.code, said.code) == (5, 6), said.err
    assert "2 rows" in said.err
    assert f"the undo of run {load}" in said.err
    assert f"`loader undo {load}`" in said.err
    assert len(sandbox.offers()) == 2


def test_reconcile_names_the_run_whose_rows_are_only_pending(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
    write_offers(tmp_path / "good.csv", ["One", "Two"])
    sandbox.set_faults("status-before on=create status=403")
    stopped = loader.run("load", "good.csv")
    sandbox.set_faults()
    (load,) = runs(loader)

    said = loader.run("reconcile")
    named = loader.run("reconcile", load)

    assert (stopped.code, said.code, named.code) == (5, 6, 6)
    assert f"nothing is unknown; 2 rows of run {load} are pending" in said.err
    assert f"`loader resume {load}`" in said.err
    assert "after all attempts" not in named.out
    assert "2 rows are pending: reconcile sends nothing" in named.out
    assert f"to go on: loader resume {load}" in named.out


def test_nobody_is_told_to_fix_cells_of_an_undo_or_of_a_run_that_was_undone(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
    write_offers(tmp_path / "good.csv", ["One", "Two", "Three"])
    sandbox.set_faults("status-before on=create status=403 skip=2")
    loader.run("load", "good.csv")
    (load,) = runs(loader)
    sandbox.set_faults()
    sandbox.edit(sandbox.offers()[0]["id"], "content")
    loader.run("undo", load, "--yes")
    undo, _ = runs(loader)

    of_undo = loader.run("reconcile", undo)
    of_run = loader.run("resume", load)

    assert "1 kept" in of_undo.out
    assert "fix the cells" not in of_undo.out + of_run.out
    assert "the run was undone before 1 row was sent" in of_run.out
