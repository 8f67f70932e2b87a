"""The engine on a virtual clock: whole runs and undos, with deaths in between, in milliseconds.

The real journal, engine and reconcilers; a world that is a list of scheduled happenings. Everything
that happens is drawn from one seed.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loader.delivery.baseline import Baseline
from loader.delivery.delivery import Delivery
from loader.delivery.ports import Policy
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.stop import Ending, StopSignal
from loader.errors import JournalBusy, TargetError
from loader.events import silent
from loader.journal import StagedRow
from loader.journal.sql.operations import GroupedOperations
from loader.journal.sql.transitions import Transitions
from loader.journal.sqlite import SqliteJournal
from loader.model import Operation
from loader.run.sending.offer_times import times_of_offers
from loader.run_results import RunSummary
from tests.delivery.journals import opened, remove
from tests.delivery.simulated_server import CreateWire, Link, Store
from tests.delivery.virtual_time import VirtualClock, VirtualLoop
from tests.delivery.world import World
from tests.support.staged import TARGET, line, stage

# What servers change in a name, behind the number that makes it one of a kind.
HARD_END = (
    " \u2013 <b>\u00c9t\u00e9</b> &\u00a0Co.,  \U0001f600 as long as a name that is cut somewhere"
)


class Death(BaseException):
    """The process ends here."""


@dataclass(slots=True, kw_only=True)
class Mortality:
    """Whether the process still lives; asked around every commit."""

    chance: random.Random
    rate: float
    dead: bool = False

    def check(self) -> None:
        self.dead = self.dead or self.chance.random() < self.rate
        if self.dead:
            raise Death


async def in_loop(work: Callable[[], None]) -> None:
    work()


class DirectLedger(GroupedOperations):
    """The ledger without its thread, so that time cannot pass unseen; mortal between commits."""

    def __init__(self, file: SqliteJournal, moves: Transitions, mortality: "Mortality") -> None:
        super().__init__(file.database, moves, in_thread=in_loop)
        self.mortality = mortality
        self.is_lost = False  # another owner took over: nothing more is committed

    async def _wait_for_turn(self) -> None:
        self._check_session()
        await super()._wait_for_turn()

    def _check_session(self) -> None:
        if self.is_lost:
            raise JournalBusy("the session is lost")

    async def _do(self, work: Callable[[], Any]) -> Any:  # type: ignore[override]
        self._check_session()
        self.mortality.check()
        with self._database.transaction():
            result = work()
        self.mortality.check()
        await asyncio.sleep(0)
        return result


@dataclass(slots=True, kw_only=True)
class Simulation:
    """A run of some rows in a world, or the undo of one, through any number of deaths."""

    world: World
    policy: Policy
    file: SqliteJournal
    run_id: str
    death: float = 0.0  # the chance of dying around each commit
    pauses: Sequence[tuple[float, float]] = ()  # from and until, by the clock of the loop
    stops_after: float | None = None  # seconds in a life
    only_looks: bool = False  # at what is unknown

    def live(self, *, mortal: bool) -> bool:
        """Live one life; say whether it ended by itself."""
        loop = VirtualLoop()
        loop.now = self.world.now + (1.0 if self.world.sent else 0.0)
        clock = VirtualClock(loop=loop)
        self.file.database.clock = clock.now
        moves = Transitions(self.file.database, run_id=self.run_id, target=TARGET)
        with self.file.database.transaction():
            moves.interrupt()

        mortality = Mortality(chance=self.world.chance, rate=self.death if mortal else 0.0)
        ledger = DirectLedger(self.file, moves, mortality)
        stop = StopSignal()
        for begin, end in self.pauses:
            loop.call_at(loop.now + begin, stop.pause)
            loop.call_at(loop.now + end, stop.resume)
        if self.stops_after is not None:
            stop_at = loop.now + self.stops_after
            loop.call_at(stop_at, stop.request, Ending.STOPPED, "a person stops it")
        if not self.only_looks:
            self.file.staging.begin_sending(self.run_id)
        try:
            loop.run_until_complete(self._delivery(loop, clock, ledger, stop))
        except TargetError:
            return False  # the run ends and says why; the next one goes on
        except BaseException:
            if not mortality.dead:
                raise
            return False  # what a dying process says means nothing
        finally:
            self.world.now = loop.now
            _end(loop)
        self.file.staging.end_run(self.run_id, reason="")
        return True

    def live_as_owners(self, losses: Sequence[float]) -> None:
        """Let owners follow each other; after so many seconds each loses its session unnoticed."""
        loop = VirtualLoop()
        loop.now = self.world.now
        clock = VirtualClock(loop=loop)
        self.file.database.clock = clock.now
        moves = Transitions(self.file.database, run_id=self.run_id, target=TARGET)
        mortality = Mortality(chance=self.world.chance, rate=0.0)

        async def play() -> None:
            owners = []
            for lost_after in (*losses, None):
                with self.file.database.transaction():
                    moves.interrupt()
                ledger = DirectLedger(self.file, moves, mortality)
                delivery = self._delivery(loop, clock, ledger, StopSignal())
                owners.append(loop.create_task(delivery))
                await asyncio.wait(owners[-1:], timeout=lost_after)
                ledger.is_lost = True
            for ended in await asyncio.gather(*owners, return_exceptions=True):
                if isinstance(ended, BaseExceptionGroup):
                    assert ended.split((JournalBusy, TargetError))[1] is None
                elif isinstance(ended, BaseException):
                    assert isinstance(ended, (JournalBusy, TargetError)), ended

        loop.run_until_complete(play())
        self.world.now = loop.now
        _end(loop)

    def _delivery(
        self, loop: VirtualLoop, clock: VirtualClock, ledger: DirectLedger, stop: StopSignal
    ) -> Coroutine[Any, Any, int]:
        link = Link(world=self.world, loop=loop)
        run = self.file.history.run(self.run_id)
        delivery = Delivery(
            clock=clock,
            policy=self.policy,
            listener=silent,
            stop=stop,
            chance=self.world.chance.random,
            baseline=Baseline(),
            times=times_of_offers(self.file, run, settle_seconds=self.policy.settle_seconds),
            rate_limit=RateLimiter(max_per_second=self.policy.max_per_second),
        )
        return delivery.deliver(
            Operation.DELETE if run is not None and run.of_run else Operation.CREATE,
            ledger=ledger,  # type: ignore[arg-type]  # without what only updates ask for
            library=Store(link),  # type: ignore[arg-type]  # nothing is updated
            creates=CreateWire(link),
            send=not self.only_looks,
        )

    def break_off(self) -> RunSummary:
        """Stop a life, die in the next one, which may be later; find out what is unknown."""
        chance = self.world.chance
        self.stops_after = chance.uniform(0.0, 4.0)
        self.live(mortal=False)
        self.stops_after = None
        self.world.now += chance.choice([0.0, 30.0])
        self.live(mortal=True)
        self.only_looks = True
        while self.file.history.summary(self.run_id).unknown:
            self.live(mortal=False)
        self.only_looks = False
        return self.file.history.summary(self.run_id)

    def finish(self, *, deaths: int, most_lives: int) -> RunSummary:
        """Live until nothing is open; in the second half of the lives nothing goes wrong."""
        trouble, refused = self.world.trouble, self.world.refused_deletes
        for life in range(most_lives):
            whole = self.live(mortal=life < deaths)
            summary = self.file.history.summary(self.run_id)
            if whole and not (summary.pending or summary.unknown):
                break
            if life >= most_lives // 2:
                self.world.trouble = self.world.refused_deletes = 0.0
        self.world.trouble, self.world.refused_deletes = trouble, refused
        return self.file.history.summary(self.run_id)


def _end(loop: VirtualLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def drawn(seed: int, given: dict[str, Any]) -> tuple[World, Policy, float]:
    """Draw a world, a policy and the chance of a death from a seed; what is given is not drawn."""
    chance = random.Random(f"policy {seed}")
    lags = {
        "lag_seconds": chance.choice([0.0, 1.0, 8.0]),
        "zombie_seconds": chance.choice([0.0, 2.0, 9.0]),
        "look_up_lag_seconds": chance.choice([0.0, 1.0, 9.0]),
        "trouble": chance.choice([0.0, 0.2, 0.5]),
    }
    rates = {
        "max_per_second": chance.choice([2.0, 5.0, 20.0]),
        "max_in_flight": chance.choice([1, 3, 8]),
        "settle_seconds": 10.0,
    }
    of_world = {key: value for key, value in given.items() if key in World.__slots__}
    of_policy = {key: value for key, value in given.items() if key not in of_world}
    world = World(**{"seed": seed, **lags, **of_world})
    return world, Policy(**{**rates, **of_policy}), chance.choice([0.0, 0.01, 0.05])


def simulate(
    seed: int,
    *,
    folder: Path,
    rows: int = 12,
    deaths: int = 3,
    most_lives: int = 30,
    pauses: Sequence[tuple[float, float]] = (),
    end_of_names: str = "",
    staged: Sequence[StagedRow] = (),
    **given: Any,
) -> tuple[World, RunSummary]:
    """Play a whole delivery from a seed; give the world and the summary of the run.

    `staged`: other rows than those with a name of their own each.
    """
    world, policy, death = drawn(seed, given)
    numbered = [line(n, f"N{n}{end_of_names}") for n in range(2, rows + 2)]
    with opened(folder / f"{seed}.sqlite3") as file:
        run_id = stage(file, staged or numbered)
        simulation = Simulation(
            world=world, policy=policy, file=file, run_id=run_id, death=death, pauses=pauses
        )
        summary = simulation.finish(deaths=deaths, most_lives=most_lives)
    remove(folder, seed)
    return world, summary


def simulate_owners(
    seed: int, *, folder: Path, rows: int = 12, most_lives: int = 30, **given: Any
) -> tuple[World, RunSummary]:
    """Play a delivery by owners that take over from each other, at random moments."""
    world, policy, _ = drawn(seed, given)
    losses = [world.chance.uniform(0.0, 12.0) for _ in range(3)]
    with opened(folder / f"{seed}.sqlite3") as file:
        run_id = stage(file, [line(n, f"N{n}") for n in range(2, rows + 2)])
        simulation = Simulation(world=world, policy=policy, file=file, run_id=run_id)
        simulation.live_as_owners(losses)
        summary = simulation.finish(deaths=0, most_lives=most_lives)
    remove(folder, seed)
    return world, summary


def simulate_ids_given(
    seed: int, *, folder: Path, rows: int = 8, lives: int = 1, most_lives: int = 30, **given: Any
) -> tuple[World, RunSummary, RunSummary]:
    """Play a load, broken off after some lives; its rows again with ids; the rest of the first."""
    world, policy, death = drawn(seed, given)
    names = [f"N{n}" for n in range(rows)]
    has_ids = world.happens(0.5)  # the first ones, and the second ones have none
    staged = [
        [line(n, name, key=f"E{n}" if has_keys else "") for n, name in enumerate(names, start=2)]
        for has_keys in (has_ids, not has_ids)
    ]
    with opened(folder / f"{seed}.sqlite3") as file:
        play = Simulation(world=world, policy=policy, file=file, run_id="", death=max(death, 0.01))
        play.run_id = first = stage(file, staged[0])
        for _ in range(lives):
            play.live(mortal=True)
        play.run_id = second = stage(file, staged[1], digest="ids")
        play.finish(deaths=3, most_lives=most_lives)
        play.run_id = first
        play.finish(deaths=3, most_lives=most_lives)
        summaries = file.history.summary(first), file.history.summary(second)
    remove(folder, seed)
    return world, *summaries


def simulate_corrected(
    seed: int, *, folder: Path, rows: int = 8, lives: int = 1, most_lives: int = 30, **given: Any
) -> tuple[World, RunSummary, RunSummary]:
    """Play a load, broken off after some lives; its rows again with other contents; the rest."""
    world, policy, death = drawn(seed, given)
    before, after = (
        [line(n, f"N{n}", content=content) for n in range(2, rows + 2)]
        for content in ("", "corrected")
    )
    with opened(folder / f"{seed}.sqlite3") as file:
        play = Simulation(world=world, policy=policy, file=file, run_id="", death=max(death, 0.01))
        play.run_id = first = stage(file, before)
        for _ in range(lives):
            play.live(mortal=True)
        play.run_id = second = stage(file, after, digest="corrected")
        play.finish(deaths=3, most_lives=most_lives)
        play.run_id = first
        play.finish(deaths=3, most_lives=most_lives)
        summaries = file.history.summary(first), file.history.summary(second)
    remove(folder, seed)
    return world, *summaries


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What came of a load, its undo, and the same load again."""

    world: World
    created: RunSummary
    edited: set[str]  # ids that somebody changed before the undo
    deleted: set[str]  # ids that the undo says to be gone
    left: dict[str, str]  # ids of the load that it does not, and the status of their rows
    standing: set[str]  # that stood there after the undo
    again: RunSummary


def simulate_undo(
    seed: int,
    *,
    folder: Path,
    rows: int = 8,
    deaths: int = 3,
    most_lives: int = 30,
    is_broken_off: bool = False,
    **given: Any,
) -> Undone:
    """Play a load, which may be broken off, its undo, and the same load again."""
    world, policy, death = drawn(seed, given)
    lines = [line(n, f"N{n}") for n in range(2, rows + 2)]
    with opened(folder / f"{seed}.sqlite3") as file:
        play = Simulation(world=world, policy=policy, file=file, run_id="", death=death)
        play.run_id = run_id = stage(file, lines)
        if is_broken_off:
            play.death = max(death, 0.03)
            created = play.break_off()
        else:
            created = play.finish(deaths=deaths, most_lives=most_lives)
        edited = {key for key in world.ours() if world.happens(0.1)}
        for key in edited:
            world.edit(key)
        play.run_id = file.staging.begin_undo(run_id, options={})
        play.finish(deaths=deaths, most_lives=most_lives)
        ended = {row.instance_id: row.status for row in file.history.results(play.run_id)}
        standing = {key for key, made in world.offers.items() if made.stands(world.now)}
        play.run_id = stage(file, lines, digest="again")
        again = play.finish(deaths=deaths, most_lives=most_lives)
    remove(folder, seed)
    return Undone(
        world=world,
        created=created,
        edited=edited,
        deleted={key for key, status in ended.items() if status == "deleted"},
        left={key: status for key, status in ended.items() if status != "deleted"},
        standing=standing,
        again=again,
    )
