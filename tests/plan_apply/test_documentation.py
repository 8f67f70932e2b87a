"""The session of docs/keeping-offers.md, run as it stands there."""

import re
import shlex
from pathlib import Path

import openpyxl

from offer_sandbox import running_sandbox
from tests.support.keeping import edited
from tests.support.sandbox_calls import offers_of
from tests.support.workbooks import Loader

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/keeping-offers.md").read_text("utf-8")


def test_the_session_of_the_documentation_is_what_happens(tmp_path: Path) -> None:
    (tmp_path / "offers.xlsx").write_bytes((ROOT / "samples/offers.xlsx").read_bytes())
    sessions = re.findall(
        r"^```console\n\$ loader (.*)\n([^`]*(?:`[^`\n]+`[^`]*)*)^```", PAGE, re.MULTILINE
    )
    in_order = {"LOADER_MAX_IN_FLIGHT": "1"}  # or the offers, and so the rows, change places
    loader = Loader(folder=tmp_path, variables=in_order)
    codes, run_id = list[int](), ""

    for command, shown in sessions:
        words = shlex.split(command)
        if words[0] == "plan" and not codes[2:]:
            _edit(tmp_path / "kept.xlsx")
            _edit_there(tmp_path / "journal.sandbox.sqlite3")
        ran = loader.run(*(run_id if _is_run(word) else word for word in words))
        codes.append(ran.code)
        assert _same_everywhere(shown) == _same_everywhere(ran.err + ran.out)
        run_id = next(iter(re.findall(r"^run (\S+):", ran.out, re.MULTILINE)), run_id)

    (kept_back,) = openpyxl.load_workbook(tmp_path / "kept.plan.xlsx")["Not sent"].iter_rows(
        min_row=2, values_only=True
    )
    assert kept_back[:2] == ("conflict", "Offers!C3")
    assert "there now: 'Shown in Home until autumn'" in str(kept_back[2])
    verbs = [command.split()[0] for command, _ in sessions]
    assert verbs == ["load", "pull", "plan", "plan", "apply", "undo"]
    assert codes == [0, 0, 1, 1, 1, 0]


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
    text = re.sub(r"dps:fallback-offer:\w+", "ID", text)
    return re.sub(r"[^\s(]*/?journal\.", "journal.", text).rstrip()
