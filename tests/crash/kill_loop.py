"""Kill loads and undos at random instants, under all faults and lies, until nothing is open.

`python -m tests.crash.kill_loop --rows 20000 --kills 1000 --seed 1` prints what was injected, what
was survived and what came of it; with `--journal postgres` the journals are on a server of its own.
Rows go in rounds, each with a fresh sandbox and journal, so that a round's listing stays short and
every round is judged by itself.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from offer_sandbox import (
    EditKind,
    Fault,
    FaultPlan,
    Sandbox,
    SandboxSettings,
    everything,
    lies,
    random_settings,
    running_sandbox,
)
from offer_sandbox.drawn_settings import DRAWN
from offer_sandbox.faults import Effect
from tests.crash.oracle import variables_for
from tests.crash.verdicts import Survived, id_of
from tests.support.fork_server import ForkServer, Life, shared_fork_server
from tests.support.postgres import Server, new_server
from tests.support.sandbox_calls import PLACEMENT, Offers, client
from tests.support.workbooks import results_of, write_offers

COMMAND = ("load", "offers.csv", "--results", "results.csv")
MOST_LIVES = 400  # of one round: more means that it does not come to an end
_MOST_DONE = 20  # ends of a command that is to be killed, with nothing left to do
_TROUBLED_LIVES, _TROUBLED_SECONDS = 15, 20.0  # after the last kill, until the troubles end
PLACEMENTS = {"dps": PLACEMENT, "xcore": "xcore:offer-placement:124e0be5699743d3"}
HARD_ENDS = ("", ", get one", ' "best"', " 5*", "?", "\\new", " 100 % & more", "; x", " ’s")
CONTENT = "<p>Für alle: “jetzt” \U0001f600</p>"  # which a server that reads another coding changes


def torture(
    *,
    rows: int,
    kills: int,
    seed: int,
    first_round: int = 1,
    round_rows: int = 1000,
    troubled_lives: int = _TROUBLED_LIVES,
    folder: Path,
    new_journal: Callable[[], Mapping[str, str]] = dict,
    say: bool = False,
) -> Survived:
    """Deliver `rows` rows while the loader is killed `kills` times.

    `new_journal` gives the settings of a journal that nobody has used.
    """
    total = Survived()
    rounds = max(1, rows // round_rows)
    skipped = kills * (first_round - 1) // rounds
    loader = shared_fork_server(measured=False)
    for number in range(first_round - 1, rounds):
        started = time.monotonic()
        place = folder / f"round-{number}"
        place.mkdir()
        chance = random.Random(seed * 10_000 + number)
        # With those that an earlier round could not take: it had nothing to undo.
        due = kills * (number + 1) // rounds - skipped - total.kills
        settings = _server(chance)
        with running_sandbox(settings) as sandbox:
            Round(
                sandbox=sandbox,
                settings=settings,
                loader=loader,
                folder=place,
                chance=chance,
                api=chance.choice(["dps", "xcore"]),
                total=total,
                journal=new_journal(),
                troubled_lives=troubled_lives,
            ).play(rows=round_rows, kills=due)
        if say:
            clean = "clean" if total.is_clean else "NOT CLEAN"
            took = f"{time.monotonic() - started:.0f} s"
            sys.stdout.write(f"round {number + 1}/{rounds}: {total.kills} kills, {clean}, {took}\n")
            sys.stdout.flush()
        if total.is_clean:
            shutil.rmtree(place)
    return total


@dataclass(slots=True, kw_only=True)
class Round:
    """One load and its undo, against one server, until nothing is open."""

    sandbox: Sandbox
    settings: SandboxSettings
    loader: ForkServer
    folder: Path
    chance: random.Random
    api: str
    total: Survived
    journal: Mapping[str, str]
    troubled_lives: int = _TROUBLED_LIVES
    variables: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.variables = variables_for(
            self.sandbox,
            self.folder,
            LOADER_API=self.api,
            LOADER_API_URL=self.sandbox.api_url(self.api),
            LOADER_MAX_IN_FLIGHT="8",
            LOADER_REQUEST_TIMEOUT_SECONDS="0.5",
            **self.journal,
        )

    def play(self, *, rows: int, kills: int) -> None:
        """Load, judge, let somebody edit a few, undo, judge."""
        names = [
            f"Offer {self.folder.name} {number}{HARD_ENDS[number % len(HARD_ENDS)]}"
            for number in range(rows)
        ]
        placement = PLACEMENTS[self.api]
        write_offers(self.folder / "offers.csv", names, placement=placement, content=CONTENT)
        with client(self.sandbox, self.api) as http:
            Offers(self.sandbox, self.api, http).create("Old")
        undo_kills = kills // 4
        # So slow that the rows last for the kills; what is left afterwards goes at full speed.
        rate = max(20, int(rows / max(1, kills) / 0.25))
        self._until_it_ends(COMMAND, kills=kills - undo_kills, rate=rate)
        loaded = {row["name"]: row for row in results_of(self.folder / "results.csv")}
        self.total.rows += rows
        self.total.judge_load(self.sandbox, names, loaded, settings=self.settings)

        edited = edit_some(self.sandbox, self.chance)
        for run_id in self._runs("load"):
            undo = ("undo", run_id, "--yes")
            undo_kills -= self._until_it_ends(undo, kills=undo_kills, rate=rate)
        self.total.judge_undo(
            self.sandbox, loaded, self._undone(), edited=edited, settings=self.settings
        )
        self.total.struck.update(self.sandbox.counters()["struck"])

    def _until_it_ends(self, command: Sequence[str], *, kills: int, rate: int) -> int:
        """Run a command until it leaves nothing, killed at random at first; return the kills."""
        # A server that replaces the names of offers and tells wrong ids, too, leaves nothing by
        # which to know whose an offer is.
        has_true_ids = self.settings.names_kept == "replaced"
        plan = troubles(
            self.chance.randrange(1_000_000),
            true_ids=has_true_ids,
            replies_are_named=self.settings.request_id_header == "echoed",
            refuses_repeats=self.settings.unique_names or self.settings.unique_request_ids,
        )
        self.sandbox.set_faults(plan)
        killed = self._killed(command, kills=kills, rate=rate)
        calm_from = time.monotonic() + _TROUBLED_SECONDS
        same = 0
        for life in range(MOST_LIVES):
            is_calm = life >= self.troubled_lives or time.monotonic() > calm_from
            if is_calm:
                self.sandbox.set_faults()
            ran = self._live(command)
            # 1: an edited offer is kept; 6: a case for a person stays one, however often we look
            same = same + 1 if is_calm and ran.code in (1, 6) else 0
            if ran.code == 0 or same == 3:
                return killed
        self.total.wrong.append(f"{command[0]} does not end: {ran.code} {ran.out} {ran.err}")
        return killed

    def _killed(self, command: Sequence[str], *, kills: int, rate: int) -> int:
        """Run a command until it was killed so often, or had nothing to do too often for that."""
        killed = done = 0
        for _ in range(MOST_LIVES):
            if killed == kills or done == _MOST_DONE:
                break
            life = self._live(command, rate=rate, kill_after=self.chance.uniform(0.15, 0.9))
            killed += life.died
            done += life.code == 0
        return killed

    def _live(
        self, command: Sequence[str], *, rate: int = 1000, kill_after: float | None = None
    ) -> Life:
        ran = self.loader.run(
            *command,
            folder=self.folder,
            variables=self.variables | {"LOADER_MAX_PER_SECOND": str(rate)},
            kill_after=kill_after,
        )
        self.total.lives += 1
        if "Traceback" in ran.err:
            self.total.tracebacks.append(ran.err)
        if ran.died:
            self.total.kills += 1
            self.total.died_after[ran.points[-1] if ran.points else "the start"] += 1
        return ran

    def _runs(self, command: str) -> list[str]:
        """Return the ids of all runs of a command, oldest first."""
        runs = json.loads(self._run("runs", "--json").out)["runs"]
        found = [run["summary"]["run_id"] for run in runs if run["command"] == command]
        return sorted(found)

    def _undone(self) -> dict[str, dict[str, str]]:
        """Return the latest row of each offer in all undos."""
        rows: dict[str, dict[str, str]] = {}
        for run_id in self._runs("undo"):
            path = self.folder / f"{run_id}.csv"
            self._run("results", run_id, "--results", str(path))
            rows |= {row["name"]: row for row in results_of(path)}
        return rows

    def _run(self, *command: str) -> Life:
        return self.loader.run(*command, folder=self.folder, variables=self.variables, mortal=False)


def edit_some(sandbox: Sandbox, chance: random.Random) -> list[str]:
    """Let somebody change a few offers; return their ids."""
    sandbox.set_faults()
    edited = []
    for offer in sandbox.offers():
        if chance.random() < 0.02:
            sandbox.edit(offer["id"], EditKind.DESCRIPTION)
            edited.append(id_of(offer))
    return edited


def _server(chance: random.Random) -> SandboxSettings:
    """Draw whatever the documentation leaves open; names are kept in another form more often."""
    kept = chance.choice(("sent", *DRAWN["names_kept"]))
    return random_settings(chance, names_kept=kept)


def troubles(
    seed: int,
    *,
    true_ids: bool = False,
    replies_are_named: bool = False,
    refuses_repeats: bool = False,
) -> FaultPlan:
    """Everything that goes wrong, every lie (but those about ids), and reads that lag behind.

    Replies are given to the wrong requests only where they name their own: nothing else tells. And
    a create is sent twice by something in between only where the second one is refused.
    """
    plan = everything(seed, probability=0.01, hang_seconds=0.6)
    about_ids = (Effect.OLD_ID, Effect.SAME_ID) if true_ids else ()
    untrue = [each for each in lies(seed, probability=0.01).faults if each.effect not in about_ids]
    mixed_up = "previous-reply on=create probability=0.01"
    untrue += [Fault.parse(mixed_up)] if replies_are_named else []
    untrue += [Fault.parse("repeated on=create probability=0.01")] if refuses_repeats else []
    late = Fault.parse("second-reply on=create probability=0.01 seconds=0.02")
    return replace(
        plan,
        faults=(*plan.faults, *untrue, late),
        list_lag_seconds=0.05,
        lookup_lag_seconds=0.1,
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-round", type=int, default=1, help="as a stopped loop printed it")
    parser.add_argument("--journal", choices=["sqlite", "postgres"], default="sqlite")
    given = parser.parse_args()
    started = time.monotonic()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="torture-"))
        new_journal: Callable[[], Mapping[str, str]] = dict
        if given.journal == "postgres":
            server = stack.enter_context(new_server())
            new_journal = partial(_new_database, server, stack)
        total = torture(
            rows=given.rows,
            kills=given.kills,
            seed=given.seed,
            first_round=given.first_round,
            folder=Path(folder),
            new_journal=new_journal,
            say=True,
        )
    sys.stdout.write(f"\nseed {given.seed}, {time.monotonic() - started:.0f} s\n{total.table()}\n")
    return 0 if total.is_clean else 1


def _new_database(server: Server, stack: ExitStack) -> Mapping[str, str]:
    """Give the settings of a new, empty database."""
    database = stack.enter_context(server.database())
    return {"LOADER_JOURNAL": str(server.address(database)), "LOADER_TAKEOVER_SECONDS": "2"}


if __name__ == "__main__":
    sys.exit(main())
