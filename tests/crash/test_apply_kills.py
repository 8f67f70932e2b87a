"""A mixed plan is killed again and again while others edit and replies are lost."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest

from offer_sandbox import Sandbox
from tests.crash.fork_server import ForkServer, Life
from tests.crash.oracle import variables_for
from tests.support.sandbox_calls import dps_offer, xcore_offer
from tests.support.workbooks import results_of, way_to

COUNT = 240
TROUBLE = (
    "edits-per-second=10",
    "edit-kinds=description,content,labels,attribute,unknown",
    "edited on=update probability=0.05",
    "reset-after on=update probability=0.05",
    "applied-late on=update seconds=0.05 probability=0.03",
    "status-after on=update status=500 probability=0.02",
    "status-after on=update status=409 probability=0.02",
    "reset-after on=delete probability=0.05",
    "latency on=update seconds=0.04 jitter=0.03",
)


@pytest.mark.slow
@pytest.mark.parametrize(("dialect", "seed"), [("dps", 1), ("dps", 2), ("xcore", 3), ("xcore", 4)])
def test_a_mixed_plan_survives_kills_while_others_edit(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer, dialect: str, seed: int
) -> None:
    chance = random.Random(seed)
    sandbox.reset()
    names = [f"Offer {number}" for number in range(COUNT)]
    keys = {}
    for name in names:
        offer = dps_offer(name) if dialect == "dps" else xcore_offer(name)
        if dialect == "xcore":  # the documented offer has no content, which a row of ours must have
            offer["xdm:representations"][0]["xdm:components"][0]["xdm:content"] = "<p>Hi</p>"
        keys[name] = sandbox.put_offer(offer, dialect=dialect)["id"]
    way = {**way_to(sandbox, api=dialect), "LOADER_API": dialect}
    variables = variables_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2", **way)

    def run(*command: str, kill_after: float | None = None) -> Life:
        return loader.run(
            *command, folder=tmp_path, variables=variables, mortal=False, kill_after=kill_after
        )

    assert run("pull", "offers.csv").code == 0
    mark_up(tmp_path / "offers.csv")
    limits = ("--max-deletes", str(COUNT))
    planned = run("plan", "offers.csv", *limits, "--format", "json")
    plan = json.loads(planned.out)["plan_id"]
    sandbox.set_faults(f"seed={seed}", *TROUBLE)
    apply = ("apply", plan, "--yes", *limits, "--results", "results.csv")
    resume = ("resume", "--results", "results.csv")
    kills, command = 0, apply
    while kills < 12:
        life = run(*command, kill_after=chance.uniform(0.2, 1.2))
        kills += life.died
        if life.code == 2 and command is apply:
            command = resume  # the plan was used by the run that was killed
        elif not life.died and life.code != 6:
            break
    for _ in range(9):
        last = run(*command)
        command = resume
        if last.code in (0, 1) and (tmp_path / "results.csv").exists():
            break
    sandbox.set_faults()

    assert kills > 0
    assert last.code in (0, 1), last.err + last.out
    assert sandbox.overwritten_edits() == []
    check(sandbox, results_of(tmp_path / "results.csv"), keys)


def mark_up(path: Path) -> None:
    """Change the pulled rows: three in five are updated, one archived, one deleted."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        match int(row["name"].split()[1]) % 5:
            case 3:
                row["action"] = "archive"
            case 4:
                row["action"] = "delete"
            case _:
                row["description"] = "Ours"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def check(sandbox: Sandbox, rows: list[dict[str, str]], keys: dict[str, str]) -> None:
    """Every row is told once, and what is told is so."""
    held = {offer["id"]: offer for offer in sandbox.offers()}
    by_others = {entry["id"] for entry in sandbox.edits() if entry["author"] == "other"}
    assert sorted(row["name"] for row in rows) == sorted(keys)
    for row in rows:
        offer = held.get(keys[row["name"]])
        match row["status"]:
            case "deleted":
                assert offer is None, row
            case "archived":
                assert offer is not None, row
                assert said(offer, "status") == "archived", row
            case "updated":
                assert offer is not None, row
                is_ours = said(offer, "description") == "Ours"
                assert is_ours or offer["id"] in by_others, row
            case status:
                assert (status, row["error_code"]) in {
                    ("failed", "changed-meanwhile"),
                    ("failed", "edited"),
                    ("conflict", "edit-conflict"),
                }, row
                assert offer is not None, row
                assert offer["id"] in by_others, row


def said(offer: dict[str, Any], field: str) -> object:
    """Return a field of an offer of either dialect."""
    body = offer["body"]
    return body.get(field, body.get(f"xdm:{field}"))
