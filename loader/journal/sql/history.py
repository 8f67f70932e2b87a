"""Read the runs of the journal: totals, every row as it ended, its errors."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson

from loader.journal.records import (
    EDITED,
    REPLACED,
    LeaseHolder,
    NotedRow,
    OpenElsewhere,
    OperationRow,
    RunRecord,
    SourceRow,
)
from loader.journal.sql.comparison import SqlComparison
from loader.journal.sql.database import Database
from loader.journal.sql.history_rows import operation_row, result_row
from loader.journal.sql.lease_holders import holders
from loader.journal.sql.other_runs import open_elsewhere, rows_gone
from loader.journal.sql.statements import statements
from loader.model import FoundError, Operation, RowError, RowKind
from loader.run_results import ResultRow, RowsGone, RunSummary

_SQL: Final = statements("history.sql")
_UNDO: Final = statements("undo.sql")
_RUNS: Final = statements("runs.sql")
_TOTALS: Final = (
    *("invalid", "duplicate", "skipped", "parts", "undone", "failed", "unknown", "pending"),
    *("created", "updated", "archived", "deleted", "unchanged", "conflict", "gone"),
)


class SqlHistory:
    """Read the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def runs(self) -> tuple[str, ...]:
        """Return the ids of all runs, newest first."""
        return tuple(run_id for (run_id,) in self._all(_SQL.runs))

    def last_of(self, target: str) -> str | None:
        """Return the id of the last run that could change a target, or None."""
        rows = self._all(_SQL.last_of_target, target=target)
        return str(rows[0][0]) if rows else None

    def targets(self) -> tuple[str, ...]:
        """Return the keys of all targets; first that of the last run, but undos and dry runs.

        Also that of a loader which has not begun its run yet.
        """
        return tuple(target for (target,) in self._all(_SQL.targets))

    def unknown_creates(self, target: str) -> tuple[str, int] | None:
        """Return the last run for a target with creates of unknown outcome, and how many."""
        rows = self._all(_SQL.unknown_creates, target=target)
        return (str(rows[0][0]), int(rows[0][1])) if rows else None

    def has_changed(self, target: str) -> bool:
        """Say whether a run changed a target, or may have; an undo does not count."""
        return bool(self._all(_SQL.has_changed, target=target))

    def run(self, run_id: str) -> RunRecord | None:
        """Return one run, or None."""
        rows = self._all(_SQL.run, run_id=run_id)
        if not rows:
            return None
        _, target, command, options, dry_run, staged, *times, reason, of_run, used_by = rows[0]
        return RunRecord(
            run_id=run_id,
            target=target,
            command=command,
            options=orjson.loads(options),
            dry_run=bool(dry_run),
            staged=bool(staged),
            started_at=times[0],
            finished_at=times[1],
            stopped_reason=reason,
            of_run=of_run,
            used_by=used_by,
            sources=dict(self._all(_SQL.sources, run_id=run_id)),
        )

    def summary(self, run_id: str) -> RunSummary:
        """Return the totals of a run, which add up."""
        run = self.run(run_id)
        assert run is not None, run_id  # noqa: S101 - callers have looked it up
        totals = dict.fromkeys(_TOTALS, 0) | dict(self._all(_SQL.totals, run_id=run_id))
        return RunSummary(
            run_id=run_id,
            command=run.command,
            undo_of=run.undo_of,
            target=run.target,
            sources=tuple(run.sources),
            read=sum(totals.values()),
            started_at=run.started_at,
            finished_at=run.finished_at,
            dry_run=run.dry_run,
            **totals,
        )

    def count_invalid(self, run_id: str) -> int:
        """Return how many rows of a run are invalid: not those that other runs replaced."""
        values = {"run_id": run_id, "replaced": f'%"code":"{REPLACED}"%'}
        return int(self._all(_SQL.count_invalid, **values)[0][0])

    def headers(self, run_id: str) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the header of each (source, sheet) of a run."""
        rows = self._all(_SQL.headers, run_id=run_id)
        return {(source, sheet): tuple(orjson.loads(header)) for source, sheet, header in rows}

    def has_parts(self, run_id: str) -> bool:
        """Say whether rows of a run are further parts of an offer."""
        return bool(self._all(_SQL.has_parts, run_id=run_id)[0][0])

    def has_changes(self, run_id: str) -> bool:
        """Say whether a run changes offers that exist."""
        return bool(self._all(_SQL.has_changes, run_id=run_id)[0][0])

    def results(self, run_id: str, *, status: str | None = None) -> Iterator[ResultRow]:
        """Yield every source row of a run once, in the order of the sources."""
        run = self.run(run_id)
        values = {
            "run_id": run_id,
            "status": status,
            "with_payload": run is not None and run.dry_run,
        }
        for row in self._database.stream(_SQL.results, values):
            yield result_row(row)

    def result_window(
        self, run_id: str, *, start: int, count: int, status: str | None = None, text: str = ""
    ) -> Sequence[ResultRow]:
        """Return some source rows of a run in the order of the sources, from `start` on.

        `text` is looked for in the cells, the ids and the messages.
        """
        rows = self._all(
            _SQL.result_window,
            run_id=run_id,
            status=status,
            text=_like(text),
            folded=_like(text.lower()),
            start=start,
            count=count,
        )
        return [result_row(row) for row in rows]

    def open_operations(self, run_id: str) -> Mapping[Operation, int]:
        """Return how many operations of each kind are not final, in the order to do them."""
        counts = dict(self._all(_SQL.open_operations, run_id=run_id))
        return {each: counts[each] for each in Operation if each in counts}

    def newest_to_delete(self, run_id: str) -> float:
        """Return when the newest offer was created that a run is yet to delete; 0.0 for unknown."""
        return float(self._all(_SQL.newest_to_delete, run_id=run_id)[0][0] or 0.0)

    def is_begun(self, run_id: str) -> bool:
        """Say whether any operation of a run has an outcome, or may have one."""
        return bool(self._all(_SQL.is_begun, run_id=run_id)[0][0])

    def count_pending(self, run_id: str) -> int:
        """Return how many operations a run has that were not sent: not those taken over from it."""
        return int(self._all(_SQL.count_pending, run_id=run_id)[0][0])

    def count_unknown(self, run_id: str) -> int:
        """Return how many operations a run has without a known outcome: not those taken over."""
        return int(self._all(_SQL.count_unknown, run_id=run_id)[0][0])

    def taken_over(self, run_id: str) -> dict[str, int]:
        """Return which other runs go on with open rows of a run, and with how many."""
        return dict(self._all(_SQL.taken_over, run_id=run_id))

    def operations(self, run_id: str) -> Iterator[OperationRow]:
        """Yield the operations of a run, in the order of its source rows."""
        for row in self._database.stream(_SQL.operations, {"run_id": run_id}):
            yield operation_row(row)

    def noted(self, run_id: str) -> Iterator[NotedRow]:
        """Yield the rows of a plan with something to know besides, in the order of the sources."""
        with self._database.reading() as sql:
            for source, sheet, number, kind, *rest in sql.execute(_SQL.noted, {"run_id": run_id}):
                name, remote_id, reason = rest
                yield NotedRow(
                    source=source,
                    sheet=sheet,
                    row_number=number,
                    kind=RowKind(kind),
                    name=name,
                    remote_id=remote_id,
                    reason=reason,
                )

    def of_offer(self, offer: str) -> Sequence[tuple[str, float | None, OperationRow]]:
        """Return (run, when, operation) of all done to what has, or had, that name or id."""
        rows = self._all(_SQL.of_offer, offer=offer)
        return [(run_id, at, operation_row(row)) for run_id, at, *row in rows]

    def source_rows(
        self, run_id: str, row_number: int, *, source: str | None, sheet: str | None
    ) -> Sequence[SourceRow]:
        """Return the valid rows of a run with that number."""
        rows = self._all(
            _SQL.source_rows, run_id=run_id, row_number=row_number, source=source, sheet=sheet
        )
        return [
            SourceRow(
                operation_id=operation_id,
                operation=Operation(operation),
                status=status,
                source=source,
                sheet=sheet,
                done_by=done_by,
            )
            for operation_id, operation, status, source, sheet, done_by in rows
        ]

    def result_of(self, run_id: str, operation_id: int) -> ResultRow:
        """Return the first source row of an operation."""
        return result_row(self._all(_SQL.result_of, run_id=run_id, operation_id=operation_id)[0])

    def count_created(self, run_id: str) -> int:
        """Return how many offers a run created that were not deleted since."""
        return int(self._all(_SQL.count_created, run_id=run_id)[0][0])

    def is_undone(self, run_id: str) -> bool:
        """Say whether an undo of a run was begun; of an undo, never."""
        return bool(self._all(_UNDO.is_undone, run_id=run_id))

    def is_rejected(self, run_id: str) -> bool:
        """Say whether an inbox rejected the file of a run: nothing more of it is sent."""
        return bool(self._all(_RUNS.rejection, run_id=run_id))

    def has_left(self, run_id: str) -> bool:
        """Say whether a run has what no undo took back, nor left to who edited the offer."""
        return bool(self._all(_UNDO.left, run_id=run_id, edited=EDITED, only_own=1))

    def went_over(self, run_id: str) -> dict[str, int]:
        """Return which later runs have rows of a run that no undo took back, and how many."""
        return dict(self._all(_UNDO.went_over, run_id=run_id))

    def open_elsewhere(self, run_id: str) -> Sequence[OpenElsewhere]:
        """Return the offers of a run that another run than its undo has not finished with."""
        with self._database.reading() as sql:
            return open_elsewhere(sql, run_id)

    def rows_gone(self, run_id: str) -> Sequence[RowsGone]:
        """Return the good rows of a load whose offers are not there, or soon will not be."""
        with self._database.reading() as sql:
            return rows_gone(sql, run_id)

    def created_anew(self, run_id: str) -> Sequence[tuple[str, int, str]]:
        """Return which applied plans deleted offers that a run creates anew: how many, and one."""
        return self._all(_SQL.created_anew, run_id=run_id)

    def errors(self, run_id: str) -> Iterator[FoundError]:
        """Yield the errors of a run, in the order of its rows."""
        for source, value in self._database.stream(_SQL.errors, {"run_id": run_id}):
            yield FoundError(source=source, error=RowError.of_json(orjson.loads(value)))

    def listings(self, run_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return what the target listed for a run, by kind ("placements", "tags")."""
        return {kind: orjson.loads(text) for kind, text in self._all(_SQL.listings, run_id=run_id)}

    @contextmanager
    def comparing(self, run_id: str) -> Iterator[SqlComparison]:
        """Give what a run did and no later run took back, to hold it against a listing."""
        with self._database.reading() as sql:
            sql.execute(_SQL.make_compared)
            sql.execute(_SQL.forget_compared)
            sql.execute(_SQL.compare, {"run_id": run_id})
        yield SqlComparison(self._database)

    def lease_holders(self) -> Sequence[LeaseHolder]:
        """Return who holds the leases, but those of whom it is clear that they are dead."""
        with self._database.reading() as sql:
            return holders(sql, now=self._database.clock())

    def _all(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        with self._database.reading() as sql:
            return sql.execute(query, values).fetchall()


def _like(text: str) -> str:
    """Return the pattern of what holds a text; "" for none."""
    plain = re.sub(r"([!%_])", r"!\1", text)
    return f"%{plain}%" if plain else ""
