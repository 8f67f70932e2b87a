"""Apply a bound profile to a chunk: its rows in our columns, and which rows are not offers.

Every row of the chunk is either mapped or skipped, and an error names the cell of the sheet that it
comes from. An error value, or a formula without a value, is passed on to every field that uses the
cell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loader.messages.catalogue import CODES
from loader.model import LONGEST_VALUE, RowError
from loader.profile.bind import BoundProfile
from loader.profile.model import FieldRule
from loader.profile.skip_rows import skip_mask, undecided_skips
from loader.profile.transform import Faults, transform_column
from loader.tables.addresses import position_in
from loader.tables.arrow import Mask, Text, filled, series_of, text_of
from loader.tables.chunk import CellKind, Chunk, cell_address
from loader.validation.doubtful_rows import DOUBTFUL
from loader.validation.similarity import nearest_of

PASSED_ON = frozenset({CellKind.ERROR, CellKind.FORMULA_UNCACHED})
_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A chunk in our columns; its problems have addresses of the sheet already."""

    chunk: Chunk
    skipped: frozenset[int] = field(default_factory=frozenset)  # row numbers


def apply(bound: BoundProfile, chunk: Chunk, *, sheet: str) -> Mapped:
    """Return the rows of `chunk` in our columns."""
    skip = skip_mask(bound, chunk)
    frame = chunk.frame[~skip] if skip.any() else chunk.frame
    texts = {at: text_of(frame[at]) for at in sorted({at for o in bound.origins for at in o})}
    mapped_texts: list[Text] = []
    undecided = list(undecided_skips(bound, chunk, skip, sheet=sheet))
    problems = [*_reader_problems(bound, chunk, frozenset(frame.index), undecided)]
    for at, (rule, origins) in enumerate(zip(bound.rules, bound.origins, strict=True)):
        text, faults = transform_column(
            rule,
            [texts[origin] for origin in origins],
            bound.columns.fields,
            rows=len(frame),
            names=bound.names,
            header=bound.header,
            origins=origins,
            are_stored=_stored(rule, chunk, frame, origins),
        )
        mapped_texts.append(text)
        heading = bound.columns.header[at]
        numbers = frame.index.to_numpy()
        for fault in faults:
            problems += _errors(fault, numbers, origins, texts, heading=heading, sheet=sheet)
    mapped_texts = _blank_unused_constants(bound, mapped_texts)
    columns = {at: series_of(text, frame.index) for at, text in enumerate(mapped_texts)}
    mapped = pd.DataFrame(columns, index=frame.index, columns=range(len(columns)))
    return Mapped(
        chunk=Chunk(
            frame=mapped,
            kinds=_kinds(bound, chunk),
            problems=tuple(problems),
            written=_written_dates(bound, frame),
        ),
        skipped=frozenset(chunk.frame.index[skip].tolist()),
    )


def number_cells(bound: BoundProfile, chunk: Chunk) -> dict[int, list[int]]:
    """Return where the sheet stores numbers in columns that are read by a decimal character.

    It is the positions of such cells, by row number.
    """
    read = {
        origins[0] for rule, origins in zip(bound.rules, bound.origins, strict=True) if rule.decimal
    }
    if not read:
        return {}
    stored = chunk.positions_of(CellKind.NUMBER).items()
    return {row: here for row, at in stored if (here := [each for each in at if each in read])}


def _stored(
    rule: FieldRule, chunk: Chunk, frame: pd.DataFrame, origins: Sequence[int]
) -> Mask | None:
    """Return the rows whose cell is a number or a date of the sheet, which needs no reading."""
    if rule.decimal:
        wanted = CellKind.NUMBER
    elif rule.date_format and len(origins) == 1:
        wanted = CellKind.DATE
    else:
        return None
    stored = {
        number
        for (number, position), kind in chunk.kinds.items()
        if position == origins[0] and kind is wanted
    }
    return np.asarray(frame.index.isin(stored), dtype=bool)


def _blank_unused_constants(bound: BoundProfile, texts: Sequence[Text]) -> list[Text]:
    """Blank the constants of a further representation in rows where nothing else of it is filled.

    A representation that consists of constants alone is kept: every row has it.
    """
    groups: dict[int, list[int]] = {}
    for at, rule in enumerate(bound.rules):
        number = bound.columns.fields.group_of(rule.field) or 1
        if number > 1:
            groups.setdefault(number, []).append(at)
    columns = list(texts)
    for members in groups.values():
        others = [at for at in members if bound.rules[at].constant is None]
        if not others:
            continue
        is_used = np.any([filled(pc.utf8_trim_whitespace(texts[at])) for at in others], axis=0)
        for at in set(members) - set(others):
            columns[at] = pc.if_else(pa.array(is_used), texts[at], "")
    return columns


def relocate_errors(
    bound: BoundProfile | None, errors: Sequence[RowError], mapped: Chunk, *, sheet: str
) -> Sequence[RowError]:
    """Return the errors that a check found in a mapped chunk with addresses of the sheet."""
    if bound is None:
        return errors
    already_located = frozenset(mapped.problems)
    return [
        error if error in already_located else _relocate(bound, error, sheet=sheet)
        for error in errors
    ]


def _relocate(bound: BoundProfile, error: RowError, *, sheet: str) -> RowError:
    position = position_in(error.cell)
    if position is None:
        return error
    origins = bound.origins[position]
    cell = cell_address(sheet, error.row_number, origins[0]) if origins else ""
    return replace(error, cell=cell)


def _reader_problems(
    bound: BoundProfile, chunk: Chunk, kept: frozenset[int], undecided: Sequence[RowError]
) -> Iterator[RowError]:
    """Yield the problems of the reader, except in skipped rows and ignored columns.

    What makes the whole row doubtful is told wherever it is, and so are those cells for which it is
    `undecided` whether their row is an offer.
    """
    yield from undecided
    already_told = frozenset(undecided)
    for problem in chunk.problems:
        if problem.row_number not in kept or problem in already_told:
            continue
        if problem.code in DOUBTFUL or position_in(problem.cell) not in bound.ignored:
            yield problem


def _kinds(bound: BoundProfile, chunk: Chunk) -> dict[tuple[int, int], CellKind]:
    targets: dict[int, list[tuple[int, bool]]] = {}
    for at, (rule, origins) in enumerate(zip(bound.rules, bound.origins, strict=True)):
        for origin in origins:
            targets.setdefault(origin, []).append((at, rule.is_plain))
    return {
        (number, at): kind
        for (number, position), kind in chunk.kinds.items()
        for at, is_plain in targets.get(position, ())
        if is_plain or kind in PASSED_ON
    }


def _written_dates(bound: BoundProfile, frame: pd.DataFrame) -> "dict[int, pd.Series[str]]":
    """Return the columns of dates in the user's own writing, by their positions among ours."""
    return {
        at: frame[origins[0]]
        for at, (rule, origins) in enumerate(zip(bound.rules, bound.origins, strict=True))
        if (rule.date_format or rule.time)
        and len(origins) == 1
        and rule.template is None
        and not any(rule.paths)
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
            value=value[:LONGEST_VALUE],
            suggestion=_suggestion(value, fault.words),
            severity=known.severity,
        )


def quoted(value: str) -> str:
    """Return the text of a cell as messages show it."""
    return f'"{value[:_SHOWN]}{"…" if len(value) > _SHOWN else ""}"'


def _suggestion(value: str, words: Sequence[str]) -> str:
    near = nearest_of(value, words) if words else ""
    return f'did you mean "{near}"?' if near else ""
