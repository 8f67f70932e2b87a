"""Rows that a stray quote made part of a cell: it opens in one row and closes in a later one.

    Spring,Web banner,html,"new        one cell holds the end of a row, whole rows, and the
    Summer,Web banner,html,old         beginning of another one
    Autumn,Web banner,html,15"

Text of several lines looks the same to a parser. What tells rows: a line that has exactly as many
cells as the table; or one with about as many (blank cells at the end may be left out) that repeats
a word of its row (or of the row below) in the column of that word. Text is it where a blank follows
every delimiter, or where its first or last line would make a row of too many cells.
"""

from collections.abc import Sequence
from typing import Final

from loader.source.parsed_rows import RawProblem, RawRow

_LEFT_OUT: Final = 2  # cells, at the end of a row
_FEWEST: Final = 3  # cells of a line that looks like a row by their number alone


def add_swallowed_rows(
    row: RawRow, *, delimiter: str, width: int, beside: Sequence[str] | None = None
) -> None:
    """Add a problem for each cell that holds rows of a table of `width` cells.

    `beside` are the cells of a row like the swallowed ones; its own, if there are none.
    """
    found = [
        _problem(at, cell)
        for at, cell in enumerate(row.cells)
        if delimiter in cell
        and holds_rows(row.cells, at, delimiter=delimiter, width=width, beside=beside)
    ]
    if found:
        row.problems = [*found, *(row.problems or ())]


def holds_rows(
    cells: Sequence[str],
    at: int,
    *,
    delimiter: str,
    width: int,
    beside: Sequence[str] | None = None,
) -> bool:
    """Say whether a cell of a row holds other rows."""
    text = cells[at].replace("\r\n", "\n").replace("\r", "\n")
    if "\n" not in text:
        return False
    lines = text.split("\n")
    counts = [line.count(delimiter) + 1 for line in lines]
    like = cells if beside is None else beside
    if _is_prose(text.partition("\n")[2], like, delimiter):
        return False
    usual = {width, len(cells)}.intersection(counts[1:])
    counts[0] += at  # with the cells before it, and those after it
    counts[-1] += len(cells) - at - 1
    if max(counts[0], counts[-1]) > max(width, len(cells), len(like)):
        return False
    if usual and max(usual) >= _FEWEST:
        return True
    if not any(delimiter + cell in text for cell in like[1:] if cell):
        return False
    return any(
        count >= width - _LEFT_OUT
        and _repeats_word(line.split(delimiter), at if number == 0 else 0, like, but=at)
        for number, (line, count) in enumerate(zip(lines, counts, strict=True))
    )


def _is_prose(text: str, like: Sequence[str], delimiter: str) -> bool:
    """Say whether a blank follows every delimiter, as in prose, but not in the cells of the row."""
    delimiters = text.count(delimiter)
    if not delimiters or delimiters != text.count(f"{delimiter} "):
        return False
    return not any(cell.startswith(" ") for cell in like)


def _repeats_word(parts: Sequence[str], begin: int, like: Sequence[str], *, but: int) -> bool:
    """Say whether a part is the cell of its column; the first may be a name, which texts repeat."""
    return any(
        part == cell and any(map(str.isalpha, part))
        for position, (part, cell) in enumerate(zip(parts, like[begin:], strict=False), begin)
        if position not in (0, but)
    )


def _problem(position: int, cell: str) -> RawProblem:
    return RawProblem(
        position=position,
        code="swallowed-rows",
        message="holds lines that look like rows: a quote that opens here, and closes further down,"
        " has swallowed them",
        value=cell,
        suggestion='close the quote, or write quotes inside a cell twice (""); if the text is'
        " meant, clear the last cell of its row in the copy that `loader check` writes, and load"
        " that copy",
    )
