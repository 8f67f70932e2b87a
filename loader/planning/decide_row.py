"""What is to be done for one row of a planned sheet: pure.

    action    the row's offer          verdict
    ignore    -                        skipped
    delete    as it was pulled         delete;   edited since: conflict
    archive   -                        archive;  archived already: unchanged
    blank,    it has an id             update, unchanged, conflict, or gone
    update    no id, one of its name   update of what its filled cells say
    blank,    no id, none of its name  create
    create

An action without an offer to do it to, or with several, is an error of the row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import orjson

from loader.journal.records import PlannedRow, StagedRow
from loader.merge.part import Edits, Part
from loader.merge.three_way import Change, Merge, Prefer, changed_parts, three_way, two_way
from loader.merge.update_body import as_text
from loader.model import Dialect, Operation, RemoteOffer, RowError, RowKind
from loader.planning.planned_update import planned_update
from loader.planning.second_content import SECOND_CONTENT, TAKE_ONE_AWAY, second_content
from loader.planning.sheet_row import (
    KnownOffers,
    RunOf,
    SheetRow,
    invalid_row,
    row_error,
    without_operation,
)
from loader.pulled.layout import ACTION, CONFLICT, ID, Action, cell_text
from loader.validation.editing import Cells, Editing, Names, is_same_text
from loader.validation.fields import NAME

Planned = PlannedRow | StagedRow
_NO_RUNS: Final[Mapping[Part, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Decides row by row. `base_names` are names as the pull knew them."""

    editing: Editing
    dialect: Dialect
    names: Names
    base_names: Names
    suffix: str
    prefer: Prefer = Prefer.NOBODY

    def decide(self, row: SheetRow, known: KnownOffers) -> Planned:
        """Return what is to be done for a row, or why nothing is."""
        word = row.ours.get(ACTION, "").strip().lower()
        if word and word not in set(Action):
            return invalid_row(row, ACTION, "bad-action", f"{word[:60]!r} is no action", _ACTIONS)
        action = Action(word) if word else None
        if action in _NEEDS_NO_VALID_CELLS:
            row = row.with_errors_as_warnings(lambda _: True)
        if action is Action.IGNORE:
            return without_operation(row, RowKind.SKIPPED, reason="ignored, as its action says")
        side = row.ours.get(CONFLICT, "").strip().lower()
        if side and side not in _SIDES:
            return invalid_row(
                row, CONFLICT, "bad-side", f"{side[:60]!r} is neither mine nor theirs",
                "write mine or theirs, or leave the cell blank",
            )  # fmt: skip
        if known.not_proven_gone and known.there is None and not known.same_name:
            return _not_proven_gone(row, known.not_proven_gone)
        return (self._with_id if row.remote_id else self._without_id)(row, action, known)

    def _with_id(self, row: SheetRow, action: Action | None, known: KnownOffers) -> Planned:
        if action is Action.CREATE:
            return invalid_row(
                row, ID, "create-with-id", "the row is to create an offer, but has an id",
                "clear the id and give the row a name of its own to create a new offer, or clear"
                " the action to change this one",
            )  # fmt: skip
        if known.there is None:
            if known.base is None:
                return invalid_row(
                    row, ID, "unknown-id", "the target has no offer of this id",
                    "take the id as `loader pull` wrote it, or clear it to create a new offer",
                )  # fmt: skip
            if action is Action.DELETE:
                reason = "it is gone already"
                return without_operation(row, RowKind.UNCHANGED, there=known.base, reason=reason)
            reason = "it was deleted there since the sheet was pulled"
            return without_operation(row, RowKind.GONE, there=known.base, reason=reason)
        planned = self._decide_existing(row, action, known.there, known.base, known.run_of)
        is_change = isinstance(planned, PlannedRow) and planned.operation is not Operation.NONE
        if known.is_base_lost and is_change and self._preference(row) is not Prefer.MINE:
            error = row_error(row, ID, "edit-conflict", _BASE_LOST, _MINE)
            return self._conflict_row(row, known.there, [error])
        return planned

    def _without_id(self, row: SheetRow, action: Action | None, known: KnownOffers) -> Planned:
        found = known.same_name
        if len(found) > 1:
            return invalid_row(
                row, NAME, "not-one-offer", f"the target has {len(found)} offers of this name",
                "pull them, and edit the rows that have ids",
            )  # fmt: skip
        if not found:
            if action in (None, Action.CREATE):
                return row.staged
            return invalid_row(
                row, NAME, "no-such-offer", "the target has no offer of this name",
                "pull the offers again, or clear the action to create this one",
            )  # fmt: skip
        if action is Action.CREATE:
            return invalid_row(
                row, NAME, "already-there", "the target has an offer of this name",
                "clear the action to change that offer, or give the row a name of its own",
            )  # fmt: skip
        return self._decide_existing(row, action, found[0], None, known.run_of)

    def _decide_existing(
        self,
        row: SheetRow,
        action: Action | None,
        there: RemoteOffer,
        base: RemoteOffer | None,
        run_of: RunOf,
    ) -> Planned:
        if action is Action.DELETE:
            return self._plan_delete(row, there, base, run_of)
        if action is Action.ARCHIVE:
            changes = tuple(self.editing.archive_changes(there.offer, self.dialect))
            if not changes:
                return without_operation(
                    row, RowKind.UNCHANGED, there=there, reason="it is archived"
                )
            if base is not None and _is_edited(row.now, self.pulled(base)):
                row = row.with_warning(
                    row_error(row, ACTION, "edits-not-sent", _ONLY_ARCHIVED, _CLEAR)
                )
            return self._planned_change(row, Operation.ARCHIVE, there, changes)
        return self._plan_update(row, there, base, run_of)

    def _plan_delete(
        self, row: SheetRow, there: RemoteOffer, base: RemoteOffer | None, run_of: RunOf
    ) -> Planned:
        parts = self.editing.parts
        before = parts(base.offer, self.dialect) if base else {}
        theirs = changed_parts(before, parts(there.offer, self.dialect)) if base else []
        if theirs and self._preference(row) is not Prefer.MINE:
            edits = self._list_parts(theirs, run_of(theirs))
            message = f"it was edited there since the sheet was pulled: {edits}"
            return self._conflict_row(
                row, there, [row_error(row, ACTION, "edit-conflict", message, _MINE)]
            )
        return PlannedRow(
            row_number=row.row_number,
            cells=row.staged.cells,
            kind=RowKind.PRIMARY,
            there=there,
            operation=Operation.DELETE,
            name=there.name,
            before=orjson.dumps(there.offer, option=orjson.OPT_SORT_KEYS),
            errors=row.staged.errors,
        )

    def _plan_update(
        self, row: SheetRow, there: RemoteOffer, base: RemoteOffer | None, run_of: RunOf
    ) -> Planned:
        pulled = self.pulled(base) if base is not None else None
        if pulled is not None and not _is_edited(row.now, pulled):
            return self._unchanged_row(row, there, base, run_of)
        if row.is_invalid:
            return row.staged
        document = row.document()
        edits: Edits
        if base is not None and pulled is not None:
            edits = self.editing.edits(base.offer, pulled, row.now, document, self.dialect)
        else:
            edits = self.editing.edits_of_unpulled(row.now, document, self.dialect)
        merge = self._merge(edits, base, there, self._preference(row))
        if merge.conflicts:
            return self._conflict_row(row, there, self._conflict_errors(row, merge, run_of))
        if not merge.changes:
            return self._unchanged_row(row, there, base, run_of)
        uncovered = self.editing.uncovered(there.offer, self.dialect, merge.changes)
        if uncovered:
            blamed = uncovered[0].blamed
            column = self.editing.column_of(blamed, pulled or row.now, self.names)
            message = second_content(uncovered[0], self.names)
            return invalid_row(
                row, column, SECOND_CONTENT, message, f"{TAKE_ONE_AWAY}, and pull again"
            )
        theirs = merge.changed_there if base is not None else ()
        return self._planned_change(
            row,
            Operation.UPDATE,
            there,
            merge.changes,
            reason=self._describe_theirs(theirs, run_of),
        )

    def _merge(
        self, edits: Edits, base: RemoteOffer | None, there: RemoteOffer, prefer: Prefer
    ) -> Merge:
        parts = self.editing.parts(there.offer, self.dialect)
        if base is None:
            return two_way(edits, parts)
        return three_way(self.editing.parts(base.offer, self.dialect), edits, parts, prefer=prefer)

    def pulled(self, base: RemoteOffer) -> Cells:
        """Return the cells that the row of an offer had when it was pulled."""
        cells = self.editing.cells(base.offer, self.dialect, self.base_names)
        return {name: cell_text(text, self.suffix) for name, text in cells.items()}

    def _preference(self, row: SheetRow) -> Prefer:
        word = row.ours.get(CONFLICT, "").strip().lower()
        return Prefer(word) if word in _SIDES else self.prefer

    def _unchanged_row(
        self, row: SheetRow, there: RemoteOffer, base: RemoteOffer | None, run_of: RunOf
    ) -> PlannedRow:
        theirs: Sequence[Part] = ()
        if base is not None and base.offer != there.offer:  # as a rule nobody has touched it
            parts = self.editing.parts
            theirs = changed_parts(
                parts(base.offer, self.dialect), parts(there.offer, self.dialect)
            )
        reason = self._describe_theirs(theirs, run_of)
        return without_operation(row, RowKind.UNCHANGED, there=there, reason=reason)

    def _describe_theirs(self, theirs: Sequence[Part], run_of: RunOf) -> str:
        """Return what changed there since the pull: by others, or by runs of the loader."""
        if not theirs:
            return ""
        runs = run_of(theirs)
        by_others = [part for part in theirs if part not in runs]
        said = [f"changed there meanwhile: {self._list_parts(by_others)}"] if by_others else []
        for run_id in dict.fromkeys(runs.values()):
            parts = [part for part in theirs if runs.get(part) == run_id]
            said.append(f"changed by run {run_id}: {self._list_parts(parts)}")
        return "; ".join(said)

    def _planned_change(
        self,
        row: SheetRow,
        operation: Operation,
        there: RemoteOffer,
        changes: Sequence[Change],
        *,
        reason: str = "",
    ) -> PlannedRow:
        return planned_update(
            there,
            changes,
            editing=self.editing,
            dialect=self.dialect,
            names=self.names,
            row_number=row.row_number,
            cells=row.staged.cells,
            operation=operation,
            name=row.name,
            reason=reason,
            errors=row.staged.errors,
        )

    def _conflict_row(
        self, row: SheetRow, there: RemoteOffer, errors: Sequence[RowError]
    ) -> PlannedRow:
        return without_operation(
            row, RowKind.CONFLICT, there=there, errors=errors,
            reason="the same was changed there; nothing is sent for this row",
        )  # fmt: skip

    def _conflict_errors(self, row: SheetRow, merge: Merge, run_of: RunOf) -> list[RowError]:
        runs = run_of([conflict.part for conflict in merge.conflicts])
        found = []
        for conflict in merge.conflicts:
            values = [
                f"{when}: {_short(as_text(value, self.names.words))}"
                for when, value in (
                    ("when pulled", conflict.base),
                    ("yours", conflict.yours),
                    ("there now", conflict.theirs),
                )
            ]
            column = self.editing.column_of(conflict.part, row.now, self.names)
            what = conflict.part.words(self.names.words)
            by_run = f" (there by run {run})" if (run := runs.get(conflict.part)) else ""
            found.append(
                row_error(row, column, "edit-conflict", f"{what} changed on both sides{by_run}\n"
                       + "\n".join(values), _MINE)
            )  # fmt: skip
        return found

    def _list_parts(self, parts: Sequence[Part], runs: Mapping[Part, str] = _NO_RUNS) -> str:
        """List parts, each with the run of the loader that made it what it is, if one did."""
        words = [
            part.words(self.names.words) + (f" (by run {run})" if (run := runs.get(part)) else "")
            for part in parts[:5]
        ]
        return ", ".join(words) + (f" and {len(parts) - 5} more" if len(parts) > 5 else "")


_ACTIONS = f"write one of {', '.join(Action)}, or leave the cell blank"
_SIDES = frozenset({Prefer.MINE, Prefer.THEIRS})
_NEEDS_NO_VALID_CELLS = frozenset({Action.IGNORE, Action.ARCHIVE, Action.DELETE})
_ONLY_ARCHIVED = "other cells of the row were edited, but it is only archived"
_CLEAR = "to change it as well, clear the action, apply, and archive it afterwards"
_BASE_LOST = (
    "the offer was edited there since it was pulled, and neither the file nor the journal knows any"
    " more what it was then"
)
_MINE = (
    "pull again and edit what is there now; or write mine (or theirs) into a column"
    " `conflict`, or give --conflicts mine"
)


def _not_proven_gone(row: SheetRow, why: str) -> Planned:
    return invalid_row(
        row, ID if row.remote_id else NAME, "not-proven-gone",
        f"the offer that was pulled is not there, but that it is gone is not proven: {why}",
        "plan again later; a new offer could be a second one",
    )  # fmt: skip


def _is_edited(now: Cells, pulled: Cells) -> bool:
    """Return whether any cell is not as it was pulled."""
    return not all(is_same_text(text, pulled.get(name, "")) for name, text in now.items())


def _short(text: str | None) -> str:
    if text is None:
        return "(nothing)"
    return repr(text if len(text) <= 120 else f"{text[:119]}…")
