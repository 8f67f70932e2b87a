"""What a journal keeps of the files that an inbox took."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from loader.journal.records import ClaimCounts, ClaimRecord


class Claims(Protocol):
    """What inboxes took, and what became of it. No row depends on it: the runs know theirs.

    claimed -> ended (answer and place are decided) -> moved -> told (listeners were notified)

    Where they `are_shared`, any number of watchers use one inbox, and each locks what it works on,
    until it releases it or its session ends.
    """

    @property
    def are_shared(self) -> bool:
        """Whether watchers of other machines may use the same inbox."""

    @property
    def are_lost(self) -> bool:
        """Whether all locks are lost, and nothing more can be written."""

    def hold(self, what: str) -> bool:
        """Lock something, unless another watcher has it; return whether this one has it now."""

    def release(self, what: str) -> None:
        """Release it."""

    def watching(self) -> AbstractContextManager[None]:
        """Show within the block that this watcher is alive."""

    def begin(self, token: str, *, inbox: str, folder: str, name: str) -> ClaimCounts:
        """Write down that work on a claim begins (again)."""

    def reset_crashes(self, token: str) -> None:
        """Set the count of crashes over this claim to 0."""

    def count_exception(self, token: str) -> int:
        """Count an unexpected exception; return how many there were."""

    def wait(self, token: str, *, report: str, outcome: str, unknown: int) -> None:
        """Write down why a claimed file waits."""

    def end(self, claim: ClaimRecord, *, outcome: str, run_id: str, digest: str, at: float) -> None:
        """Write down the answer and the place, before anything moves."""

    def state_of(self, token: str) -> str:
        """Return how far a claim is; "" where nothing is known of it."""

    def set_state(self, token: str, state: str) -> None:
        """Write down how far a claim is."""

    def unsettled(self, inbox: str) -> Sequence[ClaimRecord]:
        """Return the claims that have an answer but are not moved or not notified."""

    def open(self, inbox: str) -> Sequence[ClaimRecord]:
        """Return the claims without an answer."""

    def earlier(
        self,
        token: str,
        *,
        inbox: str,
        folder: str,
        digest: str,
        run_id: str,
        outcomes: Sequence[str],
    ) -> str | None:
        """Return the report of the first claim of the same bytes that ended so.

        One whose run was undone, or had another target or other options than `run_id`, does not
        count.
        """

    def latest(self, inbox: str, *, outcome: str, limit: int) -> Sequence[str]:
        """Return the reports of the latest claims that ended so, newest first."""

    def of_file(self, file: str) -> str | None:
        """Return the latest report about a file that is at this path now."""

    def latest_end(self, inbox: str, *, folder: str, outcomes: Sequence[str]) -> float | None:
        """Return when a claim of that folder last ended so."""

    def set_outage(self, inbox: str, *, folder: str, report: str) -> None:
        """Write down why a folder waits."""

    def end_outage(self, inbox: str, *, folder: str) -> None:
        """Record that the folder waits no more."""

    def outages(self, inbox: str) -> Sequence[str]:
        """Return the reports of why folders wait."""

    def import_ledger(self, path: Path) -> None:
        """Take over the claims of a ledger that inboxes had before format 4, and put it aside."""
