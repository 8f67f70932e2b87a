"""What a door (command line, web page, inbox) asks of the use cases.

What comes back is in `loader.run.reports`.

Every use case is one synchronous function; what it needs that is not in its request it takes from
the settings. It raises a `LoaderError` when the whole run cannot go on, and never for a row.

    check.check_files            CheckRequest     resume.resume_run            ResumeRequest
    load.load_files              LoadRequest      resolve.resolve_row          ResolveRequest
    plan_load.plan_files         LoadRequest      undo.undo_run                UndoRequest
    pull.pull_offers             PullRequest      verify.verify_run            VerifyRequest
    plan_changes.plan_changes    PlanRequest      runs.write_run_results       ResultsRequest
    apply.apply_changes          ApplyChangesRequest
    approve_plan.approve_plan    ApproveRequest

A `run_id` of None means the latest run that is not finished. A run or row that is not in the
journal is a `SettingsError` that names the nearest ones. `wait`: where another loader works on the
target, wait until it has ended. `confirm` is called at most once, before the first request that
changes something: None means do not ask, and if it returns False nothing is sent and the rows stay
pending.

Ctrl-C asks the `stop` of a use case to stop while the work can end in order: what is in flight is
finished and the report says "interrupted", or a plan ends as `PlanStopped`. At any other moment it
reaches the caller as `KeyboardInterrupt`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from loader.merge.three_way import Prefer

if TYPE_CHECKING:  # this module is imported for --help, too
    from loader.run.change_reports import ChangePlan
    from loader.run.reports import Findings
    from loader.source.edited_cells import CellEdits
    from loader.source.paths import Given
    from loader.validation.entity import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read the sources, where the user said so. None: find out.

    `sheets`: exactly those of a workbook that a door has shown; `sheet` says nothing then.
    """

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quoting: str | None = None
    header_row: int | None = None
    skip_hidden_rows: bool = False
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """Read and validate `sources` (files, patterns, queries); nothing is sent or journaled.

    `online`: look up the names of placements and tags, which needs the target of the settings;
    `sandbox`: look them up in the embedded sandbox.

    `show_payload` holds row numbers as the spreadsheet shows them; each found in any source adds
    one `ShownPayload`. At most `max_errors_shown` errors come back in full, all are counted.
    `annotate`: a source with errors gets a copy with its wrong cells marked, beside it, or at
    `annotated` (a workbook, or a folder for several). `edits`: what a person changed of the cells
    of the one source. `cluster`: the Dask scheduler whose workers read the files, "local" for
    one of this machine's cores, "" for none.
    """

    sources: "tuple[Given, ...]"
    entity: "Entity | None" = None  # None: fallback offers
    reading: Reading = field(default_factory=Reading)
    ignored_columns: tuple[str, ...] = ()  # headings; "*": all that are not known
    show_payload: tuple[int, ...] = ()
    online: bool = False
    sandbox: bool = False
    max_errors_shown: int = 20
    annotate: bool = False
    annotated: Path | None = None
    edits: "CellEdits | None" = None
    cluster: str = ""

    def __post_init__(self) -> None:
        _require_one_source(self.sources, self.edits)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """Load `sources` (files, patterns, queries) into the target of the settings.

    `sandbox`: into an embedded sandbox started for this run, in place of the settings' target.
    `results`: where to write them; None: beside the first source. `stored_at`: where the one source
    is, if not under its own name. `marks`: what a door adds to the options of the run.
    `edits`: what a person changed of the cells of the one source; its digest is among the options.
    """

    sources: "tuple[Given, ...]"
    entity: "Entity | None" = None  # None: fallback offers
    reading: Reading = field(default_factory=Reading)
    ignored_columns: tuple[str, ...] = ()  # headings; "*": all that are not known
    sandbox: bool = False
    dry_run: bool = False
    wait: bool = False
    results: Path | None = None
    stored_at: Path | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    max_errors_shown: int = 20
    edits: "CellEdits | None" = None

    def __post_init__(self) -> None:
        _require_one_source(self.sources, self.edits)


def _require_one_source(sources: "tuple[Given, ...]", edits: "CellEdits | None") -> None:
    if edits and len(sources) != 1:
        raise ValueError("edits are of one source; two have cells of the same address")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsRequest:
    """Write the results of a run again, from the journal alone."""

    run_id: str
    results: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequest:
    """Apply a staged run, or go on with a stopped one: reconcile what is unknown, send the rest.

    Without `send` nothing is sent: what is unknown is looked up.
    """

    run_id: str | None = None
    send: bool = True
    wait: bool = False
    entity: "Entity | None" = None  # None: fallback offers
    results: Path | None = None
    max_errors_shown: int = 20


class Finding(StrEnum):
    """What a person found out about an unknown row."""

    CREATED = "created"  # the offer of `created_id` is the row's
    ABSENT = "absent"  # there is no offer of the row
    DONE = "done"  # of a row that changes or deletes an offer
    NOT_DONE = "not-done"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveRequest:
    """A person decides an unknown row.

    `source` and `sheet` are needed only when several of the run have that `row_number`.
    """

    run_id: str
    row_number: int
    finding: Finding
    created_id: str = ""
    source: str | None = None
    sheet: str | None = None
    entity: "Entity | None" = None  # None: fallback offers


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoRequest:
    """Take back exactly what a run did; keep what someone edited since.

    `digest`: that of the dry run that was shown; None: whatever there is to take back.
    """

    run_id: str
    digest: str | None = None
    entity: "Entity | None" = None  # None: fallback offers
    dry_run: bool = False
    wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """Compare what a run did, as the journal says, with what the server has."""

    run_id: str
    entity: "Entity | None" = None  # None: fallback offers
    max_differences_shown: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """Write the offers of the target into the sheet `path` (.xlsx, .csv, .jsonl).

    None: all. `name` is a pattern (`Summer*`), without case; `placement` and `tag` are names or
    ids; `changed_since` has a zone.
    """

    path: Path
    entity: "Entity | None" = None  # None: fallback offers
    sandbox: bool = False
    status: str | None = None
    name: str | None = None
    placement: str | None = None
    tag: str | None = None
    changed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Percent:
    """A limit that is a share of the rows of the sheet; what is not a whole row is left out."""

    percent: float

    def of(self, rows: int) -> int:
        """Return how many of the rows it is."""
        return int(rows * self.percent / 100)

    def __str__(self) -> str:
        return f"{self.percent:g}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a plan may do at most. None: any number."""

    deletes: int | Percent = 0
    changes: int | Percent | None = None
    clears: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """Plan what a sheet changes of what the target has; nothing is sent.

    `conflicts`: whose value wins where both sides changed the same, unless the row says so.
    `stored_at` and `edits` are those of a `LoadRequest`, `cluster` is that of a `CheckRequest`.
    """

    source: "Given"
    entity: "Entity | None" = None  # None: fallback offers
    reading: Reading = field(default_factory=Reading)
    ignored_columns: tuple[str, ...] = ()
    sandbox: bool = False
    conflicts: Prefer = Prefer.NOBODY
    limits: Limits = field(default_factory=Limits)
    most_shown: int = 50  # rows that are changed
    stored_at: Path | None = None
    edits: "CellEdits | None" = None
    cluster: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOfRequest:
    """Plan the changes back to what offers were `as_of` a moment, which has a zone.

    `name` is a pattern of names, or an id.
    """

    as_of: datetime
    name: str
    entity: "Entity | None" = None  # None: fallback offers
    sandbox: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyChangesRequest:
    """Apply a plan, once. `digest`: what was shown or approved; None: whatever the plan says.

    `results`: where to write them; None: beside the sheet that was planned.
    """

    plan_id: str
    digest: str | None = None
    entity: "Entity | None" = None  # None: fallback offers
    wait: bool = False
    results: Path | None = None
    limits: Limits = field(default_factory=Limits)
    max_errors_shown: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRequest:
    """Approve a plan. `target_name` is what the person typed; `digest` is what was shown."""

    plan_id: str
    target_name: str
    digest: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is about to be done to a target, for the person who must agree."""

    verb: str = ""  # what is done to the offers; "" where `changes` says it
    target: str  # host, organisation, sandbox, container: in the person's words
    offers: int  # to how many offers something is done
    deletes: int = 0  # of an undo: how many of these it deletes, unless they were edited since
    invalid: int = 0
    duplicate: int = 0
    left_out: tuple[str, ...] = ()  # what else stays as it is, and why
    in_part: int = 0  # offers of which a part stays as somebody edited it since
    first_in_part: tuple[str, ...] = ()  # of these, the first: name, and what stays
    findings: "Findings | None" = None  # what was wrong, with the first errors
    changes: "ChangePlan | None" = None  # where offers that exist are changed


Confirm = Callable[[Plan], bool]
