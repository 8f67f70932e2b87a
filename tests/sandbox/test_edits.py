"""Edits by others: each kind, at random in mid-run, and the proof that none was overwritten."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.model import Dialect
from offer_sandbox import EditKind, FaultPlan, Sandbox, SandboxSettings, running_sandbox
from tests.support.held_offers import held_offers
from tests.support.laws import tried
from tests.support.sandbox_calls import offers_of

DIALECTS = pytest.mark.parametrize("dialect", ["dps", "xcore"])
ADMIN = {"X-Offer-Sandbox": "1"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One whose reads show values in another form."""
    changed = SandboxSettings(types_read_as="uri", languages_read_as="upper-case")
    with running_sandbox(changed) as running:
        yield running


@DIALECTS
@pytest.mark.parametrize("kind", list(EditKind))
def test_each_kind_of_edit_is_made_and_logged(dialect: str, kind: str) -> None:
    with running_sandbox() as sandbox, offers_of(sandbox, dialect) as offers:
        key = offers.create("A", labels=["core/C1"])
        entry = sandbox.edit(key, kind)
        log = sandbox.edits()
        status = offers.status(key)
        etag = offers.read(key)["etag"] if status == 200 else None

    assert log == [entry]
    assert (entry["author"], entry["kind"], entry["dialect"]) == ("other", kind, dialect)
    assert (status, etag) == ((404, None) if kind == "delete" else (200, 2))
    assert bool(entry["changed"]) == (kind != "delete")


def test_the_endpoint_makes_and_shows_edits() -> None:
    with running_sandbox() as sandbox, offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        with httpx.Client(trust_env=False, headers=ADMIN) as http:
            url = f"{sandbox.admin_url}/edits"
            made = http.post(url, json={"id": key, "kind": "name"})
            drawn = http.post(url)
            wrong = http.post(url, json={"kind": "nonsense"})
            strange = http.post(url, json={"which": "x"})
            log = http.get(url).json()
            lost = http.get(f"{sandbox.admin_url}/overwritten").json()

    assert [made.json(), drawn.json()] == log
    assert (wrong.status_code, strange.status_code, lost) == (400, 400, [])
    assert made.json()["changed"] == [{"pointer": "/name", "before": "A", "after": "A (edited 1)"}]


def test_offers_are_edited_at_random_between_calls_until_the_plan_ends() -> None:
    with running_sandbox() as sandbox, offers_of(sandbox, "dps") as offers:
        keys = [offers.create(name) for name in "ABC"]
        sandbox.set_faults("seed=3", "edits-per-second=500", "edit-kinds=name,labels")
        deadline = time.monotonic() + 30
        while len(sandbox.edits()) < 20 and time.monotonic() < deadline:
            offers.read(keys[0])
        sandbox.set_faults()
        log = sandbox.edits()
        time.sleep(0.05)
        offers.read(keys[0])

        assert sandbox.edits() == log
        assert {entry["kind"] for entry in log} == {"name", "labels"}
        assert {entry["id"] for entry in log} == set(keys)


def test_a_plan_with_edits_is_written_as_it_is_read() -> None:
    lines = ["edits-per-second=2.5", "edit-kinds=name,delete", "edited on=update"]

    assert FaultPlan.parse(lines).lines() == lines


def test_an_edit_just_before_an_update_makes_its_test_fail() -> None:
    with running_sandbox() as sandbox, offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        sandbox.set_faults("edited on=update times=1", "edit-kinds=name")
        change = (("test", "name", "A"), ("replace", "name", "B"))
        statuses = [offers.patch(key, *change).status_code for _ in range(2)]

        assert statuses == [409, 409]
        assert offers.read(key)["name"] == "A (edited 1)"
        assert sandbox.overwritten_edits() == []


@pytest.mark.parametrize(
    ("guard", "lost"),
    [
        ([], 1),
        ([("test", "name", "A")], 1),  # ignored by this server
        ([("test", "name", "A (edited 1)")], 0),
        ([("test", "etag", 3)], 0),
        ([("test", "etag", 2)], 1),
        ([("test", "status", "approved")], 1),
    ],
)
def test_the_log_tells_which_edits_an_update_replaced_unknowingly(
    guard: list[Any], lost: int
) -> None:
    settings = SandboxSettings(patch_test="ignored")
    with running_sandbox(settings) as sandbox, offers_of(sandbox, "dps") as offers:
        key = offers.create("A")
        sandbox.edit(key, "name")
        sandbox.edit(key, "labels")
        offers.patch(key, *guard, ("replace", "name", "B"))
        offers.patch(key, ("replace", "name", "C"))  # its own value now: nobody's edit
        found = sandbox.overwritten_edits()
        kept = offers.read(key)["labels"]

    assert [one["pointer"] for one in found] == ["/name"] * lost
    assert kept == ["custom/edited-2"]


@DIALECTS
@pytest.mark.parametrize("revision", ['"1"', '"2"', ""])
def test_a_put_is_an_overwrite_unless_it_names_the_revision(dialect: str, revision: str) -> None:
    settings = SandboxSettings(dps_put=True, dps_if_match=True)
    with running_sandbox(settings) as sandbox, offers_of(sandbox, dialect) as offers:
        key = offers.create("A")
        (before,) = sandbox.offers()
        sandbox.edit(key, "name")
        headers = {"If_Match": revision} if revision else {}
        status = offers.put(key, before["body"], **headers).status_code
        found = sandbox.overwritten_edits()

    assert status == (409 if revision == '"1"' else 200)
    assert len(found) == (0 if revision else 1)


@DIALECTS
@pytest.mark.parametrize("does_read", [True, False])
def test_a_delete_of_an_edited_offer_is_in_the_log(dialect: str, does_read: bool) -> None:
    with running_sandbox() as sandbox, offers_of(sandbox, dialect) as offers:
        keys = [offers.create("A"), offers.create("B")]
        offers.read(keys[0])
        edit = sandbox.edit(keys[0], "name")
        if does_read:
            offers.read(keys[0])
        for key in keys:
            offers.delete(key)
        log = sandbox.edits()

    assert edit is not None
    assert [(one["author"], one["kind"], one["id"], one["seen"]) for one in log] == [
        ("other", "name", edit["id"], False),
        ("client", "delete", edit["id"], does_read),
    ]


@DIALECTS
def test_an_offer_of_any_form_can_be_put_there(dialect: str) -> None:
    body = {"anything": [None, True], "name" if dialect == "dps" else "xdm:name": " A  "}
    with running_sandbox() as sandbox, offers_of(sandbox, dialect) as offers:
        put = sandbox.put_offer(body, dialect=dialect, id="fallbackOffer1234")
        with httpx.Client(trust_env=False, headers=ADMIN) as http:
            url = f"{sandbox.admin_url}/offers"
            again = http.post(url, json={"body": body, "dialect": dialect, "sandbox": "other"})
            wrong = http.post(url, json={"body": body, "dialect": "other"})
        read = offers.read(put["id"] if dialect == "dps" else put["instance_id"])

    assert (put["id"], put["etag"], read["name"]) == ("fallbackOffer1234", 1, " A  ")
    assert read["anything"] == [None, True]
    assert (again.json()["sandbox"], wrong.status_code) == ("other", 400)


@pytest.mark.parametrize("dialect", list(Dialect))
@given(data=st.data())
@settings(max_examples=tried(12), deadline=None)
def test_whatever_an_offer_looks_like_it_is_read_edited_and_changed(
    sandbox: Sandbox, dialect: Dialect, data: st.DataObject
) -> None:
    body = data.draw(held_offers(dialect))
    put = sandbox.put_offer(body, dialect=str(dialect))
    with offers_of(sandbox, str(dialect)) as offers:
        key = put["instance_id" if offers.prefix else "id"]
        for kind in set(EditKind) - {EditKind.DELETE}:
            assert sandbox.edit(key, kind) is not None
        reply = offers.patch(key, ("add", "description", "ours"))
        read = offers.read(key)
        offers.delete(key)

    assert (reply.status_code, read["description"]) == (200, "ours")
    assert read["editedElsewhere"]
