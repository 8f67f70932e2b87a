"""The DPS dialect as documented: every request and reply, over a real socket."""

import re
from collections.abc import Iterator

import httpx
import pytest

from offer_sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.support.documented_offer import DOCUMENTED
from tests.support.sandbox_calls import client, dps_offer, headers

FALLBACK = {"offer-type": "fallback"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def test_the_documented_create_gives_a_receipt_and_reads_back(sandbox: Sandbox) -> None:
    with client(sandbox) as http:
        made = http.post("/offers", params=FALLBACK, json=DOCUMENTED)
        read = http.get(f"/offers/{made.json()['id']}", params=FALLBACK).json()

    receipt = made.json()
    assert made.status_code == 201
    assert set(receipt) == {
        *("etag", "createdBy", "lastModifiedBy", "id", "sandboxId", "createdDate"),
        *("lastModifiedDate", "createdByClientId", "lastModifiedByClientId"),
    }
    assert receipt["etag"] == 1
    assert re.fullmatch(r"dps:fallback-offer:[0-9a-f]{16}", receipt["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", receipt["createdDate"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", read["created"])
    assert read["representations"] == DOCUMENTED["representations"]
    assert read["id"] == receipt["id"]
    assert "rank" not in read
    assert "selectionConstraint" not in read


def test_a_patch_counts_the_etag_and_a_delete_is_blank_and_final(sandbox: Sandbox) -> None:
    with client(sandbox) as http:
        path = f"/offers/{http.post('/offers', params=FALLBACK, json=DOCUMENTED).json()['id']}"
        change = [{"op": "replace", "path": "/name", "value": "Another"}]
        patched = http.patch(path, params=FALLBACK, json=change)
        read = http.get(path, params=FALLBACK).json()
        deleted = http.delete(path, params=FALLBACK)
        gone = http.get(path, params=FALLBACK)

    assert patched.status_code == 200
    assert patched.json()["etag"] == 2
    assert "datasetId" in patched.json()
    assert read["name"] == "Another"
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert gone.status_code == 404


def test_a_list_pages_through_next_links_and_loses_nothing(sandbox: Sandbox) -> None:
    names = [f"Offer {number:02}" for number in range(23)]
    with client(sandbox) as http:
        for name in names:
            http.post("/offers", params=FALLBACK, json=dps_offer(name))
        seen, pages = [], 0
        href = "/offers?offer-type=fallback&limit=5&orderby=id"
        while href:
            page = http.get(href).json()
            pages += 1
            seen += [offer["name"] for offer in page["results"]]
            assert page["total"] == 23
            assert page["count"] == len(page["results"])
            href = page["_links"].get("next", {}).get("href")

    assert pages == 5
    assert sorted(seen) == names


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("name==A, b & c", ["A, b & c"]),
        ("name==a, B & C", []),
        ("name~alpha.*", ["Alpha"]),
        ("name~alph", []),
        ("name!=Alpha", ["A, b & c", "Gamma"]),
        ("name>B", ["Gamma"]),
        ("!name==Alpha", ["A, b & c", "Gamma"]),
        ("description", ["Gamma"]),
        ("!description", ["A, b & c", "Alpha"]),
        ("characteristics.key==7", ["Gamma"]),
    ],
)
def test_property_filters(sandbox: Sandbox, condition: str, found: list[str]) -> None:
    with client(sandbox) as http:
        for name in ("Alpha", "A, b & c"):
            http.post("/offers", params=FALLBACK, json=dps_offer(name))
        more = dps_offer("Gamma", description="d", characteristics={"key": "7"})
        http.post("/offers", params=FALLBACK, json=more)
        page = http.get("/offers", params={**FALLBACK, "property": condition}).json()

    assert sorted(offer["name"] for offer in page["results"]) == found


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"Authorization": None}, 403, "403010"),
        ({"Authorization": "Bearer nonsense"}, 401, "401013"),
        ({"x_api_key": None}, 403, "403000"),
        ({"x_api_key": "other"}, 403, "403003"),
        ({"x_gw_ims_org_id": None}, 400, "400003"),
        ({"x_gw_ims_org_id": "other@AdobeOrg"}, 403, "403025"),
    ],
)
def test_the_gateway_turns_away_with_its_documented_bodies(
    sandbox: Sandbox, changed: dict[str, str | None], status: int, code: str
) -> None:
    reply = httpx.get(
        f"{sandbox.api_url('dps')}/offers",
        params=FALLBACK,
        headers=headers(sandbox, **changed),
        trust_env=False,
    )

    assert reply.status_code == status
    assert reply.json()["error_code"] == code
    assert reply.json()["message"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"status": "draft"}, "name is required"),
        (dps_offer(" "), "name is required"),
        (dps_offer("A", status="live"), "status must be one of"),
        (dps_offer("A", characteristics={"k": 1}), "characteristics"),
        (dps_offer("A", representations=[{"placement": "nowhere", "components": []}]), "nowhere"),
        (dps_offer("A", tags="x"), "tags must be an array"),
        ([], "must be a JSON object"),
    ],
)
def test_a_wrong_body_is_a_problem_that_says_what(
    sandbox: Sandbox, body: object, said: str
) -> None:
    with client(sandbox) as http:
        reply = http.post("/offers", params=FALLBACK, json=body)

    assert reply.status_code == 400
    assert reply.headers["content-type"].startswith("application/problem+json")
    assert set(reply.json()) >= {"type", "status", "title", "detail"}
    assert said in reply.json()["detail"]
    assert sandbox.offers() == []


def test_what_is_unknown_is_a_setting() -> None:
    settings = SandboxSettings(
        create_status=200, unique_names=True, keep_rank_and_constraint=True, dps_etag_header=True
    )
    with running_sandbox(settings) as sandbox, client(sandbox) as http:
        made = http.post("/offers", params=FALLBACK, json=DOCUMENTED)
        again = http.post("/offers", params=FALLBACK, json=DOCUMENTED)
        read = http.get(f"/offers/{made.json()['id']}", params=FALLBACK)

    assert made.status_code == 200
    assert made.headers["etag"] == '"1"'
    assert again.status_code == 409
    assert read.json()["rank"] == {"priority": 1}


def test_offers_of_one_sandbox_are_not_seen_in_another(sandbox: Sandbox) -> None:
    with client(sandbox) as http:
        http.post("/offers", params=FALLBACK, json=dps_offer("Here"))
        other = http.get("/offers", params=FALLBACK, headers={"x-sandbox-name": "other"}).json()
        none = http.get("/offers", params=FALLBACK, headers={"x-sandbox-name": "nope"})

    assert other["results"] == []
    assert none.status_code == 404


def test_placements_and_tags_can_be_listed_and_a_used_one_cannot_be_deleted(
    sandbox: Sandbox,
) -> None:
    with client(sandbox) as http:
        placements = http.get("/placements", params={"limit": 100}).json()["results"]
        tags = http.get("/tags").json()["results"]
        http.post("/offers", params=FALLBACK, json=dps_offer("Refers"))
        used = dps_offer("x")["representations"][0]["placement"]
        refused = http.delete(f"/placements/{used}")

    assert {"name", "componentType", "channel", "id"} <= set(placements[0])
    assert {"Spring", "Loyalty"} <= {tag["name"] for tag in tags}
    assert refused.status_code == 409


def test_tokens_are_given_for_the_right_credential_only(sandbox: Sandbox) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "scope": "openid,AdobeID",
    }
    given = httpx.post(sandbox.ims_url, data=form, trust_env=False)
    wrong = httpx.post(sandbox.ims_url, data={**form, "client_secret": "no"}, trust_env=False)
    token = given.json()["access_token"]
    offers = httpx.get(
        f"{sandbox.api_url('dps')}/offers",
        params=FALLBACK,
        headers=headers(sandbox, Authorization=f"Bearer {token}"),
        trust_env=False,
    )

    assert given.json()["token_type"] == "bearer"
    assert given.json()["expires_in"] == 86_399
    assert offers.status_code == 200
    assert wrong.status_code == 401
    assert set(wrong.json()) == {"error", "error_description"}
