"""Files whose run is not finished, when it is undone, or when other files have the same rows."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.busy_server import takes_no_more
from tests.support.workbooks import Loader, loader_for, write_offers

SETTINGS = "[inbox]\nsettle_seconds = 0\nscan_seconds = 0.1\nretry_seconds = 0.1\n"
STRICT = "on_invalid = 'reject-file'\n"
FOLDER = "[[inbox.folder]]\npath = 'strict'\n"
STRICT_FOLDER = FOLDER + STRICT
NAMES = ["One", "Two", "Three"]
BAD_ROW = "Bad,nowhere,nothing,,,\n"
REFUSING_DELETES = takes_no_more("delete")
REFUSING = takes_no_more("create")

DYING = """
import os
from loader.__main__ import main
from loader.run.sending.staged_run import StagedRun
StagedRun.apply = lambda *_, **__: os._exit(9)
main()
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def loader(tmp_path: Path, sandbox: Sandbox) -> Loader:
    (tmp_path / "loader.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "inbox").mkdir()
    return loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")


def drop(loader: Loader, name: str, *, more: str = "", names: Sequence[str] = NAMES) -> str:
    text = write_offers(loader.folder / "offers.csv", names).read_text("utf-8") + more
    (loader.folder / "inbox" / name).write_text(text, "utf-8")
    return loader.run("watch", "inbox", "--once").out


def drop_and_stop(loader: Loader, sandbox: Sandbox, *, more: str = "") -> str:
    """Drop a file of which the API takes one row; return its run."""
    sandbox.set_faults(takes_no_more("create", after=1))
    drop(loader, "x.csv", more=more)
    sandbox.set_faults("")
    assert len(sandbox.offers()) == 1
    return loader.newest_run()


def drop_and_reject(loader: Loader, sandbox: Sandbox) -> str:
    """Drop a file that is rejected late, with one row unknown and one given up; return its run."""
    held = replace(loader, variables={**loader.variables, "LOADER_ON_ABSENT": "hold"})
    sandbox.set_faults("reset-before on=create times=1", REFUSING)
    drop(held, "x.csv", names=["One", "Two"], more=BAD_ROW)
    run = held.newest_run()
    sandbox.set_faults("")
    (loader.folder / "loader.toml").write_text(SETTINGS + STRICT, "utf-8")
    assert "1 failed, 1 unknown" in held.run("watch", "inbox", "--once").out
    return run


def load(loader: Loader, name: str, names: Sequence[str], *, code: int = 0, **columns: str) -> str:
    """Load a file at the command line; return its run."""
    write_offers(loader.folder / name, names, **columns)
    assert loader.run("load", name, "--yes").code == code
    return loader.newest_run()


def answer(loader: Loader, name: str) -> dict[str, Any]:
    (summary,) = (loader.folder / "inbox").glob(f"*/*/{name}.summary.json")
    return dict(json.loads(summary.read_text("utf-8")))


def test_an_undo_of_its_run_ends_a_waiting_file(loader: Loader, sandbox: Sandbox) -> None:
    run = drop_and_stop(loader, sandbox)
    assert loader.run("undo", run, "--yes").code == 0

    loader.run("watch", "inbox", "--once")

    assert sandbox.offers() == []
    found = answer(loader, "x.csv")
    assert found["outcome"] == "failed"
    assert f"its run {run} was undone by run " in found["reason"]
    assert "drop the file again" in found["reason"]
    assert "again.csv: loaded: 3 created" in drop(loader, "again.csv")


def test_a_file_that_an_unfinished_undo_ends_says_that_the_undo_is_to_be_finished(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox)
    sandbox.set_faults(REFUSING_DELETES)
    assert loader.run("undo", run, "--yes").code == 5
    sandbox.set_faults("")

    loader.run("watch", "inbox", "--once")

    reason = answer(loader, "x.csv")["reason"]
    assert "finish that undo, which has not taken back all" in reason
    assert f"by `loader undo {run}`, and then drop the file again" in reason


def test_an_unfinished_undo_is_named_where_another_run_has_the_first_row_of_the_file(
    loader: Loader, sandbox: Sandbox
) -> None:
    held = replace(loader, variables={**loader.variables, "LOADER_ON_ABSENT": "hold"})
    sandbox.set_faults(
        "reset-before on=create times=1",
        "list-lag-seconds=600",
        takes_no_more("create", after=2),
    )
    drop(held, "x.csv")
    run = held.newest_run()
    sandbox.set_faults()
    load(held, "later.csv", ["One", "Three"], code=6)
    sandbox.set_faults(REFUSING_DELETES)
    assert held.run("undo", run, "--yes").code == 5
    sandbox.set_faults("")

    held.run("watch", "inbox", "--once")

    reason = answer(loader, "x.csv")["reason"]
    assert f"by `loader undo {run}`, and then drop the file again" in reason


def test_a_rejected_file_gives_up_no_row_of_another_one(loader: Loader, sandbox: Sandbox) -> None:
    drop_and_stop(loader, sandbox)
    strict = loader.folder / "strict"
    strict.mkdir()
    text = write_offers(loader.folder / "offers.csv", NAMES).read_text("utf-8")
    (strict / "y.csv").write_text(text + BAD_ROW, "utf-8")
    (loader.folder / "strict.toml").write_text(SETTINGS + STRICT, "utf-8")

    rejected = loader.run("watch", "strict", "--once", "--config", "strict.toml")
    first_try = loader.run("resume")
    loaded = loader.run("watch", "inbox", "--once")

    assert "y.csv: failed" in rejected.out
    assert "planned" not in loader.run("runs").out
    assert first_try.code == 0, first_try.err
    assert "x.csv: loaded: 3 created" in loaded.out
    assert len(sandbox.offers()) == len(NAMES)


def test_a_whole_file_is_read_again_where_the_watcher_died_before_it_began_to_send_it(
    loader: Loader, sandbox: Sandbox
) -> None:
    """What was loaded since makes a row of it invalid, so that nothing of it is sent."""
    (loader.folder / "loader.toml").write_text(SETTINGS + STRICT, "utf-8")
    sandbox.set_faults(REFUSING)
    load(loader, "earlier.csv", ["Two"], code=5)
    sandbox.set_faults("")
    write_offers(loader.folder / "inbox" / "x.csv", NAMES)
    died = subprocess.run(
        [sys.executable, "-c", DYING, "watch", "inbox", "--once"],
        cwd=loader.folder,
        env=loader.environment(),
        check=False,
    )
    assert died.returncode == 9
    assert "planned, not sent" in loader.run("runs").out
    load(loader, "later.csv", ["Two"], content="<p>Bye</p>")

    loader.run("watch", "inbox", "--once")
    again = loader.run("resume")

    found = answer(loader, "x.csv")
    assert [each["name"] for each in sandbox.offers()] == ["Two"]
    assert found["outcome"] == "failed"
    assert found["reason"].startswith("nothing of it was sent, because the folder takes whole")
    assert "planned" not in loader.run("runs").out
    assert again.code == 0
    assert len(sandbox.offers()) == 1


def test_a_file_that_is_rejected_late_says_what_was_sent(loader: Loader, sandbox: Sandbox) -> None:
    run = drop_and_stop(loader, sandbox, more=BAD_ROW)
    (loader.folder / "loader.toml").write_text(SETTINGS + STRICT, "utf-8")

    loader.run("watch", "inbox", "--once")

    assert len(sandbox.offers()) == 1
    reason = answer(loader, "x.csv")["reason"]
    assert reason.startswith(f"1 row created before, by run {run}; nothing more of it was sent")


def test_a_strict_file_of_which_a_row_was_replaced_later_is_sent_all_the_same(
    loader: Loader, sandbox: Sandbox
) -> None:
    """The rows of another file that it went on with, too."""
    (loader.folder / "loader.toml").write_text(SETTINGS + STRICT_FOLDER, "utf-8")
    (loader.folder / "inbox" / "strict").mkdir()
    sandbox.set_faults(REFUSING)
    drop(loader, "x.csv")
    drop(loader, "strict/y.csv", names=[*NAMES, "Four"])
    sandbox.set_faults("")
    load(loader, "later.csv", ["Four"], content="<p>Bye</p>")

    loader.run("watch", "inbox", "--once")
    loader.run("watch", "inbox", "--once")

    assert len(sandbox.offers()) == len(NAMES) + 1
    assert answer(loader, "x.csv")["outcome"] == "loaded"
    (summary,) = (loader.folder / "inbox").glob("strict/done/*/y.csv.summary.json")
    found = json.loads(summary.read_text("utf-8"))
    counts = {name: number for name, number in found["counts"].items() if number}
    assert found["outcome"] == "loaded-with-errors"
    assert counts == {"read": 4, "created": 3, "invalid": 1}


def test_a_file_that_is_rejected_late_gives_back_what_another_one_has_too(
    loader: Loader, sandbox: Sandbox
) -> None:
    sandbox.set_faults(REFUSING)
    (loader.folder / "loader.toml").write_text(SETTINGS + FOLDER, "utf-8")
    (loader.folder / "inbox" / "strict").mkdir()
    drop(loader, "x.csv")
    drop(loader, "strict/y.csv", names=[*NAMES, "Four"], more=BAD_ROW)
    sandbox.set_faults("")
    (loader.folder / "loader.toml").write_text(SETTINGS + STRICT_FOLDER, "utf-8")

    loader.run("watch", "inbox", "--once")
    loader.run("watch", "inbox", "--once")

    assert answer(loader, "x.csv")["outcome"] == "loaded"
    assert len(sandbox.offers()) == len(NAMES)
    (reason,) = (loader.folder / "inbox").glob("strict/failed/*/y.csv.reason.txt")
    assert (
        "y.csv: nothing of it was sent, because the folder takes whole files only and it has 1"
        in (reason.read_text("utf-8"))
    )


def test_a_resume_that_names_no_run_goes_on_with_the_one_that_got_its_rows_back(
    loader: Loader, sandbox: Sandbox
) -> None:
    (loader.folder / "loader.toml").write_text(SETTINGS + FOLDER, "utf-8")
    (loader.folder / "inbox" / "strict").mkdir()
    sandbox.set_faults(REFUSING)
    first = load(loader, "first.csv", NAMES, code=5)
    drop(loader, "strict/y.csv", more=BAD_ROW)
    later = loader.newest_run()
    sandbox.set_faults("")
    (loader.folder / "loader.toml").write_text(SETTINGS + STRICT_FOLDER, "utf-8")
    loader.run("watch", "inbox", "--once")

    of_the_rejected = loader.run("resume", later)
    resumed = loader.run("resume")

    assert "3 rows went over to another run" in of_the_rejected.out
    assert f"to go on: loader resume {first}" in of_the_rejected.out
    assert resumed.code == 0, resumed.out
    assert f"run {first}: 3 read, 3 created" in resumed.out
    assert len(sandbox.offers()) == len(NAMES)


@pytest.mark.parametrize("decides", ["a person", "the inbox"])
def test_what_proves_absent_of_a_rejected_file_is_not_sent(
    loader: Loader, sandbox: Sandbox, decides: str
) -> None:
    """Whoever finds that out; also where the folder no longer takes whole files only."""
    run = drop_and_reject(loader, sandbox)
    (loader.folder / "loader.toml").write_text(SETTINGS, "utf-8")

    if decides == "a person":
        assert "row 2: failed" in loader.run("resolve", run, "2", "--absent").out
        assert "every run in the journal is finished" in loader.run("resume").err
    loader.run("watch", "inbox", "--once")

    assert sandbox.offers() == []
    found = answer(loader, "x.csv")
    assert (found["outcome"], found["counts"]["failed"]) == ("failed", 2)
    assert found["reason"].startswith("nothing of it was sent, because the folder takes whole")


@pytest.mark.parametrize("names_it", [True, False])
def test_a_resume_looks_for_the_unknown_row_of_a_rejected_file_and_sends_nothing(
    loader: Loader, sandbox: Sandbox, names_it: bool
) -> None:
    run = drop_and_reject(loader, sandbox)

    resumed = loader.run("resume", *([run] if names_it else []))

    assert sandbox.offers() == []
    assert resumed.code == 1, resumed.out
    assert f"run {run}: 3 read, 1 invalid, 2 failed" in resumed.out


def test_two_rejected_files_with_the_same_rows_pass_them_to_nobody(
    loader: Loader, sandbox: Sandbox
) -> None:
    (loader.folder / "loader.toml").write_text(SETTINGS + FOLDER, "utf-8")
    (loader.folder / "inbox" / "strict").mkdir()
    sandbox.set_faults(REFUSING)
    drop(loader, "x.csv", more=BAD_ROW)
    first = loader.newest_run()
    drop(loader, "strict/y.csv", more=2 * BAD_ROW)
    later = loader.newest_run()
    sandbox.set_faults("")
    (loader.folder / "loader.toml").write_text(SETTINGS + STRICT + STRICT_FOLDER, "utf-8")

    loader.run("watch", "inbox", "--once")
    resumed = [loader.run("resume", *run) for run in ((), (first,), (later,))]

    assert sandbox.offers() == []
    assert [each.code for each in resumed] == [0, 1, 1]
    assert "every run in the journal is finished" in resumed[0].err
    (reason,) = (loader.folder / "inbox").glob("strict/failed/*/y.csv.reason.txt")
    assert "another file has rows of it" not in reason.read_text("utf-8")


def test_a_file_that_is_rejected_late_names_each_run_that_created_rows_of_it(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox, more=BAD_ROW)
    later = load(loader, "later.csv", NAMES[1:2])
    (loader.folder / "loader.toml").write_text(SETTINGS + STRICT, "utf-8")

    loader.run("watch", "inbox", "--once")

    assert len(sandbox.offers()) == 2
    said = f"1 row created before, by run {run}, and 1 row created before, by run {later}; nothing"
    assert answer(loader, "x.csv")["reason"].startswith(said)


def test_a_waiting_file_names_the_run_that_has_its_rows(loader: Loader, sandbox: Sandbox) -> None:
    drop_and_stop(loader, sandbox)
    sandbox.set_faults(REFUSING)
    write_offers(loader.folder / "later.csv", NAMES)
    assert loader.run("load", "later.csv", "--yes").code == 5
    sandbox.set_faults("")
    later = loader.newest_run()

    waits = loader.run("watch", "inbox", "--once")
    status = loader.run("inbox", "status", "inbox")

    assert status.code == 1
    assert "1 waiting for what somebody must do, the longest x.csv" in status.out
    assert f"run {later} (2 rows of it): `loader resume {later}`" in waits.out + waits.err
    assert loader.run("resume").code == 0
    assert "x.csv: loaded: 3 created" in loader.run("watch", "inbox", "--once").out


@pytest.mark.parametrize("own", [[], ["Own"]])
def test_a_file_does_not_end_before_the_run_that_has_its_unknown_rows_looks_for_them(
    loader: Loader, sandbox: Sandbox, own: Sequence[str]
) -> None:
    """Where its own run looks for another row in vain, the file ends, and says so of that alone."""
    held = replace(loader, variables={**loader.variables, "LOADER_ON_ABSENT": "hold"})
    sandbox.set_faults("reset-after on=create", "list-lag-seconds=600")
    drop(held, "x.csv", names=["One", *own])
    run = held.newest_run()
    later = load(held, "later.csv", ["One"], code=6)

    passes = [held.run("watch", "inbox", "--once").out for _ in range(4)]

    has_it = f"run {later} (1 row of it): `loader resume {later}`"
    if own:
        reason = answer(loader, "x.csv")["reason"]
        assert reason.startswith("1 row without proof either way, which further looks do not")
        assert f"`loader runs show {run}`" in reason
        assert reason.endswith(has_it)
    else:
        assert all("x.csv: waiting: 1 unknown" in each and has_it in each for each in passes)
        sandbox.set_faults("")
        assert held.run("resume", later).code == 0
        assert "x.csv: loaded: 1 created" in held.run("watch", "inbox", "--once").out


def test_a_file_that_is_half_sent_waits_where_the_target_is_changed(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox)
    with running_sandbox() as other:
        changed = loader_for(other, loader.folder)
        waits = changed.run("watch", "inbox", "--once")
        status = changed.run("inbox", "status", "inbox")
        assert other.offers() == []

        back = loader.run("watch", "inbox", "--once")

    assert waits.code == 2, waits.out
    assert f"run {run} sent rows of this file to" in waits.out + waits.err
    assert f"`loader undo {run}`" in waits.out + waits.err
    assert status.code == 1
    assert f"run {run} sent rows of this file to" in status.out
    assert "x.csv: loaded: 3 created" in back.out
    assert len(sandbox.offers()) == len(NAMES)


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_file_whose_rows_were_undone_with_another_run_is_not_called_loaded(
    loader: Loader, sandbox: Sandbox, was_sent: bool
) -> None:
    """Whether its own run created one of its rows, or none."""
    if was_sent:
        drop_and_stop(loader, sandbox)
    else:
        sandbox.set_faults(REFUSING)
        drop(loader, "x.csv")
        sandbox.set_faults("")
    later = load(loader, "later.csv", NAMES)
    assert loader.run("undo", later, "--yes").code == 0

    loader.run("watch", "inbox", "--once")

    found = answer(loader, "x.csv")
    undone = 2 if was_sent else 3
    assert found["outcome"] == ("loaded-with-errors" if was_sent else "failed")
    assert f"{undone} rows undone or deleted since: drop the file again" in found["reason"]
    assert f"again.csv: loaded: {undone} created" in drop(loader, "again.csv")


def test_a_file_with_invalid_rows_says_which_rows_another_run_s_undo_deleted(
    loader: Loader, sandbox: Sandbox
) -> None:
    drop_and_stop(loader, sandbox, more=BAD_ROW)
    later = load(loader, "later.csv", NAMES)
    assert loader.run("undo", later, "--yes").code == 0

    ended = loader.run("watch", "inbox", "--once")

    found = answer(loader, "x.csv")
    assert found["outcome"] == "loaded-with-errors"
    assert "1 row invalid: the results name them" in found["reason"]
    assert "2 rows undone or deleted since: drop the whole file again" in found["reason"]
    counts = {name: number for name, number in found["counts"].items() if number}
    assert counts == {"read": 4, "created": 1, "invalid": 1, "undone": 2}
    assert "1 created, 1 invalid, 2 undone" in ended.out


def test_a_file_whose_rows_a_later_one_replaced_is_not_called_loaded(
    loader: Loader, sandbox: Sandbox
) -> None:
    drop_and_stop(loader, sandbox)
    later = load(loader, "later.csv", NAMES[1:], content="<p>Bye</p>")

    loader.run("watch", "inbox", "--once")
    again = drop(loader, "again.csv")

    found = answer(loader, "x.csv")
    assert found["outcome"] == "loaded-with-errors"
    assert "2 rows invalid" in found["reason"]
    shown = loader.run("runs", "show", found["run_id"]).out
    assert f"row 2 of later.csv (run {later}) has the same key with other contents" in shown
    assert f"row 3 of later.csv (run {later})" in shown
    assert "again.csv: loaded-with-errors: 1 duplicate, 2 invalid" in again
    assert len(sandbox.offers()) == len(NAMES)


def test_a_file_says_which_of_its_duplicates_were_deleted_before_it_ended(
    loader: Loader, sandbox: Sandbox
) -> None:
    earlier = load(loader, "earlier.csv", NAMES[:2])
    sandbox.set_faults(REFUSING)
    drop(loader, "x.csv")
    sandbox.set_faults("")
    assert loader.run("undo", earlier, "--yes").code == 0

    loader.run("watch", "inbox", "--once")

    found = answer(loader, "x.csv")
    assert found["outcome"] == "loaded-with-errors"
    assert "2 rows undone or deleted since: drop the file again" in found["reason"]
    assert (found["counts"]["duplicate"], found["counts"]["undone"]) == (0, 2)
    assert "again.csv: loaded: 2 created, 1 duplicate" in drop(loader, "again.csv")


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_file_fails_where_nothing_is_left_of_a_row_and_its_duplicate(
    loader: Loader, sandbox: Sandbox, was_sent: bool
) -> None:
    """Whether the other run, which was undone, had created the row, or not sent it yet."""
    sandbox.set_faults(REFUSING)
    drop(loader, "x.csv", names=["One", "One"])
    if was_sent:
        sandbox.set_faults("")
    later = load(loader, "later.csv", ["One"], code=0 if was_sent else 5)
    sandbox.set_faults("")
    assert loader.run("undo", later, "--yes").code == 0

    loader.run("watch", "inbox", "--once")

    found = answer(loader, "x.csv")
    assert found["outcome"] == "failed"
    assert "drop the file again" in found["reason"]


@pytest.mark.parametrize("others", [[], ["Two"]])
def test_duplicates_of_a_refused_row_are_not_called_loaded(
    loader: Loader, sandbox: Sandbox, others: Sequence[str]
) -> None:
    sandbox.set_faults("status-before status=400 on=create times=1")
    drop(loader, "x.csv", names=["One", "One", *others])

    found = answer(loader, "x.csv")
    counts = {name: number for name, number in found["counts"].items() if number}
    assert len(sandbox.offers()) == len(others)
    assert found["outcome"] == ("loaded-with-errors" if others else "failed")
    assert counts.pop("created", 0) == len(others)
    assert counts == {"read": 2 + len(others), "failed": 2}
    assert "2 rows refused: the results name them" in found["reason"]


def test_rows_of_offers_that_were_there_before_are_loaded(loader: Loader, sandbox: Sandbox) -> None:
    skipping = replace(loader, variables={**loader.variables, "LOADER_ON_EXISTING": "skip"})
    load(loader, "earlier.csv", ["One"])
    elsewhere = {**skipping.variables, "LOADER_JOURNAL": str(loader.folder / "new.sqlite3")}

    ended = drop(replace(skipping, variables=elsewhere), "x.csv", names=["One", "One"])

    assert len(sandbox.offers()) == 1
    assert "x.csv: loaded: 2 duplicate" in ended


def test_a_file_waits_for_an_unfinished_undo_of_the_run_that_has_its_rows(
    loader: Loader, sandbox: Sandbox
) -> None:
    sandbox.set_faults(REFUSING)
    drop(loader, "x.csv")
    sandbox.set_faults("")
    later = load(loader, "later.csv", NAMES)
    sandbox.set_faults(REFUSING_DELETES)
    assert loader.run("undo", later, "--yes").code == 5
    sandbox.set_faults("")

    waits = loader.run("watch", "inbox", "--once")
    status = loader.run("inbox", "status", "inbox")
    assert loader.run("undo", later, "--yes").code == 0
    loader.run("watch", "inbox", "--once")

    said = f"the undo of run {later} is not finished, and is to delete 3 rows of it"
    assert f"{said}: `loader undo {later}`" in waits.out + waits.err
    assert status.code == 1
    assert "1 waiting for what somebody must do, the longest x.csv" in status.out
    found = answer(loader, "x.csv")
    assert found["outcome"] == "failed"
    assert "3 rows undone or deleted since" in found["reason"]


def test_rows_that_the_undo_of_another_run_gave_up_are_not_called_refused(
    loader: Loader, sandbox: Sandbox
) -> None:
    drop_and_stop(loader, sandbox)
    sandbox.set_faults(REFUSING)
    later = load(loader, "later.csv", NAMES, code=5)
    sandbox.set_faults("")
    assert loader.run("undo", later, "--yes").code == 0

    loader.run("watch", "inbox", "--once")

    found = answer(loader, "x.csv")
    assert found["outcome"] == "loaded-with-errors"
    assert "refused" not in found["reason"]
    because = f"because run {later}, which went on with them, was undone"
    assert f"2 rows not sent, {because}: drop the file again" in found["reason"]
    assert "again.csv: loaded: 2 created, 1 duplicate" in drop(loader, "again.csv")


def test_a_waiting_file_names_the_undo_of_the_run_that_has_its_unknown_row(
    loader: Loader, sandbox: Sandbox
) -> None:
    held = replace(loader, variables={**loader.variables, "LOADER_ON_ABSENT": "hold"})
    sandbox.set_faults("reset-before on=create skip=1 times=1")
    drop(held, "x.csv", names=["Zero", "One"])
    sandbox.set_faults("")
    run = held.newest_run()
    later = load(held, "later.csv", ["Zero", "One", "Two"], code=6)
    assert held.run("undo", later, "--yes").code == 6

    waits = held.run("watch", "inbox", "--once")
    resumed = held.run("resume", run)
    assert loader.run("undo", later, "--yes").code == 0
    loader.run("watch", "inbox", "--once")

    said = f"the undo of run {later} (1 row of it): `loader undo {later}`"
    assert said in waits.out + waits.err
    assert f"to go on: loader undo {later}" in resumed.out
    assert len(sandbox.offers()) == 1
    found = answer(loader, "x.csv")
    assert found["outcome"] == "loaded-with-errors"
    assert f"1 row not sent, because run {later}, which went on with it" in found["reason"]


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_file_waits_where_the_target_is_changed_after_another_file_loaded_its_rows(
    loader: Loader, sandbox: Sandbox, was_sent: bool
) -> None:
    """Whether its own run sent rows, and got no reply, or none."""
    held = replace(loader, variables={**loader.variables, "LOADER_ON_ABSENT": "hold"})
    faults = ("reset-after on=create", "list-lag-seconds=600") if was_sent else (REFUSING,)
    sandbox.set_faults(*faults)
    drop(held, "x.csv")
    sandbox.set_faults("")
    later = load(held, "later.csv", [*NAMES, "Four"])
    with running_sandbox() as other:
        changed = loader_for(other, loader.folder)
        waits = changed.run("watch", "inbox", "--once")
        assert other.offers() == []
        back = held.run("watch", "inbox", "--once")

    assert waits.code == 2, waits.out
    assert f"run {later} sent rows of this file to" in waits.out + waits.err
    assert f"`loader undo {later}`" in waits.out + waits.err
    assert "x.csv: loaded: 3 created" in back.out
    assert len(sandbox.offers()) == len(NAMES) + 1


def test_a_file_goes_to_a_new_target_after_its_run_in_the_old_one_was_undone(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox)
    assert loader.run("undo", run, "--yes").code == 0
    with running_sandbox() as other:
        loaded = loader_for(other, loader.folder).run("watch", "inbox", "--once")
        assert len(other.offers()) == len(NAMES)

    assert "x.csv: loaded: 3 created" in loaded.out
    assert sandbox.offers() == []


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_file_that_is_half_sent_to_a_new_target_waits_where_the_old_one_is_set_again(
    loader: Loader, sandbox: Sandbox, was_sent: bool
) -> None:
    """Whether its run in the old one was undone, or sent nothing."""
    if was_sent:
        run = drop_and_stop(loader, sandbox)
        assert loader.run("undo", run, "--yes").code == 0
    else:
        sandbox.set_faults("status-before status=403 on=create")
        drop(loader, "x.csv")
        sandbox.set_faults("")
    with running_sandbox() as other:
        changed = loader_for(other, loader.folder, LOADER_MAX_IN_FLIGHT="1")
        other.set_faults(takes_no_more("create", after=1))
        changed.run("watch", "inbox", "--once")
        other.set_faults("")
        assert len(other.offers()) == 1
        back = loader.run("watch", "inbox", "--once")
        assert sandbox.offers() == []
        loaded = changed.run("watch", "inbox", "--once")
        assert len(other.offers()) == len(NAMES)

    assert back.code == 2, back.out
    assert " sent rows of this file to" in back.out + back.err
    assert "x.csv: loaded: 3 created" in loaded.out


def test_a_file_is_to_be_dropped_again_where_its_run_in_the_target_was_undone(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox)
    assert loader.run("undo", run, "--yes").code == 0
    with running_sandbox() as other:
        changed = loader_for(other, loader.folder, LOADER_MAX_IN_FLIGHT="1")
        other.set_faults(takes_no_more("create", after=1))
        changed.run("watch", "inbox", "--once")
        other.set_faults("")
        waits = loader.run("watch", "inbox", "--once")
        later = loader.newest_run()
        assert changed.run("undo", later, "--yes").code == 0
        loader.run("watch", "inbox", "--once")

    assert f"`loader undo {later}`" in waits.out + waits.err
    assert "unless its run there was undone: then drop it again" in waits.out + waits.err
    assert f"its run {run} was undone by run " in answer(loader, "x.csv")["reason"]
    assert "again.csv: loaded: 3 created" in drop(loader, "again.csv")


def test_a_file_does_not_go_to_a_new_target_before_its_undo_took_back_everything(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox)
    sandbox.set_faults(REFUSING_DELETES)
    assert loader.run("undo", run, "--yes").code == 5
    undo = loader.newest_run()
    sandbox.set_faults("")
    with running_sandbox() as other:
        changed = loader_for(other, loader.folder)
        waits = changed.run("watch", "inbox", "--once")
        assert other.offers() == []

        assert loader.run("undo", run, "--yes").code == 0
        assert sandbox.offers() == []
        loaded = changed.run("watch", "inbox", "--once")
        assert len(other.offers()) == len(NAMES)

    assert waits.code == 2, waits.out
    said = waits.out + waits.err
    assert f"its undo, run {undo}, has not taken back all" in said
    assert f"`loader undo {run}`" in said
    assert "x.csv: loaded: 3 created" in loaded.out


def test_a_file_goes_to_a_new_target_where_its_undo_kept_what_somebody_edited(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox)
    assert sandbox.edit() is not None
    assert loader.run("undo", run, "--yes").code == 1
    with running_sandbox() as other:
        loaded = loader_for(other, loader.folder).run("watch", "inbox", "--once")

    assert [each["name"] for each in sandbox.offers()] == ["One"]
    assert "x.csv: loaded: 3 created" in loaded.out


def test_a_file_of_which_nothing_was_sent_goes_to_the_corrected_target(
    loader: Loader, sandbox: Sandbox
) -> None:
    sandbox.set_faults("status-before status=403 on=create")
    assert "x.csv: waiting: 3 pending" in drop(loader, "x.csv")
    with running_sandbox() as other:
        loaded = loader_for(other, loader.folder).run("watch", "inbox", "--once")

    assert "x.csv: loaded: 3 created" in loaded.out


def test_what_is_written_about_a_file_of_an_inbox_is_not_written_into_it(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox, more=BAD_ROW)
    before = set((loader.folder / "inbox").rglob("*.xlsx"))

    resumed = loader.run("resume")
    again = loader.run("results", run)
    to_fix = loader.run("results", run, "--failed-only")
    undone = loader.run("undo", run, "--yes")
    undo = loader.newest_run()
    of_undo = loader.run("results", undo)

    assert (resumed.code, again.code, undone.code, of_undo.code) == (1, 0, 0, 0)
    assert f"x.{run}.failed.xlsx" in to_fix.out + to_fix.err
    written = {f"x.{run}.results.xlsx", f"x.{run}.failed.xlsx", f"x.{undo}.results.xlsx"}
    assert {path.name for path in loader.folder.glob("*.xlsx")} == written
    assert set((loader.folder / "inbox").rglob("*.xlsx")) == before


def test_what_is_asked_about_a_file_of_an_inbox_leaves_the_results_of_another_file_of_its_name(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox)
    write_offers(loader.folder / "x.csv", ["Other"])
    assert loader.run("load", "x.csv", "--yes").code == 0
    before = (loader.folder / "x.results.xlsx").read_bytes()

    assert loader.run("resume", run).code == 0

    assert (loader.folder / "x.results.xlsx").read_bytes() == before
    assert (loader.folder / f"x.{run}.results.xlsx").exists()


def test_nothing_is_written_into_the_inbox_where_it_is_the_current_folder(
    loader: Loader, sandbox: Sandbox
) -> None:
    run = drop_and_stop(loader, sandbox, more=BAD_ROW)
    journal = str(loader.folder / "journal.sqlite3")
    inside = loader_for(sandbox, loader.folder / "inbox", LOADER_JOURNAL=journal)
    before = set(loader.folder.rglob("*.xlsx"))

    elsewhere = ("--results", "../q.csv")
    refused = [
        inside.run("resume", run),
        inside.run("results", run),
        inside.run("results", run, "--failed-only", *elsewhere),
    ]

    assert [each.code for each in refused] == [2, 2, 2]
    assert all("the current folder belongs to an inbox" in each.err for each in refused)
    assert ["--results PATH" in each.err for each in refused] == [True, True, False]
    assert "--failed-only PATH" in refused[2].err
    assert set(loader.folder.rglob("*.xlsx")) == before
    assert len(sandbox.offers()) == 1
    assert inside.run("resume", run, "--results", "../r.xlsx").code == 1
    assert inside.run("results", run, *elsewhere, "--failed-only", "../f.xlsx").code == 0


def test_nothing_is_written_into_another_folder_of_the_inbox(
    loader: Loader, sandbox: Sandbox
) -> None:
    """Its watcher would load the rows to fix of one target into another one."""
    inbox = loader.folder / "inbox"
    folders = "".join(f"[[inbox.folder]]\npath = '{name}'\n" for name in ("a", "b"))
    (loader.folder / "loader.toml").write_text(SETTINGS + folders, "utf-8")
    for name in ("a", "b"):
        (inbox / name).mkdir()
    text = write_offers(loader.folder / "offers.csv", NAMES).read_text("utf-8") + BAD_ROW
    (inbox / "a" / "x.csv").write_text(text, "utf-8")
    loader.run("watch", "inbox", "--once")
    run = loader.newest_run()
    before = set(loader.folder.rglob("*.xlsx"))

    def ask(*arguments: str, at: Path) -> str:
        journal = str(loader.folder / "journal.sqlite3")
        asked = loader_for(sandbox, at, LOADER_JOURNAL=journal).run(*arguments)
        return f"{asked.code} {asked.err}"

    refused = [
        ask(*arguments, at=at)
        for at in (inbox, inbox / "a", inbox / "b")
        for arguments in (("results", run, "--failed-only"), ("resume", run))
    ]
    assert all(each.startswith("2 error: the current folder belongs to an") for each in refused)
    assert set(loader.folder.rglob("*.xlsx")) == before
    assert ask("results", run, "--failed-only", at=inbox / "done").startswith("0 ")
    assert (inbox / "done" / f"x.{run}.failed.xlsx").exists()


def test_a_file_that_waits_in_an_inbox_that_was_moved_is_reported_and_loaded(
    loader: Loader, sandbox: Sandbox
) -> None:
    drop_and_stop(loader, sandbox)
    (loader.folder / "inbox").rename(loader.folder / "moved")
    moved = loader.run("inbox", "status", "moved")
    sandbox.set_faults(REFUSING)
    loader.run("watch", "moved", "--once")
    waits = loader.run("inbox", "status", "moved")
    sandbox.set_faults("")
    loaded = loader.run("watch", "moved", "--once")
    well = loader.run("inbox", "status", "moved")

    assert moved.code == 1
    assert "1 taken, but not known here, the first in " in moved.out
    assert waits.code == 1
    assert "x.csv" in waits.out
    assert "x.csv: loaded: 3 created" in loaded.out
    assert (well.code, "all is well" in well.out) == (0, True), well.out
