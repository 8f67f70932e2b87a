"""What a person at the terminal is asked before anything changes."""

import pytest
from click.testing import CliRunner

from loader.cli.output import interaction
from loader.run.requests import Plan


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
