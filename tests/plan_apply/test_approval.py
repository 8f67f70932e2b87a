"""Four eyes, the audit, and the history of an offer."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from loader.errors import ExitCode, SettingsError
from loader.model import Dialect
from loader.run.change_reports import ChangePlan
from loader.run.history.audit_and_offer_history import (
    AuditQuery,
    check_chain,
    entries,
    offer_history,
)
from loader.run.plan.approve_plan import approve_plan
from loader.run.requests import ApproveRequest
from tests.support.keeping import ROWS, Keeper, keeper_of, rows_of

PERSON = "loader.journal.sqlite.database.current_person"
ABOVE_ONE = {"LOADER_APPROVAL_ABOVE": "1", "LOADER_APPROVAL_ACTIONS": "delete"}


@pytest.fixture
def keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    monkeypatch.setattr(PERSON, lambda: "ann@desk")
    with keeper_of(Dialect.DPS, tmp_path, None, **ABOVE_ONE) as someone:
        someone.load(ROWS)
        someone.pull()
        yield someone


def planned(keeper: Keeper, *names: str, text: str = "Mine") -> ChangePlan:
    with rows_of(keeper) as rows:
        for name in names:
            rows[name]["description"] = text
    return keeper.plan()


def approve(keeper: Keeper, plan: ChangePlan, target_name: str = "") -> None:
    name = target_name or keeper.sandbox.sandbox_name
    approve_plan(ApproveRequest(plan_id=plan.plan_id, target_name=name), keeper.settings)


def test_a_small_plan_needs_nobody_else(keeper: Keeper) -> None:
    plan = planned(keeper, "Sale")

    assert not plan.needs_approval
    assert keeper.apply(plan).summary.updated == 1


def test_a_large_plan_is_applied_only_when_somebody_else_approved_it(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(keeper, "Sale", "Third")
    assert plan.needs_approval

    with pytest.raises(SettingsError) as refused:
        keeper.apply(plan)
    with pytest.raises(SettingsError) as own:
        approve(keeper, plan)
    monkeypatch.setattr(PERSON, lambda: "bob@desk")
    with pytest.raises(SettingsError) as other:
        approve(keeper, plan, "elsewhere")
    approve(keeper, plan)
    monkeypatch.setattr(PERSON, lambda: "ann@desk")
    report = keeper.apply(plan)

    codes = [refused.value.code, own.value.code, other.value.code]
    assert codes == ["not-approved", "own-plan", "other-target"]
    assert report.summary.updated == 2


def test_an_approval_does_not_hold_for_the_next_plan(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(keeper, "Sale", "Third")
    monkeypatch.setattr(PERSON, lambda: "bob@desk")
    approve(keeper, plan)
    monkeypatch.setattr(PERSON, lambda: "ann@desk")

    other = planned(keeper, "Sale", "Third", text="Something else")

    with pytest.raises(SettingsError):
        keeper.apply(other)


def test_the_audit_says_who_did_what_and_shows_where_it_was_altered(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(keeper, "Sale", "Third")
    monkeypatch.setattr(PERSON, lambda: "bob@desk")
    approve(keeper, plan)
    monkeypatch.setattr(PERSON, lambda: "ann@desk")
    run = keeper.apply(plan).summary

    all_of_it = list(entries(AuditQuery(), keeper.settings))
    mine = list(entries(AuditQuery(run_id=run.run_id), keeper.settings))

    who = [(each.person, each.event, each.run_id) for each in all_of_it]
    assert ("bob@desk", "approve", plan.plan_id) in who
    assert [(each.person, each.event) for each in mine] == [
        ("ann@desk", "begin"),
        ("ann@desk", "end"),
    ]
    assert mine[1].details["operations"] == {"none done": 2, "update done": 2}
    assert mine[0].details["plan_sha256"] == plan.digest
    sheet = str(keeper.folder / "offers.xlsx")
    (made,) = [each for each in all_of_it if each.run_id == plan.plan_id and each.event == "begin"]
    assert len(made.details["sources"][sheet]) == 64
    assert check_chain(keeper.settings).exit_code == ExitCode.OK
    third = all_of_it[2].number
    with closing(sqlite3.connect(keeper.folder / keeper.journal)) as journal, journal:
        journal.execute("UPDATE audit SET person = 'eve@desk' WHERE audit_id = ?", (third,))
    assert check_chain(keeper.settings).broken_at == third
    with closing(sqlite3.connect(keeper.folder / keeper.journal)) as journal, journal:
        journal.execute("DELETE FROM audit WHERE audit_id = ?", (third,))
    assert check_chain(keeper.settings).broken_at == third + 1


def test_the_history_of_an_offer_is_what_was_done_and_seen(keeper: Keeper) -> None:
    plan = planned(keeper, "Sale")
    run = keeper.apply(plan).summary

    history = offer_history("Sale", keeper.settings)

    what = [each.what.partition(" ")[0] for each in history.events]
    assert what == ["created", "pulled", "updated"]
    assert history.events[2].what == f"updated by run {run.run_id}"
    assert history.events[2].changes == ('description: "Second" -> "Mine"',)


def test_the_history_of_a_renamed_offer_is_found_by_either_name(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["name"] = "Sale of May"
    assert keeper.apply(keeper.plan()).summary.updated == 1
    keeper.pull()

    by_name = {
        name: offer_history(name, keeper.settings).events for name in ("Sale", "Sale of May")
    }

    what = [each.what.partition(" ")[0] for each in by_name["Sale"]]
    assert what == ["created", "pulled", "updated", "pulled"]
    assert [each.name for each in by_name["Sale"]] == ["Sale", "Sale", *["Sale of May"] * 2]
    assert by_name["Sale of May"] == by_name["Sale"]


def test_a_plan_file_of_another_journal_is_told(keeper: Keeper) -> None:
    plan = replace(planned(keeper, "Sale"), plan_id="20260101-000000-aaaa")

    with pytest.raises(SettingsError) as refused:
        keeper.apply(plan)

    assert f"the plan {plan.plan_id} is not in the journal" in str(refused.value)
