"""What a person at the terminal is asked before anything changes."""

import signal
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from loader.cli.output import interaction
from loader.run.requests import Plan
from offer_sandbox import running_sandbox
from tests.support.terminals import on_terminal
from tests.support.workbooks import Loader, loader_for, write_offers

END_OF_INPUT = "\x04"


def test_the_question_of_an_undo_names_what_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interaction, "is_attended", lambda: True)
    plan = Plan(
        verb="take back the changes of",
        target="a sandbox",
        offers=4,
        deletes=1,
        left_out=("1 (a deleted offer cannot be put back)",),
        in_part=3,
        first_in_part=("Sale: edited since: description", "Spring: edited since: tags"),
    )
    confirm = interaction.confirmation(yes=False)
    assert confirm is not None

    with CliRunner().isolation(input="n\n") as (_, errors, _):
        is_agreed = confirm(plan)

    assert not is_agreed
    assert errors.getvalue().decode().splitlines() == [
        "About to take back the changes of 4 offers in a sandbox.",
        "Each offer is looked at just before it is deleted, and kept if it was edited since.",
        "Left out: 1 (a deleted offer cannot be put back).",
        "Only in part, 3 of them; this stays as it is now:",
        "  Sale: edited since: description",
        "  Spring: edited since: tags",
        "  … and 1 more, which --dry-run shows",
        "Go on? [y/N]: n",
    ]


def kept_sheet(loader: Loader) -> None:
    """Pull three offers; change one of them, and mark two to be deleted."""
    write_offers(loader.folder / "offers.csv", ["One", "Two", "Three"])
    assert loader.run("load", "offers.csv").code == 0
    assert loader.run("pull", "kept.csv").code == 0
    sheet = loader.folder / "kept.csv"
    text = sheet.read_text("utf-8-sig").replace("One,,approved", "One,,draft")
    for name in ("Two", "Three"):
        text = text.replace(f",{name},,approved", f"delete,{name},,approved")
    sheet.write_text(text, "utf-8-sig")


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("plan.json", ()),
        ("PLAN", ()),
        ("PLAN", ("--quiet",)),
        ("PLAN", ("--json",)),
        ("kept.csv", ()),
        ("kept.csv", ("--quiet",)),
    ],
)
def test_who_applies_a_plan_sees_what_it_deletes_before_the_question(
    tmp_path: Path, what: str, more: tuple[str, ...]
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, TERM="dumb", LOADER_MAX_IN_FLIGHT="1")
        kept_sheet(loader)
        limits = ("--max-deletes", "2")
        loader.run("plan", "kept.csv", *limits, "--out", "plan.json")
        plan = loader.newest_run()

        code, screen = on_terminal(
            *("apply", what.replace("PLAN", plan), *limits, *more),
            folder=tmp_path,
            variables=loader.environment(),
            answers={"[y/N]": "n"},
        )

        before, _, question = screen.partition("About to ")
        assert code == 130, screen
        assert before.count("- delete") == 2
        assert before.count("~ update") == 1
        assert 'status: "approved" -> "draft"' in before
        assert question.startswith("change 1 offer and delete 2 offers for good (Two, Three) in ")
        assert len(sandbox.offers()) == 3


@pytest.mark.parametrize("command", [("load", "offers.csv"), ("apply", "kept.csv")])
def test_who_leaves_at_the_question_is_told_that_nothing_was_sent(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, TERM="dumb", LOADER_MAX_IN_FLIGHT="1")
        kept_sheet(loader)
        write_offers(tmp_path / "offers.csv", ["Four"])
        edited = (tmp_path / "kept.csv").read_text("utf-8-sig").replace("\ndelete", "\n")
        (tmp_path / "kept.csv").write_text(edited, "utf-8-sig")

        code, screen = on_terminal(
            *command,
            folder=tmp_path,
            variables=loader.environment(),
            answers={"[y/N]": END_OF_INPUT},
        )

        assert code == 130, screen
        assert "interrupted; nothing was sent: run the same command again to go on" in screen
        assert len(sandbox.offers()) == 3


def test_an_interrupt_before_the_question_says_that_nothing_was_sent(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        write_offers(tmp_path / "offers.csv", ["One"], placement="Web banner")
        sandbox.set_faults("hang-unread on=token seconds=60")

        process = loader.start("load", "offers.csv", "--yes")
        deadline = time.monotonic() + 30
        while not sandbox.counters()["requests"].get("token") and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

        assert process.returncode == 130
        assert str(said).splitlines()[-1] == (
            "interrupted; nothing was sent: run the same command again to go on"
        )


def test_the_exit_code_of_a_declined_command_is_explained(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path, variables={})

    of_load, of_apply = (loader.run("explain", "exit", code).out for code in ("6", "130"))

    assert "the question of a load was answered with no" in " ".join(of_load.split())
    assert "the question of an apply or an undo was answered with no" in " ".join(of_apply.split())
    for said in (of_load, of_apply):
        assert "`loader resume`, or the same command again" not in " ".join(said.split())
