"""Updates over sockets: done, overtaken, gone, refused or unknown, and never more than is known."""

import itertools
from collections.abc import Iterator
from typing import Any

import anyio
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loader.api.client import OfferClient
from loader.api.is_update_applied import UpdateState
from loader.api.update_outcome import UpdateCode
from loader.model import Dialect, OutcomeKind, RemoteOffer
from loader.validation.references import OfferDecision
from offer_sandbox import Effect, Sandbox, SandboxSettings, running_sandbox
from offer_sandbox.faults import BEFORE, PASSING, UNREAD
from tests.support.clients import opened

pytestmark = pytest.mark.anyio
DIALECTS = pytest.mark.parametrize("dialect", list(Dialect))
DONE, REFUSED, NOT_ACCEPTED, LOST, HALTED = OutcomeKind
EFFECTS = sorted(set(Effect) - PASSING - {Effect.APPLIED_LATE})
NOT_DONE = (BEFORE | UNREAD) - {Effect.REFUSE_TOKEN}  # after which it is sent with a fresh one
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One for all tests that change no setting."""
    with running_sandbox() as running:
        yield running


class Offer:
    """One offer that a test updates: named A, described as d, with a tag."""

    def __init__(self, client: OfferClient, dialect: Dialect) -> None:
        self._client = client
        self._prefix = "" if dialect is Dialect.DPS else "xdm:"
        self._root = "/" if dialect is Dialect.DPS else "/_instance/xdm:"
        self.read: RemoteOffer

    async def create(self, **fields: Any) -> "Offer":
        usual = {"name": f"A {next(NUMBERS)}", "status": "draft", "description": "d", "tags": ["t"]}
        offer = {self._prefix + field: value for field, value in {**usual, **fields}.items()}
        receipt = (await self._client.send(orjson.dumps(offer))).receipt
        assert receipt is not None
        await self.look(receipt.instance_id)
        return self

    async def look(self, key: str) -> dict[str, Any]:
        found = await self._client.lookup(key)
        assert found is not None
        self.read = found
        return {field.removeprefix("xdm:"): value for field, value in found.offer.items()}

    @property
    def key(self) -> str:
        return self.read.receipt.instance_id

    def patch(self, *, guarded: bool = True, **fields: Any) -> bytes:
        """Make the patch that sets these fields, None removes one; against what was read."""
        tests, changes = [], []
        for field, value in fields.items():
            path, held = self._root + field, self.read.offer.get(self._prefix + field)
            if guarded and held is not None:
                tests.append({"op": "test", "path": path, "value": held})
            if value is None:
                changes.append({"op": "remove", "path": path})
            else:
                op = "add" if held is None else "replace"
                changes.append({"op": op, "path": path, "value": value})
        return orjson.dumps([*tests, *changes])

    async def update(self, patch: bytes, *, etag: str | None = None) -> tuple[OutcomeKind, str]:
        known = self.read.receipt.etag if etag is None else etag
        outcome = await self._client.update(self.key, patch, etag=known)
        return outcome.kind, outcome.code

    async def update_state(self, patch: bytes) -> UpdateState:
        there = await self._client.lookup(self.key)
        return self._client.update_state(self.key, patch, there, etag=self.read.receipt.etag)


@DIALECTS
async def test_an_update_is_done_and_its_receipt_has_the_next_revision(
    sandbox: Sandbox, dialect: Dialect
) -> None:
    async with opened(sandbox, dialect) as client:
        offer = await Offer(client, dialect).create()
        patch = offer.patch(description="e", tags=None, characteristics={"k": "v"})
        outcome = await client.update(offer.key, patch, etag="1")
        before = await offer.update_state(patch)
        now = await offer.look(offer.key)

    assert (outcome.kind, outcome.code) == (DONE, UpdateCode.UPDATED)
    assert outcome.receipt is not None
    assert (outcome.receipt.instance_id, outcome.receipt.etag) == (offer.key, "2")
    assert (now["description"], now["characteristics"]) == ("e", {"k": "v"})
    assert "tags" not in now
    assert before is UpdateState.AS_SENT


@DIALECTS
@pytest.mark.parametrize("status", [409, 412, 422, 400])
async def test_an_edit_meanwhile_is_seen_whatever_status_says_so(
    dialect: Dialect, status: int
) -> None:
    settings = SandboxSettings(failed_test_status=status)
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, dialect) as client:
            offer = await Offer(client, dialect).create()
            patch = offer.patch(description="e")
            sandbox.edit(offer.key, "description")
            outcome = await client.update(offer.key, patch, etag="1")
            update_state = await offer.update_state(patch)
            now = await offer.look(offer.key)
        lost = sandbox.overwritten_edits()

    assert (outcome.kind, outcome.code) == (REFUSED, UpdateCode.CHANGED)
    assert "description" in outcome.message
    assert (now["description"], update_state, lost) == ("Edited 1", UpdateState.CHANGED, [])


@DIALECTS
async def test_an_edit_of_another_field_lets_the_update_be_sent_with_the_new_revision(
    sandbox: Sandbox, dialect: Dialect
) -> None:
    async with opened(sandbox, dialect) as client:
        offer = await Offer(client, dialect).create()
        patch = offer.patch(description="e")
        sandbox.edit(offer.key, "labels")
        first = await offer.update(patch)
        update_state = await offer.update_state(patch)
        await offer.look(offer.key)
        again = await offer.update(patch)
        now = await offer.look(offer.key)

    is_dps = dialect is Dialect.DPS
    assert first == ((DONE, "updated") if is_dps else (NOT_ACCEPTED, UpdateCode.NOT_NOW))
    assert update_state is (UpdateState.AS_SENT if is_dps else UpdateState.AS_BEFORE)
    assert again[0] is DONE or is_dps  # DPS: its own change is there
    assert now["description"] == "e"
    assert now.get("labels", now.get("xdm:labels"))


@DIALECTS
@pytest.mark.parametrize("kind", ["attribute", "labels"])
async def test_what_is_new_is_guarded_by_the_revision(
    sandbox: Sandbox, dialect: Dialect, kind: str
) -> None:
    async with opened(sandbox, dialect) as client:
        offer = await Offer(client, dialect).create()
        patch = offer.patch(characteristics={"ours": "1"})
        sandbox.edit(offer.key, kind)
        outcome = await offer.update(patch)
        now = await offer.look(offer.key)

    is_ours = kind == "attribute"
    assert outcome == (
        (REFUSED, "changed-meanwhile") if is_ours else (NOT_ACCEPTED, "guard-refused")
    )
    assert "ours" not in now.get("characteristics", {})
    assert sandbox.overwritten_edits() == []


@DIALECTS
async def test_an_update_of_an_offer_that_was_deleted_says_so(
    sandbox: Sandbox, dialect: Dialect
) -> None:
    async with opened(sandbox, dialect) as client:
        offer = await Offer(client, dialect).create()
        sandbox.edit(offer.key, "delete")
        patch = offer.patch(description="e")

        assert await offer.update(patch) == (REFUSED, UpdateCode.GONE)
        assert await offer.update_state(patch) is UpdateState.GONE


@DIALECTS
@pytest.mark.parametrize(
    ("changed", "fields", "code"),
    [
        ({}, {"status": "live"}, "http-400"),
        ({"archived_becomes": "nothing"}, {"status": "approved"}, "http-422"),
        ({"unique_names": True}, {"name": "Taken"}, "http-409"),
    ],
)
async def test_a_refusal_of_the_update_itself_is_no_conflict(
    dialect: Dialect, changed: dict[str, Any], fields: dict[str, str], code: str
) -> None:
    with running_sandbox(SandboxSettings(**changed)) as sandbox:
        async with opened(sandbox, dialect) as client:
            await Offer(client, dialect).create(name="Taken")
            offer = await Offer(client, dialect).create(status="archived")

            assert await offer.update(offer.patch(**fields)) == (REFUSED, code)


async def test_a_server_that_compares_another_form_refuses_and_nothing_is_claimed() -> None:
    settings = SandboxSettings(labels_read_as="lower-case", test_compares="held")
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox) as client:
            offer = await Offer(client, Dialect.DPS).create(labels=["core/C1"])
            patch = offer.patch(labels=["core/c1", "core/c2"])

            assert await offer.update(patch) == (NOT_ACCEPTED, UpdateCode.NOT_NOW)


async def test_contention_is_not_a_conflict(sandbox: Sandbox) -> None:
    async with opened(sandbox) as client:
        offer = await Offer(client, Dialect.DPS).create()
        sandbox.set_faults("status-before on=update status=409 times=1")
        patch = offer.patch(description="e")

        assert await offer.update(patch) == (NOT_ACCEPTED, "contention")
        assert await offer.update(patch) == (DONE, UpdateCode.UPDATED)


@DIALECTS
async def test_whatever_is_said_of_an_update_it_is_done_once_or_known_not_to_be(
    sandbox: Sandbox, dialect: Dialect
) -> None:
    found = {}
    async with opened(sandbox, dialect, request_timeout_seconds=0.4) as client:
        for effect in EFFECTS:
            offer = await Offer(client, dialect).create()
            patch = offer.patch(description="e")
            sandbox.set_faults(f"{effect} on=update seconds=0.2 times=1")
            try:
                kind, _ = await offer.update(patch)
            finally:
                sandbox.set_faults()
            found[effect] = kind, await offer.update_state(patch)
            if found[effect][1] is UpdateState.AS_BEFORE:
                assert (await offer.update(patch))[0] is DONE, effect
            assert (await offer.look(offer.key))["description"] == "e", effect
            assert offer.read.receipt.etag == "2", effect

    for effect, (kind, update_state) in found.items():
        is_applied = effect not in NOT_DONE
        assert update_state is (UpdateState.AS_SENT if is_applied else UpdateState.AS_BEFORE), (
            effect
        )
        assert kind in ((DONE, LOST) if is_applied else (LOST, NOT_ACCEPTED)), effect


@DIALECTS
@pytest.mark.parametrize("status", [400, 409, 412, 422, 500, 504])
async def test_an_update_that_was_applied_and_then_refused_is_done_or_unknown(
    sandbox: Sandbox, dialect: Dialect, status: int
) -> None:
    async with opened(sandbox, dialect) as client:
        offer = await Offer(client, dialect).create()
        sandbox.set_faults(f"status-after on=update status={status} body=empty times=1")
        kind, _ = await offer.update(offer.patch(description="e"))

    assert kind is (LOST if status >= 500 else DONE)


@DIALECTS
async def test_an_update_applied_late_is_not_applied_twice(
    sandbox: Sandbox, dialect: Dialect
) -> None:
    async with opened(sandbox, dialect) as client:
        offer = await Offer(client, dialect).create()
        patch = offer.patch(description="e")
        sandbox.set_faults("applied-late on=update seconds=0.3 times=1")
        lost = await offer.update(patch)
        as_before = await offer.update_state(patch)
        again = await offer.update(patch)
        sandbox.edit(offer.key, "description")
        await anyio.sleep(0.5)
        now = await offer.look(offer.key)

    assert (lost[0], as_before, again[0]) == (LOST, UpdateState.AS_BEFORE, DONE)
    assert now["description"].startswith("Edited")  # the late one found another value
    assert sandbox.overwritten_edits() == []


@pytest.mark.parametrize("status", [409, 412, 422])
async def test_an_edit_of_another_part_is_no_refusal_whatever_its_status(status: int) -> None:
    with running_sandbox(SandboxSettings(failed_test_status=status)) as sandbox:
        async with opened(sandbox, Dialect.DPS) as client:
            offer = await Offer(client, Dialect.DPS).create()
            sandbox.edit(offer.key, "labels")
            first = await offer.update(offer.patch(characteristics={"ours": "1"}))
            await offer.look(offer.key)
            again = await offer.update(offer.patch(characteristics={"ours": "1"}))

    assert (first, again) == ((NOT_ACCEPTED, UpdateCode.NOT_NOW), (DONE, UpdateCode.UPDATED))


@DIALECTS
@pytest.mark.parametrize("status", [200, 422])
async def test_an_edit_of_another_part_is_no_refusal_where_it_is_decided_later(
    dialect: Dialect, status: int
) -> None:
    settings = SandboxSettings(updates="poll", update_seconds=0.1, update_refusal_status=status)
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, dialect) as client:
            offer = await Offer(client, dialect).create()
            sandbox.set_faults("edited on=lookup times=3", "edit-kinds=labels")
            first = await offer.update(offer.patch(characteristics={"ours": "1"}))
            sandbox.set_faults()
            await offer.look(offer.key)
            again = await offer.update(offer.patch(characteristics={"ours": "1"}))

    assert (first, again) == ((NOT_ACCEPTED, UpdateCode.NOT_NOW), (DONE, UpdateCode.UPDATED))


@DIALECTS
@pytest.mark.parametrize("seconds", [0.0, 0.15])
@pytest.mark.parametrize(
    ("outcome", "status", "expected"),
    [
        ("applied", 200, (DONE, UpdateCode.UPDATED)),
        ("refused", 200, (REFUSED, UpdateCode.REFUSED_LATER)),
        ("refused", 409, (REFUSED, UpdateCode.REFUSED_LATER)),
        ("refused", 422, (REFUSED, UpdateCode.REFUSED_LATER)),
    ],
)
async def test_an_accepted_update_is_polled_until_it_is_decided(
    dialect: Dialect, outcome: Any, status: int, expected: object, seconds: float
) -> None:
    settings = SandboxSettings(
        updates="poll",
        update_outcome=outcome,
        update_refusal_status=status,
        update_seconds=seconds,
    )
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, dialect) as client:
            offer = await Offer(client, dialect).create()

            assert await offer.update(offer.patch(description="e")) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (412, (NOT_ACCEPTED, UpdateCode.NOT_NOW)),
        (422, (REFUSED, UpdateCode.REFUSED_LATER)),
    ],
)
async def test_a_condition_that_fails_later_without_words_is_no_refusal_of_the_row(
    status: int, expected: object
) -> None:
    """An earlier request of ours may have made it fail, while look-ups show the offer as before."""

    async def accepted(_request: web.Request) -> web.Response:
        return web.Response(status=202, headers={"Location": "/decided"})

    async def decided(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    async def look(_request: web.Request) -> web.Response:
        return web.json_response({"id": "one", "name": "A", "description": "d", "etag": 2})

    app = web.Application()
    app.router.add_patch("/offers/{id}", accepted)
    app.router.add_get("/offers/{id}", look)
    app.router.add_get("/decided", decided)
    patch = [
        {"op": "test", "path": "/description", "value": "d"},
        {"op": "replace", "path": "/description", "value": "e"},
    ]
    with running_sandbox() as sandbox:
        async with TestServer(app) as server:
            url = str(server.make_url("")).rstrip("/")
            async with opened(sandbox, api_url=url) as client:
                outcome = await client.update("one", orjson.dumps(patch), etag="2")

    assert (outcome.kind, outcome.code) == expected


@DIALECTS
async def test_an_error_is_no_receipt_though_it_names_the_offer(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loader.api.decided_later.WAITS", (0.0, 0.05))
    there = {"name": "A", "description": "d", "etag": 2}
    shown = {"id": "a:one", **there, "instanceId": "a:one", "repo:etag": 2, "_instance": there}

    async def refuse(_request: web.Request) -> web.Response:
        ids = {"id": "a:one", "instanceId": "a:one", "@id": "a:one"}
        return web.json_response({"status": 503, "title": "Unavailable", **ids})

    async def look(_request: web.Request) -> web.Response:
        return web.json_response(shown)

    app = web.Application()
    app.router.add_patch("/{path:.*}", refuse)
    app.router.add_get("/{path:.*}", look)
    patch = [{"op": "replace", "path": "/description", "value": "e"}]
    with running_sandbox() as sandbox:
        async with TestServer(app) as server:
            url = str(server.make_url("")).rstrip("/")
            async with opened(sandbox, dialect, api_url=url, container_id="c") as client:
                outcome = await client.update("a:one", orjson.dumps(patch), etag="2")

    assert (outcome.kind, outcome.code) == (LOST, UpdateCode.NOT_DECIDED)
    assert "Unavailable" in outcome.message


@DIALECTS
@pytest.mark.parametrize(("description", "expected"), [("d", LOST), ("e", DONE)])
async def test_a_location_that_is_the_offer_itself_is_no_receipt(
    dialect: Dialect, description: str, expected: OutcomeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody edits another part of it, so that it has a revision after the one before."""
    monkeypatch.setattr("loader.api.decided_later.WAITS", (0.0, 0.05))
    there = {"@id": "xcore:a:one", "name": "A", "xdm:name": "A", "labels": ["theirs"], "etag": 3}
    there |= {"description": description}
    ids = {"id": "a:one", "instanceId": "a:one", "@id": "xcore:a:one", "repo:etag": 3}
    shown = {**there, **ids, "_instance": there}

    async def accept(request: web.Request) -> web.Response:
        return web.Response(status=202, headers={"Location": request.path_qs})

    async def look(_request: web.Request) -> web.Response:
        return web.json_response(shown)

    app = web.Application()
    app.router.add_patch("/{path:.*}", accept)
    app.router.add_get("/{path:.*}", look)
    root = "" if dialect is Dialect.DPS else "/_instance"
    path = f"{root}/description"
    patch = [
        {"op": "test", "path": path, "value": "d"},
        {"op": "replace", "path": path, "value": "e"},
    ]
    with running_sandbox() as sandbox:
        async with TestServer(app) as server:
            url = str(server.make_url("")).rstrip("/")
            async with opened(sandbox, dialect, api_url=url, container_id="c") as client:
                outcome = await client.update("a:one", orjson.dumps(patch), etag="2")

    assert outcome.kind is expected


@DIALECTS
async def test_an_accepted_update_that_is_not_decided_in_time_is_unknown(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loader.api.decided_later.WAITS", (0.0, 0.05))
    with running_sandbox(SandboxSettings(updates="poll", update_seconds=60.0)) as sandbox:
        async with opened(sandbox, dialect) as client:
            offer = await Offer(client, dialect).create()

            assert await offer.update(offer.patch(description="e")) == (LOST, "not-decided")


@pytest.mark.parametrize(
    "fault",
    [
        "status-before on=decision status=302 body=empty location=https://login.example/sign-in",
        *(f"status-before on=decision status={s} body=gateway" for s in (400, 401, 403, 406)),
        "status-before on=decision status=403 body=problem",
        "status-before on=decision status=400 body=page",
        "wrong-shape on=decision shape=error",
    ],
)
async def test_an_answer_that_decides_nothing_is_no_refusal(fault: str) -> None:
    with running_sandbox(SandboxSettings(updates="poll", update_seconds=0.3)) as sandbox:
        async with opened(sandbox) as client:
            offer = await Offer(client, Dialect.DPS).create()
            sandbox.set_faults(fault)

            assert await offer.update(offer.patch(description="e")) == (DONE, UpdateCode.UPDATED)


@DIALECTS
async def test_an_accepted_update_that_was_overtaken_is_a_conflict(dialect: Dialect) -> None:
    settings = SandboxSettings(updates="poll", update_seconds=0.3, update_refusal_status=422)
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, dialect) as client:
            offer = await Offer(client, dialect).create()
            sandbox.set_faults("edited on=lookup times=3", "edit-kinds=description")

            assert await offer.update(offer.patch(description="e")) == (
                REFUSED,
                UpdateCode.CHANGED,
            )
        assert sandbox.overwritten_edits() == []


@DIALECTS
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"update_reply": "object"}, DONE),
        ({"update_reply": "nothing"}, DONE),
        ({"updates": "poll", "locations": "absolute-path"}, DONE),
        ({"updates": "poll", "locations": "absolute-url"}, DONE),
        ({"updates": "poll", "locations": "other-origin"}, DONE),
        ({"updates": "poll", "update_reply": "nothing"}, DONE),
        ({"updates": "poll", "update_reply": "object"}, DONE),
        ({"updates": "poll", "update_seconds": 0.3, "undecided_reads_as": "running"}, DONE),
        ({"updates": "poll", "decided_reads_as": "state"}, DONE),
        ({"updates": "poll", "update_outcome": "refused", "locations": "other-origin"}, LOST),
    ],
)
async def test_an_update_is_done_when_the_offer_shows_it_whatever_the_reply(
    dialect: Dialect, changed: dict[str, Any], expected: OutcomeKind
) -> None:
    with running_sandbox(SandboxSettings(**changed)) as sandbox:
        async with opened(sandbox, dialect) as client:
            offer = await Offer(client, dialect).create()

            assert (await offer.update(offer.patch(description="e")))[0] is expected


@DIALECTS
async def test_a_look_up_that_lags_claims_no_conflict_and_no_failure(dialect: Dialect) -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox, dialect) as client:
            offer = await Offer(client, dialect).create()
            patch = offer.patch(description="e")
            await anyio.sleep(0.5)
            sandbox.set_faults("lookup-lag-seconds=0.5", "reset-after on=update times=1")
            lost = await offer.update(patch)
            early = await offer.update_state(patch)
            again = await offer.update(patch)
            await anyio.sleep(0.6)
            late = await offer.update(patch)

    assert (lost[0], early) == (LOST, UpdateState.AS_BEFORE)
    assert again == (NOT_ACCEPTED, UpdateCode.NOT_NOW)
    assert late[0] is DONE


@DIALECTS
@pytest.mark.parametrize(
    ("status", "expected"), [(202, LOST), (400, NOT_ACCEPTED), (404, NOT_ACCEPTED)]
)
async def test_what_an_offer_was_before_proves_no_update_until_reads_are_settled(
    dialect: Dialect, status: int, expected: OutcomeKind
) -> None:
    """The offer had what the update writes; it was changed, and look-ups do not show that yet."""
    with running_sandbox() as sandbox:
        async with opened(sandbox, dialect) as client:
            offer = await Offer(client, dialect).create(description="e")
            await offer.update(offer.patch(description="d"))
            await offer.look(offer.key)
            patch, etag = offer.patch(description="e"), offer.read.receipt.etag
            sandbox.set_faults(
                "lookup-lag-seconds=60", f"status-before on=update status={status} body=problem"
            )
            early = await client.update(offer.key, patch, etag=etag, is_settled=lambda: False)
            sandbox.set_faults()

            assert (await offer.look(offer.key))["description"] == "d"

    assert early.kind is expected


@DIALECTS
async def test_decisions_tell_which_offer_they_fall_back_to(dialect: Dialect) -> None:
    prefix = "" if dialect is Dialect.DPS else "xdm:"
    with running_sandbox() as sandbox:
        async with opened(sandbox, dialect) as client:
            offer = await Offer(client, dialect).create()
            at_id = offer.read.receipt.at_id
            body = {
                f"{prefix}name": "Summer",
                f"{prefix}status": "live",
                f"{prefix}fallback": at_id,
                f"{prefix}criteria": [{f"{prefix}placements": ["p", "q"]}, {}, None],
            }
            put = sandbox.put_offer(body, dialect=str(dialect), kind="offer-decisions")
            found = await client.decisions()
            refused = await client.delete(offer.key)

    assert found == [
        OfferDecision(
            id=put["id"], name="Summer", status="live", fallback=at_id, placements=("p", "q")
        )
    ]
    assert refused.kind is REFUSED


@DIALECTS
@pytest.mark.parametrize("shown", ["forbidden", "absent"])
async def test_decisions_that_are_not_shown_are_not_none_at_all(
    dialect: Dialect, shown: Any
) -> None:
    with running_sandbox(SandboxSettings(decisions_shown=shown)) as sandbox:
        async with opened(sandbox, dialect) as client:
            assert await client.decisions() is None


@DIALECTS
async def test_nobodys_edit_is_overwritten_while_others_edit_and_replies_are_lost(
    dialect: Dialect,
) -> None:
    lost, probability = ("reset-after", "cut-short", "status-after status=409"), 0.1
    faults = [f"{one} on=update probability={probability}" for one in lost]
    faults += ["applied-late on=update seconds=0.02 probability=0.1"]
    with running_sandbox() as sandbox:
        async with opened(sandbox, dialect) as client:
            offers = [await Offer(client, dialect).create() for _ in range(4)]
            sandbox.set_faults(
                "seed=11",
                "edit-kinds=description,labels,name",
                "edits-per-second=40",
                "edited on=update probability=0.3",
                *faults,
            )
            written: dict[str, list[str]] = {}  # the last that was done, and what was sent then

            async def write(offer: Offer) -> None:
                for number in range(6):
                    value = f"{offer.key} {number}"
                    await offer.look(offer.key)
                    kind, _ = await offer.update(offer.patch(description=value))
                    if kind is DONE:
                        written[offer.key] = []
                    written.get(offer.key, []).append(value)

            async with anyio.create_task_group() as tasks:
                for offer in offers:
                    tasks.start_soon(write, offer)
            sandbox.set_faults()
            await anyio.sleep(0.1)  # for what is applied late
            overwritten, log = sandbox.overwritten_edits(), sandbox.edits()
            now = {offer.key: (await offer.look(offer.key))["description"] for offer in offers}

    replaced = {one["before"] for entry in log for one in entry["changed"] if "before" in one}
    assert overwritten == []
    assert written
    for key, values in written.items():
        assert now[key] in values or replaced.intersection(values)
