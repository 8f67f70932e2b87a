"""Use case: compare what the journal says a run created with what the server has.

Rules of this file: one paged listing; what was seen is kept in a temporary table, not in memory.
"""

from collections.abc import Sequence

from loader.api.client import open_client
from loader.errors import ExitCode
from loader.events import Listener, PhaseBegan, PhaseEnded, RowsDone
from loader.journal import History, JournalFile
from loader.model import Dialect, RemoteOffer
from loader.offer.compare import differences, same_offer
from loader.run.history import known_run, opened_journal
from loader.run.recover import target_of
from loader.run.reports import Difference, VerifyReport
from loader.run.requests import VerifyRequest
from loader.run.wiring import run_async
from loader.settings import Settings


def verify_run(request: VerifyRequest, settings: Settings, *, listener: Listener) -> VerifyReport:
    """Compare a run with the server: each row there once, as it was sent."""
    with opened_journal(settings) as file:
        run = known_run(History(file), request.run_id)
        with target_of(run, settings) as target:
            comparison = _Comparison(
                file, run.run_id, settings.api, most_shown=request.max_differences_shown
            )

            async def work() -> None:
                async with open_client(target.api) as client:
                    async for page in client.offers():
                        comparison.compare(page)
                        listener(RowsDone(count=len(page)))

            listener(PhaseBegan(name="comparing"))
            run_async(work)
            listener(PhaseEnded())
            return comparison.report(target.words)


class _Comparison:
    """What was compared so far."""

    def __init__(
        self, file: JournalFile, run_id: str, dialect: Dialect, *, most_shown: int
    ) -> None:
        self._file = file
        self._history = History(file)
        self._run_id = run_id
        self._dialect = dialect
        self._most_shown = most_shown
        self._counts = dict.fromkeys(("same", "missing", "different", "twice"), 0)
        self._first: list[Difference] = []
        with file.reading() as sql:
            sql.execute("CREATE TEMP TABLE seen (row_id INTEGER PRIMARY KEY)")

    def compare(self, page: Sequence[RemoteOffer]) -> None:
        """Compare one page of the server's offers with the rows of the run."""
        ids = [offer.receipt.instance_id for offer in page]
        ours = {row[1]: row for row in self._history.created(self._run_id, ids=ids)}
        for offer in page:
            row = ours.get(offer.receipt.instance_id)
            if row is None:
                self._look_for_twins(offer)
                continue
            with self._file.reading() as sql:
                sql.execute("INSERT OR IGNORE INTO seen VALUES (?)", (row[0],))
            found = differences(row[3], offer.offer, self._dialect)
            if found:
                self._add("different", row[0], "; ".join(found))
            else:
                self._counts["same"] += 1

    def _look_for_twins(self, offer: RemoteOffer) -> None:
        for row in self._history.created(self._run_id, name=offer.name):
            if same_offer(row[3], offer.offer, self._dialect):
                self._add("twice", row[0], f"{offer.receipt.instance_id} is an equal offer")

    def _add(self, kind: str, row_id: int, detail: str) -> None:
        self._counts[kind] += 1
        if len(self._first) < self._most_shown:
            row = self._history.line_of(self._run_id, row_id)
            self._first.append(Difference(row=row, kind=kind, detail=detail))

    def report(self, target: str) -> VerifyReport:
        """Return how the run compares."""
        with self._file.reading() as sql:
            missing = sql.execute(
                "SELECT row_id, instance_id FROM row WHERE run_id = ? AND state = 'done'"
                " AND undone_by = '' AND row_id NOT IN (SELECT row_id FROM temp.seen)",
                (self._run_id,),
            ).fetchall()
            sql.execute("DROP TABLE temp.seen")
        for row_id, remote_id in missing:
            self._add("missing", row_id, f"{remote_id} is not on the server")
        counts = self._counts
        agree = not (counts["missing"] or counts["different"] or counts["twice"])
        return VerifyReport(
            run_id=self._run_id,
            target=target,
            checked=counts["same"] + counts["missing"] + counts["different"],
            **counts,
            first=tuple(self._first),
            exit_code=ExitCode.OK if agree else ExitCode.ROWS_FAILED,
        )
