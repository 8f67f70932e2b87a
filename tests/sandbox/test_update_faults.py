"""The faults of a create strike an update in the same way: before it, after it, or late."""

import time
from collections.abc import Iterator

import httpx
import pytest

from offer_sandbox import Effect, Sandbox, SandboxSettings, running_sandbox
from offer_sandbox.faults import BEFORE, PASSING, UNREAD
from tests.support.sandbox_calls import Offers, dps_offer, offers_of, xcore_offer

NOT_DONE = sorted((BEFORE | UNREAD) - {Effect.DOWN})  # which would spoil the next test
_NOT_ONCE = {Effect.APPLIED_LATE, Effect.ENDLESS, Effect.REPEATED}
DONE = sorted(set(Effect) - BEFORE - UNREAD - PASSING - _NOT_ONCE)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxSettings(dps_put=True)) as running:
        yield running


def changed(offers: Offers, key: str, method: str) -> httpx.Response | None:
    """Rename an offer to B; None where no reply was understood."""
    try:
        if method == "patch":
            return offers.patch(key, ("replace", "name", "B"))
        return offers.put(key, xcore_offer("B") if offers.prefix else dps_offer("B"))
    except httpx.HTTPError:
        return None


@pytest.mark.parametrize("effect", [*DONE, *NOT_DONE])
@pytest.mark.parametrize(("dialect", "method"), [("dps", "patch"), ("xcore", "put")])
def test_an_update_is_done_or_not_whatever_is_said_of_it(
    sandbox: Sandbox, effect: Effect, dialect: str, method: str
) -> None:
    with offers_of(sandbox, dialect) as offers:
        key = offers.create("A")
        sandbox.set_faults(f"{effect} on=update seconds=0.05 times=1")
        changed(offers, key, method)
        sandbox.set_faults()
        (held,) = [one for one in sandbox.offers() if key in (one["id"], one["instance_id"])]

    assert held["name"] == ("B" if effect in DONE else "A")
    assert held["etag"] == (2 if effect in DONE else 1)


@pytest.mark.parametrize("status", [409, 412, 422, 500])
def test_an_update_may_be_refused_after_it_was_applied(sandbox: Sandbox, status: int) -> None:
    with offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        sandbox.set_faults(f"status-after on=update status={status} times=1")
        reply = changed(offers, key, "patch")
        name = offers.read(key)["name"]

    assert (reply is not None and reply.status_code, name) == (status, "B")


@pytest.mark.parametrize("method", ["patch", "put"])
def test_an_update_may_be_applied_after_its_connection_has_ended(
    sandbox: Sandbox, method: str
) -> None:
    with offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        sandbox.set_faults("applied-late on=update seconds=0.2 times=1")
        reply = changed(offers, key, method)
        names = [offers.read(key)["name"]]
        deadline = time.monotonic() + 30
        while names[-1] == "A" and time.monotonic() < deadline:
            time.sleep(0.02)
            names.append(offers.read(key)["name"])

    assert (reply, names[0], names[-1]) == (None, "A", "B")


@pytest.mark.parametrize(("effect", "named"), [("old-id", 0), ("same-id", 1)])
def test_the_receipt_of_an_update_may_name_another_offer(effect: str, named: int) -> None:
    with running_sandbox() as sandbox, offers_of(sandbox, "dps") as offers:
        keys = [offers.create(name) for name in "XYZ"]
        changed(offers, keys[1], "patch")
        sandbox.set_faults(f"{effect} on=update")
        reply = changed(offers, keys[2], "patch")

    assert reply is not None
    assert reply.json()["id"] == keys[named]
