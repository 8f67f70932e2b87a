"""A plan that updates, archives and deletes, on the virtual clock, while others edit the same."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from loader.api.decided_later import Decision
from loader.api.departure_hooks import DepartureHooks
from loader.api.dps import DpsWire
from loader.api.is_update_applied import Steps, UpdateState
from loader.api.transport import Reply
from loader.api.update_outcome import Update, judge_update
from loader.delivery.delete_sender import CachedListing, DeleteFinder, DeleteSender
from loader.delivery.early_reads import EarlyReads
from loader.delivery.engine import Engine
from loader.delivery.find_unknown_changes import ChangeReconciler
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.rounds import deliver
from loader.delivery.shared import Shared
from loader.delivery.stop import StopSignal
from loader.delivery.update_sender import UpdateFinder, UpdateSender
from loader.events import silent
from loader.journal import SourceInfo
from loader.journal.records import PlannedRow
from loader.journal.sql.event_changes import Attempt
from loader.journal.sql.transitions import Transitions
from loader.journal.sqlite import SqliteJournal
from loader.merge.update_body import UpdateBody
from loader.model import Operation, Outcome, OutcomeKind, Receipt, RemoteOffer, RowKind
from loader.offer.describe_change import describe_change
from loader.offer.entity import FALLBACK_OFFER
from tests.delivery.journals import opened, remove
from tests.delivery.simulated_server import TAKEN_BACK, Link, Store, refused
from tests.delivery.simulation import DirectLedger, Simulation, drawn
from tests.delivery.virtual_time import START, VirtualClock, VirtualLoop
from tests.delivery.world import World
from tests.support.staged import KIND, TARGET

_WIRE = DpsWire(FALLBACK_OFFER.endpoints)
MADE_AT = START  # when the offers of a plan were made
OPERATIONS = (Operation.UPDATE, Operation.ARCHIVE, Operation.DELETE)
_CHANGED = {Operation.UPDATE: ("content", "ours"), Operation.ARCHIVE: ("status", "archived")}
_WANTED = dict(_CHANGED.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A patch under way, and the Location that says what becomes of it, if any."""

    at: float
    key: str
    steps: Steps
    location: str = ""


@dataclass(slots=True, kw_only=True)
class Edited:
    """What others do to the offers, and what comes of it."""

    world: World
    part: float  # of requests, before which somebody edits the offer
    repeats: float = 0.0  # of updates, which something in between sends twice
    late: list["Late"] = field(default_factory=list)
    decided: dict[str, Decision] = field(default_factory=dict)  # by the Location
    by_others: dict[str, list[str]] = field(default_factory=dict)  # the fields that they changed
    overwritten: list[str] = field(default_factory=list)
    applied: Counter[str] = field(default_factory=Counter)  # our patches

    def meddle(self, key: str) -> None:
        """Let somebody edit an offer, perhaps: what we change of it, or something else."""
        offer = self.world.offers[key]
        if not self.world.happens(self.part) or not offer.is_there(self.world.now):
            return
        name = self.world.chance.choice(["content", "status", "note"])
        value = f"theirs {self.world.chance.random()}"
        offer.change(orjson.dumps(orjson.loads(offer.body) | {name: value}), now=self.world.now)
        self.by_others.setdefault(key, []).append(name)

    def patch(self, key: str, steps: Steps) -> int:
        """Apply a patch as a server does, as a whole or not at all; return the status."""
        offer = self.world.offers[key]
        if not offer.is_there(self.world.now):
            return 404
        body = orjson.loads(offer.body)
        shown = body | {"etag": int(offer.etag)}
        for step in steps:
            name = step["path"].removeprefix("/")
            if step["op"] == "test" and shown.get(name) != step["value"]:
                return 409
        for step in steps:
            name = step["path"].removeprefix("/")
            if step["op"] != "test":
                if str(body.get(name, "")).startswith("theirs "):
                    self.overwritten.append(f"{key} {name}")
                body[name] = step["value"]
        offer.change(orjson.dumps(body), now=self.world.now)
        self.applied[key] += 1
        return 200

    def catch_up(self) -> None:
        """Apply what was under way until now."""
        for one in sorted(self.late, key=lambda one: one.at):
            if one.at <= self.world.now:
                self.late.remove(one)
                status = self.patch(one.key, one.steps)
                self.decided[one.location] = (
                    Decision()
                    if status == 200
                    else Decision(refusal=f"HTTP {status}", bare_status=status)
                )


class EditableStore(Store):
    """Reads, changes and deletes by id, while others edit."""

    def __init__(self, link: Link, edited: Edited) -> None:
        super().__init__(link)
        self._edited = edited

    async def lookup(self, remote_id: str) -> RemoteOffer | None:
        await asyncio.sleep(0.01)
        self._link.world.now = self._link.loop.now
        self._edited.catch_up()
        self._edited.meddle(remote_id)
        return await super().lookup(remote_id)

    async def update(
        self,
        remote_id: str,
        patch: bytes,
        etag: str,
        hooks: DepartureHooks,
        *,
        is_settled: Callable[[], bool],
    ) -> Outcome:
        world, edited = self._link.world, self._edited
        update = Update.of(remote_id, patch, etag, root=_WIRE.patch_root)
        steps, _ = _WIRE.patch(update.steps, etag)
        edited.meddle(remote_id)
        if not await self._link.goes(hooks):
            return TAKEN_BACK
        edited.catch_up()
        draw = int(world.chance.random() / max(world.trouble, 1e-9) * 5)
        match draw:
            case 0:
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="never came")
            case 1:
                edited.patch(remote_id, steps)
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="done, unseen")
            case 2:
                late = world.now + world.chance.uniform(0, world.zombie_seconds)
                edited.late.append(Late(at=late, key=remote_id, steps=steps))
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="done later")
            case 3:
                return refused(world)
            case 4:
                edited.patch(remote_id, steps)
                return Outcome(kind=OutcomeKind.LOST, code="http-500", http_status=500)
        accept = world.happens(0.2)
        reply = self._accepted(remote_id, steps) if accept else self._replied(remote_id, steps)
        return await judge_update(
            update,
            reply,
            self,
            receipt=_WIRE.receipt,
            is_settled=is_settled,
            is_stopping=lambda: False,
        )

    def _replied(self, key: str, steps: Steps) -> Reply:
        """Decide an update at once; something in between may send it twice."""
        world = self._edited.world
        status = self._edited.patch(key, steps)
        body: dict[str, Any] = {"id": key, "etag": int(world.offers[key].etag)}
        if world.happens(self._edited.repeats):
            status = self._edited.patch(key, steps)
        if status == 409:
            body = {"title": "A test of the patch failed"} if self._edited.repeats else {}
            status = 422 if self._edited.repeats else 409  # as some say of a wrong value
        return Reply(began=True, status=status, body=orjson.dumps(body))

    def _accepted(self, key: str, steps: Steps) -> Reply:
        """Let an update be decided later, where a Location says it, or drop it."""
        world = self._edited.world
        if world.happens(0.1):
            return Reply(began=True, status=202)
        location = f"/changes/{next(world.numbers)}"
        late = world.now + world.chance.choice([0.0, 0.4])
        self._edited.late.append(Late(at=late, key=key, steps=steps, location=location))
        return Reply(began=True, status=202, headers={"Location": location})

    async def poll_accepted_change(self, location: str) -> Decision:
        if location.startswith("/deletions/"):
            return await super().poll_accepted_change(location)
        await self._link.looks()
        self._edited.catch_up()
        return self._edited.decided.get(location, Decision(is_open=True))

    def update_state(self, remote_id: str, patch: bytes, there: RemoteOffer | None) -> UpdateState:
        return Update.of(remote_id, patch, "", root=_WIRE.patch_root).update_state(there)

    def same_object(self, before: bytes, remote: RemoteOffer) -> bool:
        return _bare(orjson.loads(before)) == _bare(remote.offer)


def _bare(offer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in offer.items() if name != "etag"}


@dataclass(slots=True, kw_only=True)
class MixedPlay(Simulation):
    """The run of a plan, through any number of deaths."""

    edited: Edited

    def _delivery(
        self, loop: VirtualLoop, clock: VirtualClock, ledger: DirectLedger, stop: StopSignal
    ) -> Coroutine[Any, Any, int]:
        """Put together what the loader puts together: one kind after the other."""
        store = EditableStore(Link(world=self.world, loop=loop), self.edited)
        rate_limit = RateLimiter(max_per_second=self.policy.max_per_second)
        listed = CachedListing(
            store=store,
            clock=clock,
            max_age_seconds=self.policy.settle_seconds,
            newest=ledger.newest_not_undone,
        )
        run = self.file.history.run(self.run_id)
        plan = self.file.history.run(run.of_run) if run is not None else None
        early = EarlyReads(
            clock=clock,
            seen_at=max(
                plan.started_at if plan is not None else 0.0,
                self.file.snapshots.last_write(
                    self.run_id, within=self.policy.settle_seconds, by_others=True
                ),
            ),
            settle_seconds=self.policy.settle_seconds,
        )

        async def each() -> int:
            found = 0
            for operation in self.file.history.open_operations(self.run_id):
                moves = Transitions(
                    self.file.database, run_id=self.run_id, target=TARGET, only=operation
                )
                shared = Shared(
                    ledger=DirectLedger(self.file, moves, ledger.mortality),
                    clock=clock,
                    policy=self.policy,
                    listener=silent,
                    stop=stop,
                    rate_limit=rate_limit,
                )
                is_delete = operation is Operation.DELETE
                sender = UpdateSender(store=store, stop=stop, listed=listed, early=early)
                deletes = DeleteSender(store=store, stop=stop, listed=listed, early=early)
                engine = Engine(
                    shared=shared,
                    sender=deletes if is_delete else sender,
                    chance=self.world.chance.random,
                )
                finder = UpdateFinder(store=store).find
                settler = ChangeReconciler(
                    shared=shared,
                    what="changes",
                    lookup=store.lookup,
                    find=DeleteFinder(listed=listed).find if is_delete else finder,
                    visible_at=MADE_AT + self.policy.settle_seconds if is_delete else 0.0,
                )
                found += await deliver(engine=engine, settler=settler, shared=shared)
            return found

        return each()


def staged_plan(
    file: SqliteJournal, world: World, keys: list[str], *, kinds: Sequence[Operation] = OPERATIONS
) -> str:
    """Stage a plan of some kinds of operations for offers, and the run that applies it."""
    return _applied(file, _plan(file, world, keys, kinds))


def _applied(file: SqliteJournal, plan: str) -> str:
    return file.staging.begin_apply(plan, options={}, kind=KIND)


def _plan(file: SqliteJournal, world: World, keys: list[str], kinds: Sequence[Operation]) -> str:
    plan = file.staging.begin(
        target=TARGET,
        command="plan",
        sources=[SourceInfo(path="offers.csv", digest="d")],
        options={},
        dry_run=True,
    )
    sheet = file.staging.add_sheet(plan, source="offers.csv", sheet="", header=("name",))
    rows = [
        _planned(number, kinds[number % len(kinds)], world.offers[key].at(world.now))
        for number, key in enumerate(keys, 2)
    ]
    file.staging.add_rows(plan, sheet, rows, kind=KIND, describe_change=describe_change)
    file.staging.finish(plan)
    return plan


def _written(file: SqliteJournal, world: World, keys: list[str], wanted: dict[str, str]) -> None:
    """Let another run of the journal give offers what is wanted, in a moment."""
    run_id = staged_plan(file, world, keys, kinds=(Operation.UPDATE,))
    moves = Transitions(file.database, run_id=run_id, target=TARGET)
    with file.database.transaction():
        for key, job in zip(keys, moves.due(after=0, limit=len(keys)), strict=True):
            offer = world.offers[key]
            offer.change(orjson.dumps(orjson.loads(offer.body) | wanted), now=world.now)
            receipt = Receipt(instance_id=key, at_id=key, etag=offer.etag)
            done = Outcome(kind=OutcomeKind.DONE, code="", receipt=receipt)
            moves.start([job])
            moves.finish([Attempt(job, done)])
    file.staging.end_run(run_id, reason="")


def _planned(number: int, operation: Operation, there: dict[str, Any]) -> PlannedRow:
    body = b""
    if operation in _CHANGED:
        name, value = _CHANGED[operation]
        path = f"/{name}"
        patch = [{"op": "add", "path": path, "value": value}]  # the revision guards it
        if name in there:
            test = {"op": "test", "path": path, "value": there[name]}
            patch = [test, {"op": "replace", "path": path, "value": value}]
        body = UpdateBody(patch=patch, changes=()).dump()
    return PlannedRow(
        row_number=number,
        cells=(there["name"],),
        kind=RowKind.PRIMARY,
        there=_WIRE.offer(there),
        operation=operation,
        name=there["name"],
        body=body,
        before=orjson.dumps(there, option=orjson.OPT_SORT_KEYS),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What came of a plan: for each offer what the results say, and what stands there."""

    edited: Edited
    said: dict[str, tuple[str, str]]  # by the id of the offer: status and code

    def wrong(self) -> list[str]:
        """Return what is not as it is said, or as it must be."""
        self.edited.world.now += 100.0
        self.edited.catch_up()
        found = [f"overwritten: {one}" for one in self.edited.overwritten]
        found += [f"{key}: applied {n} times" for key, n in self.edited.applied.items() if n > 1]
        for key, (status, code) in self.said.items():
            offer = self.edited.world.offers[key]
            shown, theirs = orjson.loads(offer.body), self.edited.by_others.get(key, [])
            match status:
                case "deleted":
                    is_so = not offer.stands(self.edited.world.now)
                case "updated":
                    is_so = shown["content"] == "ours" or "content" in theirs
                case "archived":
                    is_so = shown.get("status") == "archived" or "status" in theirs
                case "failed":
                    is_told = bool(theirs) or code == "delete-refused"
                    is_so = offer.stands(self.edited.world.now) and is_told
                case _:
                    is_so = False
            found += [] if is_so else [f"{key}: {status} {code}: {shown}, theirs: {theirs}"]
        return found


def simulate_plan(
    seed: int,
    *,
    folder: Path,
    rows: int = 9,
    deaths: int = 3,
    edits: float = 0.1,
    repeats: float = 0.0,
    is_fresh: bool = False,
    is_new: bool = False,
    is_old: bool = False,
    **given: Any,
) -> Applied:
    """Play a plan from a seed, through deaths and troubles, while others edit.

    `is_fresh`: until just before the plan the offers had what it is to give them. `is_new`: they
    were made just before it, and it deletes them all. `is_old`: after it they had what it is to
    give them, until another run took that back a moment ago.
    """
    world, policy, death = drawn(seed, {"edits_lag": True, **given})
    for number in range(rows):
        body = {"name": f"N{number}", "content": "before", "status": "approved"}
        was = body | (_WANTED if is_fresh else {})
        key = world.apply(orjson.dumps(was)).instance_id
        if is_fresh:
            world.offers[key].change(orjson.dumps(body), now=world.now + 99.9)
    world.now += 0.0 if is_new else 100.0
    edited = Edited(world=world, part=edits, repeats=repeats)
    with opened(folder / f"{seed}.sqlite3") as file:
        file.database.clock = lambda: START + world.now
        keys = list(world.offers)[-rows:]
        kinds = (Operation.DELETE,) if is_new else OPERATIONS
        plan = _plan(file, world, keys, kinds)
        for wanted in (_WANTED, {"content": "before", "status": "approved"}) if is_old else ():
            world.now += 100.0
            _written(file, world, keys, wanted)
        run_id = _applied(file, plan)
        play = MixedPlay(
            world=world, policy=policy, file=file, run_id=run_id, death=death, edited=edited
        )
        play.finish(deaths=deaths, most_lives=30)
        said = {
            row.instance_id: (row.status, row.error_code) for row in file.history.results(run_id)
        }
    remove(folder, seed)
    return Applied(edited=edited, said=said)
