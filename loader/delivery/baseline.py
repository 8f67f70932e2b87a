"""The offers that were on the server before this process sent anything.

None of them can be what a later request made: an id among them is no receipt, and a name among them
is no sign of a lost reply. Only hashes of both are kept: a false match leaves a row unknown, and
needs billions of offers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from loader.model import Outcome


@dataclass(slots=True, kw_only=True)
class Baseline:
    """Their ids and names, and which operations may have been sent before they were listed."""

    _hashes: set[int] = field(default_factory=set)
    _sent_before: set[int] = field(default_factory=set)
    _names: set[int] = field(default_factory=set)

    def add(self, remote_ids: Iterable[str]) -> None:
        """Add one page of the listing."""
        self._hashes.update(map(hash, remote_ids))

    def add_unknown(self, operation_ids: Iterable[int]) -> None:
        """Add operations that were sent before the listing: an offer in it may be theirs."""
        self._sent_before.update(operation_ids)

    def add_names(self, names: Iterable[str]) -> None:
        """Add the names on one page of the listing."""
        self._names.update(map(hash, names))

    def has_name(self, name: str) -> bool:
        """Whether an offer of exactly this name was listed."""
        return hash(name) in self._names

    def __contains__(self, remote_id: str) -> bool:
        """Whether an offer of this id was listed."""
        return hash(remote_id) in self._hashes

    @property
    def count(self) -> int:
        """How many offers were listed."""
        return len(self._hashes)

    def excludes(self, remote_id: str, operation_id: int) -> bool:
        """Whether the offer cannot be what the operation made, because it was there before."""
        return remote_id in self and operation_id not in self._sent_before

    def check_receipt(self, outcome: Outcome) -> Outcome:
        """Return the outcome of a create; lost where its receipt names an offer of the baseline."""
        receipt = outcome.receipt
        if receipt is not None and receipt.named_id in self:
            return outcome.without_receipt("an offer that was there before it was sent")
        return outcome
