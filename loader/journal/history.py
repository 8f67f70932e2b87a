"""What is told about runs: totals, every row as it ended, what was wrong. Changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from loader.journal.database import JournalFile
from loader.model import ResultRow, RowError, RowKind, RunSummary, Severity, State

_KINDS: Mapping[str, str] = {
    RowKind.INVALID: "invalid",
    RowKind.DUPLICATE: "duplicate",
    RowKind.SKIPPED: "skipped",
}
_RESULT = (
    "sheet.source, sheet.sheet, line.row_number, line.cells, line.kind, line.errors, row.state,"
    " row.instance_id, row.at_id, row.etag, row.attempts, row.http_status, row.code, row.message,"
    " row.finished_at, line.part_of, CASE WHEN ? THEN row.body END"
)
# Every error of a run, of cells and of delivery: line_id, source, error (JSON), in any order.
_FOUND = (
    "WITH found AS ("
    "SELECT line.line_id, sheet.source, e.value AS error FROM line JOIN sheet USING (sheet_id),"
    " json_each(line.errors) AS e WHERE line.run_id = :run_id"
    " UNION ALL SELECT line.line_id, sheet.source, json_object('row_number', line.row_number,"
    " 'column', '', 'cell', '', 'code', row.code, 'message', row.message, 'severity', 'error')"
    " FROM line JOIN sheet USING (sheet_id) JOIN row USING (row_id) WHERE line.run_id = :run_id"
    " AND line.kind = 'primary' AND row.state IN ('failed', 'unknown') AND row.code <> '') "
)
_SHOWN: Mapping[str | None, str] = {
    State.DONE: "created",
    State.SENDING: "unknown",
    None: "pending",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run as the journal holds it."""

    run_id: str
    target: str
    command: str
    options: Mapping[str, str]
    dry_run: bool
    staged: bool
    started_at: float
    finished_at: float | None
    stopped_reason: str
    sources: Mapping[str, str]  # path -> sha256


class History:
    """Read the journal."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    def runs(self) -> tuple[str, ...]:
        """Return the ids of all runs, newest first."""
        with self._file.reading() as sql:
            return tuple(
                run_id for (run_id,) in sql.execute("SELECT run_id FROM run ORDER BY rowid DESC")
            )

    def run(self, run_id: str) -> RunRecord | None:
        """Return one run, or None."""
        with self._file.reading() as sql:
            row = sql.execute(
                "SELECT run_id, target, command, options, dry_run, staged, started_at, finished_at,"
                " stopped_reason FROM run WHERE run_id = ?",
                (run_id,),
            ).fetchone()
            sources = sql.execute(
                "SELECT path, digest FROM source WHERE run_id = ? ORDER BY position", (run_id,)
            ).fetchall()
        if row is None:
            return None
        return RunRecord(
            run_id=row[0],
            target=row[1],
            command=row[2],
            options=orjson.loads(row[3]),
            dry_run=bool(row[4]),
            staged=bool(row[5]),
            started_at=row[6],
            finished_at=row[7],
            stopped_reason=row[8],
            sources=dict(sources),
        )

    def summary(self, run_id: str) -> RunSummary:
        """Return the totals of a run, which add up."""
        run = self.run(run_id)
        assert run is not None, run_id  # noqa: S101 - callers have looked it up
        counts = dict.fromkeys(
            ("invalid", "duplicate", "skipped", "parts", "created", "failed", "unknown", "pending"),
            0,
        )
        with self._file.reading() as sql:
            for kind, state, count in sql.execute(
                "SELECT line.kind, row.state, count(*) FROM line LEFT JOIN row USING (row_id)"
                " WHERE line.run_id = ? GROUP BY line.kind, row.state",
                (run_id,),
            ):
                counts["parts" if kind == RowKind.PART else _status(kind, state)] += count
        return RunSummary(
            run_id=run_id,
            target=run.target,
            sources=tuple(run.sources),
            read=sum(counts.values()),
            started_at=run.started_at,
            finished_at=run.finished_at,
            dry_run=run.dry_run,
            **counts,
        )

    def headers(self, run_id: str) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the header of each (source, sheet) of a run."""
        with self._file.reading() as sql:
            rows = sql.execute(
                "SELECT source, sheet, header FROM sheet WHERE run_id = ? ORDER BY sheet_id",
                (run_id,),
            ).fetchall()
        return {(source, sheet): tuple(orjson.loads(header)) for source, sheet, header in rows}

    def has_parts(self, run_id: str) -> bool:
        """Say whether rows of a run are further parts of an offer."""
        with self._file.reading() as sql:
            (found,) = sql.execute(
                "SELECT EXISTS (SELECT 1 FROM line WHERE run_id = ? AND part_of IS NOT NULL)",
                (run_id,),
            ).fetchone()
        return bool(found)

    def results(self, run_id: str, *, status: str | None = None) -> Iterator[ResultRow]:
        """Yield every source row of a run once, in the order of the sources."""
        run = self.run(run_id)
        with_payload = run is not None and run.dry_run
        with self._file.reading() as sql:
            rows = sql.execute(
                f"SELECT {_RESULT}"  # noqa: S608 - a constant
                " FROM line JOIN sheet USING (sheet_id) LEFT JOIN row USING (row_id)"
                " WHERE line.run_id = ? AND (? IS NULL OR row.state = ?) ORDER BY line.line_id",
                (with_payload, run_id, status, status),
            )
            for row in rows:
                yield _result(row)

    def row_of_line(
        self, run_id: str, row_number: int, *, source: str | None, sheet: str | None
    ) -> list[tuple[int, str, str, str]]:
        """Return (row_id, state, source, sheet) of the offers of lines with that row number."""
        with self._file.reading() as sql:
            return sql.execute(
                "SELECT row.row_id, row.state, sheet.source, sheet.sheet FROM line"
                " JOIN sheet USING (sheet_id) JOIN row USING (row_id)"
                " WHERE line.run_id = ? AND line.row_number = ?"
                " AND line.kind IN ('primary', 'part')"
                " AND (? IS NULL OR sheet.source = ?) AND (? IS NULL OR sheet.sheet = ?)",
                (run_id, row_number, source, source, sheet, sheet),
            ).fetchall()

    def line_of(self, run_id: str, row_id: int) -> ResultRow:
        """Return the source row that owns an offer."""
        with self._file.reading() as sql:
            row = sql.execute(
                f"SELECT {_RESULT} FROM line JOIN sheet USING (sheet_id)"  # noqa: S608 - a constant
                " LEFT JOIN row USING (row_id) WHERE line.run_id = ? AND line.row_id = ?"
                " ORDER BY line.line_id LIMIT 1",
                (False, run_id, row_id),
            ).fetchone()
        return _result(row)

    def created(
        self, run_id: str, *, ids: Sequence[str] = (), name: str = ""
    ) -> list[tuple[int, str, str, bytes]]:
        """Return (row_id, id, name, body) of offers that a run created, by id or by name."""
        marks = ",".join("?" * len(ids))
        with self._file.reading() as sql:
            return sql.execute(
                "SELECT row_id, instance_id, name, body FROM row WHERE run_id = ?"  # noqa: S608 - only marks
                f" AND state = 'done' AND undone_by = ''"
                f" AND (instance_id IN ({marks}) OR name = ?)",
                (run_id, *ids, name),
            ).fetchall()

    def count_errors(
        self, run_id: str, *, most_examples: int
    ) -> list[tuple[str, str, int, list[tuple[str, RowError]]]]:
        """Return (code, severity, count, first (source, error)s) of a run, the commonest first."""
        with self._file.reading() as sql:
            rows = sql.execute(
                f"{_FOUND} SELECT code, severity, n, source, error FROM (SELECT *, count(*) OVER"  # noqa: S608 - a constant
                " (PARTITION BY code, severity) AS n, row_number() OVER"
                " (PARTITION BY code, severity ORDER BY line_id) AS nth FROM (SELECT *,"
                " json_extract(error, '$.code') AS code,"
                " json_extract(error, '$.severity') AS severity FROM found))"
                " WHERE nth <= :most ORDER BY n DESC, code, severity, nth",
                {"run_id": run_id, "most": most_examples},
            )
            return [
                (*key, [(source, _error(orjson.loads(value))) for *_, source, value in group])
                for key, group in groupby(rows, key=itemgetter(0, 1, 2))
            ]

    def errors(self, run_id: str, *, limit: int = -1) -> Iterator[tuple[str, RowError]]:
        """Yield (source, error) of the errors of a run, in the order of its rows."""
        with self._file.reading() as sql:
            for source, value in sql.execute(
                f"{_FOUND} SELECT source, error FROM found ORDER BY line_id LIMIT :limit",  # noqa: S608 - a constant
                {"run_id": run_id, "limit": limit},
            ):
                yield source, _error(orjson.loads(value))


def _status(kind: str, state: str | None) -> str:
    return _KINDS.get(kind) or _SHOWN.get(state) or str(state)


def _error(value: Mapping[str, Any]) -> RowError:
    return RowError(**{**value, "severity": Severity(value["severity"])})


def _result(row: Any) -> ResultRow:
    (source, sheet, number, cells, kind, errors, state, *rest) = row
    (instance_id, at_id, etag, attempts, http_status, code, message, finished_at, *last) = rest
    part_of, payload = last
    return ResultRow(
        source=source,
        sheet=sheet,
        row_number=number,
        cells=tuple(orjson.loads(cells)),
        status=_status(kind, state),
        instance_id=instance_id or "",
        at_id=at_id or "",
        etag=etag or "",
        attempts=attempts or 0,
        http_status=http_status,
        error_code=code or "",
        error=message or "",
        finished_at=finished_at,
        payload=payload,
        errors=() if errors == "[]" else tuple(_error(error) for error in orjson.loads(errors)),
        part_of=part_of,
    )
