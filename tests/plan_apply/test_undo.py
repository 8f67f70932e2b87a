"""Undo of a run that changed offers: they are as before, but for what somebody edited since."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loader.cli.output.reports import totals_in_words
from loader.errors import ExitCode, NothingToDo
from loader.model import Dialect
from loader.run.change_reports import ChangePlan
from loader.run.history.audit_and_offer_history import offer_history
from loader.run.history.result_page import page_of_results
from loader.run.history.runs import show_run
from loader.run.requests import AsOfRequest, Plan
from loader.run.undo.plan_as_of import plan_as_of
from tests.support.keeping import ANY_NUMBER, ROWS, keeper_of, rows_of


@pytest.mark.parametrize("dialect", Dialect)
def test_what_was_changed_is_put_back_field_by_field(dialect: Dialect, tmp_path: Path) -> None:
    with keeper_of(dialect, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        before = keeper.offers_by_name()
        with rows_of(keeper) as rows:
            rows["Free shipping"] |= {"attr:Tier": None, "description": "For some"}
            rows["Sale"] |= {"content": "<p>New</p>", "description": "Mine"}
            rows["Third"] |= {"description": "New here", "attr:Tier": "silver"}
            rows["Fourth"]["action"] = "delete"
            new = {"placement": "Web banner", "type": "html", "content": "<p>5</p>"}
            rows["Fifth"] = {"name": "Fifth", **new}
        run = keeper.plan_and_apply().summary
        assert (run.updated, run.deleted, run.created) == (3, 1, 1)
        keeper.edit_as_other("Sale", description="Theirs")

        planned = keeper.undo(run.run_id, dry_run=True)
        assert sorted(planned.would) == [
            "(each is looked at just before it is deleted, and kept if it was edited since)",
            "delete 1 that the run created",
            "leave Fourth: a deleted offer cannot be put back",
            "leave of Sale: edited since: description",
            'put back Free shipping: attr:Tier: (nothing) -> "gold"',
            'put back Free shipping: description: "For some" -> "For all"',
            'put back Sale: content (Web banner, en): "<p>New</p>" -> "<p>Sale</p>"',
            'put back Third: attr:Tier: "silver" -> (nothing)',
            'put back Third: description: "New here" -> (nothing)',
        ]

        would_keep = {each.name: (each.in_part, each.reason) for each in planned.would_keep}
        assert would_keep == {
            "Sale": (True, "edited since: description"),
            "Fourth": (False, "a deleted offer cannot be put back"),
        }

        asked: list[Plan] = []
        keeper.undo(run.run_id, confirm=lambda plan: bool(asked.append(plan)))
        (question,) = asked
        assert question.offers == 4
        assert question.deletes == 1
        assert question.left_out == ("1 (a deleted offer cannot be put back)",)
        assert question.in_part == 1
        assert question.first_in_part == ("Sale: edited since: description",)

        report = keeper.undo(run.run_id)

        assert (report.deleted, report.restored, report.kept, report.unchanged) == (1, 3, 0, 1)
        assert (report.restored_in_part, report.as_before, report.edited) == (1, 0, 0)
        assert report.exit_code == ExitCode.ROWS_FAILED
        why = {each.row.cells[1]: each.reason for each in report.first_kept}
        assert why == {
            "Sale": "put back in part; edited since: description",
            "Fourth": "a deleted offer cannot be put back",
        }
        codes = {each.row.cells[1]: each.row.error_code for each in report.first_kept}
        assert codes == {"Sale": "", "Fourth": "stays-deleted"}
        there = keeper.offers_by_name()
        assert there["Free shipping"] == before["Free shipping"]
        assert there["Third"] == before["Third"]
        assert there["Sale"] == {**before["Sale"], "description": "Theirs"}
        assert set(there) == {"Free shipping", "Sale", "Third"}

        run = show_run(run.run_id, keeper.settings).overview.summary
        assert (run.undone, run.updated, run.deleted) == (4, 0, 1)
        what = [each.what for each in offer_history("Third", keeper.settings).events]
        assert what[-1].startswith("put back by run ")
        assert what[-1].endswith(f", the undo of {run.run_id}")

        again = keeper.undo(run.run_id)
        assert (again.deleted, again.restored, again.kept, again.edited) == (0, 0, 1, 1)
        assert (again.unchanged, again.as_before) == (3, 2)
        assert {each.reason for each in again.first_kept} == {
            "edited since: description",
            "a deleted offer cannot be put back",
        }
        assert keeper.offers_by_name() == there


def test_what_a_later_apply_deleted_is_not_said_to_be_taken_back_by_an_undo(
    tmp_path: Path,
) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        load = keeper.load(ROWS).summary.run_id
        keeper.pull()
        with rows_of(keeper) as rows:
            rows["Sale"]["description"] = "Mine"
        changed = keeper.plan_and_apply().summary.run_id
        keeper.pull()
        with rows_of(keeper) as rows:
            rows["Sale"]["action"] = rows["Fourth"]["action"] = "delete"
        deleted = keeper.plan_and_apply().summary.run_id
        keeper.undo(load)

        def undone_of(run_id: str) -> dict[str, tuple[str, str]]:
            page = page_of_results(run_id, keeper.settings, count=9, status="undone")
            return {
                next(each for each in row.cells if each in keeper_names): (
                    row.error_code,
                    row.error,
                )
                for row in page.rows
            }

        keeper_names = {"Free shipping", "Sale", "Third", "Fourth"}
        by_apply = ("deleted-since", f"this offer was deleted since, by run {deleted}")
        assert undone_of(load) == {
            "Free shipping": ("", ""),
            "Sale": by_apply,
            "Third": ("", ""),
            "Fourth": by_apply,
        }
        assert undone_of(changed) == {"Sale": by_apply}
        summary = show_run(load, keeper.settings).overview.summary
        assert totals_in_words(summary) == "4 read, 4 undone or deleted since"


def test_the_way_back_to_a_moment_is_a_plan(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        as_pulled = datetime.now(UTC)
        before = keeper.offers_by_name()
        with rows_of(keeper) as rows:
            rows["Sale"] |= {"content": "<p>New</p>", "description": "Mine"}
        keeper.plan_and_apply()
        keeper.edit_as_other("Third", description="Theirs")

        request = AsOfRequest(as_of=as_pulled, name="*", limits=ANY_NUMBER)
        plan = plan_as_of(request, keeper.settings, listener=keeper.seen.append)
        keeper.apply(plan)

        assert (plan.totals.update, plan.totals.unchanged) == (2, 2)
        assert keeper.offers_by_name() == before
        keeper.delete_as_other("Fourth")
        request = AsOfRequest(as_of=as_pulled, name="Fourth")
        gone = plan_as_of(request, keeper.settings, listener=keeper.seen.append)
        assert (gone.totals.gone, gone.totals.operations) == (1, 0)
        assert "a deleted offer cannot come back" in gone.noted[0].reason
        request = AsOfRequest(as_of=datetime(2020, 1, 1, tzinfo=UTC), name="Third")
        with pytest.raises(NothingToDo):
            plan_as_of(request, keeper.settings, listener=keeper.seen.append)


def test_the_way_back_names_what_was_deleted_and_what_was_renamed(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        as_pulled = datetime.now(UTC)
        keeper.edit_as_other("Third", name="Renamed")
        keeper.delete_as_other("Fourth")
        with rows_of(keeper) as rows:
            rows["Free shipping"]["action"] = "delete"
        keeper.plan_and_apply()

        request = AsOfRequest(as_of=as_pulled, name="F*")
        gone = plan_as_of(request, keeper.settings, listener=keeper.seen.append)
        assert (gone.totals.gone, gone.totals.operations) == (2, 0)
        assert {each.name for each in gone.noted} == {"Free shipping", "Fourth"}
        request = AsOfRequest(as_of=as_pulled, name="thi*", limits=ANY_NUMBER)
        renamed = plan_as_of(request, keeper.settings, listener=keeper.seen.append)
        assert (renamed.totals.update, renamed.totals.gone) == (1, 0)
        keeper.apply(renamed)
        assert set(keeper.offers_by_name()) == {"Sale", "Third"}


@pytest.mark.parametrize("dialect", Dialect)
def test_no_way_back_gives_a_name_that_another_offer_has_meanwhile(
    dialect: Dialect, tmp_path: Path
) -> None:
    with keeper_of(dialect, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        as_pulled = datetime.now(UTC)
        with rows_of(keeper) as rows:
            rows["Sale"] |= {"name": "Sale 2025", "description": "Mine"}
            rows["Third"]["name"] = "Third 2025"
        run = keeper.plan_and_apply().summary
        keeper.edit_as_other("Fourth", name="Sale")
        keeper.edit_as_other("Free shipping", name="Third")

        planned = keeper.undo(run.run_id, dry_run=True)

        why = "another offer has this name now: name"
        assert {each.name: (each.in_part, each.reason) for each in planned.would_keep} == {
            "Sale 2025": (True, why),
            "Third 2025": (False, why),
        }
        (renamed,) = [each for each in keeper.sandbox.offers() if each["name"] == "Sale 2025"]
        instance_id = renamed["instance_id" if keeper.prefix else "id"]
        request = AsOfRequest(as_of=as_pulled, name=instance_id, limits=ANY_NUMBER)
        back = plan_as_of(request, keeper.settings, listener=keeper.seen.append)
        (found,) = [each.error for each in back.findings.first]
        assert (found.code, back.totals.invalid, back.totals.operations) == ("name-taken", 1, 0)

        undone = keeper.undo(run.run_id)

        assert (undone.restored, undone.restored_in_part, undone.kept) == (1, 1, 1)
        assert undone.exit_code == ExitCode.ROWS_FAILED
        there = keeper.offers_by_name()
        assert set(there) == {"Third", "Sale 2025", "Third 2025", "Sale"}
        assert there["Sale 2025"]["description"] == "Second"


def test_the_way_back_gives_names_that_it_takes_from_other_offers(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        as_pulled = datetime.now(UTC)
        before = keeper.offers_by_name()
        keeper.edit_as_other("Sale", name="Other")
        keeper.edit_as_other("Third", name="Sale")
        keeper.edit_as_other("Other", name="Third")

        request = AsOfRequest(as_of=as_pulled, name="*", limits=ANY_NUMBER)
        keeper.apply(plan_as_of(request, keeper.settings, listener=keeper.seen.append))

        assert keeper.offers_by_name() == before


def test_the_way_back_names_what_it_does_not_know(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        loaded = keeper.load(ROWS).summary.run_id
        keeper.pull(name="Sale")
        then = datetime.now(UTC)
        for name in ("Sale", "Third"):
            keeper.edit_as_other(name, description="Theirs")
        later = "name,placement,content\nFurther,Web banner,5\n"
        keeper.load(later)

        def way_back(name: str) -> ChangePlan:
            request = AsOfRequest(as_of=then, name=name, limits=ANY_NUMBER)
            return plan_as_of(request, keeper.settings, listener=keeper.seen.append)

        plan = way_back("*")

        totals = plan.totals
        assert (totals.update, totals.invalid, totals.unchanged) == (1, 1, 3)
        assert plan.exit_code == ExitCode.ROWS_FAILED
        (found,) = [each.error for each in plan.findings.first]
        assert (found.code, found.value) == ("not-known-then", "Third")
        (noted,) = plan.noted
        assert noted.name == "Further"
        assert noted.reason == "it was not there at that moment: a run created it later"
        for name, why in {
            "Third": r"what 'Third' was at that moment is not known: .* \(1 offer\)",
            "Further": "'Further' was not there at that moment",
            "Nothing": "no offer matches 'Nothing'",
        }.items():
            with pytest.raises(NothingToDo, match=why):
                way_back(name)

        keeper.undo(loaded)

        gone = way_back("F*")
        assert {each.name for each in gone.noted if each.kind == "gone"} == {
            "Free shipping",
            "Fourth",
        }
