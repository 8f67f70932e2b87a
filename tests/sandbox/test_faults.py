"""The faults themselves: written as text, repeated by their seed, doing what their name says."""

import time
from email.utils import parsedate_to_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offer_sandbox import (
    Body,
    Coding,
    EchoForm,
    Effect,
    Fault,
    FaultPlan,
    RetryAfter,
    Route,
    Shape,
    Spelling,
    everything,
    lies,
    running_sandbox,
)
from tests.support.sandbox_calls import client, dps_offer

FALLBACK = {"offer-type": "fallback"}
seconds = st.floats(0, 100, allow_nan=False)
faults = st.builds(
    Fault,
    effect=st.sampled_from(Effect),
    on=st.sampled_from(Route),
    probability=st.floats(0, 1),
    skip=st.integers(0, 9),
    times=st.none() | st.integers(0, 9),
    seconds=seconds,
    jitter=seconds,
    tail=st.floats(0, 1),
    tail_seconds=seconds,
    status=st.sampled_from([400, 429, 500, 503]),
    body=st.sampled_from(Body),
    retry_after=st.sampled_from(RetryAfter),
    retry_seconds=seconds,
    location=st.sampled_from(["", "https://elsewhere.example/login?next=1"]),
    shape=st.sampled_from(Shape),
    coding=st.sampled_from(Coding),
    form=st.sampled_from(EchoForm),
    spelling=st.sampled_from(Spelling),
    size=st.integers(0, 100_000),
)
plans = st.builds(
    FaultPlan,
    seed=st.integers(0, 1000),
    faults=st.lists(faults, max_size=4).map(tuple),
    list_lag_seconds=seconds,
    lookup_lag_seconds=seconds,
    max_per_second=st.none() | st.floats(1, 100),
    quota=st.none() | st.integers(1, 100),
    quota_seconds=seconds,
    limit_retry_after=st.sampled_from(RetryAfter),
)


@given(plans)
def test_a_plan_reads_back_as_it_is_written(plan: FaultPlan) -> None:
    assert FaultPlan.parse(plan.lines()) == plan


@pytest.mark.parametrize("line", ["explode", "reset-after at=create", "latency seconds=soon"])
def test_a_plan_that_cannot_be_read_says_so(line: str) -> None:
    with pytest.raises(ValueError, match=r"explode|at: no such key; there are on|soon"):
        FaultPlan.parse([line])


def test_the_same_seed_strikes_the_same_calls() -> None:
    def struck() -> list[int]:
        plan = FaultPlan.parse(["seed=5", "status-before on=create status=500 probability=0.4"])
        with running_sandbox() as sandbox, client(sandbox) as http:
            sandbox.set_faults(plan)
            return [
                http.post("/offers", params=FALLBACK, json=dps_offer(str(n))).status_code
                for n in range(20)
            ]

    first = struck()
    assert struck() == first
    assert set(first) == {201, 500}


@pytest.mark.parametrize("effect", [effect for effect in Effect if effect.endswith("-after")])
def test_what_strikes_after_the_work_leaves_the_offer_there(effect: Effect) -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        sandbox.set_faults(f"{effect} on=create seconds=0.2")
        try:
            reply = http.post("/offers", params=FALLBACK, json=dps_offer("A"))
        except httpx.HTTPError:
            reply = None

        assert reply is None or reply.status_code == 503
        assert [offer["name"] for offer in sandbox.offers()] == ["A"]


@pytest.mark.parametrize(
    "effect",
    [effect for effect in Effect if effect.endswith(("-before", "-unread")) or effect == "down"],
)
def test_what_strikes_before_the_work_leaves_nothing_there(effect: Effect) -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        sandbox.set_faults(f"{effect} on=create seconds=0.2 times=1")
        try:
            reply = http.post("/offers", params=FALLBACK, json=dps_offer("A"))
        except httpx.HTTPError:
            reply = None

        assert reply is None or reply.status_code == 503
        assert sandbox.offers() == []


def test_a_server_that_is_down_refuses_connections_and_comes_back() -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        sandbox.set_faults("down on=create seconds=0.5 times=1")
        with pytest.raises(httpx.HTTPError):
            http.post("/offers", params=FALLBACK, json=dps_offer("A"))
        refused = False
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                reply = http.get("/offers", params=FALLBACK)
            except httpx.ConnectError:
                refused = True
                time.sleep(0.02)
            else:
                break

        assert refused
        assert reply.status_code == 200


def test_retry_after_is_written_in_both_ways() -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        line = "status-before on=create status=429 body=gateway retry-seconds=7"
        sandbox.set_faults(f"{line} retry-after=seconds")
        in_seconds = http.post("/offers", params=FALLBACK, json=dps_offer("A"))
        sandbox.set_faults(f"{line} retry-after=date")
        by_date = http.post("/offers", params=FALLBACK, json=dps_offer("A"))

    assert in_seconds.headers["retry-after"] == "7"
    assert in_seconds.json()["error_code"] == "429050"
    until = parsedate_to_datetime(by_date.headers["retry-after"]).timestamp()
    assert 5 < until - time.time() < 9


def test_lists_lag_behind_writes_and_lookups_by_their_own_time() -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        sandbox.set_faults("list-lag-seconds=3600")
        made = http.post("/offers", params=FALLBACK, json=dps_offer("A")).json()
        listed = http.get("/offers", params=FALLBACK).json()
        looked_up = http.get(f"/offers/{made['id']}", params=FALLBACK)

    assert listed["results"] == []
    assert looked_up.status_code == 200


def test_a_rate_limit_is_enforced_and_counted() -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        sandbox.set_faults("max-per-second=5")
        statuses = [http.get("/offers", params=FALLBACK).status_code for _ in range(12)]
        counted = sandbox.counters()["struck"]["over the rate limit"]

    assert statuses[:5] == [200] * 5
    assert statuses.count(429) == counted > 0


def test_the_admin_endpoint_changes_and_shows() -> None:
    changes = {"X-Offer-Sandbox": "1"}
    with running_sandbox() as sandbox, httpx.Client(trust_env=False, headers=changes) as http:
        put = http.put(f"{sandbox.admin_url}/faults", content="seed=3\nreset-after on=create\n")
        shown = http.get(f"{sandbox.admin_url}/faults").json()
        wrong = http.put(f"{sandbox.admin_url}/faults", content="nonsense\n")
        counters = http.get(f"{sandbox.admin_url}/").json()

    assert put.status_code == 200
    assert shown == ["seed=3", "reset-after on=create"]
    assert wrong.status_code == 400
    assert counters["offers"] == 0


def test_the_two_plans_for_random_tests_have_every_effect() -> None:
    struck = {fault.effect for fault in (*everything(1).faults, *lies(1).faults)}

    # where replies name their requests, and where names are unique
    assert struck == set(Effect) - {Effect.PREVIOUS_REPLY, Effect.REPEATED}


def test_what_is_held_survives_a_restart(tmp_path) -> None:
    with running_sandbox(database=tmp_path / "s.sqlite3") as sandbox, client(sandbox) as http:
        http.post("/offers", params=FALLBACK, json=dps_offer("A"))
    with running_sandbox(database=tmp_path / "s.sqlite3") as sandbox:
        assert [offer["name"] for offer in sandbox.offers()] == ["A"]
