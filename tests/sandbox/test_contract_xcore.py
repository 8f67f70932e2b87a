"""The XCORE dialect as documented: every request and reply, over a real socket."""

import re
from collections.abc import Iterator

import pytest

from offer_sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.support.sandbox_calls import (
    BARE,
    ENVELOPE,
    FALLBACK,
    XCORE_PATCH,
    client,
    xcore_offer,
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def test_the_container_of_a_sandbox_is_listed(sandbox: Sandbox) -> None:
    filters = "product=acp&property=_instance.containerType==decisioning"
    with client(sandbox, "xcore") as http:
        found = http.get(f"/?{filters}").json()
        named = http.get(f"/?{filters}&property=_instance.parentName==demo").json()

    listed = found["_embedded"]["https://ns.adobe.com/experience/xcore/container"]
    by_sandbox = {each["_instance"]["parentName"]: each["instanceId"] for each in listed}
    assert by_sandbox["demo"] == sandbox.container_id
    assert len(by_sandbox) == 2
    (only,) = named["_embedded"]["https://ns.adobe.com/experience/xcore/container"]
    assert only["instanceId"] == sandbox.container_id


@pytest.mark.parametrize("form", ["bare", "envelope"])
def test_create_takes_both_forms_and_gives_a_receipt(sandbox: Sandbox, form: str) -> None:
    body = xcore_offer("Fallback for sales")
    sent = body if form == "bare" else {"_instance": body, "_links": {}}
    kind = BARE if form == "bare" else ENVELOPE
    with client(sandbox, "xcore") as http:
        made = http.post(
            f"/{sandbox.container_id}/instances", json=sent, headers={"Content-Type": kind}
        )
        read = http.get(f"/{sandbox.container_id}/instances/{made.json()['instanceId']}")

    receipt = made.json()
    assert made.status_code == 201
    assert made.headers["location"].endswith(receipt["instanceId"])
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-.*", receipt["instanceId"])
    assert re.fullmatch(r"xcore:fallback-offer:[0-9a-f]{16}", receipt["@id"])
    assert receipt["repo:etag"] == 1
    assert read.json()["_instance"] == body | {"@id": receipt["@id"]}
    assert read.headers["etag"] == '"1"'


@pytest.mark.parametrize("status", [400, 406])
def test_an_instance_is_shown_by_its_own_schema(status: int) -> None:
    envelope = "application/vnd.adobe.platform.xcore.hal+json;"
    results = f'*,{envelope} schema="https://ns.adobe.com/experience/xcore/hal/results"'
    fitting = ["*/*", f'*,{envelope} schema="{FALLBACK};version=0.1"', f"*,{ENVELOPE},{results}"]
    with (
        running_sandbox(SandboxSettings(foreign_accept_status=status)) as sandbox,
        client(sandbox, "xcore") as http,
    ):
        made = http.post(
            f"/{sandbox.container_id}/instances",
            json=xcore_offer("One"),
            headers={"Content-Type": BARE},
        )
        path = f"/{sandbox.container_id}/instances/{made.json()['instanceId']}"
        shown = [http.get(path, headers={"Accept": accept}).status_code for accept in fitting]
        refused = http.get(path, headers={"Accept": results})

    assert shown == [200, 200, 200]
    assert refused.status_code == status
    assert "hal/results" in refused.text


def test_an_envelope_needs_its_links(sandbox: Sandbox) -> None:
    with client(sandbox, "xcore") as http:
        reply = http.post(
            f"/{sandbox.container_id}/instances",
            json={"_instance": xcore_offer("A")},
            headers={"Content-Type": ENVELOPE},
        )

    assert reply.status_code == 400


def test_conditional_headers_and_what_clients_may_not_edit(sandbox: Sandbox) -> None:
    with client(sandbox, "xcore") as http:
        instances = f"/{sandbox.container_id}/instances"
        made = http.post(instances, json=xcore_offer("A"), headers={"Content-Type": BARE}).json()
        path = f"{instances}/{made['instanceId']}"
        unchanged = http.get(path, headers={"If-None-Match": '"1"'})
        change = [{"op": "replace", "path": "/_instance/xdm:status", "value": "draft"}]
        kind = {"Content-Type": XCORE_PATCH}
        patched = http.patch(path, json=change, headers={**kind, "If-Match": '"1"'})
        lost = http.patch(path, json=change, headers={**kind, "If-Match": '"1"'})
        forbidden = [{"op": "replace", "path": "/_instance/@id", "value": "mine"}]
        refused = http.patch(path, json=forbidden, headers=kind)

    assert unchanged.status_code == 304
    assert patched.json()["repo:etag"] == 2
    assert lost.status_code == 409
    assert refused.status_code == 422


def test_look_up_by_name_by_id_and_by_search(sandbox: Sandbox) -> None:
    with client(sandbox, "xcore") as http:
        instances = f"/{sandbox.container_id}/instances"
        for name in ("One", "Two", "One more"):
            http.post(instances, json=xcore_offer(name), headers={"Content-Type": BARE})
        by_name = http.get(instances, params={"schema": FALLBACK, "name": "One"}).json()
        wild = http.get(instances, params={"schema": FALLBACK, "name": "One*"}).json()
        key = by_name["_embedded"]["results"][0]["_instance"]["@id"]
        by_id = http.get(instances, params={"schema": FALLBACK, "id": key}).json()
        both = http.get(instances, params={"schema": FALLBACK, "id": key, "name": "One"})
        found = http.get(
            f"/{sandbox.container_id}/queries/core/search",
            params={"schema": FALLBACK, "property": "_instance.xdm:name==Two"},
        ).json()

    def names(page: dict) -> list[str]:
        return [each["_instance"]["xdm:name"] for each in page["_embedded"]["results"]]

    assert names(by_name) == names(by_id) == ["One"]
    assert sorted(names(wild)) == ["One", "One more"]
    assert names(found) == ["Two"]
    assert both.status_code == 400


def test_pages_count_what_is_left(sandbox: Sandbox) -> None:
    with client(sandbox, "xcore") as http:
        instances = f"/{sandbox.container_id}/instances"
        for number in range(5):
            http.post(instances, json=xcore_offer(f"{number}"), headers={"Content-Type": BARE})
        href = f"/{sandbox.container_id}/queries/core/search?schema={FALLBACK}&limit=2"
        totals, seen = [], []
        while href:
            page = http.get(href).json()
            totals.append(page["_embedded"]["total"])
            seen += [each["_instance"]["xdm:name"] for each in page["_embedded"]["results"]]
            href = page["_links"].get("next", {}).get("href")

    assert totals == [5, 3, 1]
    assert sorted(seen) == list("01234")


@pytest.mark.parametrize(("how", "status"), [("accepted", 202), ("poll", 202), ("receipt", 200)])
def test_a_delete_is_accepted_and_then_it_is_gone(how: str, status: int) -> None:
    settings = SandboxSettings(xcore_delete=how)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox, client(sandbox, "xcore") as http:
        instances = f"/{sandbox.container_id}/instances"
        made = http.post(instances, json=xcore_offer("A"), headers={"Content-Type": BARE}).json()
        deleted = http.delete(f"{instances}/{made['instanceId']}")
        gone = http.get(f"{instances}/{made['instanceId']}")

    assert deleted.status_code == status
    assert ("location" in deleted.headers) == (how == "poll")
    assert gone.status_code == 404


def test_another_container_is_not_found(sandbox: Sandbox) -> None:
    with client(sandbox, "xcore") as http:
        reply = http.get("/00000000-0000-0000-0000-000000000000/instances", params={"schema": "x"})

    assert reply.status_code == 404
