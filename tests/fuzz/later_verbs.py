"""What may be done with offers that a trial has loaded, while replies are spoiled, and after.

Whatever is answered: what is reported deleted is gone and the rest is there, a verify that finds
nothing wrong is true, and an offer is as it was or as the sheet says, never something else.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tests.fuzz.command import command
from tests.fuzz.target import demand
from tests.support.workbooks import results_of

MAY_END = {0, 1, 5, 6}
MAY_BE_REFUSED = {*MAY_END, 2}  # a list that cannot be read: nothing is planned
Offers = Sequence[Mapping[str, Any]]
NEW = "Changed by the sheet"


class Verb(Protocol):
    """One command that follows a load."""

    name: str

    def begin(self, folder: Path) -> None:
        """Take in what is there."""

    def play(self, folder: Path, held: Callable[[], Offers]) -> int:
        """Run the command and judge what it says; return its exit code."""

    def judge_end(self, code: int, held: Offers) -> None:
        """Judge what a server that is itself again leads to."""


class Undo:
    """Deletes what was loaded."""

    name = "undo"

    def begin(self, folder: Path) -> None:
        """Nothing is to be known before."""

    def play(self, folder: Path, held: Callable[[], Offers]) -> int:
        """Undo each load, the newest first."""
        worst = 0
        for run_id in _loads():
            before = len(held())
            code, said = command("undo", run_id, "--yes", "--json", may_end=MAY_END)
            worst = max(worst, code)
            report = _document(said)
            if "deleted" not in report:  # it ended before anything was asked
                demand(code != 0, said)
                continue
            gone = before - len(held())
            done = report["deleted"] + report["already_gone"]
            maybe = report["unknown"] + report["pending"]
            demand(gone <= done + maybe, f"{gone} are gone: {said}")
            demand(code != 0 or not (maybe or report["kept"]), said)
        return worst

    def judge_end(self, code: int, held: Offers) -> None:
        """Everything is gone, or somebody must decide."""
        demand(code != 0 or not held, f"exit 0, and there is {[each['name'] for each in held]}")


class Verify:
    """Compares what was loaded with the server."""

    name = "verify"

    def __init__(self) -> None:
        self._ids: set[str] = set()  # as the replies gave them, of which some were spoiled

    def begin(self, folder: Path) -> None:
        """Look which ids the results have."""
        self._ids = {row["instanceId"] for row in results_of(folder / "second.csv")}

    def play(self, folder: Path, held: Callable[[], Offers]) -> int:
        """Verify each load."""
        before = held()
        codes = [command("verify", run_id, may_end=MAY_END)[0] for run_id in _loads()]
        demand(held() == before, "verify changed something")
        return max(codes, default=0)

    def judge_end(self, code: int, held: Offers) -> None:
        """All is there, or some reply gave an id that no offer has."""
        are_true = any(self._ids <= {each[key] for each in held} for key in ("id", "instance_id"))
        demand((code == 0) == are_true, f"verify ends with {code}, and the ids: {are_true}")


class Change:
    """Pulls the offers into a sheet, changes descriptions there, and applies the sheet."""

    name = "apply"

    def begin(self, folder: Path) -> None:
        """Nothing is to be known before."""

    def play(self, folder: Path, held: Callable[[], Offers]) -> int:
        """Pull, edit, apply."""
        names = sorted(each["name"] for each in held())
        before = {each["id"]: _description(each) for each in held()}
        sheet = folder / f"pulled-{len(list(folder.iterdir()))}.csv"
        code, said = command("pull", str(sheet), "--json", may_end=MAY_BE_REFUSED)
        if code == 0:
            _edit(sheet)
            code, said = command(
                "apply", str(sheet), "--yes", "--results", str(folder / "applied.csv"),
                may_end=MAY_BE_REFUSED,
            )  # fmt: skip
        after = held()
        demand(sorted(each["name"] for each in after) == names, f"other offers: {said}")
        for each in after:
            text = _description(each)
            demand(text in {NEW, before[each["id"]]}, f"{each['name']} has {text!r}: {said}")
        return code

    def judge_end(self, code: int, held: Offers) -> None:
        """Every offer has what the sheet says."""
        left = [each["name"] for each in held if _description(each) != NEW]
        demand(code != 0 or not left, f"exit 0, and unchanged: {left}")


VERBS: tuple[Verb, ...] = (Undo(), Verify(), Change())


def _loads() -> list[str]:
    """Return the runs that created offers, the newest first."""
    runs = _document(command("runs", "--json", may_end={0})[1])["runs"]
    return [run["summary"]["run_id"] for run in runs if run["command"] == "load"]


def _document(said: str) -> dict[str, Any]:
    """Return the JSON that a command said, without its notes."""
    start, end = said.find("{"), said.rfind("}")
    found: dict[str, Any] = json.loads(said[start : end + 1]) if start >= 0 else {}
    return found


def _description(offer: Mapping[str, Any]) -> str:
    body = offer["body"]
    return str(body.get("description", body.get("xdm:description", "")))


def _edit(sheet: Path) -> None:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row | {"description": NEW} for row in rows)
