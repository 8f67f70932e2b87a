"""Kill runs of mixed plans at random instants, while others edit and replies are lost.

`python -m tests.crash.apply_kill_loop --rows 20000 --kills 1000 --seed 1` prints what was injected
and what came of it. Rows go in rounds, each a plan of its own in a fresh sandbox and journal.
"""

import argparse
import csv
import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from offer_sandbox import Sandbox, SandboxSettings, random_settings, running_sandbox
from tests.crash.oracle import variables_for
from tests.support.fork_server import ForkServer, Life, shared_fork_server
from tests.support.sandbox_calls import dps_offer, xcore_offer
from tests.support.workbooks import connection_variables, results_of

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
KEPT = {  # an edit of somebody else is kept
    ("failed", "changed-meanwhile"),
    ("failed", "edited"),
    ("conflict", "edit-conflict"),
}
_CALM_LIVES = 20  # after the last kill
_RESUME = re.compile(r"`loader resume ([^` ]+)`")


@dataclass(slots=True, kw_only=True)
class Endured:
    """What was injected and what came of it."""

    rows: int = 0
    kills: int = 0
    lives: int = 0
    edits: int = 0  # by others
    struck: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def table(self) -> str:
        """What to print."""
        counts = {
            "rows": self.rows,
            "starts of the loader": self.lives,
            "kills (SIGKILL at a random instant)": self.kills,
            "edits by others": self.edits,
            **dict(sorted(self.struck.items())),
            **{f"rows reported {status}": count for status, count in self.statuses.items()},
            f"wrong {' '.join(self.wrong[:3])}": len(self.wrong),
        }
        return "\n".join(f"{count:>8}  {what}" for what, count in counts.items())


@dataclass(slots=True, kw_only=True)
class Round:
    """One plan, applied and killed until nothing is open."""

    sandbox: Sandbox
    loader: ForkServer
    folder: Path
    dialect: str
    chance: random.Random
    total: Endured
    variables: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        way = {**connection_variables(self.sandbox, api=self.dialect), "LOADER_API": self.dialect}
        self.variables = variables_for(
            self.sandbox, self.folder, LOADER_SETTLE_SECONDS="0.2", **way
        )

    def play(self, *, rows: int, kills: int) -> None:
        """Make a plan of everything, apply it through kills and troubles, judge."""
        keys = {name: self._put(name) for name in (f"Offer {number}" for number in range(rows))}
        limits = ("--max-deletes", str(rows))
        assert self._run("pull", "offers.csv").code == 0
        mark_up(self.folder / "offers.csv")
        planned = self._run("plan", "offers.csv", *limits, "--format", "json")
        plan = json.loads(planned.out)["plan_id"]
        self.sandbox.set_faults(f"seed={self.chance.randrange(1_000_000)}", *TROUBLE)
        apply = ("apply", plan, "--yes", *limits, "--results", "results.csv")
        last = self._until_it_ends(apply, kills=kills)
        self.sandbox.set_faults()
        self.total.rows += rows
        self.total.edits += sum(1 for each in self.sandbox.edits() if each["author"] == "other")
        self.total.struck.update(self.sandbox.counters()["struck"])
        results = self.folder / "results.csv"
        if last.code not in (0, 1) or not results.exists():
            self.total.wrong.append(f"it does not end: {last.code} {last.err} {last.out}")
            return
        told = results_of(results)
        self.total.statuses.update(row["status"] for row in told)
        self.total.wrong += wrong_in(self.sandbox, told, keys)

    def _until_it_ends(self, apply: tuple[str, ...], *, kills: int) -> Life:
        command, killed = apply, 0
        # So slow that the rows last for the kills; what is left then goes at full speed.
        rate = max(20, int(self.chance.uniform(0.8, 1.2) * 500 / max(1, kills)))
        while killed < kills:
            life = self._run(*command, rate=rate, kill_after=self.chance.uniform(0.2, 1.2))
            killed += life.died
            self.total.kills += life.died
            if life.code == 2 and command is apply:
                command = _go_on(life, command)  # the plan was used by the run that was killed
            elif not life.died and life.code != 6:
                break
        for _ in range(_CALM_LIVES):
            life = self._run(*command)
            if life.code in (0, 1) and (self.folder / "results.csv").exists():
                break
            command = _go_on(life, command)
        return life

    def _put(self, name: str) -> str:
        offer = dps_offer(name) if self.dialect == "dps" else xcore_offer(name)
        if self.dialect == "xcore":  # the documented offer has no content, which ours must have
            offer["xdm:representations"][0]["xdm:components"][0]["xdm:content"] = "<p>Hi</p>"
        return str(self.sandbox.put_offer(offer, dialect=self.dialect)["id"])

    def _run(self, *command: str, rate: int = 1000, kill_after: float | None = None) -> Life:
        self.total.lives += 1
        return self.loader.run(
            *command,
            folder=self.folder,
            variables=self.variables | {"LOADER_MAX_PER_SECOND": str(rate)},
            mortal=False,
            kill_after=kill_after,
        )


def torture(
    *,
    rows: int,
    kills: int,
    seed: int,
    first_round: int = 1,
    round_rows: int,
    folder: Path,
    loader: ForkServer,
    say: bool = False,
) -> Endured:
    """Apply plans of `rows` rows altogether while the loader is killed `kills` times."""
    total, rounds = Endured(), max(1, rows // round_rows)
    for number in range(first_round - 1, rounds):
        started = time.monotonic()
        place = folder / f"round-{number}"
        place.mkdir()
        chance = random.Random(seed * 10_000 + number)
        with running_sandbox(_server(chance)) as sandbox:
            Round(
                sandbox=sandbox,
                loader=loader,
                folder=place,
                dialect=("dps", "xcore")[(seed + number) % 2],
                chance=chance,
                total=total,
            ).play(
                rows=round_rows,
                kills=kills * (number + 1) // rounds - kills * number // rounds,
            )
        if say:
            clean = f"{len(total.wrong)} wrong, {time.monotonic() - started:.0f} s"
            sys.stdout.write(f"round {number + 1}/{rounds}: {total.kills} kills, {clean}\n")
            sys.stdout.flush()
        if not total.wrong:
            shutil.rmtree(place)
    return total


def _go_on(life: Life, command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command that a message names to go on; else the same again.

    A run that was killed while it wrote its results is finished: only by its name are they written.
    """
    named = _RESUME.search(life.err)
    return ("resume", named[1], "--results", "results.csv") if named else command


def _server(chance: random.Random) -> SandboxSettings:
    """Draw a server, but one that heeds conditions and allows the changes of the plan.

    Without conditions nobody can keep an edit of the same moment, and what the server refuses is
    no change that a kill can lose: it refuses each where tests do not see what it shows.
    """
    return random_settings(
        chance,
        patch_test="honoured",
        test_compares="shown",
        test_sees_etag=True,
        xcore_if_match="honoured",
        update_outcome="applied",
        xcore_delete_outcome="deleted",
        used_in_decisions="",
        decisions_shown="yes",
    )


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


def wrong_in(sandbox: Sandbox, rows: list[dict[str, str]], keys: dict[str, str]) -> list[str]:
    """Return what is not told once, and what is told and not so."""
    held = {offer["id"]: offer for offer in sandbox.offers()}
    by_others = {entry["id"] for entry in sandbox.edits() if entry["author"] == "other"}
    found = [f"overwritten: {each}" for each in sandbox.overwritten_edits()]
    if sorted(row["name"] for row in rows) != sorted(keys):
        found.append("not every row is told once")
    for row in rows:
        offer = held.get(keys[row["name"]])
        match row["status"]:
            case "deleted":
                is_so = offer is None
            case "archived":
                is_so = offer is not None and said(offer, "status") == "archived"
            case "updated":
                is_so = offer is not None and (
                    said(offer, "description") == "Ours" or offer["id"] in by_others
                )
            case status:
                is_known = (status, row["error_code"]) in KEPT
                is_so = is_known and offer is not None and offer["id"] in by_others
        found += [] if is_so else [f"{row}"]
    return found


def said(offer: dict[str, Any], field: str) -> object:
    """Return a field of an offer of either dialect."""
    body = offer["body"]
    return body.get(field, body.get(f"xdm:{field}"))


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-round", type=int, default=1, help="as a stopped loop printed it")
    given = parser.parse_args()
    started = time.monotonic()
    loader = shared_fork_server(measured=False)
    with tempfile.TemporaryDirectory(prefix="plans-") as folder:
        total = torture(
            rows=given.rows,
            kills=given.kills,
            seed=given.seed,
            first_round=given.first_round,
            round_rows=500,
            folder=Path(folder),
            loader=loader,
            say=True,
        )
    sys.stdout.write(f"seed {given.seed}, {time.monotonic() - started:.0f} s\n{total.table()}\n")
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
