"""A kind of entity that the loader has never seen goes all the way, by way of its value alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from loader.delivery.stop import StopSignal
from loader.errors import ExitCode, WrongColumns
from loader.events import Event
from loader.model import Dialect
from loader.offer.entity import FALLBACK_OFFER
from loader.run.apply.load import load_files
from loader.run.apply.resume import resume_run
from loader.run.check.check import check_files
from loader.run.history.verify import verify_run
from loader.run.plan.plan_load import plan_files
from loader.run.reports import LoadReport
from loader.run.requests import (
    CheckRequest,
    LoadRequest,
    ResumeRequest,
    UndoRequest,
    VerifyRequest,
)
from loader.run.undo.undo import undo_run
from loader.settings import Settings, load_settings
from loader.source import ReadOptions, open_source
from loader.template import write_template
from loader.validation.entity import Entity
from offer_sandbox import Sandbox, running_sandbox
from tests.support.placement_entity import PLACEMENT
from tests.support.sandbox_calls import client
from tests.support.workbooks import connection_variables

HEAD = "Placement name,channel,media type,description\n"
ROWS = "Home banner,web,html,On top\nMail picture,email,imagelink,\nLegal,mobile,text,At the end\n"


@dataclass(frozen=True, kw_only=True)
class Door:
    """The public use cases, as a door calls them."""

    sandbox: Sandbox
    dialect: Dialect
    folder: Path
    seen: list[Event] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """The settings of every run."""
        return load_settings(
            environment={
                **connection_variables(self.sandbox, api=str(self.dialect)),
                "LOADER_API": str(self.dialect),
                "LOADER_JOURNAL": str(self.folder / "journal.sqlite3"),
                "LOADER_MAX_PER_SECOND": "1000",
                "LOADER_SETTLE_SECONDS": "0.1",
            }
        )

    def file(self, rows: str) -> Path:
        """Write a sheet."""
        path = self.folder / "placements.csv"
        path.write_text(HEAD + rows, "utf-8")
        return path

    def load(self, path: Path, entity: Entity = PLACEMENT) -> LoadReport:
        """Load a sheet."""
        request = LoadRequest(
            sources=(str(path),), entity=entity, results=self.folder / "results.csv"
        )
        return load_files(
            request, self.settings, listener=self.seen.append, confirm=None, stop=StopSignal()
        )

    def there(self) -> dict[str, dict[str, Any]]:
        """Return the placements that the server has, by name."""
        with client(self.sandbox, str(self.dialect)) as http:
            if self.dialect is Dialect.DPS:
                found = http.get("/placements", params={"limit": "100"}).json()["results"]
                return {each["name"]: each for each in found}
            found = http.get(
                f"/{self.sandbox.container_id}/instances",
                params={"schema": PLACEMENT.endpoints.xcore_schema, "limit": "100"},
            ).json()["_embedded"]["results"]
            return {each["_instance"]["xdm:name"]: each["_instance"] for each in found}


@pytest.fixture(params=Dialect)
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    with running_sandbox() as sandbox:
        yield Door(sandbox=sandbox, dialect=request.param, folder=tmp_path)


def test_placements_are_created_with_what_their_rows_say(door: Door) -> None:
    before = door.there()

    report = door.load(door.file(ROWS))

    assert (report.exit_code, report.summary.created) == (ExitCode.OK, 3)
    made = {name: each for name, each in door.there().items() if name not in before}
    prefix = "" if door.dialect is Dialect.DPS else "xdm:"
    assert set(made) == {"Home banner", "Mail picture", "Legal"}
    assert made["Home banner"][f"{prefix}channel"].endswith("/web")
    assert made["Mail picture"][f"{prefix}componentType"].endswith("imagelink")
    assert f"{prefix}description" not in made["Mail picture"]
    results = (door.folder / "results.csv").read_text("utf-8-sig")
    assert results.count("offer-placement:") >= 3


def test_the_same_placements_again_are_duplicates(door: Door) -> None:
    door.load(door.file(ROWS))
    count = len(door.there())

    report = door.load(door.file(ROWS + "Fourth,web,html,\n"))

    assert (report.summary.created, report.summary.duplicate) == (1, 3)
    assert len(door.there()) == count + 1


def test_wrong_cells_are_found_by_its_own_checks(door: Door) -> None:
    path = door.file("A,pigeon,html,\nB,web,html,B\n,web,html,\nD,web,text,\n")

    report = check_files(
        CheckRequest(sources=(str(path),), entity=PLACEMENT),
        door.settings,
        listener=door.seen.append,
    )

    found = {(each.error.cell, each.error.code) for each in report.findings.first}
    assert found == {("B2", "not-allowed"), ("D3", "missing-value"), ("A4", "missing-value")}
    assert report.exit_code == ExitCode.ROWS_FAILED


def test_a_run_of_placements_is_verified_and_undone(door: Door) -> None:
    before = door.there()
    run_id = door.load(door.file(ROWS)).summary.run_id

    same = verify_run(
        VerifyRequest(run_id=run_id, entity=PLACEMENT), door.settings, listener=door.seen.append
    )
    undone = undo_run(
        UndoRequest(run_id=run_id, entity=PLACEMENT),
        door.settings,
        listener=door.seen.append,
        confirm=None,
        stop=StopSignal(),
    )

    assert (same.checked, same.exit_code) == (3, ExitCode.OK)
    assert (undone.deleted, undone.exit_code) == (3, ExitCode.OK)
    assert door.there() == before


def test_a_plan_of_placements_sends_nothing_until_it_is_resumed(door: Door) -> None:
    before = door.there()
    request = LoadRequest(sources=(str(door.file(ROWS)),), entity=PLACEMENT)

    plan = plan_files(request, door.settings, listener=door.seen.append)

    assert (plan.summary.pending, plan.summary.created) == (3, 0)
    assert door.there() == before

    report = resume_run(
        ResumeRequest(run_id=plan.plan_id, entity=PLACEMENT, results=door.folder / "results.csv"),
        door.settings,
        listener=door.seen.append,
        stop=StopSignal(),
    )

    assert (report.exit_code, report.summary.created) == (ExitCode.OK, 3)
    assert report.summary.run_id == plan.plan_id
    assert door.there().keys() - before.keys() == {"Home banner", "Mail picture", "Legal"}


def test_a_name_may_be_a_placement_and_an_offer(door: Door) -> None:
    name = "Home banner"
    door.load(door.file(ROWS))
    offers = door.folder / "offers.csv"
    offers.write_text(f"name,placement,type,content\n{name},{name},html,<p>Hi</p>\n", "utf-8")

    report = door.load(offers, entity=FALLBACK_OFFER)

    assert (report.exit_code, report.summary.created) == (ExitCode.OK, 1)


def test_a_sheet_of_another_kind_is_refused(door: Door) -> None:
    with pytest.raises(WrongColumns, match=r"Known columns: name, channel, content_type"):
        check_files(
            CheckRequest(sources=("samples/offers.csv",), entity=PLACEMENT),
            door.settings,
            listener=door.seen.append,
        )


def test_its_template_is_a_sheet_that_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "placements.xlsx"

    write_template(path, PLACEMENT)

    with open_source(str(path), ReadOptions(isolated=False)) as source:
        table = next(iter(source.tables()))
    assert table.sheet == "Placements"
    assert [PLACEMENT.fields.recognise(heading) for heading in table.header] == [
        *PLACEMENT.template.example
    ]


def test_its_json_is_canonical() -> None:
    row = {"name": "A", "channel": "web", "content_type": "html", "description": ""}
    made = PLACEMENT.documents(Dialect.DPS, None, "")(row)  # type: ignore[arg-type]  # not used

    assert orjson.loads(orjson.dumps(made)) == {
        "name": "A",
        "channel": "https://ns.adobe.com/xdm/channel-types/web",
        "componentType": "html",
    }
