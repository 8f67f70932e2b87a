"""The verbs that recover die too, at the points of `undo`, `reconcile` and `resume`.

In the normal suite at some of each kind, in `make torture` at every one.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from offer_sandbox import Sandbox
from tests.crash.oracle import assert_every_row_once, deaths_at, some_of_each_kind, variables_for
from tests.support.fork_server import ForkServer, Life
from tests.support.sandbox_calls import client
from tests.support.workbooks import results_of, write_offers

NAMES = ["One", "Two", "Three"]
LOAD = ("load", "offers.csv", "--results", "results.csv")
Run = Callable[..., Life]


def stage(sandbox: Sandbox, loader: ForkServer, folder: Path) -> Run:
    folder.mkdir()
    write_offers(folder / "offers.csv", NAMES)
    variables = variables_for(sandbox, folder, LOADER_SETTLE_SECONDS="0.1")
    sandbox.reset()

    def run(*command: str, die_at: int = 0, die_on: str = "") -> Life:
        return loader.run(
            *command, folder=folder, variables=variables, die_at=die_at, die_on=die_on
        )

    return run


def deaths_to_die(points: Sequence[str], *, every: bool) -> list[int]:
    return some_of_each_kind(points, deaths_at(points, every=every), one_in=1 if every else 3)


def edit(sandbox: Sandbox, name: str) -> str:
    offer = next(offer for offer in sandbox.offers() if offer["name"] == name)
    change = [{"op": "add", "path": "/description", "value": "mine now"}]
    with client(sandbox) as http:
        http.patch(f"/offers/{offer['id']}", params={"offer-type": "fallback"}, json=change)
    return offer["id"]


@pytest.mark.parametrize(
    ("fault", "every"),
    [
        ("", False),
        pytest.param("", True, marks=pytest.mark.slow),
        pytest.param("reset-after on=delete times=1", True, marks=pytest.mark.slow),
    ],
)
def test_an_undo_that_dies_anywhere_deletes_exactly_what_the_run_created(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer, fault: str, *, every: bool
) -> None:
    def undo(death: int) -> Life:
        run = stage(sandbox, loader, tmp_path / str(death))
        assert run(*LOAD).code == 0
        run_id = json.loads(run("runs", "--json").out)["runs"][0]["summary"]["run_id"]
        edited = edit(sandbox, "Two")
        sandbox.set_faults(*([fault] if fault else []))
        first = run("undo", run_id, "--yes", die_at=death)
        last = run("undo", run_id, "--yes")
        assert last.code == 1, last.err + last.out  # one offer was kept: it was edited since
        assert [offer["id"] for offer in sandbox.offers()] == [edited]
        # What was undone may be loaded again; what was kept still stands for its row.
        assert run(*LOAD).code == 0
        assert_every_row_once(sandbox, tmp_path / str(death) / "results.csv", NAMES)
        return first

    points = undo(0).points
    assert {"commit:before", "commit:after", "send:before", "send:after"} <= set(points)
    # The number of commits varies a little from run to run: they are made in groups.
    died = [undo(death).died for death in deaths_to_die(points, every=every)]
    assert died.count(False) <= 2


@pytest.mark.parametrize(
    ("verb", "every"),
    [
        ("reconcile", False),
        pytest.param("reconcile", True, marks=pytest.mark.slow),
        pytest.param("resume", True, marks=pytest.mark.slow),
    ],
)
def test_looking_for_lost_rows_may_die_anywhere(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer, verb: str, *, every: bool
) -> None:
    """The load dies between the server's answer and its record; then so does the recovery."""

    def recover(death: int) -> Life:
        folder = tmp_path / str(death)
        run = stage(sandbox, loader, folder)
        sent = [number for number, point in enumerate(first_points, 1) if point == "send:after"]
        run(*LOAD, die_at=sent[1])
        first = run(verb, "--results", "results.csv", die_at=death)
        if first.died:
            run(verb, "--results", "results.csv")
        last = run(*LOAD)
        assert last.code == 0, last.err + last.out
        assert_every_row_once(sandbox, folder / "results.csv", NAMES)
        return first

    first_points = stage(sandbox, loader, tmp_path / "alive")(*LOAD).points
    points = recover(0).points
    assert {"commit:before", "commit:after", "replace:before"} <= set(points)
    for death in deaths_to_die(points, every=every):
        recover(death)


def test_every_row_is_in_the_results_when_only_writing_them_fails(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer
) -> None:
    """Dead while the results are put in their place: `loader results` writes them again."""
    run = stage(sandbox, loader, tmp_path / "one")
    assert run(*LOAD, die_on="replace:before").died
    assert not (tmp_path / "one" / "results.csv").exists()

    run_id = json.loads(run("runs", "--json").out)["runs"][0]["summary"]["run_id"]
    ended = run("results", run_id, "--results", "results.csv")
    assert ended.code == 0, ended.err

    assert len(results_of(tmp_path / "one" / "results.csv")) == 3
    assert_every_row_once(sandbox, tmp_path / "one" / "results.csv", NAMES)
