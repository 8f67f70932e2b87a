"""Plan, apply and undo of any offers that a library may hold, whoever wrote them.

What was applied is not planned again, and what was undone is as it was before.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.model import Dialect
from offer_sandbox import running_sandbox
from offer_sandbox.settings import SandboxSettings
from tests.support.changing_servers import SERVERS
from tests.support.held_offers import held_offers
from tests.support.keeping import Keeper, keeper_of
from tests.support.laws import tried

EDITS: dict[str, dict[str, str]] = {
    "description": {"description": "Edited"},
    "cleared": {"description": ""},
    "status": {"status": "approved"},
    "attribute": {"attr:Tier": "Edited"},
    "archived": {"action": "archive"},
    "deleted": {"action": "delete"},
    "name": {"name": "Edited"},
    "none": {},
}
Leaves: TypeAlias = dict[tuple[str, str], Any]
MAP = "(the map of the attributes)"
NOT_DONE = ("failed", "unknown", "pending")


@settings(
    max_examples=tried(4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_applied_is_unchanged_and_undone_is_as_before(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    dialect = data.draw(st.sampled_from(Dialect))
    offers = data.draw(st.lists(held_offers(dialect), min_size=3, max_size=8))
    folder = tmp_path_factory.mktemp("laws")
    server = SandboxSettings(
        unknown_placements="accept",
        unknown_fields="keep",
        **data.draw(st.sampled_from(SERVERS), label="server"),
    )
    with running_sandbox(server) as sandbox:
        for number, offer in enumerate(offers):  # an undo gives no name that another offer has
            name = "xdm:name" if dialect is Dialect.XCORE else "name"
            named = offer | {name: f"{number} {offer[name]}"}
            sandbox.put_offer(named, dialect=str(dialect))
        keeper = Keeper(sandbox=sandbox, dialect=dialect, folder=folder)
        keeper.pull("offers.csv")
        key = "instance_id" if dialect is Dialect.XCORE else "id"
        edits = {each[key]: data.draw(st.sampled_from(_edits(each))) for each in sandbox.offers()}
        _rewrite(folder / "offers.csv", lambda row: EDITS[edits[row["id"]]])
        before = _held(keeper)

        plan = keeper.plan("offers.csv")
        run = keeper.apply(plan) if plan.totals.operations else None

        if run is None:
            return
        refused = [each for each in keeper.results().values() if each["status"] in NOT_DONE]
        assert [(each["status"], each["error"], each["changes"]) for each in refused] == []
        again = keeper.plan("offers.csv")
        assert [(each.operation, each.changes) for each in again.first] == []
        ours, deleted = _held(keeper), run.summary.deleted
        kinds = st.sampled_from(["", "", "description", "attribute", "labels", "unknown"])
        for remote_id in sorted(ours):  # somebody else edits some of them
            kind = data.draw(kinds, label=remote_id)
            if kind:
                keeper.sandbox.edit(remote_id, kind)
        theirs = _held(keeper)
        undone = keeper.undo(run.summary.run_id)
        reasons = [each.reason for each in undone.first_kept if "edited since" not in each.reason]
        assert reasons == ["a deleted offer cannot be put back"] * deleted
        after = _held(keeper)
        assert len(after) == len(before) - deleted
        for remote_id, body in after.items():
            assert _flat(body) == _expected(
                *map(_flat, (before[remote_id], ours[remote_id], theirs[remote_id]))
            )


def _expected(before: Leaves, ours: Leaves, theirs: Leaves) -> Leaves:
    """Return what is there after an undo: as before, but for what was edited since."""
    kept = {key: theirs.get(key) for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)}
    found = {key: value for key, value in {**before, **kept}.items() if value is not None}
    return found | {(name, MAP): True for name, key in found if key not in ("", MAP)}


def _flat(body: dict[str, Any]) -> Leaves:
    """Return the fields of an offer; the attributes one by one, and whether it has a map of them.

    Somebody else may edit one attribute while the others go back.
    """
    found: Leaves = {}
    for name, value in body.items():
        inner = value if name.removeprefix("xdm:") == "characteristics" else None
        if isinstance(inner, dict):
            found |= {(name, key): each for key, each in inner.items()} | {(name, MAP): True}
        else:
            found[name, ""] = value
    return found


OURS = (
    "name,description,placement,type,content,delivery_url,link_url,language,"
    "placement_2,type_2,content_2,language_2,labels,attr:Tier\n"
    "One,A,Web banner,html,<p>1</p>,,https://example.com/,en,"
    "Web banner,html,<p>un</p>,fr,core/C1;core/C2,gold\n"
    "Two,A,Web banner,html,<p>1</p>,,,en,Web text,text,hello,en,,\n"
    "Three,A,Web banner,html,<p>3</p>,,,en,,,,,,\n"
    "Four,A,Email image,image,,https://example.com/a.png,,en,,,,,,\n"
)
CHANGED = {
    "One": {"content": "<p>new</p>", "labels": "core/c1; core/C5", "content_2": "<p>deux</p>"},
    "Two": {"language": "en; de", "link_url": "https://example.com/x"},
    "Three": {"placement_2": "Web text", "type_2": "text", "content_2": "x", "attr:Tier": "x"},
    "Four": {"delivery_url": "https://example.com/b.png"},
}


@pytest.mark.parametrize("server", [SERVERS[3], SERVERS[5]])
@pytest.mark.parametrize("dialect", Dialect)
def test_contents_are_changed_and_put_back_in_whatever_form_the_server_reads_them(
    tmp_path: Path, dialect: Dialect, server: dict[str, Any]
) -> None:
    with keeper_of(dialect, tmp_path, SandboxSettings(**server)) as keeper:
        keeper.load(OURS)
        keeper.pull("pulled.csv")
        keeper.pull("offers.csv")
        _rewrite(tmp_path / "offers.csv", lambda row: CHANGED[row["name"]])

        run = keeper.plan_and_apply("offers.csv").summary
        labels = keeper.offers_by_name()["One"].get("labels")
        again = keeper.plan("offers.csv").totals
        undone = keeper.undo(run.run_id)

        assert (run.updated, again.operations, undone.restored) == (4, 0, 4)
        assert labels == (["core/C1", "core/C5"] if dialect is Dialect.DPS else None)
        assert keeper.offers_by_name()["One"].get("labels", [])[1:] == ["core/C2"] * (
            labels is not None
        )
        assert keeper.plan("pulled.csv").totals.operations == 0


def _held(keeper: Keeper) -> dict[str, Any]:
    return {each["id"]: _filled(each["body"]) for each in keeper.sandbox.offers()}


def _filled(value: Any) -> Any:
    """Leave out what says nothing: an empty text is as good as none."""
    if isinstance(value, dict):
        return {name: _filled(each) for name, each in value.items() if each not in ("", None, [])}
    return [_filled(each) for each in value] if isinstance(value, list) else value


def _edits(held: dict[str, Any]) -> list[str]:
    """Return the edits of an offer that the server does not refuse for what it holds besides."""
    body = {name.removeprefix("xdm:"): value for name, value in held["body"].items()}
    refused = {"status", "archived"} if body["status"] == "live" else set()
    attributes = body.get("characteristics") or {}
    if not all(isinstance(each, str) for each in attributes.values()):
        refused.add("attribute")
    return sorted({*EDITS} - refused)


def _rewrite(path: Path, edits: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Edit row by row; a column that no offer has is not added."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update({name: text for name, text in edits(row).items() if name in row})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
