"""Updates over real sockets: JSON Patch, what guards it, PUT, and what an update leaves alone."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from offer_sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.support.sandbox_calls import PLACEMENT, client, dps_offer, offers_of, xcore_offer

HTML = {"type": "html", "format": "text/html", "content": "<p>Hi</p>"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One for all tests that change no setting."""
    with running_sandbox(SandboxSettings(other_sandboxes=())) as running:
        yield running


@pytest.mark.parametrize(
    ("operation", "field", "now"),
    [
        (("add", "description", "d"), "description", "d"),
        (("add", "tags/-", "c"), "tags", ["a", "b", "c"]),
        (("add", "tags/0", "c"), "tags", ["c", "a", "b"]),
        (("add", "tags/2", "c"), "tags", ["a", "b", "c"]),
        (("replace", "tags/1", "c"), "tags", ["a", "c"]),
        (("replace", "name", "B"), "name", "B"),
        (("remove", "tags/0"), "tags", ["b"]),
        (("remove", "characteristics/k~1e~0y"), "characteristics", {"n": "1"}),
        (("test", "characteristics", {"n": "1", "k/e~y": "v"}), "etag", 2),
        (("test", "tags", ["a", "b"]), "etag", 2),
        (("test", "etag", 1), "etag", 2),
        ({"op": "copy", "from": "/name", "path": "/description"}, "description", "A"),
    ],
)
def test_every_documented_operation_of_a_patch(
    sandbox: Sandbox, operation: Any, field: str, now: object
) -> None:
    with offers_of(sandbox, "dps") as offers:
        key = offers.create("A", tags=["a", "b"], characteristics={"k/e~y": "v", "n": "1"})
        reply = offers.patch(key, operation)
        read = offers.read(key)

    assert (reply.status_code, reply.json()["etag"]) == (200, 2)
    assert read[field] == now


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (("test", "name", "Z"), 409),
        (("test", "tags", ["b", "a"]), 409),
        (("test", "description", None), 409),
        (("test", "etag", 7), 409),
        (("test", "etag", True), 409),
        (("test", "tags/-", "b"), 409),
        (("replace", "description", "d"), 400),
        (("remove", "description"), 400),
        (("remove", "tags/-1"), 400),
        (("remove", "tags/01"), 400),
        (("add", "tags/3", "c"), 400),
        (("add", "labels/-", "core/C1"), 400),
        (("add", "name/more", "c"), 400),
        (("replace", "etag", 9), 422),
        (("replace", "id", "mine"), 422),
        (("add", "description"), 400),
        (("merge", "name", "B"), 400),
        ({"op": "move", "from": "/name", "path": "/description"}, 400),
        ({"op": "copy", "from": "/nowhere", "path": "/description"}, 400),
        ({"op": "replace", "path": "name", "value": "B"}, 400),
        ({"op": "replace", "path": "/na~me", "value": "B"}, 400),
        ({"op": "replace", "path": "", "value": {}}, 422),
        ({"path": "/name"}, 400),
        ("replace", 400),
        (("replace", "name", ""), 400),
        (("replace", "status", "live"), 400),
    ],
)
def test_a_patch_that_cannot_be_applied_changes_nothing(
    sandbox: Sandbox, operation: Any, status: int
) -> None:
    with offers_of(sandbox, "dps") as offers:
        key = offers.create("A", tags=["a", "b"])
        before = offers.read(key)
        reply = offers.patch(key, ("replace", "name", "Never"), operation)
        after = offers.read(key)

    assert reply.status_code == status
    assert reply.headers["content-type"].startswith("application/problem+json")
    assert after == before


def test_a_patch_is_an_array_and_may_be_empty(sandbox: Sandbox) -> None:
    with client(sandbox) as http, offers_of(sandbox, "dps") as offers:
        path, query = f"/offers/{offers.create('A')}", {"offer-type": "fallback"}
        refused = http.patch(path, params=query, json={"op": "replace"})
        nothing = http.patch(path, params=query, json=[])

    assert (refused.status_code, nothing.status_code) == (400, 200)


def test_xcore_documents_neither_test_nor_copy_but_a_setting_allows_all() -> None:
    held = ("test", "name", "A")
    move = {"op": "move", "from": "/_instance/xdm:tags/0", "path": "/_instance/xdm:tags/1"}
    with running_sandbox() as usual, offers_of(usual, "xcore") as offers:
        refused = offers.patch(offers.create("A"), held).status_code
    settings = SandboxSettings(patch_operations="all")
    with running_sandbox(settings) as more, offers_of(more, "xcore") as offers:
        key = offers.create("A", tags=["a", "b"])
        allowed = offers.patch(key, held, move).status_code
        tags = offers.read(key)["tags"]

    assert (refused, allowed, tags) == (400, 200, ["b", "a"])


@pytest.mark.parametrize("status", [409, 412, 422])
def test_which_status_a_failed_test_has_is_a_setting(status: int) -> None:
    settings = SandboxSettings(failed_test_status=status)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "dps") as offers:
        reply = offers.patch(offers.create("A"), ("test", "name", "Z"))

    assert (reply.status_code, reply.json()["status"]) == (status, status)
    assert "test failed" in reply.json()["detail"]


def test_a_test_may_be_ignored() -> None:
    settings = SandboxSettings(patch_test="ignored", inapplicable_patch_status=422)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        applied = offers.patch(key, ("test", "name", "Z"), ("replace", "name", "B"))
        unapplied = offers.patch(key, ("remove", "description"))
        name = offers.read(key)["name"]

    assert (applied.status_code, unapplied.status_code, name) == (200, 422, "B")


@pytest.mark.parametrize(("compares", "statuses"), [("shown", [200, 409]), ("held", [409, 200])])
def test_a_test_compares_what_reads_show_or_what_is_held(
    compares: Any, statuses: list[int]
) -> None:
    settings = SandboxSettings(types_read_as="component", test_compares=compares)
    place = "representations/0/components/0/type"
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        found = [
            offers.patch(key, ("test", place, kind)).status_code
            for kind in ("component-html", "html")
        ]

    assert found == statuses


def test_the_etag_may_be_out_of_sight_of_a_test() -> None:
    settings = SandboxSettings(test_sees_etag=False)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        statuses = [
            offers.patch(key, ("test", field, value)).status_code
            for field, value in (("etag", 1), ("name", "A"))
        ]

    assert statuses == [409, 200]


@pytest.mark.parametrize("dialect", ["dps", "xcore"])
@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_lost_if_match_changes_nothing(dialect: str, method: str) -> None:
    settings = SandboxSettings(dps_if_match=True, dps_put=True, dps_lost_match_status=412)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, dialect) as offers:
        key = offers.create("A")

        def send(name: str, revision: str) -> int:
            if method == "patch":
                change = ("replace", "name", name)
                return offers.patch(key, change, If_Match=revision).status_code
            body = xcore_offer(name) if dialect == "xcore" else dps_offer(name)
            return offers.put(key, body, If_Match=revision).status_code

        statuses = [send("B", '"1"'), send("C", '"1"'), send("D", '"2"'), send("E", "*")]
        read = offers.read(key)

    assert statuses == [200, 409 if dialect == "xcore" else 412, 200, 200]
    assert (read["name"], read["etag"]) == ("E", 4)


@pytest.mark.parametrize(("how", "etag"), [("counts", 2), ("ignored", 1)])
def test_whether_an_update_without_a_change_counts_is_a_setting(how: Any, etag: int) -> None:
    settings = SandboxSettings(unchanged_update=how)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        offers.patch(key, ("replace", "name", "A"))

        assert offers.read(key)["etag"] == etag


@pytest.mark.parametrize("unknown_fields", ["drop", "refuse"])
def test_an_update_keeps_what_it_does_not_name_in_whatever_form(unknown_fields: Any) -> None:
    strange = {
        "name": " A ",
        "status": "live",
        "representations": [
            {"placement": "gone", "components": [{"type": "component-html", "format": "x"}]}
        ],
        "labels": ["core/C1"],
        "rank": {"priority": 7},
        "new": {"field": [1]},
    }
    settings = SandboxSettings(unknown_fields=unknown_fields, names_kept="trimmed")
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "dps") as offers:
        key = sandbox.put_offer(strange)["id"]
        described = offers.patch(key, ("add", "description", "d"))
        content = offers.patch(key, ("add", "representations/0/components/0/content", "c"))
        both = offers.patch(
            key,
            ("add", "representations/-", {"placement": PLACEMENT, "components": [HTML]}),
            ("remove", "representations/0"),
        )
        (held,) = sandbox.offers()

    assert (described.status_code, content.status_code, both.status_code) == (200, 400, 200)
    representations = [{"placement": PLACEMENT, "components": [HTML]}]
    assert held["body"] == strange | {"description": "d", "representations": representations}


def test_a_rename_to_a_name_that_is_taken_may_be_refused() -> None:
    settings = SandboxSettings(unique_names=True)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "dps") as offers:
        offers.create("A")
        key = offers.create("B")
        statuses = [
            offers.patch(key, ("replace", "name", name)).status_code for name in ("A", "B", "C")
        ]

    assert statuses == [409, 200, 200]


def test_a_tag_may_be_changed_without_a_new_name(sandbox: Sandbox) -> None:
    with client(sandbox) as http:
        tag, other = http.get("/tags").json()["results"][:2]
        change = [{"op": "add", "path": "/description", "value": "d"}]
        kept = http.patch(f"/tags/{tag['id']}", json=change)
        taken = [{"op": "replace", "path": "/name", "value": other["name"]}]
        refused = http.patch(f"/tags/{tag['id']}", json=taken)

    assert (kept.status_code, refused.status_code) == (200, 409)


@pytest.mark.parametrize("dialect", ["dps", "xcore"])
@pytest.mark.parametrize(("how", "status"), [("receipt", 200), ("object", 200), ("nothing", 204)])
def test_what_an_update_is_answered_with_is_a_setting(dialect: str, how: Any, status: int) -> None:
    settings = SandboxSettings(update_reply=how)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, dialect) as offers:
        reply = offers.patch(offers.create("A"), ("replace", "name", "B"))

    assert reply.status_code == status
    assert (b'"B"' in reply.content) == (how == "object")
    assert bool(reply.content) == (how != "nothing")


def test_if_match_may_be_ignored() -> None:
    settings = SandboxSettings(xcore_if_match="ignored")
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "xcore") as offers:
        key = offers.create("A")
        sandbox.edit(key, "name")
        reply = offers.patch(key, ("replace", "name", "B"), If_Match='"1"')

        assert reply.status_code == 200
        assert len(sandbox.overwritten_edits()) == 1


@pytest.mark.parametrize("dialect", ["dps", "xcore"])
def test_reads_that_lag_show_what_there_was(dialect: str) -> None:
    with running_sandbox() as sandbox, offers_of(sandbox, dialect) as offers:
        changed, deleted = offers.create("A"), offers.create("B")
        time.sleep(0.3)
        lag = ("lookup-lag-seconds=0.3", "list-lag-seconds=0.3")
        sandbox.set_faults(*lag)
        offers.patch(changed, ("replace", "name", "C"))
        offers.patch(changed, ("replace", "name", "D"))
        offers.delete(deleted)
        early = [offers.read(changed)["name"], offers.status(deleted), offers.names()]
        deadline = time.monotonic() + 30
        while offers.status(deleted) == 200 and time.monotonic() < deadline:
            time.sleep(0.02)
        late = [offers.read(changed)["name"], offers.status(deleted), offers.names()]

    assert early == ["A", 200, ["A", "B"]]
    assert late == ["D", 404, ["D"]]
