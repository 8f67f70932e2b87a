"""Every point between two steps, times every thing the server may do: die there, start again.

The points are counted in a run that lives; then one run dies at each of them. The short form, one
outcome and some points of each kind, is in the normal suite; `make torture` plays every point under
every outcome, and pairs of deaths.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from offer_sandbox import Sandbox
from tests.crash.oracle import assert_every_row_once, deaths_at, some_of_each_kind, variables_for
from tests.support.fork_server import ForkServer, Life
from tests.support.workbooks import write_offers

NAMES = ["One", "Two", "Three"]
COMMAND = ("load", "offers.csv", "--results", "results.csv")
OUTCOMES = {
    "fair": [],
    "reset-after": ["reset-after on=create times=1 skip=1"],
    "5xx-after": ["status-after status=500 on=create times=1"],
    "5xx-before": ["status-before status=503 on=create times=1 skip=1"],
    "reset-before": ["reset-before on=create times=1"],
    "reset-unread": ["reset-unread on=create times=1"],
    "429": ["status-before status=429 retry-after=seconds retry-seconds=0 on=create times=2"],
    "409": ["status-before status=409 on=create times=2"],
    "no-receipt": ["no-receipt on=create times=1 skip=2"],
    "cut-short": ["cut-short on=create times=1"],
    "close-after": ["close-after on=create times=2"],
    "several": ["several on=list", "reset-after on=create times=1"],
    "expired": ["expire-tokens on=create times=1 skip=1"],
    "list-trouble": ["status-before status=503 on=list times=1", "reset-after on=create times=1"],
}
SHORT = ("reset-after",)


NewJournal = Callable[[], dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the play is given again and again."""

    sandbox: Sandbox
    loader: ForkServer
    folder: Path
    outcome: str
    new_journal: NewJournal

    def survive(self, *deaths: int) -> tuple[str, ...]:
        """Run with some deaths, then to the end; give the points of the first run."""
        folder = self.folder / "-".join(map(str, deaths or ("alive",)))
        folder.mkdir()
        write_offers(folder / "offers.csv", NAMES)
        variables = variables_for(
            self.sandbox, folder, LOADER_SETTLE_SECONDS="0.1", **self.new_journal()
        )
        self.sandbox.reset()
        self.sandbox.set_faults(*OUTCOMES[self.outcome])

        def run(*command: str, die_at: int = 0) -> Life:
            return self.loader.run(*command, folder=folder, variables=variables, die_at=die_at)

        lives = [run(*COMMAND, die_at=death) for death in (*deaths, 0)]
        while lives[-1].code == 6 and len(lives) < 9:  # rows wait for another look
            lives.append(run(*COMMAND))
        assert lives[-1].code == 0, lives[-1].err + lives[-1].out
        assert_every_row_once(self.sandbox, folder / "results.csv", NAMES)
        return lives[0].points


def die_at_points(stage: Stage, *, every: bool, one_in: int = 1) -> None:
    points = stage.survive()
    assert {"commit:before", "commit:after", "send:before", "send:after", "replace:before"} <= set(
        points
    )
    for death in some_of_each_kind(points, deaths_at(points, every=every), one_in=one_in):
        stage.survive(death)


@pytest.mark.parametrize("outcome", SHORT)
def test_a_death_at_any_point_loses_nothing_and_repeats_nothing(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer, outcome: str, new_journal: NewJournal
) -> None:
    stage = Stage(
        sandbox=sandbox, loader=loader, folder=tmp_path, outcome=outcome, new_journal=new_journal
    )
    die_at_points(stage, every=False, one_in=3 if new_journal is dict else 8)


@pytest.mark.slow
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_death_at_every_point_under_every_outcome(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer, outcome: str, new_journal: NewJournal
) -> None:
    stage = Stage(
        sandbox=sandbox, loader=loader, folder=tmp_path, outcome=outcome, new_journal=new_journal
    )
    die_at_points(stage, every=True)


@pytest.mark.slow
@pytest.mark.parametrize("outcome", ["reset-after", "5xx-after", "no-receipt"])
def test_two_deaths(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer, outcome: str, new_journal: NewJournal
) -> None:
    stage = Stage(
        sandbox=sandbox, loader=loader, folder=tmp_path, outcome=outcome, new_journal=new_journal
    )
    count = len(stage.survive())
    for first in range(1, count + 1, 3):
        for second in range(1, count + 1, 5):
            stage.survive(first, second)
