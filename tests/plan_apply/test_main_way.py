"""Pull, edit, plan, apply: what a person edits is changed there, and nothing else."""

import csv
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.cli.output.formats import Form
from loader.cli.output.plan_lines import annotate_plan
from loader.errors import ExitCode, ResultsError, SettingsError, SourceError
from loader.merge.three_way import Prefer
from loader.model import Dialect, Operation
from loader.run.check.check import check_files
from loader.run.plan.plan_document import write_plan
from loader.run.pull.pull import pull_offers
from loader.run.requests import CheckRequest, Limits, Percent, PullRequest
from offer_sandbox import running_sandbox
from offer_sandbox.settings import SandboxSettings
from tests.support.held_offers import held_offers
from tests.support.keeping import ROWS, Keeper, edited, keeper_of, rows_of
from tests.support.laws import tried
from tests.support.sandbox_calls import dps_offer


def with_offers(dialect: Dialect, folder: Path) -> AbstractContextManager[Keeper]:
    @contextmanager
    def opened() -> Iterator[Keeper]:
        with keeper_of(dialect, folder) as someone:
            someone.load(ROWS)
            someone.pull()
            yield someone

    return opened()


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    with with_offers(Dialect.DPS, tmp_path) as someone:
        yield someone


@pytest.fixture(params=Dialect)
def any_keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    with with_offers(request.param, tmp_path) as someone:
        yield someone


def test_nothing_edited_is_nothing_to_do(keeper: Keeper) -> None:
    plan = keeper.plan()

    assert (plan.totals.operations, plan.totals.unchanged) == (0, 4)
    assert plan.exit_code == ExitCode.OK


def test_a_change_of_each_kind_is_planned_applied_and_then_done(any_keeper: Keeper) -> None:
    with rows_of(any_keeper) as rows:
        rows["Free shipping"] |= {"attr:Tier": None, "description": "For some"}
        rows["Sale"]["content"] = "<p>New</p>"
        rows["Third"]["action"] = "delete"
        rows["Fourth"]["action"] = "archive"
        new = {"placement": "Web banner", "type": "html", "content": "<p>5</p>"}
        rows["Fifth"] = {"name": "Fifth", **new}
    before = any_keeper.offers_by_name()

    plan = any_keeper.plan()
    assert any_keeper.offers_by_name() == before
    report = any_keeper.apply(plan)

    totals = plan.totals
    assert (totals.create, totals.update, totals.archive, totals.delete) == (1, 2, 1, 1)
    assert (totals.fields, totals.cleared) == (4, 1)
    done = report.summary
    assert (done.created, done.updated, done.archived, done.deleted) == (1, 2, 1, 1)
    there = any_keeper.offers_by_name()
    assert set(there) == {"Free shipping", "Sale", "Fourth", "Fifth"}
    assert there["Free shipping"]["description"] == "For some"
    assert not there["Free shipping"].get("characteristics")
    assert there["Fourth"]["status"] == "archived"
    (shown,) = there["Sale"]["representations"]
    (content,) = shown[f"{any_keeper.prefix}components"]
    assert content[f"{any_keeper.prefix}content"] == "<p>New</p>"
    any_keeper.pull()
    assert any_keeper.plan().totals.operations == 0


def test_the_results_say_what_was_changed(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Other"

    keeper.plan_and_apply()

    line = keeper.results()["Sale"]
    assert line["status"] == "updated"
    assert line["changes"] == 'description: "Second" -> "Other"'
    assert keeper.results()["Third"]["status"] == "unchanged"


def test_what_somebody_else_changed_meanwhile_stays(any_keeper: Keeper) -> None:
    with rows_of(any_keeper) as rows:
        rows["Sale"]["description"] = "Mine"
        rows["Third"]["description"] = "Mine"
        rows["Fourth"]["action"] = "delete"
    any_keeper.edit_as_other("Sale", description="Theirs", status="approved")
    any_keeper.edit_as_other("Third", status="approved")
    any_keeper.edit_as_other("Fourth", status="approved")

    plan = any_keeper.plan()
    report = any_keeper.apply(plan)

    assert (plan.totals.conflict, plan.totals.update) == (2, 1)
    (said, *_) = [each.error for each in plan.findings.first if each.error.column == "description"]
    assert said.code == "edit-conflict"
    assert "when pulled: 'Second'" in said.message
    assert "yours: 'Mine'" in said.message
    assert "there now: 'Theirs'" in said.message
    assert report.exit_code == ExitCode.ROWS_FAILED
    there = any_keeper.offers_by_name()
    assert there["Sale"]["description"] == "Theirs"
    assert there["Third"] | {"description": "Mine", "status": "approved"} == there["Third"]
    assert "Fourth" in there


@pytest.mark.parametrize(("prefer", "left"), [(Prefer.MINE, "Mine"), (Prefer.THEIRS, "Theirs")])
def test_whose_value_wins_may_be_said(keeper: Keeper, prefer: Prefer, left: str) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Mine"
        rows["Third"] |= {"description": "Mine", "conflict": str(prefer)}
    keeper.edit_as_other("Sale", description="Theirs")
    keeper.edit_as_other("Third", description="Theirs")

    keeper.plan_and_apply(conflicts=prefer)

    assert {keeper.offers_by_name()[name]["description"] for name in ("Sale", "Third")} == {left}


def test_an_edit_that_somebody_took_back_is_noted_where_it_is_made_again(
    any_keeper: Keeper,
) -> None:
    with rows_of(any_keeper) as rows:
        rows["Sale"]["description"] = "Mine"
        rows["Third"]["description"] = "Mine too"
    made = any_keeper.plan_and_apply().summary.run_id
    any_keeper.edit_as_other("Sale", description="Second")

    again = any_keeper.plan()

    assert (again.totals.update, again.totals.unchanged) == (1, 3)
    noted = {row.name: row.reason for row in again.noted}
    assert noted["Sale"] == (
        f"run {made} made this change, somebody took it back, and it is made again: description"
    )


def test_what_an_undo_took_back_is_made_again_without_a_note(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Mine"
    keeper.undo(keeper.plan_and_apply().summary.run_id)

    again = keeper.plan()

    assert again.totals.update == 1
    assert not again.noted


def test_who_is_faster_than_the_plan_is_not_overwritten(any_keeper: Keeper) -> None:
    with rows_of(any_keeper) as rows:
        rows["Sale"]["description"] = "Mine"
        rows["Third"]["description"] = "Mine"
    plan = any_keeper.plan()
    any_keeper.edit_as_other("Sale", description="Theirs")

    report = any_keeper.apply(plan)

    assert (report.summary.updated, report.summary.failed) == (1, 1)
    assert any_keeper.results()["Sale"]["error_code"] == "changed-meanwhile"
    assert any_keeper.offers_by_name()["Sale"]["description"] == "Theirs"


def test_a_target_that_guards_nothing_is_read_before_and_after(tmp_path: Path) -> None:
    settings, more = SandboxSettings(patch_test="ignored"), {"LOADER_UPDATE_GUARD": "none"}
    with keeper_of(Dialect.DPS, tmp_path, settings, **more) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        with rows_of(keeper) as rows:
            rows["Sale"]["description"] = "Mine"
            rows["Third"]["description"] = "Mine"
        plan = keeper.plan()
        keeper.edit_as_other("Sale", description="Theirs")

        report = keeper.apply(plan)

        assert [each.code for each in plan.findings.notices] == ["updates-unguarded"]
        assert (report.summary.updated, report.summary.failed) == (1, 1)
        assert keeper.offers_by_name()["Sale"]["description"] == "Theirs"


def test_a_plan_is_applied_once(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Mine"
    plan = keeper.plan()
    keeper.apply(plan)

    with pytest.raises(SettingsError) as refused:
        keeper.apply(plan)

    assert refused.value.code == "plan-used"


def test_deletes_changes_and_removals_are_limited(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["action"] = "delete"
        rows["Third"]["action"] = "delete"
        rows["Free shipping"]["description"] = None
    limits = Limits(deletes=1, changes=2, clears=0)
    before = keeper.offers_by_name()

    plan = keeper.plan(limits=limits)

    assert [refusal.partition(" ")[0] for refusal in plan.refusals] == ["2", "3", "1"]
    with pytest.raises(SettingsError) as refused:
        keeper.apply(plan, limits=limits)
    assert refused.value.code == "beyond-plan-limits"
    assert keeper.offers_by_name() == before


@pytest.mark.parametrize(("share", "allowed"), [(50, True), (49.9, False)])
def test_a_limit_may_be_a_share_of_the_rows(keeper: Keeper, *, share: float, allowed: bool) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["action"] = "delete"
        rows["Third"]["action"] = "delete"
    limits = Limits(deletes=Percent(share), changes=Percent(share))

    plan = keeper.plan(limits=limits)

    assert [each.partition(":")[0] for each in plan.refusals] == (
        []
        if allowed
        else [
            "2 deletes are planned, 1 (49.9% of 4 rows) allowed",
            "2 offers would be changed, 1 (49.9% of 4 rows) may be",
        ]
    )
    if not allowed:
        with pytest.raises(SettingsError):
            keeper.apply(plan, limits=limits)


def test_what_others_did_meanwhile_is_told_row_by_row(
    keeper: Keeper, capsys: pytest.CaptureFixture[str]
) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Mine"
        rows["Fourth"]["description"] = "Mine"
    keeper.edit_as_other("Sale", status="approved")
    keeper.edit_as_other("Third", status="approved")
    keeper.delete_as_other("Fourth")

    plan = keeper.plan()
    annotate_plan(Form.GITHUB, plan, ())
    write_plan(keeper.folder / "plan.xlsx", plan, keeper.settings)

    why = "changed there meanwhile: status"
    gone = "it was deleted there since the sheet was pulled"
    assert sorted((each.name, str(each.kind), each.reason) for each in plan.noted) == [
        ("Fourth", "gone", gone),
        ("Sale", "primary", why),
        ("Third", "unchanged", why),
    ]
    rows_there = {each.name: each.row_number for each in plan.noted}
    said = capsys.readouterr()[0].splitlines()
    lines = {line.partition(" file=")[2].partition(",")[2] for line in said}
    assert lines == {
        f"line={rows_there[name]},title={code}::Offers row {rows_there[name]}: {name}: {text}"
        for name, code, text in (
            ("Sale", "meanwhile", why),
            ("Third", "meanwhile", why),
            ("Fourth", "gone", gone),
            ("Sale", "update", 'description: "Second" -> "Mine"'),
        )
    }
    book = openpyxl.load_workbook(keeper.folder / "plan.xlsx")
    assert {cell.value for cell in book["Meanwhile"]["B"][1:]} == {"Sale", "Third"}
    assert [cell.value for cell in book["Not sent"][2]][:2] == [
        "gone",
        f"Offers row {rows_there['Fourth']}",
    ]


def test_what_the_sheet_itself_changed_is_not_said_to_be_changed_by_somebody(
    keeper: Keeper,
) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Mine"
        rows["Third"]["description"] = "Mine, too"
    run_id = keeper.plan_and_apply().summary.run_id
    keeper.edit_as_other("Sale", status="approved")
    keeper.edit_as_other("Third", description="Theirs")
    with rows_of(keeper) as rows:
        rows["Third"]["description"] = None

    plan = keeper.plan()

    assert {each.name: each.reason for each in plan.noted} == {
        "Sale": f"changed there meanwhile: status; changed by run {run_id}: description",
        "Third": "changed there meanwhile: description",
    }


def test_a_second_edit_of_an_applied_cell_is_no_conflict_with_somebody_else(
    keeper: Keeper,
) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "First"
        rows["Third"]["description"] = "First"
    run_id = keeper.plan_and_apply().summary.run_id
    keeper.edit_as_other("Fourth", description="Theirs")
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Later"
        rows["Third"]["action"] = "delete"
        rows["Fourth"]["description"] = "Mine"

    plan = keeper.plan()
    keeper.apply(plan)

    said = {each.error.message.splitlines()[0] for each in plan.findings.first}
    assert said == {
        f"description changed on both sides (there by run {run_id})",
        "description changed on both sides",
        f"it was edited there since the sheet was pulled: description (by run {run_id})",
    }
    assert {row["status"] for row in keeper.results().values()} == {"conflict", "unchanged"}


def test_a_row_that_is_not_there_changes_nothing(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        del rows["Third"]

    plan = keeper.plan()

    assert (plan.totals.operations, plan.totals.unchanged) == (0, 3)


def test_a_column_that_is_not_there_changes_nothing(keeper: Keeper) -> None:
    keeper.pull("offers.csv")
    path = keeper.folder / "offers.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [name for name in rows[0] if name not in ("description", "attr:Tier", "status")]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows([{**row, "content": "<p>All new</p>"} for row in rows])

    keeper.plan_and_apply("offers.csv")

    offer = keeper.offers_by_name()["Free shipping"]
    assert (offer["description"], offer["status"]) == ("For all", "approved")
    assert offer["characteristics"] == {"Tier": "gold"}
    assert "<p>All new</p>" in str(offer["representations"])


def test_only_some_columns_sorted_is_refused_whole(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["id"], rows["Third"]["id"] = rows["Third"]["id"], rows["Sale"]["id"]

    with pytest.raises(SourceError) as refused:
        keeper.plan()

    assert refused.value.code == "ids-moved"
    assert "Sale" in str(refused.value)


def test_a_column_that_was_sorted_without_the_others_is_noted(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        contents = [row["content"] for row in rows.values()]
        for row, content in zip(rows.values(), [*contents[1:], contents[0]], strict=True):
            row["content"] = content

    plan = keeper.plan()

    (noted,) = plan.findings.notices
    assert (noted.code, plan.totals.update) == ("values-moved", 4)
    assert noted.message.startswith("content: 4 rows get what other rows had")


def test_so_is_one_that_has_blank_cells(keeper: Keeper) -> None:
    for name in "ABC":
        keeper.sandbox.put_offer(dps_offer(name, description=f"Description {name}"))
    keeper.pull()
    with rows_of(keeper) as rows:
        texts = [row["description"] for row in rows.values()]
        for row, text in zip(rows.values(), [*texts[3:], *texts[:3]], strict=True):
            row["description"] = text

    plan = keeper.plan()

    (noted,) = plan.findings.notices
    assert noted.code == "values-moved"
    assert noted.message.startswith("description: 7 rows get what other rows had")


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ({"action": "remove"}, "bad-action", "action"),
        ({"conflict": "their"}, "bad-side", "conflict"),
        ({"action": "create"}, "create-with-id", "id"),
        ({"id": "dps:fallback-offer:123"}, "unknown-id", "id"),
        ({"id": None, "action": "create"}, "already-there", "name"),
        ({"id": None, "action": "delete", "name": "Nobody's"}, "no-such-offer", "name"),
    ],
)
def test_what_cannot_be_done_names_its_cell(
    keeper: Keeper, cells: dict[str, Any], code: str, column: str
) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"] |= cells

    plan = keeper.plan()

    (found,) = [each.error for each in plan.findings.first]
    assert (found.code, found.column) == (code, column)
    assert found.cell.startswith("Offers!")
    assert (plan.totals.invalid, plan.totals.operations) == (1, 0)


def test_a_copied_row_is_told(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Copy"] = rows["Sale"] | {"name": "Copy"}

    plan = keeper.plan()

    (found,) = [each.error for each in plan.findings.first]
    assert found.code == "id-twice"
    assert "clear the id" in found.suggestion


def test_a_copy_above_its_row_is_not_taken_for_it(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        below = rows.pop("Sale")
        rows["Copy"] = below | {"name": "Copy"}
        rows["Sale"] = below

    with pytest.raises(SourceError) as refused:
        keeper.plan()

    assert refused.value.code == "copied-rows"
    assert "rows 5 and 6 have the same id" in str(refused.value)


@pytest.mark.parametrize("lock", ["~$offers.xlsx", ".~lock.offers.xlsx#"])
def test_a_sheet_that_is_open_elsewhere_is_told_and_not_pulled_over(
    keeper: Keeper, lock: str
) -> None:
    (keeper.folder / lock).touch()

    plan = keeper.plan()
    with pytest.raises(ResultsError) as refused:
        pull_offers(
            PullRequest(path=keeper.folder / "offers.xlsx"),
            keeper.settings,
            listener=keeper.seen.append,
        )

    assert [each.code for each in plan.findings.notices] == ["open-elsewhere"]
    assert lock in str(refused.value)


def test_an_offer_deleted_there_meanwhile_is_gone(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Mine"
    other = keeper.folder / "other.xlsx"
    keeper.pull(other.name)
    with edited(other) as rows:
        rows["Sale"]["action"] = "delete"
    keeper.plan_and_apply(other.name)

    plan = keeper.plan()

    assert (plan.totals.gone, plan.totals.operations) == (1, 0)
    assert plan.exit_code == ExitCode.ROWS_FAILED


def test_a_colleague_without_this_journal_can_plan(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Mine"
        rows["Third"]["description"] = "Mine"
    keeper.edit_as_other("Sale", description="Theirs")
    colleague = Keeper(
        sandbox=keeper.sandbox,
        dialect=keeper.dialect,
        folder=keeper.folder,
        journal="other.sqlite3",
    )

    plan = colleague.plan()

    assert (plan.totals.update, plan.totals.conflict) == (1, 1)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_text_forms_go_by_the_journal(keeper: Keeper, suffix: str) -> None:
    keeper.pull(f"offers{suffix}")
    path = keeper.folder / f"offers{suffix}"
    path.write_text(path.read_text("utf-8-sig").replace("Second", "Other"), "utf-8")
    keeper.edit_as_other("Third", status="approved")

    plan = keeper.plan(f"offers{suffix}")

    assert [each.operation for each in plan.first] == [Operation.UPDATE]
    (change,) = plan.first[0].changes
    assert (change.field, change.before, change.after) == ("description", "Second", "Other")


def test_a_plain_sheet_changes_what_its_cells_say(keeper: Keeper) -> None:
    path = keeper.folder / "plain.csv"
    path.write_text(
        "name,description,status,placement,type,content,language\n"
        "Sale,Other,,Web banner,html,<p>Sale</p>,en\n"
        "Free shipping,,,Web banner,html,<p>Hi</p>,en\n"
        "New,,,Web banner,html,<p>N</p>,en\n",
        "utf-8",
    )

    plan = keeper.plan("plain.csv")

    assert (plan.totals.create, plan.totals.update, plan.totals.unchanged) == (1, 1, 1)
    assert [each.field for each in plan.first[0].changes] == ["description"]


def test_one_sandbox_is_brought_to_the_state_of_another(keeper: Keeper) -> None:
    with keeper_of(keeper.dialect, keeper.folder / "prod") as prod:
        prod.folder.mkdir()
        prod.load(ROWS.replace("Second", "Old").replace("Third,", "Not in dev,"))
        (keeper.folder / "offers.xlsx").rename(prod.folder / "offers.xlsx")

        plan = prod.plan()
        prod.apply(plan)

        assert [each.code for each in plan.findings.notices] == ["pulled-elsewhere"]
        assert (plan.totals.create, plan.totals.update, plan.totals.unchanged) == (1, 1, 2)
        assert prod.offers_by_name()["Sale"]["description"] == "Second"
        assert set(prod.offers_by_name()) == {
            "Free shipping",
            "Sale",
            "Third",
            "Fourth",
            "Not in dev",
        }


def test_only_what_is_asked_for_is_pulled(keeper: Keeper) -> None:
    assert keeper.pull("a.csv", status="approved").pulled == 1
    assert keeper.pull("b.csv", name="f*").pulled == 2
    assert keeper.pull("c.csv", placement="web BANNER").pulled == 4
    with pytest.raises(SettingsError):
        keeper.pull("d.csv", placement="Nowhere")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".jsonl"])
@settings(
    max_examples=tried(6),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_pulled_and_not_edited_nothing_is_to_do_whoever_wrote_the_offers(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, data: st.DataObject
) -> None:
    dialect = data.draw(st.sampled_from(Dialect))
    offers = data.draw(st.lists(held_offers(dialect), min_size=3, max_size=12))
    folder = tmp_path_factory.mktemp("pulled")
    with running_sandbox() as sandbox:
        for offer in offers:
            sandbox.put_offer(offer, dialect=str(dialect))
        keeper = Keeper(sandbox=sandbox, dialect=dialect, folder=folder)
        assert keeper.pull(f"offers{suffix}").pulled == len(offers)

        plan = keeper.plan(f"offers{suffix}")

    assert (plan.totals.operations, plan.totals.unchanged) == (0, len(offers))


@pytest.mark.parametrize("in_own_journal", [True, False])
def test_a_workbook_that_lost_its_hidden_sheet_goes_by_the_revisions(
    keeper: Keeper, *, in_own_journal: bool
) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Mine"
        rows["Third"]["description"] = "Mine"
    keeper.edit_as_other("Third", status="approved")
    keeper.edit_as_other("Free shipping", description="Theirs")
    book = openpyxl.load_workbook(keeper.folder / "offers.xlsx")
    del book["_loader"]
    book.save(keeper.folder / "renamed.xlsx")
    journal = keeper.journal if in_own_journal else "other.sqlite3"

    plan = replace(keeper, journal=journal).plan("renamed.xlsx")

    # In another journal nothing says whether "Theirs" there, or the sheet, is what was changed.
    known = (2, 0) if in_own_journal else (1, 2)
    assert (plan.totals.update, plan.totals.conflict) == known


def test_a_mistyped_column_of_the_pull_is_recognised_and_every_column_listed(
    keeper: Keeper,
) -> None:
    keeper.pull("offers.csv")
    path = keeper.folder / "offers.csv"
    path.write_text(path.read_text("utf-8-sig").replace("action", "acton", 1), "utf-8")

    with pytest.raises(SourceError) as refused:
        keeper.plan("offers.csv")

    assert "unknown: A ('acton'); did you mean action?" in str(refused.value)
    assert "Known columns: action, id, etag, conflict, name," in str(refused.value)


def test_an_older_sheet_does_not_take_back_what_was_edited_before_a_later_pull(
    keeper: Keeper,
) -> None:
    keeper.pull("offers.csv")
    (keeper.folder / "offers.csv").rename(keeper.folder / "older.csv")
    keeper.edit_as_other("Sale", description="Theirs")
    keeper.pull("offers.csv")

    plan = keeper.plan("older.csv")

    assert (plan.totals.operations, plan.totals.unchanged) == (0, 4)


def test_edits_are_not_pulled_over_and_an_unknown_column_names_its_cure(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"] |= {"description": "Mine", "my notes": "x"}
    path = keeper.folder / "offers.xlsx"

    with pytest.raises(ResultsError) as kept:
        pull_offers(PullRequest(path=path), keeper.settings, listener=keeper.seen.append)
    with pytest.raises(SourceError) as refused:
        keeper.plan()
    with pytest.raises(SourceError) as checked:
        check_files(
            CheckRequest(sources=(str(path),)), keeper.settings, listener=keeper.seen.append
        )

    assert "choose another place with `loader pull PATH`" in str(kept.value)
    assert "`loader plan FILE` shows what was edited" in str(kept.value)
    assert "remove" not in str(kept.value)  # what may be a morning's work
    assert "--ignore-column NAME" in str(refused.value)
    assert "note:" not in str(refused.value)  # nothing of what the pull itself wrote
    assert checked.value.code == "pulled-not-new"
    assert "`loader plan FILE`" in str(checked.value)
    assert keeper.plan(ignored_columns=("my notes",)).totals.update == 1


def test_what_is_said_of_an_offer_that_is_gone_creates_it_again(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull()
        keeper.delete_as_other("Third")
        with rows_of(keeper) as rows:
            rows["Third"] |= {"id": None, "name": "Third again", "description": "Back"}

        assert keeper.plan_and_apply().summary.created == 1
        assert "Third again" in keeper.offers_by_name()
