"""What one listing shows of the unknown rows: gathered page by page, judged at its end."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from loader.model import Operation, Receipt, UnknownRow
from loader.name_folding import beginning_of, is_cut, rough_name

_MOST_NAMED: Final = 5  # in an evidence
DECIDE: Final = "look in Adobe, then decide with `loader resolve`"


@dataclass(slots=True, kw_only=True)
class UnknownNames:
    """The names of unknown rows: what a listing is held against. No contents are kept."""

    by_name: dict[str, list[int]] = field(default_factory=dict)
    _sorted: list[str] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)
    last_sent_at: float = float("-inf")
    last_id: int = 0

    def add(self, rows: Iterable[UnknownRow]) -> None:
        """Take in unknown creates."""
        for row in rows:
            if row.job.operation is not Operation.CREATE:
                continue  # what became of a change is seen by the id of its offer
            self.last_sent_at = max(self.last_sent_at, row.last_sent_at)
            operation_id, name = row.job.operation_id, rough_name(row.job.name)
            self.ids.add(operation_id)
            if name not in self.by_name:
                insort(self._sorted, name)
            self.by_name.setdefault(name, []).append(operation_id)

    def like(self, name: str) -> list[int]:
        """Return the rows that are still unknown and may be kept under this name."""
        kept = rough_name(name)
        found = [*self.by_name.get(kept, ())]
        if beginning := beginning_of(kept):
            for whole in islice(self._sorted, bisect_left(self._sorted, beginning), None):
                if not whole.startswith(beginning):
                    break
                found += self.by_name[whole] if is_cut(whole, kept) else ()
        return [operation_id for operation_id in found if operation_id in self.ids]


@dataclass(slots=True, kw_only=True)
class Sighting:
    """The offers that may be one row's: equal to it, only like it, or disputed.

    A disputed one has the row's name, but its id came as the receipt of a row of another name.
    """

    equal: list[Receipt] = field(default_factory=list)
    like: list[tuple[str, str]] = field(default_factory=list)  # (id, name)
    disputed: list[tuple[str, str]] = field(default_factory=list)  # (id, name of another row)

    def without(self, taken: set[str]) -> "Sighting":
        """Return the same without offers that are another row's."""
        return Sighting(
            equal=[one for one in self.equal if one.instance_id not in taken],
            like=[one for one in self.like if one[0] not in taken],
            disputed=self.disputed,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing may be the row's."""
        return not self.equal and not self.like and not self.disputed

    def evidence(self, name: str) -> str:
        """Say what was seen, for the person who decides."""
        if self.equal:
            ids = _joined(one.instance_id for one in self.equal)
            return f"{len(self.equal)} offers on the server equal this row: {ids}; {DECIDE}"
        if self.disputed:
            shown = _joined(f"{key} (given to {name!r})" for key, name in self.disputed)
            return f"of this name, but the API named it as another row's: {shown}; {DECIDE}"
        same = [key for key, there in self.like if there == name]
        if same:
            return (
                "no reply was seen; of this name, but with other contents:"
                f" {_joined(same)}; {DECIDE}"
            )
        shown = _joined(f"{key} {there!r}" for key, there in self.like)
        return f"no reply was seen; of a name like this one, but not equal: {shown}; {DECIDE}"


def _joined(words: Iterable[str]) -> str:
    found: Sequence[str] = list(words)
    return ", ".join(found[:_MOST_NAMED])
