"""Undo of a run, while another run has not finished with some of its offers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offer_sandbox import Sandbox, running_sandbox
from tests.support.workbooks import CommandResult, Loader, loader_for, write_offers


def edit(sheet: Path, old: str, new: str) -> None:
    text = sheet.read_text(encoding="utf-8-sig")
    assert old in text
    sheet.write_text(text.replace(old, new), encoding="utf-8-sig")


def loaded(loader: Loader, *names: str) -> str:
    write_offers(loader.folder / "offers.csv", names)
    assert loader.run("load", "offers.csv", "--results", "results.csv").code == 0
    return loader.newest_run()


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
        apply = loader.newest_run()

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
        first = loader.newest_run()
        refuse(sandbox, "update", after=1)
        assert applied(loader, "approved", "draft", name="T*").code == 5
        sandbox.set_faults("")
        second = loader.newest_run()

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
        apply = loader.newest_run()
        refuse(sandbox, "update")
        assert loader.run("undo", apply, "--yes").code == 5
        sandbox.set_faults("")

        undone = loader.run("undo", load, "--yes")

        assert undone.code == 6, undone.out
        assert (
            f"kept     2 offers: the undo of run {apply} has not finished with them" in undone.out
        )
        assert f"to go on: loader undo {apply}" in undone.out


def stopped_undo(loader: Loader, sandbox: Sandbox, run_id: str, *, request: str) -> str:
    """Undo a run, refused at its first request; give the id of the undo."""
    refuse(sandbox, request)
    assert loader.run("undo", run_id, "--yes").code == 5
    sandbox.set_faults("")
    return loader.newest_run()


def test_nobody_is_told_to_go_on_with_an_undo_by_a_command_that_does_not_say_so(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        load = loaded(loader, "One", "Two", "Three")
        assert loader.run("pull", "early.csv").code == 0
        edit(tmp_path / "early.csv", "One,,approved", "One,,draft")
        planned = loader.run("plan", "early.csv", "--format", "json")
        undo = stopped_undo(loader, sandbox, load, request="delete")

        pulled = loader.run("pull", "kept.csv")
        edit(tmp_path / "kept.csv", "One,,approved", "One,,draft")
        plan = loader.run("plan", "kept.csv")
        apply = loader.run("apply", planned.json["plan_id"], "--yes", "--results", "applied.csv")
        write_offers(tmp_path / "offers.csv", ["One"])
        again = loader.run("load", "offers.csv", "--results", "results.csv")
        resumed = loader.run("resume", undo)
        looked = loader.run("reconcile", undo, "--results", "undo.csv")

        assert (planned.code, pulled.code) == (0, 0)
        assert (plan.code, apply.code, again.code, resumed.code) == (1, 1, 1, 2)
        for ran in (plan, apply, again, resumed, looked):
            assert f"loader undo {load}" in ran.out + ran.err
            assert f"loader resume {undo}" not in ran.out + ran.err
        assert "fix the cells" not in apply.out
        assert "finish the run that has not finished with these offers" in apply.out
        for ran in (plan, apply):
            said = ran.out + ran.err
            assert f"the undo of run {load} has not finished with this offer" in said
            assert "is to delete it" in said
        assert {offer["body"]["status"] for offer in sandbox.offers()} == {"approved"}
        assert len(sandbox.offers()) == 3


def test_an_offer_that_an_undo_is_to_put_back_is_named_with_its_undo(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        loaded(loader, "One", "Two")
        assert applied(loader, "One,,approved", "One,,draft").code == 0
        apply = loader.newest_run()
        stopped_undo(loader, sandbox, apply, request="update")

        assert loader.run("pull", "new.csv").code == 0
        edit(tmp_path / "new.csv", "One,,draft", "One,,approved")
        edit(tmp_path / "new.csv", "Two,,approved", "Two,,draft")
        plan = loader.run("plan", "new.csv")

        assert plan.code == 1
        assert "1 to update" in plan.out
        assert f"the undo of run {apply} has not finished with this offer" in plan.out
        assert "is to put it back" in plan.out
        assert f"`loader undo {apply}`" in plan.out


def test_a_stopped_undo_can_be_given_up(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        load = loaded(loader, "One", "Two", "Three")
        undo = stopped_undo(loader, sandbox, load, request="delete")

        given_up = loader.run("undo", undo, "--yes")
        edited = applied(loader, "One,,approved", "One,,draft")

        assert given_up.code == 0, given_up.out + given_up.err
        assert "3 not sent any more" in given_up.out
        assert edited.code == 0, edited.out + edited.err
        assert len(sandbox.offers()) == 3


def test_an_undo_gives_up_no_row_that_a_later_run_has(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        refuse(sandbox, "create")
        write_offers(tmp_path / "first.csv", ["One", "Two", "Three"])
        assert loader.run("load", "first.csv", "--yes").code == 5
        first = loader.newest_run()
        write_offers(tmp_path / "later.csv", ["Two", "Three", "Four"])
        assert loader.run("load", "later.csv", "--yes").code == 5
        later = loader.newest_run()
        sandbox.set_faults("")

        shown = loader.run("undo", first, "--dry-run")
        undone = loader.run("undo", first, "--yes")
        again = loader.run("undo", first, "--yes")
        resumed = loader.run("resume", later)

        assert "give up 1 that were not sent yet" in shown.out
        assert "1 not sent any more" in undone.out
        assert "nothing to delete" in again.out
        assert "3 read, 3 created" in resumed.out
        assert sorted(each["name"] for each in sandbox.offers()) == ["Four", "Three", "Two"]


def test_an_undo_leaves_unknown_rows_to_the_later_run_that_has_them_and_names_it(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1", LOADER_ON_ABSENT="hold")
        sandbox.set_faults("reset-after on=create", "list-lag-seconds=600")
        write_offers(tmp_path / "first.csv", ["One", "Two"])
        assert loader.run("load", "first.csv", "--yes").code == 6
        first = loader.newest_run()
        write_offers(tmp_path / "later.csv", ["One", "Two"])
        assert loader.run("load", "later.csv", "--yes").code == 6
        later = loader.newest_run()

        shown = loader.run("undo", first, "--dry-run")
        undone = loader.run("undo", first, "--yes")
        latest = loader.newest_run()
        sandbox.set_faults("")
        resumed = loader.run("resume", later)
        again = loader.run("undo", first, "--yes")
        taken_back = loader.run("undo", later, "--yes")
        at_last = loader.run("undo", first, "--yes")

        assert (shown.code, undone.code, again.code, latest) == (0, 0, 0, later), undone.out
        assert "do nothing" in shown.out
        for said in (shown.out, undone.out, again.out):
            assert f"2 rows went over to run {later}: `loader undo {later}`" in said
        assert "nothing to delete" in undone.out
        assert "known outcome" not in shown.out + undone.out
        assert "2 created" in resumed.out
        assert "2 deleted" in taken_back.out
        assert "went over" not in at_last.out
        assert sandbox.offers() == []


@contextmanager
def stopped_beside_a_duplicate(folder: Path) -> Iterator[tuple[Sandbox, Loader, str]]:
    """Load a row, then it and another one, which is refused; give the first run."""
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, folder, LOADER_MAX_IN_FLIGHT="1")
        first = loaded(loader, "One")
        write_offers(folder / "both.csv", ["One", "Two"])
        refuse(sandbox, "create")
        assert loader.run("load", "both.csv").code == 5
        sandbox.set_faults("")
        yield sandbox, loader, first


def test_the_same_load_creates_what_the_undo_of_another_run_deleted_meanwhile(
    tmp_path: Path,
) -> None:
    with stopped_beside_a_duplicate(tmp_path) as (sandbox, loader, first):
        stopped = loader.newest_run()
        assert loader.run("undo", first, "--yes").code == 0

        again = loader.run("load", "both.csv")
        once_more = loader.run("load", "both.csv")

        assert (again.code, len(sandbox.offers())) == (0, 2), again.out
        assert "2 read, 2 created" in again.out
        assert loader.newest_run() != stopped
        assert "2 read, 2 duplicate" in once_more.out
        assert loader.run("resume").code == 0
        assert len(sandbox.offers()) == 2


def test_a_resume_says_which_duplicates_the_undo_of_another_run_deleted_meanwhile(
    tmp_path: Path,
) -> None:
    with stopped_beside_a_duplicate(tmp_path) as (sandbox, loader, first):
        assert loader.run("undo", first, "--yes").code == 0

        resumed = loader.run("resume")
        again = loader.run("load", "both.csv")

        assert "1 duplicate, 1 created" in resumed.out
        assert "1 duplicate was deleted since: to create it, load the file again" in resumed.out
        assert "1 duplicate, 1 created" in again.out
        assert "deleted since" not in again.out
        assert len(sandbox.offers()) == 2


def test_the_same_load_names_the_unfinished_undo_of_another_run_that_deletes_its_row(
    tmp_path: Path,
) -> None:
    with stopped_beside_a_duplicate(tmp_path) as (sandbox, loader, first):
        stopped_undo(loader, sandbox, first, request="delete")

        early = loader.run("load", "both.csv")
        assert loader.run("undo", first, "--yes").code == 0
        late = loader.run("load", "both.csv")

        assert early.code == 1, early.out
        assert "1 invalid, 1 created" in early.out
        assert f"loader undo {first}" in early.out
        assert (late.code, len(sandbox.offers())) == (0, 2), late.out
