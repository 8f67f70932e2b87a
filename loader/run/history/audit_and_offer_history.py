"""Use cases that only read: the audit, its chain, and the history of one offer."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from loader.errors import ExitCode, NothingToDo, ResultsError
from loader.journal import RunRecord
from loader.journal.records import ALREADY_GONE, ALREADY_SO, AuditEntry, OperationRow
from loader.merge.three_way import new_name
from loader.merge.update_body import load_body
from loader.model import UPDATES, Operation
from loader.results.atomic import atomic_write
from loader.results.cell_text import escape_formulas
from loader.results.paths import check_place
from loader.run.change_reports import ChainReport, OfferEvent, OfferHistory
from loader.run.history.runs import journal_to_read
from loader.settings import Settings
from loader.target_words import target_in_words
from loader.validation.fields import NAME

_PATH_BY = "--export PATH"
_DONE = {
    Operation.CREATE: "created",
    Operation.UPDATE: "updated",
    Operation.ARCHIVE: "archived",
    Operation.DELETE: "deleted",
}
_FOUND = {ALREADY_SO: "found as it was to become", ALREADY_GONE: "found deleted already"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """Which entries are wanted; None: all."""

    run_id: str | None = None
    since: datetime | None = None
    person: str | None = None


def entries(query: AuditQuery, settings: Settings) -> Iterator[AuditEntry]:
    """Yield the entries of the audit, oldest first."""
    with journal_to_read(settings) as journal:
        yield from journal.audit.entries(
            run_id=query.run_id,
            since=query.since.timestamp() if query.since else None,
            person=query.person,
        )


def check_chain(settings: Settings) -> ChainReport:
    """Check that no entry of the audit was altered or removed."""
    with journal_to_read(settings) as journal:
        broken = journal.audit.broken_at()
        count, last = 0, ""
        for entry in journal.audit.entries():
            count, last = count + 1, entry.hash
    code = ExitCode.OK if broken is None else ExitCode.JOURNAL
    return ChainReport(entries=count, last_hash=last, broken_at=broken, exit_code=code)


def export_to(path: Path, query: AuditQuery, settings: Settings) -> None:
    """Write the entries to a file. Raises `ResultsError`."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".jsonl"):
        raise ResultsError(f"{path}: the audit is exported as .csv or .jsonl")
    check_place(path, path_by=_PATH_BY)
    with atomic_write(path, path_by=_PATH_BY) as file:
        for number, entry in enumerate(entries(query, settings)):
            fields = _as_json(entry)
            if suffix == ".jsonl":
                file.write(orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE))
                continue
            if not number:
                file.write(_csv_line(fields))
            file.write(_csv_line([_cell(value) for value in fields.values()]))


def _as_json(entry: AuditEntry) -> dict[str, Any]:
    at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds")
    return {**asdict(entry), "at": at}


def _csv_line(values: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    text = orjson.dumps(value).decode() if isinstance(value, Mapping) else str(value)
    return escape_formulas(text)


def offer_history(offer: str, settings: Settings) -> OfferHistory:
    """Return what the journal knows of an offer, by name or id. Raises `NothingToDo` for none."""
    with journal_to_read(settings) as journal:
        rows = journal.history.of_offer(offer)
        runs = {run_id: journal.history.run(run_id) for run_id in {each for each, _, _ in rows}}
        targets = {run.target for run in runs.values() if run is not None}
        found = [
            OfferEvent(
                at=at or 0.0,
                what=_describe_event(run_id, runs[run_id], row, names_target=len(targets) > 1),
                name=_name_then(row),
                remote_id=row.remote_id,
                changes=load_body(row.body).lines() if row.operation in UPDATES else (),
            )
            for run_id, at, row in rows
        ]
        for taken_at, snapshot_id, there in journal.snapshots.sightings(offer):
            what = f"pulled as {snapshot_id}, revision {there.receipt.etag or 'unknown'}"
            found.append(
                OfferEvent(
                    at=taken_at, what=what, name=there.name, remote_id=there.receipt.instance_id
                )
            )
    if not found:
        raise NothingToDo(
            f"the journal knows no offer named {offer!r}, and none with that id: give the whole"
            " name, as the library shows it",
            code="unknown-offer",
        )
    return OfferHistory(offer=offer, events=tuple(sorted(found, key=lambda each: each.at)))


def _name_then(row: OperationRow) -> str:
    """Return the name that an offer had once that was done; the journal keeps the latest."""
    if row.operation is Operation.CREATE:
        return _name_of(row.body) or row.name
    renamed = ""
    if row.operation in UPDATES:
        renamed = new_name([each.change for each in load_body(row.body).changes])
    return renamed or _name_of(row.before) or row.name


def _name_of(offer: bytes) -> str:
    """Return the name in an offer, in the words of either dialect; "" for none."""
    fields = orjson.loads(offer) if offer else {}
    return next((str(fields[each]) for each in fields if each.rpartition(":")[2] == NAME), "")


def _describe_event(
    run_id: str, run: RunRecord | None, row: OperationRow, *, names_target: bool
) -> str:
    """Return what was done to an offer, by which run and, of several targets, where."""
    is_undo = run is not None and run.command == "undo"
    done = "put back" if is_undo and row.operation is Operation.UPDATE else _DONE[row.operation]
    what = f"{_FOUND.get(row.code, done)} by run {run_id}"
    if run is not None and is_undo:
        what += f", the undo of {run.of_run}"
    if run is not None and names_target:
        what += f", at {target_in_words(run.target)}"
    return what
