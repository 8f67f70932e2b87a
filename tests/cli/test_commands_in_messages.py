"""The commands that a message names work when they are pasted: they keep what was typed."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.terminals import on_terminal
from tests.support.workbooks import CommandResult, Loader, loader_for, results_of, write_offers

JOURNAL = ("--journal", "my journal.db")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def loader(tmp_path: Path, sandbox: Sandbox) -> Loader:
    return loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1", TERM="xterm")


def named(text: str, verb: str) -> list[str]:
    """Return the one command of this verb that a text names, without `loader`."""
    found = {words for words in re.findall(r"`loader ([^`\n]+)`", text) if words.startswith(verb)}
    (words,) = found
    return shlex.split(words)


def latest_run(loader: Loader) -> str:
    listed = loader.run("runs", "--json", *JOURNAL).json["runs"]
    return str(listed[0]["summary"]["run_id"])  # type: ignore[index]


def load(loader: Loader, content: str, *more: str) -> CommandResult:
    write_offers(loader.folder / "offers.csv", ["One", "Two"], content=content)
    return loader.run("load", "offers.csv", "--results", "results.csv", *more, *JOURNAL)


def planned_edit(loader: Loader) -> str:
    """Load, pull, edit and plan; return the plan."""
    load(loader, "<p>a</p>")
    loader.run("pull", "kept.csv", *JOURNAL)
    kept = loader.folder / "kept.csv"
    kept.write_text(kept.read_text("utf-8-sig").replace("<p>a</p>", "<p>b</p>"), "utf-8")
    loader.run("plan", "kept.csv", *JOURNAL)
    return latest_run(loader)


def test_a_row_in_doubt_is_looked_up_in_the_journal_that_was_typed(
    loader: Loader, sandbox: Sandbox
) -> None:
    sandbox.set_faults("reset-before on=create times=1 skip=1")
    load(loader, "<p>a</p>", "--on-absent", "hold")
    run_id = latest_run(loader)

    shown = loader.run("runs", "show", run_id, *JOURNAL)
    edited = load(loader, "<p>b</p>", "--format", "plain")
    command = named(edited.out, "reconcile")
    looked_up = loader.run(*command)

    assert command == ["reconcile", run_id, *JOURNAL]
    assert f"run {run_id}" in looked_up.out, looked_up.err
    assert named(shown.out, "resolve") == ["resolve", *JOURNAL]
    kept = json.dumps(results_of(loader.folder / "results.csv"))
    assert f"`loader reconcile {run_id}`" in kept  # other doors show the results as well


def test_what_nobody_agreed_to_is_sent_by_the_command_that_says_so(
    loader: Loader, sandbox: Sandbox
) -> None:
    write_offers(loader.folder / "offers.csv", ["One", "Two"])
    on_terminal(
        *("load", "offers.csv", *JOURNAL),
        folder=loader.folder,
        variables=loader.environment(),
        answers={"[y/N]": "n"},
    )

    refused = loader.run("resume", *JOURNAL)
    sent = loader.run(*named(refused.err, "resume"))

    assert sent.code == 0, sent.err
    assert len(sandbox.offers()) == 2


def test_runs_and_plans_are_named_in_the_journal_that_has_them(
    loader: Loader, sandbox: Sandbox
) -> None:
    plan = planned_edit(loader)
    loader.run("apply", plan, "--yes", *JOURNAL)

    unknown = loader.run("results", "nothing", *JOURNAL)
    of_plan = loader.run("undo", plan, "--yes", *JOURNAL)

    assert plan in loader.run(*named(unknown.err, "runs")).out
    undone = loader.run(*named(of_plan.err, "undo"), "--yes")
    assert undone.code == 0, undone.err
    assert "<p>b</p>" not in json.dumps([offer["body"] for offer in sandbox.offers()])


def test_an_inbox_names_its_file_with_the_journal_and_the_settings(loader: Loader) -> None:
    (loader.folder / "inbox").mkdir()
    (loader.folder / "inbox" / "bad.csv").write_text("nothing\n1\n", "utf-8")
    (loader.folder / "own.toml").write_text("[inbox]\nsettle_seconds = 0\n", "utf-8")
    options = ("--config", "own.toml", *JOURNAL)
    loader.run("watch", "inbox", "--once", *options)

    status = loader.run("inbox", "status", "inbox", *options)
    report = loader.run("inbox", "status", "inbox", "--json", *options)
    command = named(status.out, "inbox retry")
    file = report.json["failed"][0]["file"]  # type: ignore[index]
    again = loader.run(*(str(file) if word == "FILE" else word for word in command))

    assert {*command} >= {"--config", "own.toml", *JOURNAL}
    assert again.code == 0, again.err
    assert "--journal" not in json.dumps(report.json)


def test_resume_of_a_plan_says_how_plans_are_sent(loader: Loader, sandbox: Sandbox) -> None:
    plan = planned_edit(loader)

    unsent = loader.run("resume", plan, *JOURNAL)
    applied = loader.run(*named(unsent.err, "apply"), "--yes")
    used = loader.run("resume", plan, *JOURNAL)
    finished = loader.run(*named(used.err, "resume"))

    assert (unsent.code, "dry run" in unsent.err) == (2, False)
    assert applied.code == 0, applied.err
    assert "<p>a</p>" not in json.dumps([offer["body"] for offer in sandbox.offers()])
    assert used.code == 2
    assert finished.code == 0, finished.err


def test_a_log_of_json_lines_stays_one(loader: Loader) -> None:
    (loader.folder / "inbox").mkdir()
    (loader.folder / "loader.toml").write_text(
        '[inbox]\nsettle_seconds = 0\n[log]\nform = "json"\n', "utf-8"
    )
    load(loader, "<p>a</p>")
    (loader.folder / "results.csv").rename(loader.folder / "inbox" / "again.csv")

    watched = loader.run("watch", "inbox", "--once", "--journal", 'my "own" journal.db')

    lines = [json.loads(line) for line in watched.err.splitlines()]
    said = json.dumps(lines)
    assert "`loader runs`" in said
    assert "--journal" not in said


def test_a_command_for_the_file_at_hand_names_it(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)
    (tmp_path / "a b.csv").write_text("Foo\n1\n", "utf-8")
    for content in ("<p>a</p>", "<p>b</p>"):
        write_offers(tmp_path / "my offers.csv", ["One"], content=content)
        ran = loader.run("load", "my offers.csv", "--sandbox", "--results", "results.csv")
    refused = loader.run("check", "a b.csv")
    several = loader.run("check", "a b.csv", "my offers.csv")

    assert named(ran.out, "plan") == ["plan", "my offers.csv", "--sandbox"]
    assert loader.run(*named(ran.out, "plan")).code == 0
    assert named(refused.err, "mapping") == ["mapping", "a b.csv"]
    assert named(several.err, "mapping") == ["mapping", "FILE"]
    assert "`loader plan FILE`" in json.dumps(results_of(tmp_path / "results.csv"))


def test_what_is_looked_up_at_load_can_be_looked_up_now(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)
    (tmp_path / "offers.csv").write_text("name,placement,content\nOne,Web banner,x\n", "utf-8")

    checked = loader.run("check", "offers.csv")

    assert named(checked.out, "check") == ["check", "offers.csv", "--online"]
    assert "--sandbox: in the built-in sandbox" in checked.out
    assert loader.run("check", "offers.csv", "--sandbox").code == 0


def test_a_pull_that_cannot_read_the_offers_says_why(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.set_faults("status-before status=303 on=list")

    pulled = loader.run("pull", "kept.csv", *JOURNAL)

    assert pulled.code == 5
    assert named(pulled.err, "doctor") == ["doctor", *JOURNAL]
