"""The plan of a sheet that a person looked at: new offers, offers that exist, with an approval."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from loader.delivery.stop import Ending, StopSignal
from loader.events import Event, RowsDone, silent
from loader.model import Operation
from loader.run.apply.resume import resume_run
from loader.run.embedded_sandbox import sandbox_file
from loader.run.plan.plan_sheet import SheetPlan, SheetRequest, plan_sheet, plan_to_decide
from loader.run.pull.pull import pull_offers
from loader.run.requests import Limits, PullRequest, Reading, ResumeRequest
from loader.settings import Settings, load_settings
from loader.source.edited_cells import Cell, CellEdits

SAMPLE = Path("samples/offers.xlsx")
ROWS = 25


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return sandbox_settings(tmp_path)


def sandbox_settings(folder: Path, **more: object) -> Settings:
    own = {"journal": str(folder / "journal.sqlite3"), "max_per_second": 200}
    flags = {**own, "settle_seconds": 0.1, **more}
    return load_settings(environment={}, flags=flags)


def planned(
    settings: Settings,
    path: Path = SAMPLE,
    edits: dict[Cell, str] | None = None,
    *,
    limits: Limits | None = None,
    **more: Any,
) -> SheetPlan:
    request = SheetRequest(
        label=path.name,
        path=path,
        reading=Reading(),
        edits=CellEdits(cells=edits or {}),
        is_pulled=more.pop("is_pulled", False),
        sandbox=True,
        limits=limits or Limits(),
    )
    plan = plan_sheet(request, settings, listener=silent, stop=StopSignal())
    return plan_to_decide(plan.plan_id, settings, limits=limits)


def test_a_sheet_of_new_offers_says_what_is_created_and_what_it_costs(settings: Settings) -> None:
    edits = {Cell("Offers", row, 2): text for row, text in ((2, "live"), (4, "live"), (5, "x"))}
    edits[Cell("Offers", 3, 0)] = "Better name"

    plan = planned(settings, edits=edits)

    assert (plan.totals.create, plan.totals.invalid) == (ROWS - 3, 3)
    assert (plan.is_of_changes, plan.needs_approval, plan.sent_by) == (False, False, "")
    assert plan.seconds == (ROWS - 3) / settings.max_per_second
    assert plan.first[0].name == "Better name"
    assert [(each.count, each.error.value, each.error.cell) for each in plan.reasons] == [
        (2, "live", "Offers!C2"),
        (1, "x", "Offers!C5"),
    ]


def test_a_plan_is_made_anew_until_some_of_it_is_sent(settings: Settings) -> None:
    first, again = planned(settings), planned(settings)
    stop = StopSignal()

    def stop_after_a_row(event: Event) -> None:
        if isinstance(event, RowsDone):
            stop.request(Ending.STOPPED, "enough")

    request = ResumeRequest(
        run_id=again.plan_id, results=Path(settings.journal).with_suffix(".xlsx")
    )
    slow = settings.model_copy(update={"max_per_second": 10})
    resume_run(request, slow, listener=stop_after_a_row, stop=stop)
    begun = planned(settings)

    assert first.plan_id != again.plan_id
    assert (begun.plan_id, begun.sent_by) == (again.plan_id, again.plan_id)


def test_a_plan_that_is_worked_out_again_has_the_names_of_the_target_now(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "offers.csv"
    path.write_text("name,placement,type,content\nA,Web banner,html,<p>x</p>\n")

    before = planned(settings, path)
    with closing(sqlite3.connect(sandbox_file(settings))) as sql, sql:
        sql.execute("UPDATE entity SET body = replace(body, 'Web banner', 'Another')")
    after = planned(settings, path)

    assert (before.totals.create, before.totals.invalid) == (1, 0)
    assert (after.totals.create, after.totals.invalid) == (0, 1)


def test_after_it_was_sent_a_plan_says_so_and_a_new_one_has_nothing_to_do(
    settings: Settings,
) -> None:
    plan = planned(settings)
    request = ResumeRequest(
        run_id=plan.plan_id, results=Path(settings.journal).with_suffix(".xlsx")
    )
    resume_run(request, settings, listener=silent, stop=StopSignal())

    assert plan_to_decide(plan.plan_id, settings).sent_by == plan.plan_id
    totals = planned(settings, edits={Cell("Offers", 2, 1): "Other"}).totals
    assert (totals.create, totals.duplicate, totals.invalid) == (0, ROWS - 1, 1)


def test_a_sheet_that_was_pulled_says_what_is_changed_and_needs_a_word_for_deletes(
    settings: Settings, tmp_path: Path
) -> None:
    sent = planned(settings)
    request = ResumeRequest(run_id=sent.plan_id, results=tmp_path / "results.xlsx")
    resume_run(request, settings, listener=silent, stop=StopSignal())
    kept = tmp_path / "kept.csv"
    pull_offers(PullRequest(path=kept, sandbox=True), settings, listener=silent)
    header = kept.read_text("utf-8-sig").splitlines()[0].split(",")
    edits = {
        Cell("", 2, header.index("description")): "New words",
        Cell("", 3, header.index("action")): "delete",
    }

    refused = planned(settings, kept, edits, is_pulled=True)
    allowed = planned(settings, kept, edits, is_pulled=True, limits=Limits(deletes=1))

    assert refused.is_of_changes
    assert (refused.totals.update, refused.totals.delete) == (1, 1)
    assert refused.totals.unchanged == ROWS - 2
    assert (len(refused.refusals), allowed.refusals) == (1, ())
    [change] = next(e for e in allowed.first if e.operation is Operation.UPDATE).changes
    assert (change.field, change.after) == ("description", "New words")


def test_where_an_approval_may_be_needed_every_sheet_can_be_approved(tmp_path: Path) -> None:
    plan = planned(sandbox_settings(tmp_path, approval_required=True))

    assert (plan.is_of_changes, plan.needs_approval) == (True, True)
    assert plan.totals.create == ROWS
    assert plan.author
    assert (plan.is_author, plan.target_names) == (True, ("sandbox",))
    assert plan.approved_by == ()
