"""Undo of a run, while another run has not finished with some of its offers."""

from pathlib import Path

from offer_sandbox import Sandbox, running_sandbox
from tests.support.workbooks import CommandResult, Loader, loader_for, write_offers


def edit(sheet: Path, old: str, new: str) -> None:
    text = sheet.read_text(encoding="utf-8-sig")
    assert old in text
    sheet.write_text(text.replace(old, new), encoding="utf-8-sig")


def last_run(loader: Loader) -> str:
    return str(loader.run("runs", "--json").json["runs"][0]["summary"]["run_id"])


def loaded(loader: Loader, *names: str) -> str:
    write_offers(loader.folder / "offers.csv", names)
    assert loader.run("load", "offers.csv", "--results", "results.csv").code == 0
    return last_run(loader)


def applied(loader: Loader, old: str, new: str, *, name: str = "*") -> CommandResult:
    """Pull, replace a text in the sheet, and apply that."""
    sheet = loader.folder / "kept.csv"
    sheet.unlink(missing_ok=True)
    assert loader.run("pull", "kept.csv", "--name", name).code == 0
    edit(sheet, old, new)
    return loader.run("apply", "kept.csv", "--yes", "--results", "applied.csv")


def refuse(sandbox: Sandbox, request: str, *, after: int = 0) -> None:
    sandbox.set_faults(f"status-before on={request} status=403 skip={after}")


def test_offers_that_a_stopped_apply_changes_are_named_and_kept(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        load = loaded(loader, "One", "Two", "Three")
        refuse(sandbox, "update")
        assert applied(loader, "Hello", "Goodbye").code == 5
        sandbox.set_faults("")
        apply = last_run(loader)

        shown = loader.run("undo", load, "--dry-run")
        undone = loader.run("undo", load, "--yes")
        there = len(sandbox.offers())
        resumed = loader.run("resume", apply)
        taken_back = loader.run("undo", apply, "--yes")
        again = loader.run("undo", load, "--yes")

        assert (shown.code, undone.code, there) == (6, 6, 3), undone.out
        for said in (shown.out, undone.out):
            assert f"kept     3 offers: run {apply} has not finished with them" in said
            assert f"to go on: loader resume {apply}" in said
        assert "delete" not in shown.out
        assert "3 kept until another run has finished" in undone.out
        assert (resumed.code, taken_back.code) == (0, 0), taken_back.out
        assert "3 put back" in taken_back.out
        assert (again.code, sandbox.offers()) == (0, []), again.out


def test_what_can_be_put_back_is_and_the_rest_is_named(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        load = loaded(loader, "One", "Two", "Three", "Four")
        assert applied(loader, "Hello", "Goodbye").code == 0
        first = last_run(loader)
        refuse(sandbox, "update", after=1)
        assert applied(loader, "approved", "draft", name="T*").code == 5
        sandbox.set_faults("")
        second = last_run(loader)

        shown = loader.run("undo", first, "--dry-run")
        undone = loader.run("undo", first, "--yes")
        of_load = loader.run("undo", load, "--yes")
        assert loader.run("resume", second).code == 0
        again = loader.run("undo", first, "--yes")

        assert shown.out.count("put back") == 3, shown.out
        assert f"kept     1 offer: run {second} has not finished with it" in shown.out
        assert "3 put back, 1 kept until another run has finished" in undone.out
        assert undone.code == 6
        assert f"kept     1 offer: run {second} has not finished with it" in of_load.out
        assert of_load.code == 6
        assert "1 put back, 1 as before already" in again.out


def test_the_unfinished_undo_of_another_run_is_named_by_its_command(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        load = loaded(loader, "One", "Two")
        assert applied(loader, "Hello", "Goodbye").code == 0
        apply = last_run(loader)
        refuse(sandbox, "update")
        assert loader.run("undo", apply, "--yes").code == 5
        sandbox.set_faults("")

        undone = loader.run("undo", load, "--yes")

        assert undone.code == 6, undone.out
        assert (
            f"kept     2 offers: the undo of run {apply} has not finished with them" in undone.out
        )
        assert f"to go on: loader undo {apply}" in undone.out
