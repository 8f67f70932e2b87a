"""Parse text into records with the careful reader: the standard csv module in strict mode.

A record's number is the row that a spreadsheet shows for it (blank lines count); a quote that is
opened and never closed stops the file, because it would swallow rows.
"""

import csv
import re
from collections.abc import Iterable, Iterator

from loader.errors import UnreadableSource
from loader.model import Quoting, Severity
from loader.source.control_characters import control_problems
from loader.source.delimited.dialect import STYLES, Dialect
from loader.source.options import Limits
from loader.source.parsed_rows import RawProblem, RawRow
from loader.tables.chunk import CellKind
from loader.tables.left_by_spreadsheets import ERROR_TEXT, SHORTENED_NUMBER

# What cells of text files hold that spreadsheets or wrong encodings left behind.
ERROR = re.compile(ERROR_TEXT)
SHORTENED = re.compile(SHORTENED_NUMBER)
OR_PLAIN = "; where quotes are characters like any other, give --quoting none"
AS_FORMULA = re.compile(r'="([^"]*)"')
QUOTED_LATE = re.compile(r'\s+"((?:[^"]|"")*)"\s*')
END_OF_FILE = "\x1a"  # of DOS, behind the last line
MARK = "\ufeff"  # in front of each of several files that were joined
MOJIBAKE = re.compile("\ufffd|[ÃÂ][\x80-\xbf]|â€|Ã[ƒ‚„†‡ˆ‰Š‹ŒŽ€šœžŸ]|ï»¿")


def read_records(
    lines: Iterable[str],
    *,
    dialect: Dialect,
    limits: Limits,
    is_encoding_named: bool,
    first_row: int = 1,
    first_line: int = 1,
) -> Iterator[RawRow]:
    """Yield every record, blank ones too. `lines` keep their line ends.

    `is_encoding_named` says that the user named the encoding, so that nothing looks wrong by it.
    """
    csv.field_size_limit(limits.cell_characters)
    is_quoted = dialect.quoting is Quoting.STANDARD
    reader = csv.reader(
        lines, delimiter=dialect.delimiter, strict=True, quoting=STYLES[dialect.quoting]
    )
    number = first_row - 1
    while True:
        start_line = reader.line_num + first_line
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _quote_error(error, row=number + 1, line=start_line, limits=limits) from error
        if cells is None:
            return
        number += 1
        if cells == [END_OF_FILE]:
            cells = []
        elif cells and cells[0].startswith(MARK):
            cells[0] = cells[0].lstrip(MARK)
        row = RawRow(number=number, cells=cells)
        if is_quoted:
            _unwrap_cells(row)
        add_problems(row, is_encoding_named=is_encoding_named)
        yield row


def _unwrap_cells(row: RawRow) -> None:
    """Remove what spreadsheets wrote around texts, and note where quotes are wrong."""
    cells = row.cells = [unwrap(cell) for cell in row.cells]
    if any(cell.endswith("\\") for cell in cells) and any('"' in cell for cell in cells):
        row.problems = [_backslashes(cells)]


def add_problems(row: RawRow, *, is_encoding_named: bool) -> None:
    """Add what is wrong with the texts to the problems and kinds of the row."""
    cells = row.cells
    problems = [*(row.problems or ()), *control_problems(cells)]
    for position, cell in enumerate(cells):
        if ERROR.fullmatch(cell):
            row.kinds = {**(row.kinds or {}), position: CellKind.ERROR}
        elif SHORTENED.fullmatch(cell):
            problems.append(_shortened(position, cell))
        if not is_encoding_named and MOJIBAKE.search(cell):
            problems.append(_mojibake(position, cell))
    row.problems = problems or None


def unwrap(cell: str) -> str:
    """Return the text without ="…" (it keeps zeros in Excel), or blanks before its quotes."""
    if '"' not in cell:
        return cell
    if found := AS_FORMULA.fullmatch(cell):
        return found[1]
    if found := QUOTED_LATE.fullmatch(cell):
        return found[1].replace('""', '"')
    return cell


def _shortened(position: int, cell: str) -> RawProblem:
    return RawProblem(
        position=position,
        code="shortened-number",
        message="looks like a long number that a spreadsheet shortened when it saved the file",
        value=cell,
        suggestion="format the column as text in the spreadsheet, enter the number again, and save",
        severity=Severity.WARNING,
    )


def _mojibake(position: int, cell: str) -> RawProblem:
    return RawProblem(
        position=position,
        code="mojibake",
        message="looks as if it was read in the wrong encoding before it was saved",
        value=cell,
        suggestion="correct the text; if it is meant, name the file's encoding with --encoding",
    )


def _backslashes(cells: list[str]) -> RawProblem:
    return RawProblem(
        position=None,
        code="ragged-row",
        message='has a quote after a backslash (\\"): here a backslash is a character like any'
        " other, so cells may have shifted",
        value=" | ".join(cells),
        suggestion='write quotes inside a cell twice ("")',
    )


def _quote_error(error: csv.Error, *, row: int, line: int, limits: Limits) -> UnreadableSource:
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
            f' cell; close it, or double it (write "" for a quote inside a cell){OR_PLAIN}',
            code="broken-quotes",
        )
    return UnreadableSource(
        f"{where} has something between a closing quote and the delimiter ({text}); write quotes"
        f' inside a quoted cell twice (""){OR_PLAIN}',
        code="broken-quotes",
    )
