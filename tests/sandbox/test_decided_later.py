"""202 and a Location: updates and deletes that are confirmed, rejected, slow or overtaken."""

import time
from typing import Any

import httpx
import pytest

from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.sandbox_calls import Offers, client, offers_of

DIALECTS = pytest.mark.parametrize("dialect", ["dps", "xcore"])


def decided(offers: Offers, accepted: httpx.Response) -> list[int]:
    """Ask at the Location until something is decided; return every status."""
    assert accepted.status_code == 202
    statuses: list[int] = []
    deadline = time.monotonic() + 30
    while not statuses or (statuses[-1] == 202 and time.monotonic() < deadline):
        time.sleep(0.02 if statuses else 0.0)
        statuses.append(offers.get(accepted.headers["location"]).status_code)
    return statuses


@DIALECTS
@pytest.mark.parametrize("seconds", [0.0, 0.2])
@pytest.mark.parametrize("outcome", ["applied", "refused"])
def test_an_update_to_poll_is_decided_later(dialect: str, outcome: Any, seconds: float) -> None:
    settings = SandboxSettings(
        updates="poll",
        update_seconds=seconds,
        update_outcome=outcome,
        update_refusal_status=422,
    )
    with running_sandbox(settings) as sandbox, offers_of(sandbox, dialect) as offers:
        key = offers.create("A")
        accepted = offers.patch(key, ("replace", "name", "B"))
        at_once = offers.read(key)["name"]
        statuses = decided(offers, accepted)
        read = offers.read(key)

    is_applied = outcome == "applied"
    assert at_once == ("B" if is_applied and not seconds else "A")
    assert (202 in statuses) == bool(seconds)
    assert statuses[-1] == (200 if is_applied else 422)
    assert (read["name"], read["etag"]) == (("B", 2) if is_applied else ("A", 1))


def test_an_update_that_was_overtaken_is_rejected_when_it_is_decided() -> None:
    settings = SandboxSettings(updates="poll", update_seconds=0.2, update_refusal_status=409)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        first = offers.patch(key, ("test", "name", "A"), ("replace", "name", "B"))
        at_once = offers.patch(key, ("test", "name", "Z"), ("replace", "name", "C"))
        sandbox.edit(key, "name")
        statuses = decided(offers, first)
        name = offers.read(key)["name"]

    assert at_once.status_code == 409
    assert statuses[-1] == 409
    assert name == "A (edited 1)"


@DIALECTS
@pytest.mark.parametrize("outcome", ["deleted", "refused"])
def test_a_delete_to_poll_is_decided_in_both_dialects(dialect: str, outcome: Any) -> None:
    settings = SandboxSettings(
        dps_delete="poll",
        xcore_delete="poll",
        xcore_delete_seconds=0.1,
        xcore_delete_outcome=outcome,
        xcore_delete_refusal_status=409,
    )
    with running_sandbox(settings) as sandbox, offers_of(sandbox, dialect) as offers:
        key = offers.create("A")
        statuses = decided(offers, offers.delete(key))
        left = offers.status(key)

    assert (statuses[-1], left) == ((200, 404) if outcome == "deleted" else (409, 200))


def test_a_delete_with_a_revision_is_rejected_when_somebody_edited_meanwhile() -> None:
    settings = SandboxSettings(
        xcore_delete="poll", xcore_delete_seconds=0.1, xcore_delete_refusal_status=409
    )
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "xcore") as offers:
        key = offers.create("A")
        accepted = offers.delete(key, If_Match='"1"')
        sandbox.edit(key, "name")
        statuses = decided(offers, accepted)

        assert statuses[-1] == 409
        assert offers.status(key) == 200


def test_a_location_that_nobody_gave_is_not_found() -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        assert http.get("/changes/nothing").status_code == 404


def decision(dialect: str, fallback: str) -> dict[str, Any]:
    prefix = "xdm:" if dialect == "xcore" else ""
    return {
        f"{prefix}name": "Summer",
        f"{prefix}status": "live",
        f"{prefix}fallback": fallback,
        f"{prefix}criteria": [{f"{prefix}placements": ["offerPlacement1234"]}],
    }


@DIALECTS
def test_decisions_are_listed_and_keep_their_fallback(dialect: str) -> None:
    with (
        running_sandbox(SandboxSettings(used_delete_status=422)) as sandbox,
        client(sandbox, dialect) as http,
        offers_of(sandbox, dialect) as offers,
    ):
        used, free = offers.create("Used"), offers.create("Free")
        at_id = {one["name"]: one["id"] for one in sandbox.offers()}["Used"]
        path, kind, query = "/offer-decisions", "application/json", {}
        if dialect == "xcore":
            schema = "https://ns.adobe.com/experience/offer-management/offer-activity"
            path, query = f"/{sandbox.container_id}/instances", {"schema": schema}
            kind = f'application/schema-instance+json; version=1; schema="{schema}"'
        wanted = decision(dialect, at_id)
        made = http.post(path, json=wanted, headers={"Content-Type": kind})
        lost = http.post(path, json=decision(dialect, "x"), headers={"Content-Type": kind})
        page = http.get(path, params=query).json()
        (listed,) = page.get("_embedded", page)["results"]
        statuses = [offers.delete(used).status_code, offers.delete(free).status_code]

    assert (made.status_code, lost.status_code) == (201, 400)
    assert wanted.items() <= listed.get("_instance", listed).items()
    assert statuses == [422, 202 if dialect == "xcore" else 200]


@pytest.mark.parametrize(("shown", "status"), [("forbidden", 403), ("absent", 404)])
def test_decisions_may_be_hidden_and_count_all_the_same(shown: Any, status: int) -> None:
    settings = SandboxSettings(decisions_shown=shown, archive_used="refuse")
    with (
        running_sandbox(settings) as sandbox,
        client(sandbox) as http,
        offers_of(sandbox, "dps") as offers,
    ):
        key = offers.create("A")
        sandbox.put_offer(decision("dps", key), kind="offer-decisions")
        listed = http.get("/offer-decisions")
        deleted = offers.delete(key)
        archived = offers.patch(key, ("replace", "status", "archived"))

    assert listed.status_code == status
    assert (deleted.status_code, archived.status_code) == (409, 409)


@DIALECTS
@pytest.mark.parametrize("form", ["absolute-path", "absolute-url", "other-origin"])
def test_a_location_has_the_form_that_the_setting_says(dialect: str, form: Any) -> None:
    settings = SandboxSettings(updates="poll", locations=form)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, dialect) as offers:
        accepted = offers.patch(offers.create("A"), ("replace", "name", "B"))

    begin = {
        "absolute-path": f"/data/core/{dialect}/",
        "absolute-url": sandbox.api_url(dialect),
        "other-origin": f"http://elsewhere.example/data/core/{dialect}/",
    }
    assert accepted.headers["location"].startswith(begin[form])


def test_an_offer_in_a_collection_is_not_deleted() -> None:
    with (
        running_sandbox() as sandbox,
        client(sandbox) as http,
        offers_of(sandbox, "dps") as offers,
    ):
        key = offers.create("A")
        collection = {"name": "C", "filterType": "offers", "ids": [key]}
        made = http.post("/offer-collections", json=collection)
        refused = offers.delete(key)
        http.delete(f"/offer-collections/{made.json()['id']}")
        deleted = offers.delete(key)

    assert (made.status_code, refused.status_code, deleted.status_code) == (201, 409, 200)
