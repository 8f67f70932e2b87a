"""The careful way from text to records: the standard csv module in strict mode.

Rules of this file: a record's number is the row that a spreadsheet shows for it (blank lines
count); a quote that is opened and never closed stops the file, because it would swallow rows.
"""

import csv
import re
from collections.abc import Iterable, Iterator

from loader.errors import UnreadableSource
from loader.source.batch import RawProblem, RawRow
from loader.source.options import Limits

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


def read_records(
    lines: Iterable[str], *, delimiter: str, limits: Limits, first_row: int = 1, first_line: int = 1
) -> Iterator[RawRow]:
    """Yield every record, blank ones too. `lines` keep their line ends."""
    csv.field_size_limit(limits.cell_characters)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=False)
    number = first_row - 1
    while True:
        started = reader.line_num + first_line
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _refusal(error, row=number + 1, line=started, limits=limits) from error
        if cells is None:
            return
        number += 1
        row = RawRow(number=number, cells=cells)
        if CONTROL.search("".join(cells)):
            row.problems = list(control_problems(cells))
        yield row


def control_problems(cells: Iterable[str]) -> Iterator[RawProblem]:
    """Yield a problem for each cell that holds a character nobody can see or send."""
    for position, text in enumerate(cells):
        if CONTROL.search(text):
            yield control_problem(position, text)


def control_problem(position: int, text: str) -> RawProblem:
    """Return the problem of a text that holds such a character."""
    found = CONTROL.search(text)
    return RawProblem(
        position=position,
        code="control-character",
        message=f"holds the invisible character U+{ord(found[0]) if found else 0:04X}",
        value=text.encode("unicode_escape").decode(),
        suggestion="remove it; it often comes from a copy out of another program",
    )


def _refusal(error: csv.Error, *, row: int, line: int, limits: Limits) -> UnreadableSource:
    where = f"row {row} (line {line} of the file)"
    text = str(error)
    if "field larger" in text:
        return UnreadableSource(
            f"{where} holds a cell of more than {limits.cell_characters:,} characters; a quote"
            " before it may never be closed: check the quotes from there on",
            code="broken-quotes",
        )
    if "unexpected end of data" in text:
        return UnreadableSource(
            f"the quote that opens in {where} is never closed, so the rest of the file would be one"
            ' cell; close it, or double it (write "" for a quote inside a cell)',
            code="broken-quotes",
        )
    return UnreadableSource(
        f"{where} has something between a closing quote and the delimiter ({text}); write quotes"
        ' inside a quoted cell twice ("")',
        code="broken-quotes",
    )
