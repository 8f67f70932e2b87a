"""What only the whole sheet shows: two rows of one offer, or two offers of one name, and names that
moved to other ids. Pure.

Where only some columns were sorted, names are beside the ids of other offers. Such a sheet is
refused as a whole: nobody can say which cells moved. So is one where a row and its copy cannot be
told apart and the first of them changes the offer. A row without an id is never about an offer that
another row has the id of, above or below it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from loader.errors import SourceError
from loader.journal.records import PlannedRow
from loader.merge.update_body import load_body
from loader.model import Operation, RowKind
from loader.planning.decide_row import Planned
from loader.planning.sheet_row import KnownOffers, SheetRow, invalid_row
from loader.pulled.layout import ID
from loader.validation.fields import NAME

_MOST_NAMED: Final = 3
_MOVED_SHARE: Final = 0.75  # of the values that change
_FEWEST_MOVED: Final = 4  # different texts: more than a column of words has, such as status


def _short_hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(slots=True, kw_only=True)
class WholeSheet:
    """Checks the rows of a sheet in order. Memory grows with the ids of the target, no more."""

    source: str
    row_of_id: Callable[[str], int | None]  # the row of the whole sheet that has an id
    _rows: dict[str, int] = field(default_factory=dict)  # row number by id
    _by_name: dict[str, tuple[int, bool]] = field(default_factory=dict)  # by id: row, is a change
    _names: dict[str, int] = field(default_factory=dict)  # row number by new name
    _firsts: dict[str, bool] = field(default_factory=dict)  # by id that changes: has its own name
    _copied: list[tuple[int, int]] = field(default_factory=list)  # row numbers with one id
    _values: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # was, will be
    _moved: list[tuple[str, str, int]] = field(default_factory=list)  # was, is, row number

    def check_row(self, row: SheetRow, known: KnownOffers, planned: Planned) -> Planned:
        """Return what is planned for a row, or why it cannot be done beside the rows before."""
        is_skipped = isinstance(planned, PlannedRow) and planned.kind is RowKind.SKIPPED
        if is_skipped:
            return planned
        if not row.remote_id:
            return self._check_without_id(row, planned)
        if known.base is not None and row.name and row.name != known.base.name.strip():
            self._moved.append((known.base.name.strip(), row.name, row.row_number))
        first = self._rows.setdefault(row.remote_id, row.row_number)
        has_own_name = known.there is None or row.name == known.there.name.strip()
        if first == row.row_number:
            named = self._check_new_name(row, known, planned)
            self._note_values(named)
            if isinstance(named, PlannedRow) and named.operation is not Operation.NONE:
                self._firsts[row.remote_id] = has_own_name
            return named
        if row.remote_id in self._firsts and not (self._firsts[row.remote_id] and not has_own_name):
            self._copied.append((first, row.row_number))
        return invalid_row(
            row, ID, "id-twice", f"the id is in row {first} already",
            "clear the id and change the name to create a new offer, or remove one of the two rows",
        )  # fmt: skip

    def _check_without_id(self, row: SheetRow, planned: Planned) -> Planned:
        """Return what is planned, or why nothing is: another row is about the same offer."""
        if not isinstance(planned, PlannedRow) or planned.there is None:
            return planned
        remote_id, is_change = (
            planned.there.receipt.instance_id,
            planned.operation is not Operation.NONE,
        )
        other = self.row_of_id(remote_id)
        if other is not None:
            return invalid_row(
                row, NAME, "offer-twice", f"row {other} has the id of the offer of this name",
                "give this row a name of its own to create a new offer, or remove it",
            )  # fmt: skip
        first, is_first_change = self._by_name.setdefault(remote_id, (row.row_number, is_change))
        if first == row.row_number or not (is_change or is_first_change):
            return planned
        return invalid_row(
            row, NAME, "offer-twice", f"row {first} is about the offer of this name too",
            "give one of the two rows a name of its own, or remove it",
        )  # fmt: skip

    def _check_new_name(self, row: SheetRow, known: KnownOffers, planned: Planned) -> Planned:
        """Return what is planned, or why a new name cannot be given: another offer has it."""
        is_update = isinstance(planned, PlannedRow) and planned.operation is Operation.UPDATE
        if not is_update or known.there is None or row.name == known.there.name.strip():
            return planned
        other = [each for each in known.same_name if each.receipt != known.there.receipt]
        first = self._names.setdefault(row.name, row.row_number)
        if not other and first == row.row_number:
            return planned
        what = "another offer there" if other else f"row {first}"
        return invalid_row(
            row, NAME, "name-taken", f"{what} has this name already",
            "give the row a name of its own",
        )  # fmt: skip

    def _note_values(self, planned: Planned) -> None:
        if not isinstance(planned, PlannedRow) or planned.operation is not Operation.UPDATE:
            return
        for each in load_body(planned.body).changes:
            values = self._values.setdefault(each.change.part.field, [])
            values.append((_short_hash(each.before or ""), _short_hash(each.after or "")))

    def moved_values(self) -> Mapping[str, int]:
        """Return in how many rows a field gets what it was in another row, by fields of texts.

        Only where nearly all that changes is such: a column that was sorted without the others.
        Rows that are invalid for it are not among them, so that some values may be missing.
        """
        found = {}
        for name, values in self._values.items():
            were, are = Counter(was for was, _ in values), Counter(now for _, now in values)
            moved = were & are
            if len(moved) >= _FEWEST_MOVED and moved.total() >= _MOVED_SHARE * len(values):
                found[name] = len(values)
        return found

    def check_created(self, created: Callable[[], Iterable[tuple[str, int]]]) -> None:
        """Raise `SourceError` where a new offer gets the name that another row gives to its offer.

        `created` yields (name, row number) of what is created; it is asked only if a row renames.
        """
        if not self._names:
            return
        for name, row_number in created():
            if renames := self._names.get(name.strip()):
                raise SourceError(
                    f"{self.source}: row {row_number} creates an offer {name!r}, and row {renames}"
                    " gives this name to another offer. Give one of the two a name of its own, or"
                    " remove the row; nothing was planned or sent",
                    code="name-given-twice",
                )

    def check(self) -> None:
        """Raise `SourceError` where nobody can say which cells belong to an offer."""
        if self._copied:
            pairs = "; ".join(
                f"rows {one} and {other}" for one, other in self._copied[:_MOST_NAMED]
            )
            raise SourceError(
                f"{self.source}: {pairs} have the same id, and both may be the offer's own. Clear"
                " the id of the copy to create a new offer, or remove one of the two; nothing was"
                " planned or sent",
                code="copied-rows",
            )
        were = Counter(was for was, _, _ in self._moved)
        are = Counter(now for _, now, _ in self._moved)
        swapped = were & are
        moved = [each for each in self._moved if each[1] in swapped]
        if len(moved) < 2 or sum(swapped.values()) < 2:
            return
        shown = "; ".join(
            f"row {number}: the id of {was[:60]!r} is beside {now[:60]!r}"
            for was, now, number in moved[:_MOST_NAMED]
        )
        raise SourceError(
            f"{self.source}: names and ids were moved apart in {len(moved)} rows ({shown}). Were"
            " only some of the columns sorted? Undo that in the spreadsheet program, or pull again;"
            " nothing was planned or sent",
            code="ids-moved",
        )
