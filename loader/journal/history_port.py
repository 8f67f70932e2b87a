"""What can be read of the runs in a journal, while others write."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from loader.journal.records import (
    DoneOperation,
    LeaseHolder,
    NotedRow,
    OpenElsewhere,
    OperationRow,
    RunRecord,
    SourceRow,
)
from loader.model import FoundError, Operation
from loader.run_results import ResultRow, RowsGone, RunSummary


class History(Protocol):
    """Read the journal. Never waits for a run that works, and changes nothing."""

    def runs(self) -> tuple[str, ...]:
        """Return the ids of all runs, newest first."""

    def last_of(self, target: str) -> str | None:
        """Return the id of the last run that could change a target, or None."""

    def targets(self) -> tuple[str, ...]:
        """Return the keys of all targets; first that of the last run, but undos and dry runs.

        Also that of a loader which has not begun its run yet.
        """

    def unknown_creates(self, target: str) -> tuple[str, int] | None:
        """Return the last run for a target with creates of unknown outcome, and how many."""

    def has_changed(self, target: str) -> bool:
        """Say whether a run changed a target, or may have; an undo does not count."""

    def run(self, run_id: str) -> RunRecord | None:
        """Return one run, or None."""

    def summary(self, run_id: str) -> RunSummary:
        """Return the totals of a run, which add up."""

    def count_invalid(self, run_id: str) -> int:
        """Return how many rows of a run are invalid: not those that other runs replaced later."""

    def headers(self, run_id: str) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the header of each (source, sheet) of a run."""

    def has_parts(self, run_id: str) -> bool:
        """Say whether rows of a run are further parts of an offer."""

    def has_changes(self, run_id: str) -> bool:
        """Say whether a run changes offers that exist."""

    def results(self, run_id: str, *, status: str | None = None) -> Iterator[ResultRow]:
        """Yield every source row of a run once, in the order of the sources."""

    def result_window(
        self, run_id: str, *, start: int, count: int, status: str | None = None, text: str = ""
    ) -> Sequence[ResultRow]:
        """Return some source rows of a run in the order of the sources, from `start` on.

        `text` is looked for in the cells, the ids and the messages.
        """

    def open_operations(self, run_id: str) -> Mapping[Operation, int]:
        """Return how many operations of each kind are not final, in the order to do them."""

    def newest_to_delete(self, run_id: str) -> float:
        """Return when the newest offer was created that a run is yet to delete (UTC seconds).

        0.0 where this journal created none of them.
        """

    def is_begun(self, run_id: str) -> bool:
        """Say whether any operation of a run has an outcome, or may have one."""

    def count_pending(self, run_id: str) -> int:
        """Return how many operations a run has that were not sent: not those taken over from it."""

    def count_unknown(self, run_id: str) -> int:
        """Return how many operations a run has without a known outcome: not those taken over."""

    def taken_over(self, run_id: str) -> Mapping[str, int]:
        """Return which other runs go on with open rows of a run, and with how many."""

    def operations(self, run_id: str) -> Iterator[OperationRow]:
        """Yield the operations of a run, in the order of its source rows."""

    def noted(self, run_id: str) -> Iterator[NotedRow]:
        """Yield the rows of a plan with something to know besides, in the order of the sources."""

    def of_offer(self, offer: str) -> Sequence[tuple[str, float | None, OperationRow]]:
        """Return (run, when, operation) of all that was done to offers of that name or id."""

    def source_rows(
        self, run_id: str, row_number: int, *, source: str | None, sheet: str | None
    ) -> Sequence[SourceRow]:
        """Return the valid rows of a run with that number."""

    def result_of(self, run_id: str, operation_id: int) -> ResultRow:
        """Return the primary source row of an operation."""

    def count_created(self, run_id: str) -> int:
        """Return how many offers a run created that were not deleted since."""

    def is_undone(self, run_id: str) -> bool:
        """Say whether an undo of a run was begun; of an undo, never."""

    def is_rejected(self, run_id: str) -> bool:
        """Say whether an inbox rejected the file of a run: nothing more of it is sent."""

    def has_left(self, run_id: str) -> bool:
        """Say whether a run has what no undo took back, nor left to who edited the offer.

        Rows that a later run went on with are that one's.
        """

    def went_over(self, run_id: str) -> Mapping[str, int]:
        """Return which later runs have rows of a run that no undo took back, and how many."""

    def open_elsewhere(self, run_id: str) -> Sequence[OpenElsewhere]:
        """Return the offers of a run that another run than its undo has not finished with."""

    def rows_gone(self, run_id: str) -> Sequence[RowsGone]:
        """Return the good rows of a load whose offers are not there, or soon will not be."""

    def created_anew(self, run_id: str) -> Sequence[tuple[str, int, str]]:
        """Return which applied plans deleted offers that a run creates anew: how many, and one."""

    def errors(self, run_id: str) -> Iterator[FoundError]:
        """Yield the errors of a run, in the order of its rows."""

    def listings(self, run_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return what the target listed for a run, by kind ("placements", "tags")."""

    def comparing(self, run_id: str) -> "AbstractContextManager[Comparison]":
        """Give what a run did and no later run took back, to hold it against a listing."""

    def lease_holders(self) -> Sequence[LeaseHolder]:
        """Return who holds the leases, but those of whom it is clear that they are dead."""


class Comparison(Protocol):
    """What a run did and no later run took back, against a listing of the target."""

    def by_id(self, ids: Sequence[str]) -> dict[str, DoneOperation]:
        """Return what was done to offers with these ids, by id, and count it as seen."""

    def by_name(self, name: str) -> Sequence[DoneOperation]:
        """Return the creates of that name."""

    def not_seen(self) -> Iterator[DoneOperation]:
        """Yield what no call of `by_id` returned."""
