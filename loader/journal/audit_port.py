"""Who did what, when, on which target: entries that are only ever added, each bound to the last."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from loader.journal.records import Approval, AuditEntry


class Audit(Protocol):
    """The audit of a journal, and the approvals of its plans."""

    def add(self, event: str, *, target: str, run_id: str, details: Mapping[str, Any]) -> None:
        """Add an entry."""

    def entries(
        self,
        *,
        run_id: str | None = None,
        since: float | None = None,
        person: str | None = None,
    ) -> Iterator[AuditEntry]:
        """Yield the entries, oldest first; `since` in UTC seconds, `person` a part of the name."""

    def broken_at(self) -> int | None:
        """Return the number of the first entry that was changed, or lacks its predecessor."""

    def approve(self, plan_id: str, *, digest: str, target: str, words: str) -> None:
        """Add the approval of a plan by the person of this process."""

    def approvals(self, plan_id: str) -> Sequence[Approval]:
        """Return who approved a plan, oldest first."""
