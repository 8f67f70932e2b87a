"""Check a chunk: every error of every row in one pass, and what is left to send.

    chunk -> prepared columns -> pandera (lazy) + what the reader found -> Checked

pandera checks whole columns; `failing_cells` says what is wrong with the cells that fail.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pp
import pyarrow as pa
import pyarrow.compute as pc
from pandera.errors import SchemaErrors

from loader.messages.catalogue import CODES
from loader.model import Dialect, RowError, Severity
from loader.tables.arrow import Mask, Places, filled, mask_of, series_of, text_of
from loader.tables.chunk import CellKind, Chunk
from loader.validation.entity import Entity, RowRules
from loader.validation.failing_cells import Failures
from loader.validation.fields import ATTRIBUTE_PREFIX, NAME, Fields, Form
from loader.validation.header import Columns
from loader.validation.references import Catalogue, Resolved

_DIGITS_KEPT = 15
_DEFAULT_RULES = RowRules()
_UNTRIMMED = (Form.EXACT,)
_CODE_OF_KIND = {
    CellKind.ERROR: "cell-error",
    CellKind.FORMULA_UNCACHED: "formula-no-value",
    CellKind.NUMBER: "number-precision",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What a check needs to know of the run: the kind of entity, how rows are read, the dialect.

    Names of placements and tags are looked up in `catalogue`; without one they are left for later.
    """

    entity: Entity
    rules: RowRules = _DEFAULT_RULES
    dialect: Dialect = Dialect.DPS
    catalogue: Catalogue | None = None

    @property
    def ids_only(self) -> bool:
        """Whether placements and tags must be ids, and every type is given."""
        return self.rules.ids_only


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A chunk after checking.

    `offers` holds the valid rows: one column per field ("content_2", "attr:Tier"), text, trimmed,
    with the row numbers as its index. `unsettled` are those among them that can be sent only after
    a look-up.
    """

    entity: Entity
    columns: Columns
    offers: pd.DataFrame
    errors: tuple[RowError, ...]
    invalid: frozenset[int]
    rules: RowRules
    rows: pd.DataFrame  # all rows, valid or not, as `offers`
    unsettled: frozenset[int] = frozenset()

    @property
    def settled(self) -> pd.DataFrame:
        """The valid rows that can be sent as they are."""
        if not self.unsettled:
            return self.offers
        return self.offers[~self.offers.index.isin(list(self.unsettled))]


def check(
    chunk: Chunk,
    columns: Columns,
    *,
    sheet: str,
    options: CheckOptions,
    prepared: pd.DataFrame | None = None,
) -> Checked:
    """Check every row of `chunk`. Nothing is raised for what is in a cell.

    `prepared`: what `prepare` made of the chunk, where that was needed before.
    """
    rows = prepare(chunk, columns) if prepared is None else prepared
    inspector = _Inspector(chunk, columns, rows, sheet=sheet, options=options)
    errors = inspector.errors()
    invalid = frozenset(e.row_number for e in errors if e.severity is Severity.ERROR)
    offers = inspector.resolved.rows
    if invalid:
        offers = offers[~offers.index.isin(list(invalid))]
    references = options.entity.references
    are_names_left = not options.ids_only and options.catalogue is None
    unsettled = (
        offers.index[references.unsettled(offers, columns)] if references and are_names_left else ()
    )
    return Checked(
        entity=options.entity,
        columns=columns,
        offers=offers,
        rows=inspector.resolved.rows,
        errors=errors,
        invalid=invalid,
        rules=options.rules,
        unsettled=frozenset(map(int, unsettled)),
    )


def prepare(chunk: Chunk, columns: Columns) -> pd.DataFrame:
    """Return the columns of the known fields: trimmed, words in lower case."""
    prepared: dict[str, Any] = {}
    for field, position in columns.positions.items():
        text = text_of(chunk.frame[position])
        facts = columns.fields.facts_of(field)
        if facts.form not in _UNTRIMMED:
            text = pc.utf8_trim_whitespace(text)
        if facts.form is Form.WORD and not facts.has_case:
            lowered = pc.utf8_lower(text)
            text = pc.if_else(pc.match_substring(text, "://"), text, lowered)
        if field == NAME:
            text = pc.utf8_normalize(text, form="NFC")
        prepared[field] = series_of(text, chunk.frame.index)
    return pd.DataFrame(prepared, index=chunk.frame.index)


@lru_cache(maxsize=32)
def _schema(names: tuple[str, ...], entity: Entity, *, ids_only: bool) -> pp.DataFrameSchema:
    """Return the pandera schema of a sheet with these fields."""
    columns = {name: _column(name, entity, ids_only=ids_only) for name in names}
    return pp.DataFrameSchema(columns, coerce=False)


def _column(field: str, entity: Entity, *, ids_only: bool) -> pp.Column:
    fields = entity.fields
    column = fields.column_of(field)
    checks = list(column.checks)
    if field not in fields.columns and not field.startswith(ATTRIBUTE_PREFIX):
        checks = [each for each in checks if each.name != "missing-value"]  # a row check knows when
    if not ids_only:
        left_out = set(entity.references.by_name if entity.references else ())
        left_out |= {"missing-value"} if fields.facts_of(field).or_placement else set()
        checks = [each for each in checks if each.name not in left_out]
    return pp.Column(dtype=None, checks=checks, nullable=True, metadata=column.metadata)


class _Inspector:
    """One chunk under inspection."""

    def __init__(
        self,
        chunk: Chunk,
        columns: Columns,
        rows: pd.DataFrame,
        *,
        sheet: str,
        options: CheckOptions,
    ) -> None:
        self._chunk = chunk
        self._columns = columns
        self._options = options
        self.rows = rows
        self._fields: Fields = columns.fields
        references, catalogue = options.entity.references, options.catalogue
        self.resolved = (
            Resolved(rows=rows)
            if references is None or catalogue is None or options.ids_only
            else references.resolve(rows, columns, catalogue)
        )
        self._failures = Failures(chunk, columns, rows, sheet=sheet)

    def errors(self) -> tuple[RowError, ...]:
        """Return everything that is wrong, by row, each cell and code once."""
        for code, field, places in self._find_by_kind():
            self._failures.add(code, field, places)
        for code, field, faults in (*self._find_in_cells(), *self._find_by_dialect()):
            self._failures.add(code, field, np.flatnonzero(faults))
        self._add_row_checks()
        self._failures.add("example-row", NAME, np.flatnonzero(self._is_example()))
        for each in self.resolved.faults:
            self._failures.add(each.code, each.field, np.flatnonzero(each.faults), each.hint)
        return self._failures.in_order()

    def _find_by_kind(self) -> Iterator[tuple[str, str, Places]]:
        """Yield what is wrong with cells by their kind in the spreadsheet: errors, formulas, …"""
        by_position = {position: field for field, position in self._columns.positions.items()}
        cells: dict[tuple[str, str], list[int]] = {}
        for (number, position), kind in self._chunk.kinds.items():
            field, code = by_position.get(position), _CODE_OF_KIND.get(kind)
            if field is not None and code is not None:
                cells.setdefault((code, field), []).append(number)
        for (code, field), numbers in cells.items():
            places = self.rows.index.get_indexer(pd.Index(numbers))
            places = places[places >= 0]  # the rest is skipped
            if code == "number-precision":
                places = places[self._has_lost_digits(field, places)]
            yield code, field, places

    def _has_lost_digits(self, field: str, places: Places) -> Mask:
        if self._fields.facts_of(field).form is not Form.TEXT:
            return np.zeros(len(places), dtype=bool)
        text = text_of(self.rows[field]).take(places)
        digits = pc.replace_substring(pc.utf8_ltrim(text, characters="-"), ".", "")
        return mask_of(pc.greater(pc.utf8_length(digits), _DIGITS_KEPT))

    def _find_in_cells(self) -> Iterator[tuple[str, str, Mask]]:
        try:
            fields = tuple(self._columns.positions)
            schema = _schema(fields, self._options.entity, ids_only=self._options.ids_only)
            schema.validate(self.rows, lazy=True)
        except SchemaErrors as report:
            for each in report.schema_errors:
                code = getattr(each.check, "name", None)
                if code not in CODES or each.check_output is None:
                    raise
                yield str(code), str(each.schema.name), ~np.asarray(each.check_output, dtype=bool)

    def _add_row_checks(self) -> None:
        for each in self._options.entity.row_checks(self._columns, self._options.rules):
            faults = each.faults(self.resolved.rows)
            if faults.any():
                self._failures.add(each.code, each.field, np.flatnonzero(faults), each.hint)

    def _is_example(self) -> Mask:
        """Mark rows that hold what the example row of the template holds, and nothing else."""
        example = self._options.entity.template.example
        is_example = np.ones(len(self.rows), dtype=bool)
        if not {field for field, text in example.items() if text} <= {*self.rows}:
            return ~is_example
        for field in self.rows:
            wanted = pa.scalar(example.get(str(field), ""), pa.large_string())
            is_example &= mask_of(pc.equal(text_of(self.rows[field]), wanted))
            if not is_example.any():
                break
        return is_example

    def _find_by_dialect(self) -> Iterator[tuple[str, str, Mask]]:
        for field, position in self._columns.positions.items():
            if self._fields.facts_of(field).form in _UNTRIMMED:
                continue
            raw = text_of(self._chunk.frame[position])
            trimmed = mask_of(pc.not_equal(pc.utf8_trim_whitespace(raw), raw))
            if trimmed.any():
                yield "trimmed", field, trimmed & filled(text_of(self.rows[field]))
        for field in self._options.entity.unsent.get(self._options.dialect, ()):
            if field in self.rows:
                yield "not-in-dialect", field, filled(text_of(self.rows[field]))
