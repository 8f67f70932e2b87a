"""What the documentation leaves open, setting by setting, over a real socket."""

import time
from typing import Any

import httpx
import pytest

from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.sandbox_calls import (
    BARE,
    FALLBACK,
    client,
    dps_offer,
    headers,
    xcore_offer,
)

DPS = {"offer-type": "fallback"}
HTML = "https://ns.adobe.com/experience/offer-management/content-component-html"


def names_found(settings: SandboxSettings, name: str, wanted: str) -> list[str]:
    """Create an offer of a name; ask for a name by filter; return the names that come back."""
    with running_sandbox(settings) as sandbox, client(sandbox) as http:
        made = http.post("/offers", params=DPS, json=dps_offer(name))
        assert made.status_code == 201
        page = http.get("/offers", params={**DPS, "property": f"name=={wanted}"}).json()
    return [offer["name"] for offer in page["results"]]


@pytest.mark.parametrize(
    ("changed", "name", "found"),
    [
        ({}, 'A, "b" * \\c', ['A, "b" * \\c']),
        ({"encoded_comma_splits": True}, "Buy one, get one", []),
        ({"encoded_quotes_are_syntax": True}, 'The "best" one', []),
        ({"encoded_quotes_are_syntax": True}, "C:\\new", []),
        ({"encoded_quotes_are_syntax": True}, "plain", ["plain"]),
        ({"wildcards_in_equality": True}, "5* hotel", ["5* hotel"]),
        ({"property_filter": "ignored"}, "A", ["A"]),
        ({"property_filter": "nothing"}, "A", []),
    ],
)
def test_a_name_may_not_be_found_by_its_own_filter(
    changed: dict[str, Any], name: str, found: list[str]
) -> None:
    assert names_found(SandboxSettings(**changed), name, name) == found


def test_a_wildcard_in_a_filter_may_match_more() -> None:
    assert names_found(SandboxSettings(wildcards_in_equality=True), "5 hotels", "5* hotels")


@pytest.mark.parametrize(
    ("how", "kept"),
    [
        ("sent", " The\u00a0 Caf\u0065\u0301  "),
        ("trimmed", "The\u00a0 Caf\u0065\u0301"),
        ("lower-case", " the\u00a0 caf\u0065\u0301  "),
        ("one-blank", "The Caf\u0065\u0301"),
        ("plain-blanks", " The  Caf\u0065\u0301  "),
        ("nfc", " The\u00a0 Caf\u00e9  "),
        ("folded", "the caf\u00e9"),
    ],
)
def test_names_may_be_kept_in_another_form(how: str, kept: str) -> None:
    settings = SandboxSettings(names_kept=how)  # type: ignore[arg-type]  # parametrized
    sent = " The\u00a0 Caf\u0065\u0301  "

    assert names_found(settings, sent, kept) == [kept]
    assert names_found(settings, sent, sent) == ([kept] if kept == sent else [])


@pytest.mark.parametrize(
    ("how", "kept"),
    [
        ("mis-decoded", "f\u00c3\u00bcr \u00e2\u0080\u009c\u00f0\u009f\u0098\u0080"),
        ("mis-decoded-1252", "f\u00c3\u00bcr \u00e2\u20ac\u0153\u00f0\u0178\u02dc\u20ac"),
        ("latin-1", "f\u00fcr ??"),
        ("three-bytes", "f\u00fcr \u201c?"),
    ],
)
def test_all_texts_may_be_kept_in_another_coding(how: str, kept: str) -> None:
    sent = "f\u00fcr \u201c\U0001f600"
    settings = SandboxSettings(names_kept=how)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox, client(sandbox) as http:
        offer = {**dps_offer(sent), "description": sent}
        http.post("/offers", params=DPS, json=offer).raise_for_status()
        made = sandbox.offers()[0]
        steps = [{"op": "replace", "path": "/status", "value": "approved"}]
        http.patch(f"/offers/{made['id']}", params=DPS, json=steps).raise_for_status()
        body = sandbox.offers()[0]["body"]

    assert (body["name"], body["description"]) == (kept, kept)  # an update recodes nothing again
    assert body["status"] == "approved"


def test_a_filter_may_fold_names() -> None:
    settings = SandboxSettings(names_kept="folded", name_filter="folded")

    assert names_found(settings, "The  Best", "The  Best") == ["the best"]


@pytest.mark.parametrize("dialect", ["dps", "xcore"])
@pytest.mark.parametrize(
    ("changed", "field", "read"),
    [
        ({"types_read_as": "short"}, "type", "html"),
        ({"types_read_as": "component"}, "type", "component-html"),
        ({"types_read_as": "uri"}, "type", HTML),
        ({"languages_read_as": "lower-case"}, "language", ["en-us"]),
        ({"languages_read_as": "upper-case"}, "language", ["EN-US"]),
    ],
)
def test_values_of_components_may_come_back_in_another_form(
    dialect: str, changed: dict[str, Any], field: str, read: object
) -> None:
    body = xcore_offer("A") if dialect == "xcore" else dps_offer("A")
    prefix = "xdm:" if dialect == "xcore" else ""
    component = body[f"{prefix}representations"][0][f"{prefix}components"][0]
    language = "dc:language" if dialect == "xcore" else "language"
    component[language] = ["en-US"]
    with running_sandbox(SandboxSettings(**changed)) as sandbox, client(sandbox, dialect) as http:
        if dialect == "dps":
            key = http.post("/offers", params=DPS, json=body).json()["id"]
            shown = http.get(f"/offers/{key}", params=DPS).json()
        else:
            instances = f"/{sandbox.container_id}/instances"
            made = http.post(instances, json=body, headers={"Content-Type": BARE}).json()
            shown = http.get(f"{instances}/{made['instanceId']}").json()["_instance"]

    found = shown[f"{prefix}representations"][0][f"{prefix}components"][0]
    names = {"type": "@type", "language": "dc:language"} if dialect == "xcore" else {}
    assert found[names.get(field, field)] == read


@pytest.mark.parametrize(
    ("how", "read"),
    [("sent", ["core/C1", "core/C2"]), ("reversed", ["core/C2", "core/C1"]),
     ("lower-case", ["core/c1", "core/c2"])],
)  # fmt: skip
def test_labels_may_come_back_in_another_form(how: str, read: list[str]) -> None:
    settings = SandboxSettings(labels_read_as=how)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox, client(sandbox) as http:
        http.post("/offers", params=DPS, json=dps_offer("A", labels=["core/C1", "core/C2"]))
        (offer,) = http.get("/offers", params=DPS).json()["results"]

    assert offer["labels"] == read


@pytest.mark.parametrize("how", ["relative", "absolute-path", "absolute-url", "other-origin"])
def test_links_are_written_as_the_setting_says(how: str) -> None:
    settings = SandboxSettings(next_links=how)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox, client(sandbox) as http:
        for name in "AB":
            http.post("/offers", params=DPS, json=dps_offer(name))
        page = http.get("/offers", params={**DPS, "limit": 1, "orderby": "id"}).json()

    begin = {
        "relative": "/offers?",
        "absolute-path": "/data/core/dps/offers?",
        "absolute-url": f"{sandbox.api_url('dps')}/offers?",
        "other-origin": "http://elsewhere.example/data/core/dps/offers?",
    }
    assert page["_links"]["next"]["href"].startswith(begin[how])


def test_pages_link_back_and_say_their_order() -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        for name in "ABCDE":
            http.post("/offers", params=DPS, json=dps_offer(name))
        href = "/offers?offer-type=fallback&limit=2&orderby=id"
        forth, back = [], []
        while href:
            page = http.get(href).json()
            forth.append([offer["name"] for offer in page["results"]])
            last, href = href, page["_links"].get("next", {}).get("href")
        href = last
        while href:
            page = http.get(href).json()
            back.append([offer["name"] for offer in page["results"]])
            href = page["_links"].get("prev", {}).get("href")

    assert forth == back[::-1] == [["A", "B"], ["C", "D"], ["E"]]
    assert "orderby=id" in page["_links"]["self"]["href"]


def test_containers_come_on_several_pages() -> None:
    settings = SandboxSettings(other_sandboxes=("b", "c", "d", "e"), max_containers=2)
    field = "https://ns.adobe.com/experience/xcore/container"
    with running_sandbox(settings) as sandbox, client(sandbox, "xcore") as http:
        href, seen = "/?product=acp&property=_instance.containerType==decisioning", []
        while href:
            page = http.get(href).json()
            assert len(page["_embedded"][field]) <= 2
            seen += [each["_instance"]["parentName"] for each in page["_embedded"][field]]
            href = page["_links"].get("next", {}).get("href")
        named = "/?property=_instance.containerType==decisioning,_instance.parentName==d"
        (only,) = http.get(named).json()["_embedded"][field]

    assert sorted(seen) == sorted(settings.sandboxes)
    assert only["_instance"]["parentName"] == "d"


@pytest.mark.parametrize(
    ("query", "status", "count"),
    [
        ("limit=1", 200, 1),
        ("limit=abc", 400, 0),
        ("limit=0", 400, 0),
        ("limit=-1", 400, 0),
        ("property=_instance.containerType==decisioning", 200, 2),
        ("property=_instance.containerType==other", 200, 0),
        ("property=_instance.containerType!=decisioning", 200, 0),
    ],
)
def test_containers_are_asked_for_as_other_lists(query: str, status: int, count: int) -> None:
    with running_sandbox() as sandbox, client(sandbox, "xcore") as http:
        reply = http.get(f"/?product=acp&{query}")

    assert reply.status_code == status
    listed = reply.json().get("_embedded", {})
    assert len(listed.get("https://ns.adobe.com/experience/xcore/container", [])) == count


@pytest.mark.parametrize("status", [["draft"], {}, None, 1])
def test_a_status_that_is_no_word_is_refused(status: object) -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        reply = http.post("/offers", params=DPS, json={**dps_offer("A"), "status": status})

    assert reply.status_code == 400
    assert "status must be one of" in reply.json()["detail"]


@pytest.mark.parametrize("dialect", ["dps", "xcore"])
@pytest.mark.parametrize(("sizes", "expected"), [("fewer", [2, 2, 2, 1]), ("more", [5, 2])])
def test_a_limit_may_be_a_hint(dialect: str, sizes: str, expected: list[int]) -> None:
    settings = SandboxSettings(page_sizes=sizes)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox, client(sandbox, dialect) as http:
        for number in range(7):
            sandbox.put_offer({"name": f"N{number}", "status": "draft"}, dialect=dialect)
        path = f"/{sandbox.container_id}/instances?schema={FALLBACK}"
        path = path if dialect == "xcore" else "/offers?offer-type=fallback&orderby=id"
        href = f"{path}&limit=4"
        seen: list[int] = []
        while href:
            page = http.get(href).json()
            inside = page.get("_embedded", page)
            assert inside["count"] == len(inside["results"])
            seen.append(inside["count"])
            href = page["_links"].get("next", {}).get("href")

    assert seen == expected


@pytest.mark.parametrize("seconds", [0.0, 0.2])
@pytest.mark.parametrize("outcome", ["deleted", "refused"])
def test_a_delete_to_poll_is_decided_later(outcome: str, seconds: float) -> None:
    settings = SandboxSettings(
        xcore_delete="poll",
        xcore_delete_seconds=seconds,
        xcore_delete_outcome=outcome,  # type: ignore[arg-type]  # parametrized
        xcore_delete_refusal_status=409,
    )
    with running_sandbox(settings) as sandbox, client(sandbox, "xcore") as http:
        instances = f"/{sandbox.container_id}/instances"
        made = http.post(instances, json=xcore_offer("A"), headers={"Content-Type": BARE}).json()
        path = f"{instances}/{made['instanceId']}"
        accepted = http.delete(path)
        first = http.get(path).status_code
        statuses = [http.get(accepted.headers["location"]).status_code]
        deadline = time.monotonic() + 30
        while statuses[-1] == 202 and time.monotonic() < deadline:
            time.sleep(0.02)
            statuses.append(http.get(accepted.headers["location"]).status_code)
        last = http.get(path).status_code

    assert accepted.status_code == 202
    assert first == (404 if outcome == "deleted" and not seconds else 200)
    assert (202 in statuses) == bool(seconds)
    assert (statuses[-1], last) == ((200, 404) if outcome == "deleted" else (409, 200))


@pytest.mark.parametrize("dialect", ["dps", "xcore"])
def test_an_offer_in_a_decision_is_not_deleted(dialect: str) -> None:
    settings = SandboxSettings(used_in_decisions="Used.*", used_delete_status=422)
    with running_sandbox(settings) as sandbox, client(sandbox, dialect) as http:
        statuses = []
        for name in ("Used A", "Free"):
            if dialect == "dps":
                key = http.post("/offers", params=DPS, json=dps_offer(name)).json()["id"]
                statuses.append(http.delete(f"/offers/{key}", params=DPS).status_code)
            else:
                instances, kind = f"/{sandbox.container_id}/instances", {"Content-Type": BARE}
                made = http.post(instances, json=xcore_offer(name), headers=kind).json()
                statuses.append(http.delete(f"{instances}/{made['instanceId']}").status_code)

    assert statuses == [422, 200 if dialect == "dps" else 202]


@pytest.mark.parametrize(
    ("becomes", "to_draft", "to_approved"),
    [("anything", 200, 200), ("draft", 200, 422), ("nothing", 422, 422)],
)
def test_what_an_archived_offer_may_become(becomes: str, to_draft: int, to_approved: int) -> None:
    settings = SandboxSettings(archived_becomes=becomes)  # type: ignore[arg-type]  # parametrized
    with running_sandbox(settings) as sandbox, client(sandbox) as http:
        statuses = []
        for status in ("draft", "approved"):
            body = dps_offer(status, status="archived")
            key = http.post("/offers", params=DPS, json=body).json()["id"]
            change = [{"op": "replace", "path": "/status", "value": status}]
            statuses.append(http.patch(f"/offers/{key}", params=DPS, json=change).status_code)

    assert statuses == [to_draft, to_approved]


def test_limits_of_a_sandbox_and_of_an_offer() -> None:
    with running_sandbox(SandboxSettings(max_offers=1)) as sandbox, client(sandbox) as http:
        large = dps_offer("Large", description="x" * 400_000)
        too_large = http.post("/offers", params=DPS, json=large)
        first = http.post("/offers", params=DPS, json=dps_offer("A"))
        second = http.post("/offers", params=DPS, json=dps_offer("B"))

    assert (too_large.status_code, first.status_code, second.status_code) == (400, 201, 400)


def test_a_token_reply_may_be_wrong_about_its_end_or_hold_a_line_break() -> None:
    settings = SandboxSettings(token_says_seconds=-1, token_contains="line-break")
    with running_sandbox(settings) as sandbox:
        form = {
            "grant_type": "client_credentials",
            "client_id": sandbox.client_id,
            "client_secret": sandbox.client_secret,
            "scope": "openid",
        }
        given = httpx.post(sandbox.ims_url, data=form, trust_env=False).json()

    assert given["expires_in"] == -1
    assert "\n" in given["access_token"]


def test_a_call_without_a_sandbox_means_prod_in_xcore() -> None:
    settings = SandboxSettings(sandbox_name="prod")
    with running_sandbox(settings) as sandbox:

        def status(dialect: str, path: str) -> int:
            return httpx.get(
                f"{sandbox.api_url(dialect)}{path}",
                headers=headers(sandbox, x_sandbox_name=None),
                trust_env=False,
            ).status_code

        assert status("xcore", f"/{sandbox.container_id}/instances?schema={FALLBACK}") == 200
        assert status("dps", "/offers?offer-type=fallback") == 400


def test_a_request_id_may_have_to_be_unique() -> None:
    settings = SandboxSettings(unique_request_ids=True)
    with running_sandbox(settings) as sandbox, client(sandbox) as http:
        sent = [
            http.get("/offers", params=DPS, headers={"x-request-id": key}).status_code
            for key in ("a", "a", "b")
        ]

    assert sent == [200, 400, 200]


def test_search_heeds_ids_names_and_fields() -> None:
    with running_sandbox() as sandbox, client(sandbox, "xcore") as http:
        kind = {"Content-Type": BARE}
        made = [
            http.post(
                f"/{sandbox.container_id}/instances",
                json=xcore_offer(name) | {"xdm:description": described},
                headers=kind,
            ).json()
            for name, described in (("Spring sale", "x"), ("Autumn", "sale"), ("Winter", "y"))
        ]
        search = f"/{sandbox.container_id}/queries/core/search"

        def found(**asked: object) -> list[str]:
            page = http.get(search, params={"schema": FALLBACK, **asked}).json()
            return sorted(r["_instance"]["xdm:name"] for r in page["_embedded"]["results"])

        described = "_instance.xdm:description"
        assert found(q="sale") == ["Spring sale"]
        assert found(q="sale", field=[described]) == ["Autumn"]
        assert found(q="sale", field=[described, "_instance.xdm:name"], limit=1) == ["Spring sale"]
        assert found(name="Winter") == ["Winter"]
        assert found(id=made[1]["@id"]) == ["Autumn"]


def test_a_put_takes_a_bare_instance_too() -> None:
    with running_sandbox() as sandbox, client(sandbox, "xcore") as http:
        instances, kind = f"/{sandbox.container_id}/instances", {"Content-Type": BARE}
        made = http.post(instances, json=xcore_offer("A"), headers=kind).json()
        path = f"{instances}/{made['instanceId']}"
        replaced = http.put(path, json=xcore_offer("B"), headers=kind)
        read = http.get(path).json()

    assert replaced.json()["repo:etag"] == 2
    assert read["_instance"]["xdm:name"] == "B"


def test_each_kind_of_entity_has_the_version_of_its_own_schema() -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        placement = http.get("/placements").json()["results"][0]
        tag = http.get("/tags").json()["results"][0]

    assert placement["schemas"][0].endswith("offer-placement;version=0.4")
    assert tag["schemas"][0].endswith("tag;version=0.1")
