"""A plan that changes offers dies at every point, somebody else edits meanwhile, and it goes on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from offer_sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.crash.oracle import deaths_at, variables_for
from tests.support.changed_sheet import NAMES, edit
from tests.support.changing_servers import SERVERS
from tests.support.fork_server import ForkServer, Life
from tests.support.sandbox_calls import dps_offer
from tests.support.workbooks import results_of

STATUSES = {"One": "updated", "Two": "archived", "Three": "deleted", "Four": "updated"}
FAULTS = {
    "fair": [],
    "lost": ["reset-after on=update times=1", "reset-after on=delete times=1"],
    "late": ["applied-late on=update seconds=0.05 times=2"],
    "refused-after": ["status-after on=update status=409 times=2"],
    "5xx": [
        "status-after on=update status=500 times=1",
        "status-before on=delete status=503 times=2",
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the play is given again and again."""

    sandbox: Sandbox
    loader: ForkServer
    folder: Path
    faults: tuple[str, ...]
    edited: str = "labels"  # what somebody else changes of the first offer

    def survive(self, death: int) -> Life:
        """Apply a plan and die; let somebody edit; go on to the end; say what happened first."""
        folder = self.folder / str(death)
        folder.mkdir()
        self.sandbox.reset()
        keys = {name: self.sandbox.put_offer(self._body(name))["id"] for name in NAMES}
        variables = variables_for(self.sandbox, folder, LOADER_SETTLE_SECONDS="0.1")

        def run(*command: str, die_at: int = 0) -> Life:
            return self.loader.run(*command, folder=folder, variables=variables, die_at=die_at)

        assert run("pull", "offers.csv").code == 0
        edit(folder / "offers.csv")
        planned = run("plan", "offers.csv", "--max-deletes", "1", "--format", "json")
        plan = json.loads(planned.out)["plan_id"]
        apply = ("apply", plan, "--yes", "--max-deletes", "1", "--results", "results.csv")
        self.sandbox.set_faults(*self.faults)
        first = run(*apply, die_at=death)
        self.sandbox.edit(keys["One"], self.edited)
        last = run("resume", "--results", "results.csv")
        if last.code == 0 and not (folder / "results.csv").exists():  # the plan was not used yet
            last = run(*apply)
        for _ in range(9):
            if last.code == 6:  # rows wait for another look
                last = run("resume", "--results", "results.csv")
        if last.code == 2:  # all was done but for the results
            run_id = json.loads(run("runs", "--json").out)["runs"][0]["summary"]["run_id"]
            last = run("results", run_id, "--results", "results.csv")
        assert last.code == 0 or (last.code == 1 and self.edited == "description"), last.out
        self.check(folder / "results.csv", keys)
        return first

    def check(self, results: Path, keys: dict[str, str]) -> None:
        """Every change is there, once; the edit of somebody else too; and the results say so."""
        rows = {row["name"]: row["status"] for row in results_of(results)}
        held = {offer["id"]: offer for offer in self.sandbox.offers()}
        one, two, four = (held[keys[name]] for name in ("One", "Two", "Four"))
        assert keys["Three"] not in held
        assert two["body"]["status"] == "archived"
        assert "description" not in four["body"]
        assert (two["etag"], four["etag"]) == (2, 2)
        assert self.sandbox.overwritten_edits() == []
        if self.edited == "description":  # as is ours: theirs stays, whatever came first
            assert one["body"]["description"] == "Edited 1"
            assert rows == {**STATUSES, "One": rows["One"]}
            assert rows["One"] == "failed" or one["etag"] == 3
            return
        assert rows == STATUSES
        assert (one["body"]["description"], one["body"]["labels"]) == ("Ours", ["custom/edited-1"])
        assert one["body"]["characteristics"] == {"Tier": "Ours", "kept": "yes"}
        assert one["etag"] == 3

    @staticmethod
    def _body(name: str) -> dict[str, Any]:
        attributes = {"Tier": "gold", "kept": "yes"}
        return dps_offer(name, description=f"As {name}", characteristics=attributes)


@pytest.mark.parametrize("edited", ["labels", "description"])
def test_a_plan_whose_run_dies_is_applied_once(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer, edited: str
) -> None:
    lost = tuple(FAULTS["lost"])
    stage = Stage(sandbox=sandbox, loader=loader, folder=tmp_path, faults=lost, edited=edited)
    points = stage.survive(0).points
    assert {"commit:before", "commit:after", "send:before", "send:after"} <= set(points)
    sent = [number for number, point in enumerate(points, 1) if point == "send:after"]
    for death in (1, *sent[:: 4 if edited == "labels" else 3], len(points) - 1):
        stage.survive(death)


@pytest.mark.slow
@pytest.mark.parametrize("faults", FAULTS)
def test_a_plan_whose_run_dies_anywhere_under_any_trouble_is_applied_once(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer, faults: str
) -> None:
    stage = Stage(sandbox=sandbox, loader=loader, folder=tmp_path, faults=tuple(FAULTS[faults]))
    for death in deaths_at(stage.survive(0).points, every=True):
        stage.survive(death)


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_a_plan_whose_run_dies_is_applied_once_whatever_the_server_makes_of_it(
    tmp_path: Path, loader: ForkServer, server: dict[str, Any]
) -> None:
    with running_sandbox(SandboxSettings(**server)) as sandbox:
        lost = tuple(FAULTS["lost"])
        stage = Stage(sandbox=sandbox, loader=loader, folder=tmp_path, faults=lost)
        for death in deaths_at(stage.survive(0).points, every=True):
            stage.survive(death)
