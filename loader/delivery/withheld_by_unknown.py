"""The operations without a known outcome that are still to be looked up, and what waits for them.

They are looked up while other operations are sent. An operation that may concern the same offer
waits: a create whose name a server may store as the name of an unknown one, and a change of the
same offer.
"""

from bisect import bisect_left, insort
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from loader.journal.ports import Operations
from loader.model import Job, Operation, UnknownRow
from loader.name_folding import bare_names, beginning_of, cuts_of, is_cut, rough_name

_PAGE: Final = 200
NO_REPLY: Final = "no usable reply was seen"  # in the message of each row that was unknown
MOST_UNKNOWN: Final = 20_000  # that are kept in memory; with more of them nothing is sent


async def unknown_pages(ledger: Operations) -> AsyncIterator[Sequence[UnknownRow]]:
    """Yield the operations without a known outcome, page by page."""
    after = 0
    while rows := await ledger.unknown(after=after, limit=_PAGE):
        yield rows
        after = rows[-1].job.operation_id


@dataclass(slots=True, kw_only=True)
class UnknownSet:
    """Some unknown operations: of creates the names are kept, of changes the ids of the offers."""

    ids: set[int] = field(default_factory=set)
    _remote_ids: set[str] = field(default_factory=set)
    _bare_names: set[str] = field(default_factory=set)
    _names: list[str] = field(default_factory=list)  # rough ones, sorted
    _beginnings: set[str] = field(default_factory=set)  # of names that may have been cut

    def add(self, job: Job) -> None:
        """Take in one."""
        self.ids.add(job.operation_id)
        if job.operation is not Operation.CREATE:
            self._remote_ids.add(job.remote_id)
            return
        name = rough_name(job.name)
        self._bare_names.update(bare_names(job.name))
        insort(self._names, name)
        if beginning := beginning_of(name):
            self._beginnings.add(beginning)

    def may_concern(self, job: Job) -> bool:
        """Say whether an operation may be about the same offer as an unknown one."""
        if not self.ids or job.operation_id in self.ids:  # one of them was proven absent since
            return False
        if job.operation is not Operation.CREATE:
            return job.remote_id in self._remote_ids
        is_like = not self._bare_names.isdisjoint(bare_names(job.name))
        return is_like or self._has_cut(rough_name(job.name))

    def _has_cut(self, name: str) -> bool:
        """Say whether a server may have cut one of the names to the other."""
        if any(beginning in self._beginnings for beginning in cuts_of(name)):
            return True
        beginning = beginning_of(name)
        for whole in islice(self._names, bisect_left(self._names, beginning), None):
            if not beginning or not whole.startswith(beginning):
                return False
            if is_cut(whole, name):
                return True
        return False


@dataclass(slots=True, kw_only=True)
class UnknownOperations:
    """The unknown operations of a round, shared by sending and looking up."""

    is_sending: bool = False  # beside the looking up, at this moment
    has_withheld: bool = False  # something in this round
    sent_before: set[int] = field(default_factory=set)  # pending again: not known to be done
    _looked_up: UnknownSet = field(default_factory=UnknownSet)  # in this round
    _lost: UnknownSet = field(default_factory=UnknownSet)  # since it began

    async def fill(self, ledger: Operations) -> None:
        """Add what is unknown now, as far as there is room for it, and what was unknown before."""
        self.sent_before.update(await ledger.sent_without_reply())
        async for rows in unknown_pages(ledger):
            for row in rows:
                self._lost.add(row.job)
            if self.is_full:
                return

    def add(self, job: Job) -> None:
        """Take in an operation whose reply was lost."""
        self._lost.add(job)

    @property
    def has_new(self) -> bool:
        """Whether something was lost since the round began."""
        return bool(self._lost.ids)

    @property
    def is_full(self) -> bool:
        """Whether no more can be kept, so that nothing more may be sent."""
        return len(self._lost.ids) + len(self._looked_up.ids) >= MOST_UNKNOWN

    def begin_round(self) -> set[int]:
        """Return the operations that this round looks up; forget those of the round before."""
        self._looked_up, self._lost, self.has_withheld = self._lost, UnknownSet(), False
        return self._looked_up.ids

    def clear(self) -> None:
        """Forget all."""
        self._looked_up, self._lost = UnknownSet(), UnknownSet()

    def withholds(self, job: Job) -> bool:
        """Say whether an operation must wait for the next round."""
        if not (self._lost.ids or self._looked_up.ids):
            return False
        if self.is_full or self._looked_up.may_concern(job) or self._lost.may_concern(job):
            self.has_withheld = True
            return True
        return False
