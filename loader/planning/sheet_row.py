"""A row of a planned sheet: what was read of it, and what is known of its offer. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from loader.journal.records import PlannedRow, StagedRow
from loader.merge.part import Part
from loader.model import LONGEST_VALUE, RemoteOffer, RowError, RowKind, Severity
from loader.pulled.layout import ID
from loader.validation.editing import Cells, Object
from loader.validation.fields import NAME

RunOf: TypeAlias = Callable[[Sequence[Part]], Mapping[Part, str]]


def _nobody(_parts: Sequence[Part]) -> Mapping[Part, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row as read: the cells of our own columns, those of fields, and what it would create.

    `document` gives the object that the row says, `address_of` the cell of a column of `ours` or
    `now`, "" where there is none.
    """

    staged: StagedRow
    ours: Mapping[str, str]  # by heading: action, id, etag, conflict
    now: Cells  # by field, the columns that the sheet has
    document: Callable[[], Object] = field(repr=False)
    address_of: Callable[[str], str] = field(repr=False)

    @property
    def row_number(self) -> int:
        """The number that the spreadsheet shows."""
        return self.staged.row_number

    @property
    def is_invalid(self) -> bool:
        """Whether it has an error that forbids to send it."""
        return any(error.severity is Severity.ERROR for error in self.staged.errors)

    @property
    def remote_id(self) -> str:
        """The id of its offer, "" for none."""
        return self.ours.get(ID, "").strip()

    @property
    def name(self) -> str:
        """Its name."""
        return self.now.get(NAME, "").strip()

    def with_errors_as_warnings(
        self, is_harmless: Callable[[RowError], bool], *, dropped: Collection[str] = ()
    ) -> "SheetRow":
        """Return the row with warnings for what is harmless, and without the codes `dropped`."""
        errors = [
            replace(error, severity=Severity.WARNING) if is_harmless(error) else error
            for error in self.staged.errors
            if error.code not in dropped or not is_harmless(error)
        ]
        return replace(self, staged=replace(self.staged, errors=errors))

    def with_warning(self, warning: RowError) -> "SheetRow":
        """Return the row with one more warning."""
        errors = [*self.staged.errors, replace(warning, severity=Severity.WARNING)]
        return replace(self, staged=replace(self.staged, errors=errors))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOffers:
    """The offer of a row: as it was pulled, as it is there now; and all that have its name.

    `not_proven_gone` says why nobody knows whether an offer is there that is not listed.
    `is_base_lost`: it was edited there since the pull, and what was pulled is not known any more.
    `run_of` tells which run of the loader made the parts what they are there now.
    """

    base: RemoteOffer | None = None
    there: RemoteOffer | None = None
    same_name: Sequence[RemoteOffer] = ()
    not_proven_gone: str = ""
    is_base_lost: bool = False
    run_of: RunOf = field(default=_nobody, repr=False)


def without_operation(
    row: SheetRow,
    kind: RowKind,
    *,
    there: RemoteOffer | None = None,
    reason: str = "",
    errors: Sequence[RowError] | None = None,
) -> PlannedRow:
    """Return a row for which nothing is to be done; what is wrong is reported all the same."""
    return PlannedRow(
        row_number=row.row_number,
        cells=row.staged.cells,
        kind=kind,
        there=there,
        name=there.name if there else row.name,
        reason=reason,
        errors=row.staged.errors if errors is None else errors,
    )


def invalid_row(row: SheetRow, column: str, code: str, message: str, advice: str) -> PlannedRow:
    error = row_error(row, column, code, message, advice)
    return without_operation(row, RowKind.INVALID, errors=[*row.staged.errors, error])


def row_error(row: SheetRow, column: str, code: str, message: str, advice: str) -> RowError:
    texts: dict[str, Any] = {**row.now, **row.ours}
    return RowError(
        row_number=row.row_number,
        column=column,
        cell=row.address_of(column),
        code=code,
        message=message,
        value=str(texts.get(column, ""))[:LONGEST_VALUE],
        suggestion=advice,
    )
