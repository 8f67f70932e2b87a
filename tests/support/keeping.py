"""Pull, edit, plan and apply through the public use cases, against a running sandbox."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

from loader.delivery.stop import StopSignal
from loader.events import Event
from loader.model import Dialect
from loader.run.apply.apply import apply_changes
from loader.run.apply.load import load_files
from loader.run.change_reports import ChangePlan, PullReport
from loader.run.plan.plan_changes import plan_changes
from loader.run.pull.pull import pull_offers
from loader.run.reports import LoadReport, UndoReport
from loader.run.requests import (
    ApplyChangesRequest,
    Confirm,
    Limits,
    LoadRequest,
    PlanRequest,
    PullRequest,
    UndoRequest,
)
from loader.run.undo.undo import undo_run
from loader.settings import Settings, load_settings
from offer_sandbox import Sandbox, running_sandbox
from offer_sandbox.settings import SandboxSettings
from tests.support.workbooks import connection_variables

ROWS = (
    "name,description,status,placement,type,content,language,attr:Tier\n"
    "Free shipping,For all,approved,Web banner,html,<p>Hi</p>,en,gold\n"
    "Sale,Second,draft,Web banner,html,<p>Sale</p>,en,\n"
    "Third,,draft,Web banner,html,<p>3</p>,en,\n"
    "Fourth,,draft,Web banner,html,<p>4</p>,en,\n"
)
ANY_NUMBER = Limits(deletes=100, clears=100)


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """A person who maintains the offers of a sandbox by a sheet."""

    sandbox: Sandbox
    dialect: Dialect
    folder: Path
    journal: str = "journal.sqlite3"
    more: Mapping[str, str] = field(default_factory=dict)  # settings
    seen: list[Event] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """The settings of every run."""
        return load_settings(
            environment={
                **connection_variables(self.sandbox, api=str(self.dialect)),
                "LOADER_API": str(self.dialect),
                "LOADER_JOURNAL": str(self.folder / self.journal),
                "LOADER_MAX_PER_SECOND": "1000",
                "LOADER_SETTLE_SECONDS": "0.1",
                **self.more,
            }
        )

    @property
    def prefix(self) -> str:
        """What the names of fields begin with on the wire."""
        return "xdm:" if self.dialect is Dialect.XCORE else ""

    def load(self, rows: str) -> LoadReport:
        """Create offers of the rows of a CSV file."""
        path = self.folder / "first.csv"
        path.write_text(rows, "utf-8")
        return load_files(
            LoadRequest(sources=(str(path),), results=self.folder / "first.results.csv"),
            self.settings,
            listener=self.seen.append,
            confirm=None,
            stop=StopSignal(),
        )

    def pull(self, sheet: str = "offers.xlsx", **only: Any) -> PullReport:
        """Pull into a new sheet."""
        path = self.folder / sheet
        path.unlink(missing_ok=True)
        return pull_offers(PullRequest(path=path, **only), self.settings, listener=self.seen.append)

    def plan(
        self, name: str = "offers.xlsx", *, limits: Limits = ANY_NUMBER, **more: Any
    ) -> ChangePlan:
        """Plan what a sheet changes."""
        return plan_changes(
            PlanRequest(source=str(self.folder / name), limits=limits, **more),
            self.settings,
            listener=self.seen.append,
            stop=StopSignal(),
        )

    def apply(self, plan: ChangePlan, *, limits: Limits = ANY_NUMBER) -> LoadReport:
        """Apply a plan."""
        return apply_changes(
            ApplyChangesRequest(
                plan_id=plan.plan_id,
                digest=plan.digest,
                results=self.folder / "results.csv",
                limits=limits,
            ),
            self.settings,
            listener=self.seen.append,
            confirm=None,
            stop=StopSignal(),
        )

    def plan_and_apply(self, name: str = "offers.xlsx", **more: Any) -> LoadReport:
        """Plan, and apply at once."""
        return self.apply(self.plan(name, **more))

    def undo(
        self, run_id: str, *, dry_run: bool = False, confirm: Confirm | None = None
    ) -> UndoReport:
        """Take a run back."""
        return undo_run(
            UndoRequest(run_id=run_id, dry_run=dry_run),
            self.settings,
            listener=self.seen.append,
            confirm=confirm,
            stop=StopSignal(),
        )

    def results(self, file: str = "results.csv") -> dict[str, dict[str, str]]:
        """Return the lines of the results, by the name in the sheet."""
        with (self.folder / file).open(encoding="utf-8-sig", newline="") as file:
            return {line["name"]: line for line in csv.DictReader(file)}

    def offers_by_name(self) -> dict[str, dict[str, Any]]:
        """Return what the sandbox holds, by name, without the prefixes of the dialect."""
        return {
            each["name"]: {key.removeprefix("xdm:"): value for key, value in each["body"].items()}
            for each in self.sandbox.offers()
        }

    def edit_as_other(self, name: str, /, **fields: Any) -> None:
        """Let somebody else edit an offer."""
        from tests.support.sandbox_calls import offers_of  # noqa: PLC0415 - only where needed

        (found,) = [each for each in self.sandbox.offers() if each["name"] == name]
        key = found["instance_id" if self.prefix else "id"]
        with offers_of(self.sandbox, str(self.dialect)) as http:
            reply = http.patch(key, *(("add", field, value) for field, value in fields.items()))
        assert reply.status_code == 200, reply.text

    def delete_as_other(self, name: str) -> None:
        """Let somebody else delete an offer."""
        from tests.support.sandbox_calls import offers_of  # noqa: PLC0415 - only where needed

        (found,) = [each for each in self.sandbox.offers() if each["name"] == name]
        with offers_of(self.sandbox, str(self.dialect)) as http:
            reply = http.delete(found["instance_id" if self.prefix else "id"])
        assert reply.is_success, reply.text


@contextmanager
def edited(path: Path) -> Iterator[dict[str, dict[str, Any]]]:
    """Give the rows of a pulled workbook by name, as cells by heading; saved when it ends.

    A new name adds a row.
    """
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = [str(cell.value) for cell in sheet[1]]
    rows = {
        str(cells[header.index("name")].value): dict(
            zip(header, (c.value for c in cells), strict=True)
        )
        for cells in sheet.iter_rows(min_row=2)
    }
    yield rows
    sheet.delete_rows(2, sheet.max_row)
    for row in rows.values():
        for name in row:
            if name not in header:
                header.append(name)
                sheet.cell(1, len(header), name)
        sheet.append([row.get(name) for name in header])
    for table in list(sheet.tables.values()):  # its range is not ours to keep right here
        del sheet.tables[table.name]
    book.save(path)


def rows_of(keeper: Keeper) -> AbstractContextManager[dict[str, dict[str, Any]]]:
    """Give the rows of its sheet by name, to be edited."""
    return edited(keeper.folder / "offers.xlsx")


@contextmanager
def keeper_of(
    dialect: Dialect, folder: Path, settings: SandboxSettings | None = None, **more: str
) -> Iterator[Keeper]:
    """Run an empty sandbox, with a keeper of its offers."""
    with running_sandbox(settings) as sandbox:
        yield Keeper(sandbox=sandbox, dialect=dialect, folder=folder, more=more)
