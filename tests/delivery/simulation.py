"""The engine on a virtual clock: whole runs, with deaths in between, in milliseconds.

The real journal, engine and reconciler; a world that is a list of scheduled happenings. The event
loop's time stands still until nobody has anything to do, and then jumps. Everything that happens
is drawn from one seed.
"""

import asyncio
import random
import selectors
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from loader.delivery.engine import Engine
from loader.delivery.ports import DepartureHooks, Policy
from loader.delivery.reconcile import Reconciler
from loader.delivery.standing import StandingOffers
from loader.delivery.stop import StopSignal
from loader.errors import TargetError
from loader.journal.sqlite import SqliteJournal
from loader.journal.sqlite.operations import GroupedOperations
from loader.journal.sqlite.transitions import Transitions
from loader.listeners import silent
from loader.model import Dialect, Job, Outcome, OutcomeKind, Receipt, RemoteOffer
from loader.offer.entity import FALLBACK_OFFER
from loader.run.delivering import deliver
from tests.support.staged import TARGET, line, stage

START = 1_700_000_000.0


class Death(BaseException):
    """The process ends here."""


class _Instant(selectors.DefaultSelector):
    """Never waits: what would be waited for is time, and time is ours."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout:
            self.loop.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = _Instant()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


@dataclass(slots=True, kw_only=True)
class World:
    """The server, the wire and the clock, over all lives of the loader."""

    seed: int
    lag_seconds: float = 0.0  # of lists behind writes
    zombie_seconds: float = 0.0  # a request may be applied so much later
    trouble: float = 0.3  # the part of sends that go wrong
    connecting_seconds: float = 0.0  # at most, between being let go and leaving
    stall_seconds: float = 0.0  # at most, when the machine stands still, before or after leaving
    broken: bool = False  # the sender has a fault of its own
    changes_names: bool = False  # reads show them in lower case, with one blank for several
    no_list: float = 0.0  # the part of listings that the client cannot take for one
    old_ids: float = 0.0  # the part of successes that name another offer
    now: float = 0.0
    chance: random.Random = field(init=False)
    offers: list[tuple[float, str, bytes]] = field(default_factory=list)  # (visible, id, body)
    sent: list[float] = field(default_factory=list)  # when requests left
    posts: Counter[str] = field(default_factory=Counter)
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def apply(self, body: bytes, *, late: float = 0.0) -> Receipt:
        key = f"dps:fallback-offer:{next(self.numbers):016x}"
        lag = self.chance.uniform(0, self.lag_seconds)
        self.offers.append((self.now + late + lag, key, body))
        return Receipt(instance_id=key, at_id=key, etag="1")

    def visible(self) -> list[RemoteOffer]:
        return [self._shown(key, body) for seen, key, body in self.offers if seen <= self.now]

    def _shown(self, key: str, body: bytes) -> RemoteOffer:
        offer = orjson.loads(body)
        if self.changes_names:
            offer["name"] = " ".join(offer["name"].lower().split())
        receipt = Receipt(instance_id=key, at_id=key, etag="1")
        return RemoteOffer(receipt=receipt, name=offer["name"], offer=offer)

    def receipt(self, body: bytes) -> Receipt:
        """Apply a request; return what is said of it, which may be the id of another offer."""
        made = self.apply(body)
        if self.old_ids and self.chance.random() < self.old_ids:
            _, key, _ = self.chance.choice(self.offers)
            return Receipt(instance_id=key, at_id=key, etag="1")
        return made

    def names(self) -> Counter[str]:
        return Counter(orjson.loads(body)["name"] for _, _, body in self.offers)

    def most_in_a_second(self) -> int:
        return max(
            (bisect_left(self.sent, at + 1.0) - place for place, at in enumerate(self.sent)),
            default=0,
        )


@dataclass(slots=True, kw_only=True)
class Mortality:
    """Whether the process still lives; asked around every commit and before every send."""

    chance: random.Random
    rate: float
    dead: bool = False

    def check(self) -> None:
        self.dead = self.dead or self.chance.random() < self.rate
        if self.dead:
            raise Death


class Wire:
    """What the engine sends through, in one life."""

    def __init__(self, world: World, loop: VirtualLoop, mortality: Mortality) -> None:
        self._world = world
        self._loop = loop
        self._mortality = mortality

    def _stall(self) -> None:
        if self._world.stall_seconds and self._world.chance.random() < 0.2:
            self._loop.now += self._world.chance.uniform(0, self._world.stall_seconds)

    async def perform(self, job: Job, way: DepartureHooks) -> Outcome:
        body = job.body
        self._mortality.check()
        world = self._world
        self._stall()
        if world.connecting_seconds and world.chance.random() < 0.3:
            await asyncio.sleep(world.chance.uniform(0, world.connecting_seconds))
        if world.broken:
            await asyncio.sleep(5.0)
            raise ZeroDivisionError
        world.now = self._loop.now
        world.sent.append(world.now)
        self._stall()
        way.left()
        world.posts[orjson.loads(body)["name"]] += 1
        draw = world.chance.random() / max(world.trouble, 1e-9)
        await asyncio.sleep(min(world.chance.expovariate(5.0), 30.0))
        world.now = self._loop.now
        if draw >= 1.0:
            return Outcome(
                kind=OutcomeKind.DONE, code="created", http_status=201,
                receipt=world.receipt(body),
            )  # fmt: skip
        return self._trouble(draw, body)

    def _trouble(self, draw: float, body: bytes) -> Outcome:
        world = self._world
        match int(draw * 8):
            case 0:
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="never came")
            case 1:
                world.apply(body)
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="done, unseen")
            case 2:
                world.apply(body, late=world.chance.uniform(0, world.zombie_seconds))
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="done later")
            case 3:
                world.apply(body)
                return Outcome(kind=OutcomeKind.LOST, code="created-no-ids", http_status=201)
            case 4:
                return Outcome(
                    kind=OutcomeKind.NOT_ACCEPTED, code="too-many-requests", http_status=429,
                    retry_after_seconds=world.chance.choice([None, 0.5, 3.0]),
                )  # fmt: skip
            case 5:
                return Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="contention", http_status=409)
            case 6:
                return Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="connect-error", began=False)
            case _:
                return Outcome(kind=OutcomeKind.LOST, code="http-500", http_status=500)


class Library:
    """What the reconciler reads, in one life."""

    def __init__(self, world: World, loop: VirtualLoop) -> None:
        self._world = world
        self._loop = loop

    async def _look(self) -> list[RemoteOffer]:
        await asyncio.sleep(0.05)
        self._world.now = self._loop.now
        return self._world.visible()

    async def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]:
        shown = await self._look()
        if self._world.no_list and self._world.chance.random() < self._world.no_list:
            raise TargetError("the reply is no list of offers")
        yield shown

    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool:
        return FALLBACK_OFFER.is_same(sent, remote.offer, Dialect.DPS)


@dataclass(slots=True, kw_only=True)
class VirtualClock:
    """The engine's clock."""

    loop: VirtualLoop

    def now(self) -> float:
        return START + self.loop.now

    def monotonic(self) -> float:
        return self.loop.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 1e-6))  # less would be lost in the sum: time would stand


async def in_loop(work: Callable[[], None]) -> None:
    work()


class DirectLedger(GroupedOperations):
    """The ledger without its thread, so that time cannot pass unseen; mortal between commits."""

    def __init__(self, file: SqliteJournal, moves: Transitions, mortality: "Mortality") -> None:
        super().__init__(file.database, moves, in_thread=in_loop)
        self._mortality = mortality

    async def _do(self, work: Callable[[], Any]) -> Any:
        self._mortality.check()
        with self._database.transaction():
            result = work()
        self._mortality.check()
        await asyncio.sleep(0)
        return result


@dataclass(slots=True, kw_only=True)
class Simulation:
    """A run of some rows in a world, through any number of deaths."""

    world: World
    policy: Policy
    file: SqliteJournal
    run_id: str
    death: float = 0.0  # the chance of dying around each commit

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
        parts = {
            "standing": StandingOffers(),
            "ledger": ledger,
            "clock": clock,
            "policy": self.policy,
            "listener": silent,
        }
        engine = Engine(
            sender=Wire(self.world, loop, mortality),
            stop=stop,
            chance=self.world.chance.random,
            **parts,
        )
        reconciler = Reconciler(library=Library(self.world, loop), stop=stop, **parts)
        try:
            loop.run_until_complete(
                deliver(engine=engine, reconciler=reconciler, ledger=ledger, stop=stop)
            )
        except TargetError:
            return False  # the run ends and says why; the next one goes on
        except BaseException:
            if not mortality.dead:
                raise
            return False  # what a dying process says means nothing
        finally:
            self.world.now = loop.now
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()
        return True


def simulate(
    seed: int, *, folder: Path, rows: int = 12, deaths: int = 3, most_lives: int = 30, **policy: Any
) -> tuple[World, Any]:
    """Play a whole delivery from a seed; give the world and the summary of the run."""
    chance = random.Random(f"policy {seed}")
    settle = policy.pop("settle_seconds", 10.0)
    world = World(
        seed=seed,
        lag_seconds=policy.pop("lag_seconds", chance.choice([0.0, 1.0, 8.0])),
        zombie_seconds=policy.pop("zombie_seconds", chance.choice([0.0, 2.0, 9.0])),
        trouble=policy.pop("trouble", chance.choice([0.0, 0.2, 0.5])),
        connecting_seconds=policy.pop("connecting_seconds", 0.0),
        stall_seconds=policy.pop("stall_seconds", 0.0),
        broken=policy.pop("broken", False),
        changes_names=policy.pop("changes_names", False),
        no_list=policy.pop("no_list", 0.0),
        old_ids=policy.pop("old_ids", 0.0),
    )
    made = Policy(
        max_per_second=policy.pop("max_per_second", chance.choice([2.0, 5.0, 20.0])),
        max_in_flight=chance.choice([1, 3, 8]),
        settle_seconds=settle,
        **policy,
    )
    path = folder / f"{seed}.sqlite3"
    with SqliteJournal.open(path, clock=lambda: START) as file:
        file.database.connection.execute("PRAGMA synchronous = OFF")
        run_id = stage(file, [line(n, f"N{n}") for n in range(2, rows + 2)])
        simulation = Simulation(
            world=world,
            policy=made,
            file=file,
            run_id=run_id,
            death=chance.choice([0.0, 0.01, 0.05]),
        )
        for life in range(most_lives):
            whole = simulation.live(mortal=life < deaths)
            summary = file.history.summary(run_id)
            if whole and not (summary.pending or summary.unknown):
                break
            world.trouble = world.trouble if life < most_lives // 2 else 0.0
    for leftover in folder.glob(f"{seed}.sqlite3*"):
        leftover.unlink()
    return world, summary
