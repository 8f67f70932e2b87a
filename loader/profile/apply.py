"""A chunk seen through a profile: its rows in our columns, and which rows are not offers.

Rules of this file: every row of the chunk is either mapped or skipped; an error names the cell of
the sheet that it comes from; what the spreadsheet thought of a cell (an error, a formula without a
value) stays with every field that the cell goes into.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loader.messages.catalogue import CODES
from loader.model import RowError
from loader.profile.bind import View, position_in
from loader.profile.model import SkipRule
from loader.profile.transform import Faults, transformed
from loader.tables.arrow import Mask, Text, mask_of, matching, series_of, text_of
from loader.tables.chunk import CellKind, Chunk, cell_address
from loader.validation.similarity import nearest_of

STAYS = frozenset({CellKind.ERROR, CellKind.FORMULA_UNCACHED})
_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A chunk in our columns; its problems have addresses of the sheet already."""

    chunk: Chunk
    skipped: frozenset[int] = field(default_factory=frozenset)  # row numbers


def apply(view: View, chunk: Chunk, *, sheet: str) -> Mapped:
    """Return the rows of `chunk` in the columns of `view`."""
    skip = skipped(view, chunk)
    frame = chunk.frame[~skip] if skip.any() else chunk.frame
    texts = {at: text_of(frame[at]) for at in sorted({at for o in view.origins for at in o})}
    columns: dict[int, Any] = {}
    problems = list(_passed(view, chunk, frozenset(frame.index)))
    for at, (rule, origins) in enumerate(zip(view.rules, view.origins, strict=True)):
        text, faults = transformed(
            rule,
            [texts[origin] for origin in origins],
            view.columns.fields,
            rows=len(frame),
            names=view.names,
            header=view.header,
            origins=origins,
        )
        columns[at] = series_of(text, frame.index)
        heading = view.columns.header[at]
        numbers = frame.index.to_numpy()
        for fault in faults:
            problems += _errors(fault, numbers, origins, texts, heading=heading, sheet=sheet)
    mapped = pd.DataFrame(columns, index=frame.index, columns=range(len(columns)))
    return Mapped(
        chunk=Chunk(frame=mapped, kinds=_kinds(view, chunk), problems=tuple(problems)),
        skipped=frozenset(chunk.frame.index[skip].tolist()),
    )


def relocated(
    view: View | None, errors: Sequence[RowError], mapped: Chunk, *, sheet: str
) -> Sequence[RowError]:
    """Return the errors that a check found in a mapped chunk with addresses of the sheet."""
    if view is None:
        return errors
    there_already = frozenset(mapped.problems)
    return [
        error if error in there_already else _relocated(view, error, sheet=sheet)
        for error in errors
    ]


def _relocated(view: View, error: RowError, *, sheet: str) -> RowError:
    position = position_in(error.cell)
    if position is None:
        return error
    origins = view.origins[position]
    cell = cell_address(sheet, error.row_number, origins[0]) if origins else ""
    return replace(error, cell=cell)


def skipped(view: View, chunk: Chunk) -> Mask:
    """Return which rows are not offers."""
    skip = np.zeros(len(chunk.frame), dtype=bool)
    for position, rule in view.skips:
        skip |= _matches(text_of(chunk.frame[position]), rule)
    return skip


def _matches(text: Text, rule: SkipRule) -> Mask:
    if rule.matches is not None:
        return matching(text, rule.matches)
    folded = pc.utf8_lower(pc.utf8_trim_whitespace(text))
    words = [""] if rule.blank else [word.strip().lower() for word in rule.equals]
    return mask_of(pc.is_in(folded, value_set=pa.array(words, pa.large_string())))


def _passed(view: View, chunk: Chunk, kept: frozenset[int]) -> Iterator[RowError]:
    """What the reader found, but for skipped rows and ignored columns."""
    for problem in chunk.problems:
        if problem.row_number not in kept:
            continue
        if position_in(problem.cell) not in view.ignored:
            yield problem


def _kinds(view: View, chunk: Chunk) -> dict[tuple[int, int], CellKind]:
    goes_to: dict[int, list[tuple[int, bool]]] = {}
    for at, (rule, origins) in enumerate(zip(view.rules, view.origins, strict=True)):
        for origin in origins:
            goes_to.setdefault(origin, []).append((at, rule.is_plain))
    return {
        (number, at): kind
        for (number, position), kind in chunk.kinds.items()
        for at, plain in goes_to.get(position, ())
        if plain or kind in STAYS
    }


def _errors(
    fault: Faults,
    numbers: Any,
    origins: Sequence[int],
    texts: dict[int, Text],
    *,
    heading: str,
    sheet: str,
) -> Iterator[RowError]:
    known = CODES[fault.code]
    for at in np.flatnonzero(fault.rows):
        number = int(numbers[at])
        full = [origin for origin in origins if texts[origin][int(at)].as_py().strip()]
        origin = full[0] if full else (origins[0] if origins else None)
        value = fault.found[int(at)].as_py()
        reason = fault.reasons.get(int(at), "")
        yield RowError(
            row_number=number,
            column=heading,
            cell="" if origin is None else cell_address(sheet, number, origin),
            code=fault.code,
            message=known.message.format(
                value=quoted(value), column=heading, expected=fault.expected, other=reason
            ),
            value=value[:200],
            suggestion=_suggestion(value, fault.words),
            severity=known.severity,
        )


def quoted(value: str) -> str:
    """Return the text of a cell as messages show it."""
    return f'"{value[:_SHOWN]}{"…" if len(value) > _SHOWN else ""}"'


def _suggestion(value: str, words: Sequence[str]) -> str:
    near = nearest_of(value, words) if words else ""
    return f'did you mean "{near}"?' if near else ""
