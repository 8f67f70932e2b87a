"""Kill the loader at random instants, under a mix of all faults, until everything is delivered.

`python -m tests.crash.kill_loop --rows 20000 --kills 1000 --seed 1` prints what was injected, what
was survived and what came of it. Rows go in rounds, each with a fresh sandbox and journal, so that
a round's listing stays short and every round is judged by itself.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from offer_sandbox import (
    Fault,
    FaultPlan,
    Sandbox,
    SandboxSettings,
    everything,
    running_sandbox,
)
from tests.crash.fork_server import ForkServer, Life, fork_server
from tests.crash.oracle import variables_for
from tests.support.sandbox_calls import client, dps_offer
from tests.support.workbooks import results_of, write_offers

COMMAND = ("load", "offers.csv", "--results", "results.csv")
MOST_LIVES = 400  # of one round: more means that it does not come to an end
_CALM = 40  # lives after the last kill until the troubles end
HARD_ENDS = ("", ", get one", ' "best"', " 5*", "?", "\\new", " 100 % & more", "; x", " ’s")


@dataclass(slots=True, kw_only=True)
class Survived:
    """What was injected and what came of it."""

    rows: int = 0
    kills: int = 0
    lives: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    died_after: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.twice or self.wrong or self.tracebacks)

    def table(self) -> str:
        """What to print."""
        lines = [
            f"{self.rows:>8}  rows",
            f"{self.lives:>8}  starts of the loader",
            f"{self.kills:>8}  kills (SIGKILL at a random instant)",
            *(f"{count:>8}  died after {point}" for point, count in self.died_after.most_common()),
            *(f"{count:>8}  {fault}" for fault, count in sorted(self.struck.items())),
            *(f"{count:>8}  rows reported {word}" for word, count in self.statuses.items()),
            f"{len(self.lost):>8}  lost {' '.join(self.lost[:5])}",
            f"{len(self.twice):>8}  created twice {' '.join(self.twice[:5])}",
            f"{len(self.wrong):>8}  wrongly reported {' '.join(self.wrong[:5])}",
            f"{len(self.tracebacks):>8}  tracebacks",
        ]
        return "\n".join(lines)


def torture(
    *, rows: int, kills: int, seed: int, round_rows: int = 1000, folder: Path, say: bool = False
) -> Survived:
    """Deliver `rows` rows while the loader is killed `kills` times."""
    total = Survived()
    rounds = max(1, rows // round_rows)
    with fork_server() as loader:
        for number in range(rounds):
            place = folder / f"round-{number}"
            place.mkdir()
            chance = random.Random(seed * 10_000 + number)
            due = kills * (number + 1) // rounds - kills * number // rounds
            with running_sandbox(_server(chance)) as sandbox:
                _round(sandbox, loader, place, chance, rows=round_rows, kills=due, total=total)
            if say:
                clean = "clean" if total.is_clean else "NOT CLEAN"
                sys.stdout.write(f"round {number + 1}/{rounds}: {total.kills} kills, {clean}\n")
                sys.stdout.flush()
            if total.is_clean:
                shutil.rmtree(place)
    return total


def _round(
    sandbox: Sandbox,
    loader: ForkServer,
    folder: Path,
    chance: random.Random,
    *,
    rows: int,
    kills: int,
    total: Survived,
) -> None:
    names = [
        f"Offer {folder.name} {number}{HARD_ENDS[number % len(HARD_ENDS)]}"
        for number in range(rows)
    ]
    write_offers(folder / "offers.csv", names)
    variables = variables_for(
        sandbox, folder, LOADER_MAX_IN_FLIGHT="8", LOADER_REQUEST_TIMEOUT_SECONDS="0.5"
    )
    with client(sandbox) as http:
        http.post("/offers", params={"offer-type": "fallback"}, json=dps_offer("Old"))
    sandbox.set_faults(_troubles(chance.randrange(1_000_000)))
    # So slow that the rows last for the kills; what is left afterwards goes at full speed.
    rate = str(max(20, int(rows / max(1, kills) / 0.25)))
    killed = 0
    for life in range(MOST_LIVES):
        if life == kills + _CALM:
            sandbox.set_faults()
        doomed = killed < kills
        ran = loader.run(
            *COMMAND,
            folder=folder,
            variables=variables | {"LOADER_MAX_PER_SECOND": rate if doomed else "1000"},
            kill_after=chance.uniform(0.15, 0.9) if doomed else None,
        )
        total.lives += 1
        if "Traceback" in ran.err:
            total.tracebacks.append(ran.err)
        if ran.died:
            killed += 1
            total.kills += 1
            total.died_after[ran.points[-1] if ran.points else "the start"] += 1
        elif ran.code == 0 and not doomed:
            break
    total.rows += rows
    total.struck.update(sandbox.counters()["struck"])
    _judge(sandbox, folder, names, ran, total)


def _server(chance: random.Random) -> SandboxSettings:
    """Draw what the documentation leaves open, as far as it leaves nothing for a person to do."""
    return SandboxSettings(
        max_limit=500,
        create_status=chance.choice([200, 201]),
        encoded_comma_splits=chance.random() < 0.5,
        encoded_quotes_are_syntax=chance.random() < 0.5,
        wildcards_in_equality=chance.random() < 0.5,
        property_filter=chance.choice(["honoured", "ignored", "nothing"]),
    )


def _troubles(seed: int) -> FaultPlan:
    plan = everything(seed, probability=0.01, hang_seconds=0.6)
    lie = Fault.parse("old-id on=create probability=0.01")
    return replace(plan, faults=(*plan.faults, lie), list_lag_seconds=0.05, lookup_lag_seconds=0.02)


def _judge(sandbox: Sandbox, folder: Path, names: list[str], last: Life, total: Survived) -> None:
    held: dict[str, list[str]] = {}
    for offer in sandbox.offers():
        held.setdefault(offer["name"], []).append(offer["id"])
    total.twice += [name for name, ids in held.items() if len(ids) > 1]
    total.lost += [name for name in names if name not in held]
    if last.code != 0:
        total.wrong.append(f"the last life ended with {last.code}: {last.out} {last.err}")
        return
    rows = {row["name"]: row for row in results_of(folder / "results.csv")}
    total.wrong += [name for name in names if name not in rows]
    for name, row in rows.items():
        total.statuses[row["status"]] += 1
        if row["instanceId"] not in held.get(name, []):
            total.wrong.append(f"{name}: {row['status']} {row['instanceId']}")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        total = torture(
            rows=given.rows, kills=given.kills, seed=given.seed, folder=Path(folder), say=True
        )
    sys.stdout.write(f"\nseed {given.seed}, {time.monotonic() - started:.0f} s\n{total.table()}\n")
    return 0 if total.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
