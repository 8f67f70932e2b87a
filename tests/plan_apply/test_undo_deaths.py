"""An undo of changes dies at every point, and is given again: what was edited since is kept."""

import json
from pathlib import Path

import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.crash.oracle import deaths_at, variables_for
from tests.support.changed_sheet import NAMES, edit
from tests.support.fork_server import ForkServer, Life, shared_fork_server
from tests.support.sandbox_calls import dps_offer

FAULTS = ("reset-after on=update times=1", "status-after on=update status=409 times=1")


@pytest.fixture(scope="module")
def loader() -> ForkServer:
    return shared_fork_server(measured=False)


def survive(sandbox: Sandbox, loader: ForkServer, folder: Path, death: int) -> Life:
    """Change offers; let somebody edit one; take it back and die; go on; say what happened."""
    folder.mkdir()
    sandbox.reset()
    attributes = {"Tier": "gold", "kept": "yes"}
    offers = {
        name: dps_offer(name, description=f"As {name}", characteristics=attributes)
        for name in NAMES
    }
    keys = {name: sandbox.put_offer(body)["id"] for name, body in offers.items()}
    variables = variables_for(sandbox, folder, LOADER_SETTLE_SECONDS="0.1")

    def run(*command: str, die_at: int = 0) -> Life:
        return loader.run(*command, folder=folder, variables=variables, die_at=die_at)

    assert run("pull", "offers.csv").code == 0
    edit(folder / "offers.csv")
    applied = run("apply", "offers.csv", "--yes", "--max-deletes", "1")
    assert applied.code == 0, applied.out
    run_id = json.loads(run("runs", "--json").out)["runs"][0]["summary"]["run_id"]
    sandbox.edit(keys["One"], "description")
    sandbox.set_faults(*FAULTS)

    first = run("undo", run_id, "--yes", die_at=death)
    last = run("undo", run_id, "--yes")
    for _ in range(9):
        if last.code == 6:  # a reply was not seen, and it is looked up again
            last = run("undo", run_id, "--yes")

    assert last.code == 1, last.err + last.out  # one value is kept
    held = {offer["id"]: offer["body"] for offer in sandbox.offers()}
    assert keys["Three"] not in held
    assert held[keys["One"]] == {**offers["One"], "description": "Edited 1"}
    assert (held[keys["Two"]], held[keys["Four"]]) == (offers["Two"], offers["Four"])
    assert sandbox.overwritten_edits() == []
    return first


def test_an_undo_that_dies_puts_back_the_rest_once(tmp_path: Path, loader: ForkServer) -> None:
    with running_sandbox() as sandbox:
        points = survive(sandbox, loader, tmp_path / "0", 0).points
        sent = [number for number, point in enumerate(points, 1) if point == "send:after"]
        for death in (sent[0], len(points) - 1):
            survive(sandbox, loader, tmp_path / str(death), death)


@pytest.mark.slow
def test_an_undo_that_dies_anywhere_puts_back_the_rest_once(
    tmp_path: Path, loader: ForkServer
) -> None:
    with running_sandbox() as sandbox:
        points = survive(sandbox, loader, tmp_path / "0", 0).points
        for death in deaths_at(points, every=True):
            survive(sandbox, loader, tmp_path / str(death), death)
