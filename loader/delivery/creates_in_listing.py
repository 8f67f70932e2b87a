"""What one listing shows of the unknown rows: gathered page by page, judged at its end."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final

import orjson

from loader.delivery.withheld_by_unknown import NO_REPLY
from loader.model import Operation, Receipt, RemoteOffer, UnknownRow
from loader.name_folding import bare_names, beginning_of, is_cut, rough_name, stored_names
from loader.redaction import SECRETS

_MOST_NAMED: Final = 5  # in an evidence
_RENAMED: Final = "of the same contents, under a name that no row has"
DECIDE: Final = "look in Adobe, then decide with `loader resolve`"


@dataclass(slots=True, kw_only=True)
class UnknownNames:
    """The names of unknown rows, and hashes of their contents, which a listing is compared with.

    `contents_of` gives what an object holds beside its name, in one form; b"" for nothing.
    """

    contents_of: Callable[[Mapping[str, Any]], bytes]
    by_name: dict[str, list[int]] = field(default_factory=dict)  # bare ones
    _sorted: list[tuple[str, int]] = field(default_factory=list)  # rough ones
    _by_contents: dict[int, list[int]] = field(default_factory=dict)
    _by_named_id: dict[str, list[int]] = field(default_factory=dict)  # the last part of each id
    ids: set[int] = field(default_factory=set)
    last_sent_at: float = float("-inf")
    last_id: int = 0

    def add(self, rows: Iterable[UnknownRow]) -> None:
        """Take in unknown creates."""
        for row in rows:
            if row.job.operation is not Operation.CREATE:
                continue  # what became of a change is seen by the id of its offer
            self.last_sent_at = max(self.last_sent_at, row.last_sent_at)
            operation_id = row.job.operation_id
            self.ids.add(operation_id)
            if row.named_id:
                self._by_named_id.setdefault(_last_part(row.named_id), []).append(operation_id)
            for bare in stored_names(row.job.name):
                self.by_name.setdefault(bare, []).append(operation_id)
            insort(self._sorted, (rough_name(row.job.name), operation_id))
            if contents := self.contents_of(orjson.loads(row.job.body)):
                self._by_contents.setdefault(hash(contents), []).append(operation_id)

    def may_hold(self, offer: RemoteOffer) -> bool:
        """Say whether `rows_of` may return any row for an offer."""
        return bool(self._named_like(offer.name) or self._with_contents(offer))

    def rows_of(self, offer: RemoteOffer, *, is_of_a_row: bool) -> list[int]:
        """Return the unknown rows that an offer may belong to, by its name or else its contents.

        By its contents it belongs to none if it is another row's (`is_of_a_row`) or has a name like
        that of any row that this was given, decided or not. Still returned are the rows whose reply
        named it: what they learned from that reply may have to be forgotten.
        """
        found = self._named_like(offer.name)
        if not found:
            same = self._with_contents(offer)
            found = [key for key in self._naming(offer) if key in same] if is_of_a_row else same
        return [operation_id for operation_id in found if operation_id in self.ids]

    def _with_contents(self, offer: RemoteOffer) -> list[int]:
        return self._by_contents.get(hash(self.contents_of(offer.offer)), [])

    def _naming(self, offer: RemoteOffer) -> Iterable[int]:
        parts = {_last_part(offer.receipt.instance_id), _last_part(offer.receipt.at_id)}
        return chain.from_iterable(self._by_named_id.get(part, ()) for part in parts)

    def _named_like(self, name: str) -> list[int]:
        same = (self.by_name.get(bare, ()) for bare in bare_names(name))
        found, kept = list(dict.fromkeys(chain.from_iterable(same))), rough_name(name)
        if beginning := beginning_of(kept):
            first = bisect_left(self._sorted, (beginning, 0))
            for whole, operation_id in islice(self._sorted, first, None):
                if not whole.startswith(beginning):
                    break
                if is_cut(whole, kept) and operation_id not in found:
                    found.append(operation_id)
        return found


@dataclass(slots=True, kw_only=True)
class Candidates:
    """The offers that may be one row's: equal to it, of a like name, renamed, or disputed.

    Those that the reply named by their id, or by a part of it, are also in `named`.

    A renamed one has its contents under a name that no row has. A disputed one has the row's name,
    but its id came as the receipt of a row of another name.
    """

    equal: list[Receipt] = field(default_factory=list)
    like: list[tuple[str, str]] = field(default_factory=list)  # (id, name)
    renamed: list[tuple[str, str]] = field(default_factory=list)  # the same
    named: list[Receipt] = field(default_factory=list)  # of all of them: what the reply named
    disputed: list[tuple[str, str]] = field(default_factory=list)  # (id, name of another row)

    def without(self, taken: set[str]) -> "Candidates":
        """Return the candidates without offers that are another row's."""
        return Candidates(
            equal=[one for one in self.equal if one.instance_id not in taken],
            like=[one for one in self.like if one[0] not in taken],
            renamed=[one for one in self.renamed if one[0] not in taken],
            named=[one for one in self.named if one.instance_id not in taken],
            disputed=self.disputed,
        )

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return not (self.equal or self.like or self.renamed or self.disputed)

    def evidence(self, name: str) -> str:
        """Return what was seen, in words for the person who decides."""
        if self.equal:
            ids = _join_some(one.instance_id for one in self.equal)
            return f"{len(self.equal)} offers on the server equal this row: {ids}; {DECIDE}"
        if self.disputed:
            shown = _join_some(f"{key} (given to {name!r})" for key, name in self.disputed)
            return f"of this name, but the API named it as another row's: {shown}; {DECIDE}"
        same = [key for key, there in self.like if there == name]
        if same:
            return (
                f"{NO_REPLY}; of this name, but with other contents: {_join_some(same)}; {DECIDE}"
            )
        how = "of a name like this one, but not equal" if self.like else _RENAMED
        shown = _join_some(
            f"{key} {SECRETS.hide(there)!r}" for key, there in self.like or self.renamed
        )
        return f"{NO_REPLY}; {how}: {shown}; {DECIDE}"


def is_named(named_id: str, receipt: Receipt) -> bool:
    """Say whether what a reply named is an offer's id or the last part of it."""
    return bool(named_id) and any(
        each == named_id or each.endswith((f":{named_id}", f"/{named_id}"))
        for each in (receipt.instance_id, receipt.at_id)
    )


def _last_part(remote_id: str) -> str:
    return remote_id.replace("/", ":").rpartition(":")[2]


def _join_some(words: Iterable[str]) -> str:
    found: Sequence[str] = list(words)
    return ", ".join(found[:_MOST_NAMED])
