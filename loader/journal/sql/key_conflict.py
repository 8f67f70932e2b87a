"""The error of a row whose key another row has, with other contents: where that one is, what became
of it, and what really differs.

Cells are compared column by column, whatever the headings are; cells that are not read do not
count. Where the cells are the same, a setting or the mapping of the two runs differs, or what a
name means at the target: then what is sent is compared, too; and it alone, where the columns of the
two sheets cannot be told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from loader.journal.records import StagedRow
from loader.journal.sql.database import Database
from loader.journal.sql.statements import statements
from loader.messages.parts import ONE_OF_THE_TWO
from loader.messages.unfinished_run import unfinished_run
from loader.model import LONGEST_VALUE, Payload, RowError, State
from loader.tables.differing_cells import describe_column_differences
from loader.tables.fold_headings import fold
from loader.tables.stored_fractions import cells_of_json

_SQL: Final = statements("key_conflict.sql")
_IN_DOUBT: Final = (State.SENDING, State.UNKNOWN)
_STATE_WORDS: Final = {
    State.PENDING: "is not sent yet",
    **dict.fromkeys(_IN_DOUBT, "may have been created: nobody has seen an answer"),
    State.DONE: "is created",
    State.FAILED: "was refused",
}
_ADVICE_CREATED: Final = (
    "to change the offer, edit it in the library or through `loader pull`; to create another one,"
    " give the row a name (or external id) of its own. If somebody deleted the offer there, `loader"
    " plan FILE` creates it again"
)
_SETTINGS: Final = {
    "zone": "",
    "date_format": "not given",
    "end_dates": "start-of-day",
    "placements": "",
    "ignored_columns": "none",
}  # of a load, among its options: name -> what it is where they do not name it
_SAME_CELLS: Final = "the cells that are read are the same"
_ALWAYS_NAMED: Final = "zone"  # by the options of a load


DescribeChange: TypeAlias = Callable[[bytes, bytes], str]
Recognise: TypeAlias = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedSheet:
    """Where rows are staged.

    `describe_change` says in words what differs between two bodies; `recognise` returns the field
    that a heading names by itself; without it, only sheets with the same headings are compared.
    `is_agreed`: somebody agreed to send the run, so that it may take over what earlier runs left.
    """

    run_id: str
    sheet_id: int
    target: str
    dry_run: bool
    kind: str
    describe_change: DescribeChange = lambda _before, _now: ""
    recognise: Recognise | None = None
    is_agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """The offer that has a key, and its create, as the rows before left them."""

    operation_id: int
    offer_id: int
    digest: str
    state: State
    of_this_run: bool
    run_id: str = ""  # that is to do the create
    deleted_by: str = ""  # a run that has not finished
    is_others: bool = False  # somebody else's offer, for which its rows were skipped


def key_conflict(
    database: Database, sheet: StagedSheet, held: HeldKey, row: StagedRow, payload: Payload
) -> RowError:
    """Return the error of a row whose key is held. All rows before it are written down."""
    where, differs = _other_row(database, sheet, held, row, payload)
    is_first = held.of_this_run and held.state is State.PENDING
    became = "comes first" if is_first else _STATE_WORDS[held.state]
    message = f"the same key with other contents is in {where}, which {became}"
    advice = ONE_OF_THE_TWO
    if held.state in _IN_DOUBT and not held.of_this_run:
        advice = f"look for it with `loader reconcile {held.run_id}`, then load the row again"
    if held.state is State.DONE and not held.of_this_run:
        message = (
            f"the offer was created already, with other contents, from {where}: its id is"
            f" {_remote_id(database, held)}"
        )
        advice = _ADVICE_CREATED
    if held.deleted_by:
        sql, values = database.connection, {"run_id": held.deleted_by}
        (undo_of,) = sql.execute(_SQL.undo_of, values).fetchone()
        run, command = unfinished_run(held.deleted_by, undo_of)
        message = (
            f"the offer of this key, from {where}, is being deleted by {run}, which has not"
            " finished"
        )
        advice = f"finish it with {command}, then load the row again"
        differs = ()
    column, cell = row.key_place(row.row_number)
    return RowError(
        row_number=row.row_number,
        column=column,
        cell=cell,
        code="key-conflict",
        message="; ".join((message, *differs)),
        value=payload.row_key[:LONGEST_VALUE],
        suggestion=advice,
    )


def _other_row(
    database: Database, sheet: StagedSheet, held: HeldKey, row: StagedRow, payload: Payload
) -> tuple[str, Sequence[str]]:
    """Return where the row of an offer is, and in what `row` differs from it."""
    sql = database.connection
    values = {
        "operation_id": held.operation_id,
        "own_sheet": sheet.sheet_id,
        "own_run": sheet.run_id,
    }
    place = sql.execute(_SQL.place, values).fetchone()
    if place is None:
        return "an earlier run", [*_change(database, sheet, held, payload)]
    source, name, row_number, run_id, cells, *found = place
    there = cells_of_json(cells)
    header, own_header, options, own_options = map(orjson.loads, found)
    settings = [*_differing_settings(options, own_options)]
    name_of = _column_names(sheet, (header, options), (own_header, own_options))
    in_cells = None
    if name_of is not None:
        in_cells = describe_column_differences(
            (header, there), (own_header, row.cells), name_of, unread=row.unread
        )
    differs = [*([] if in_cells is None else [in_cells or _SAME_CELLS]), *settings]
    if not in_cells or settings:
        differs += _change(database, sheet, held, payload)
    name = f", sheet {name}" if name else ""
    run = "" if run_id == sheet.run_id else f" (run {run_id})"
    return f"row {row_number} of {source}{name}{run}", differs


def _column_names(
    sheet: StagedSheet,
    there: tuple[Sequence[str], Mapping[str, str]],
    here: tuple[Sequence[str], Mapping[str, str]],
) -> Callable[[str], str] | None:
    """Return what a heading is called in both of two sheets; None where nobody can tell.

    Each of the two is a header, and the options of the run that read it.
    """
    (header, options), (own_header, own_options) = there, here
    if sorted(map(str.strip, header)) == sorted(map(str.strip, own_header)):
        return str.strip
    recognise, mapping = sheet.recognise, _mapping_of(options)
    if recognise is None or mapping != _mapping_of(own_options):
        return None
    return lambda heading: recognise(heading) or (fold(heading) if mapping else "")


def _mapping_of(options: Mapping[str, str]) -> str:
    """Return the digest of the mapping of a load or a plan; "" where it had none."""
    return options.get("profile") or options.get("profile_sha256") or ""


def _differing_settings(there: Mapping[str, str], here: Mapping[str, str]) -> Iterator[str]:
    """Yield the settings that differ between two loads; none for a plan, which notes fewer."""
    if _ALWAYS_NAMED not in there or _ALWAYS_NAMED not in here:
        return
    for name, usual in _SETTINGS.items():
        was, now = there.get(name) or usual, here.get(name) or usual
        if was != now:
            yield f"{name} was {was} then, and is {now} now"
    if there.get("profile", "") != here.get("profile", ""):
        yield "the mapping was another one then"


def _change(
    database: Database, sheet: StagedSheet, held: HeldKey, payload: Payload
) -> Iterator[str]:
    """Yield in words how what the two rows send differs, where there are words for it."""
    values = {"operation_id": held.operation_id}
    (body,) = database.connection.execute(_SQL.body, values).fetchone()
    if change := sheet.describe_change(body, payload.body):
        yield change


def _remote_id(database: Database, held: HeldKey) -> str:
    values = {"offer_id": held.offer_id}
    (remote_id,) = database.connection.execute(_SQL.remote_id, values).fetchone()
    return remote_id or "not known"
