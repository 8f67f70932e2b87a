"""Several loaders on one run and one journal: killed, frozen and cut off, under all faults.

`python -m tests.crash.failover --rows 5000 --loaders 4 --blows 120 --seed 1` prints what was
injected and what came of it. Each loader has its own way to the database, which can be cut.
"""

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from loader.errors import ExitCode
from offer_sandbox import Sandbox, SandboxSettings, random_settings, running_sandbox
from tests.crash.kill_loop import troubles
from tests.crash.oracle import variables_for
from tests.crash.verdicts import Survived
from tests.support.fork_server import Forked, Life, shared_fork_server
from tests.support.postgres import Server, new_server
from tests.support.postgres_proxy import PostgresProxy, running_postgres_proxy
from tests.support.workbooks import results_of, write_offers

TAKEOVER_SECONDS = 2
SETTLE_SECONDS = 2
_CALM_SECONDS = 360.0  # after the last blow, and twice what all rows take; a look may take minutes
_LOOKS = 2  # in calm, at what then is a case for a person
BLOWS = ("killed", "frozen", "cut off")


@dataclass(slots=True, kw_only=True)
class Place:
    """One of the loaders: it is started again whenever it ends."""

    proxy: PostgresProxy
    variables: dict[str, str]
    folder: Path
    number: int
    lives: list[Life] = field(default_factory=list)
    process: Forked | None = None  # that works now
    is_done: bool = False

    def work(self, calm: threading.Event, over: threading.Event) -> None:
        """Load until one of them has left nothing to do but cases for a person."""
        looks = 0
        results = f"results-{self.number}.csv"
        command = ("load", "offers.csv", "--wait", "--results", results)
        while not over.is_set():
            self.process = shared_fork_server(measured=False).start(
                *command, folder=self.folder, variables=self.variables
            )
            life = self.process.life()
            self.lives.append(life)
            looks += calm.is_set() and life.code == ExitCode.UNFINISHED
            if life.code == 0 or looks == _LOOKS:
                self.is_done = True
                over.set()

    def strike(self, blow: str, *, chance: random.Random) -> bool:
        """Do it, if there is something to do it to."""
        struck = self.process
        if struck is None or struck.poll() is not None:
            return False
        match blow:
            case "killed":
                struck.kill()
            case "frozen":
                struck.send_signal(signal.SIGSTOP)
                seconds = chance.uniform(0.2, 3.0 * TAKEOVER_SECONDS)
                wakes = threading.Timer(seconds, struck.send_signal, [signal.SIGCONT])
                wakes.daemon = True
                wakes.start()
            case _:
                self.proxy.cut()
        return True


def fail_over(
    *,
    rows: int,
    loaders: int,
    blows: int,
    seed: int,
    folder: Path,
    postgres: Server,
    rate: float = 100.0,
) -> tuple[Survived, Counter[str]]:
    """Load `rows` rows by several loaders; give what came of it, and the blows that hit one."""
    chance, hit = random.Random(seed), Counter[str]()
    calm, over = threading.Event(), threading.Event()
    names = [f"Offer {number}" for number in range(rows)]
    write_offers(folder / "offers.csv", names)
    with ExitStack() as stack:
        settings = random_settings(chance)
        sandbox = stack.enter_context(running_sandbox(settings))
        database = stack.enter_context(postgres.database())
        places = [
            _place(stack, sandbox, postgres, database, folder=folder, number=number, rate=rate)
            for number in range(loaders)
        ]
        has_true_ids = settings.names_kept == "replaced"  # as in the kill loop
        sandbox.set_faults(troubles(seed, true_ids=has_true_ids))
        threads = [threading.Thread(target=place.work, args=[calm, over]) for place in places]
        for thread in threads:
            thread.start()
        while hit.total() < blows and not over.is_set():
            time.sleep(chance.uniform(0.1, 1.5))
            blow, place = chance.choice(BLOWS), chance.choice(places)
            hit[blow] += place.strike(blow, chance=chance)
        sandbox.set_faults()
        calm.set()
        over.wait(_CALM_SECONDS + 2 * rows / rate)
        over.set()
        _end(places, threads)
        total = _judged(sandbox, names, places, settings)
        total.struck.update(sandbox.counters()["struck"])
        total.rows = rows
    return total, hit


def _place(
    stack: ExitStack,
    sandbox: Sandbox,
    postgres: Server,
    database: str,
    *,
    folder: Path,
    number: int,
    rate: float,
) -> Place:
    proxy = stack.enter_context(running_postgres_proxy(postgres.port))
    address = postgres.address(database, host=f"127.0.0.1:{proxy.port}")
    return Place(
        proxy=proxy,
        folder=folder,
        number=number,
        variables=variables_for(
            sandbox,
            folder,
            LOADER_JOURNAL=address.url,
            LOADER_JOURNAL_PASSWORD=address.password,
            LOADER_TAKEOVER_SECONDS=str(TAKEOVER_SECONDS),
            LOADER_SETTLE_SECONDS=str(SETTLE_SECONDS),
            LOADER_MAX_PER_SECOND=str(rate),
            LOADER_MAX_IN_FLIGHT="8",
            LOADER_REQUEST_TIMEOUT_SECONDS="0.5",
        ),
    )


def _end(places: list[Place], threads: list[threading.Thread]) -> None:
    """Let those who find nothing to do end; then end the others."""
    for thread in threads:
        thread.join(20.0)
    for place in places:
        if place.process:
            place.process.kill()
    for thread in threads:
        thread.join()


def _judged(
    sandbox: Sandbox, names: list[str], places: list[Place], settings: SandboxSettings
) -> Survived:
    total = Survived()
    lives = [(place, life) for place in places for life in place.lives]
    total.lives = len(lives)
    total.kills = sum(life.died for _, life in lives)
    total.tracebacks = [life.err for _, life in lives if "Traceback" in life.err]
    done = [place for place in places if place.is_done]
    if not done:
        last = lives[-1][1] if lives else None
        total.wrong.append(f"no loader came to the end: {last}")
        return total
    rows = {
        row["name"]: row for row in results_of(done[0].folder / f"results-{done[0].number}.csv")
    }
    total.judge_load(sandbox, names, rows, settings=settings)
    return total


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--loaders", type=int, default=4)
    parser.add_argument("--blows", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="failover-") as folder, new_server() as postgres:
        total, hit = fail_over(
            rows=given.rows,
            loaders=given.loaders,
            blows=given.blows,
            seed=given.seed,
            folder=Path(folder),
            postgres=postgres,
            rate=max(20.0, given.rows / given.blows / 0.8),
        )
    lines = [f"{count:>8}  loaders {blow}" for blow, count in hit.items()]
    seconds = time.monotonic() - started
    sys.stdout.write(f"seed {given.seed}, {seconds:.0f} s\n{total.table()}\n")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if total.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
