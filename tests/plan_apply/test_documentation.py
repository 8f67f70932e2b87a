"""The session of docs/keeping-offers.md, run as it stands there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from loader.cli.entry import run
from loader.journal.person import acting_as
from offer_sandbox import running_sandbox
from tests.support.keeping import edited
from tests.support.sandbox_calls import offers_of
from tests.support.workbooks import Loader

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/keeping-offers.md").read_text("utf-8")


def test_the_session_of_the_documentation_is_what_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "offers.xlsx").write_bytes((ROOT / "samples/offers.xlsx").read_bytes())
    in_order = {"LOADER_MAX_IN_FLIGHT": "1"}  # or the offers, and so the rows, change places
    loader = Loader(folder=tmp_path, variables={**in_order, "LOADER_MAX_PER_SECOND": "1000"})
    monkeypatch.chdir(tmp_path)
    codes, ids = list[int](), {"plan": "", "run": ""}

    sessions = list(_sessions())
    for command, shown in sessions:
        words = [_meant(word, command, ids) for word in shlex.split(command)]
        if words[0] == "plan" and not codes[2:]:
            _edit(tmp_path / "kept.xlsx")
            _edit_there(tmp_path / "journal.sandbox.sqlite3")
        if words[0] == "approve":
            with acting_as("bob@desk"):
                code, said = run(words), "".join(capsys.readouterr())
        else:
            ran = loader.run(*words)
            code, said = ran.code, ran.err + ran.out
        codes.append(code)
        assert _same_everywhere(shown) == _same_everywhere(said)
        ids |= dict(re.findall(r"^(plan|run) +(\d\S+):", said, re.MULTILINE))

    (kept_back,) = openpyxl.load_workbook(tmp_path / "kept.plan.xlsx")["Not sent"].iter_rows(
        min_row=2, values_only=True
    )
    assert kept_back[:2] == ("conflict", "Offers!C3")
    assert "there now: 'Shown in Home until autumn'" in str(kept_back[2])
    verbs = [command.split()[0] for command, _ in sessions]
    assert verbs == [
        *("load", "pull", "plan", "plan", "apply", "undo"),
        *("load", "pull", "plan", "apply", "approve", "apply", "audit"),
    ]
    assert codes == [0, 0, 1, 1, 1, 0, 0, 0, 0, 2, 0, 0, 0]


def _sessions() -> Iterator[tuple[str, str]]:
    """Yield each command of the page with what it answers."""
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        for each in re.split(r"^\$ loader ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = each.partition("\n")
            yield command, shown


def _meant(word: str, command: str, ids: dict[str, str]) -> str:
    """Return a word with the id of this time in place of that of the page."""
    return ids["run" if command.startswith("undo") else "plan"] if _is_run(word) else word


def _edit(sheet: Path) -> None:
    """Edit what the table of the page says."""
    table = PAGE.partition("| row of | column | what to write |\n|---|---|---|\n")[2]
    lines = table.partition("\n\n")[0].splitlines()
    with edited(sheet) as rows:
        for name, column, text in (line.strip("| ").split(" | ") for line in lines):
            rows[name][column] = None if text == "(clear the cell)" else text


def _edit_there(database: Path) -> None:
    """Let the colleague of the page edit two offers, by plain calls."""
    with running_sandbox(database=database) as sandbox, offers_of(sandbox, "dps") as http:
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}
        description = ("replace", "description", "Shown in Home until autumn")
        for name, change in (
            ("Summer sale – Home fallback", description),
            ("Welcome back – Basket fallback", ("replace", "status", "draft")),
        ):
            assert http.patch(ids[name], change).status_code == 200


def _is_run(word: str) -> bool:
    return re.fullmatch(r"\d{8}-\d{6}-\w+", word) is not None


def _same_everywhere(text: str) -> str:
    """Leave out what differs from one run to the next, and from one machine to another."""
    text = re.sub(r"\d{8}-\d{6}-\w{4}", "RUN", text)
    text = re.sub(r"last hash \w+", "last hash HASH", text)
    text = re.sub(r"\w+@[\w.-]+ before", "ann@desk before", text)
    text = re.sub(r"dps:fallback-offer:\w+", "ID", text)
    return re.sub(r"[^\s(]*/?journal\.", "journal.", text).rstrip()
