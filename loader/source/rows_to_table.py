"""From rows of any width to a table: where the header is, and how rows fit under it.

No input or output; it works on whatever rows a parser yields. What does not
fit is reported, never cut in silence.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from loader.errors import UnreadableSource
from loader.model import Severity
from loader.source.options import Limits, LooksLikeHeader, ReadOptions
from loader.source.parsed_rows import Batch, RawProblem, RawRow, Remark, TableHead, in_batches
from loader.tables.chunk import cell_address
from loader.validation.repair_column import is_reserved

Preamble = Sequence[tuple[int, Sequence[str]]]  # the first rows that are not blank
ChooseHeader = Callable[[Preamble], int]  # which of them is the header
FitRow = Callable[[RawRow, int], RawRow]
BatchesBelow = Callable[[TableHead, int, FitRow], Iterator[Batch]]  # a row number


def header_chooser(options: ReadOptions) -> ChooseHeader:
    """Return the rule that finds the header among a table's first rows."""

    def choose(preamble: Preamble) -> int:
        if options.header_row is not None:
            return _index_of(options.header_row, preamble, options)
        return _index_of_first_header(options.looks_like_header, preamble)

    return choose


def _index_of(header_row: int, preamble: Preamble, options: ReadOptions) -> int:
    """Return where the header is that was named; in a workbook of rows to fix, it is ours."""
    ours = (number for number, cells in preamble if any(map(is_reserved, cells)))
    wanted = next(ours, header_row)
    for index, (number, _) in enumerate(preamble):
        if number == wanted:
            return index
    if options.every_sheet and not _has_header(options.looks_like_header, preamble):
        return 0  # a sheet of something else, which is left out
    shown = ", ".join(str(number) for number, _ in preamble[:10])
    raise UnreadableSource(
        f"the header was said to be in row {header_row}, but that row is blank or too far down;"
        f" rows that hold something: {shown}; give another --header-row",
        code="no-header",
    )


def _has_header(looks_like_header: LooksLikeHeader | None, preamble: Preamble) -> bool:
    return looks_like_header is None or any(looks_like_header(cells) for _, cells in preamble)


def _index_of_first_header(looks_like_header: LooksLikeHeader | None, preamble: Preamble) -> int:
    if looks_like_header is not None:
        for index, (_, cells) in enumerate(preamble):
            if looks_like_header(cells):
                return index
    return _index_below_titles(preamble)


def _index_below_titles(preamble: Preamble) -> int:
    """Return the first row, or the first of a table that is below titles of one cell each."""
    widths = [sum(bool(cell.strip()) for cell in cells) for _, cells in preamble]
    titles = next((at for at, width in enumerate(widths) if width > 1), 0)
    is_table = titles > 0 and len(widths) > titles + 1 and min(widths[titles : titles + 2]) > 2
    return titles if is_table else 0


def tabulate(
    rows: Iterator[RawRow],
    *,
    sheet: str,
    choose: ChooseHeader,
    fit: FitRow,
    options: ReadOptions,
    limits: Limits,
    remarks: tuple[Remark, ...] = (),
    below: BatchesBelow | None = None,
) -> Iterator[TableHead | Batch]:
    """Yield the head of the table that `rows` hold, then its rows in batches. Nothing if blank.

    Only the first rows are taken, where `below` has a quicker way to the others.
    """
    filled = (row for row in rows if not row.is_blank())
    preamble = take_preamble(filled, limits)
    if not preamble:
        return
    at = choose([(row.number, row.cells) for row in preamble])
    head = head_of(preamble, at, sheet=sheet, limits=limits, remarks=remarks)
    yield head
    if below is None or len(preamble) < limits.preamble_rows:
        yield from batches_of(chain(preamble[at + 1 :], filled), head, fit=fit, options=options)
        return
    yield from batches_of(preamble[at + 1 :], head, fit=fit, options=options)
    yield from below(head, preamble[-1].number, fit)


def batches_of(
    rows: Iterable[RawRow], head: TableHead, *, fit: FitRow, options: ReadOptions
) -> Iterator[Batch]:
    """Yield rows that are not blank in batches."""
    width = len(head.header)
    return in_batches((fit(row, width) for row in rows), head, most=options.chunk_rows)


def take_preamble(rows: Iterator[RawRow], limits: Limits) -> list[RawRow]:
    """Take the first rows, among which the header must be."""
    preamble = []
    for row in rows:
        preamble.append(row)
        if len(preamble) >= limits.preamble_rows:
            break
    return preamble


def head_of(
    preamble: Sequence[RawRow],
    at: int,
    *,
    sheet: str,
    limits: Limits,
    remarks: tuple[Remark, ...] = (),
) -> TableHead:
    """Return the head of the table whose header is the row `at` of `preamble`."""
    for each in preamble[: at + 1]:
        _refuse_swallowed_rows(each, sheet)
    row = preamble[at]
    header = [cell.strip() for cell in row.cells]
    while header and not header[-1]:
        header.pop()
    if len(header) > limits.columns:
        raise UnreadableSource(
            f"row {row.number} has {len(header)} columns, more than the {limits.columns} that can"
            " be read; remove the columns that are not needed",
            code="too-many-columns",
        )
    if at:
        above = f"row {preamble[0].number}" if at == 1 else f"{at} rows"
        remarks = (
            *remarks,
            Remark(
                code="lines-above-header",
                message=f"the header was found in row {row.number}; {above} above it not loaded",
            ),
        )
    return TableHead(sheet=sheet, header=tuple(header), header_row=row.number, remarks=remarks)


def _refuse_swallowed_rows(row: RawRow, sheet: str) -> None:
    """Raise `UnreadableSource` where a title or a heading holds rows, which nobody would miss."""
    for problem in row.problems or ():
        if problem.code == "swallowed-rows" and problem.position is not None:
            where = cell_address(sheet, row.number, problem.position)
            raise UnreadableSource(
                f"{where} {problem.message}; close the quote, or, if the text is meant, write it in"
                " one line",
                code="broken-quotes",
            )


def fit_sheet_row(row: RawRow, width: int) -> RawRow:
    """Fit a row of a workbook: cells have addresses, so none can have shifted."""
    cells = row.cells
    if len(cells) < width:
        row.cells = cells + [""] * (width - len(cells))
    elif len(cells) > width:
        row.cells, extra = cells[:width], cells[width:]
        _add_unnamed_column_problem(row, extra, width)
    return row


def _add_unnamed_column_problem(row: RawRow, extra: Sequence[str], width: int) -> None:
    for offset, text in enumerate(extra):
        if text.strip():
            problem = RawProblem(
                position=width + offset,
                code="unnamed-column",
                message="is right of the last header and belongs to no column",
                value=text,
                suggestion="give the column a header, or remove the cell",
            )
            row.problems = [*(row.problems or ()), problem]
            return


def _ragged_row(cells: Sequence[str], width: int) -> RawProblem:
    return RawProblem(
        position=None,
        code="ragged-row",
        message=f"has {len(cells)} cells, but the header has {width}: cells may have shifted",
        value=" | ".join(cells),
        suggestion="put quotes around cells that hold the delimiter, and save again",
    )


def _short_row(cells: Sequence[str], width: int) -> RawProblem:
    return RawProblem(
        position=None,
        code="short-row",
        message=f"has {len(cells)} cells, but the header {width}; the others are taken as blank",
        value=" | ".join(cells),
        suggestion="check that no cell is missing in the middle",
        severity=Severity.WARNING,
    )


def fit_record(row: RawRow, width: int, *, widest: int) -> RawRow:
    """Fit a record of a delimited file: a cell too many may have shifted the others.

    Blank cells may follow up to `widest`, which other rows have, too; beyond, a delimiter without
    quotes may have pushed them there. Blank cells at the end may be left out.
    """
    cells = row.cells
    if len(cells) == width:
        return row
    found = len(cells)
    if found <= widest and not "".join(cells[width:]).strip():
        row.cells = (cells + [""] * width)[:width]
    if width < found <= widest and len(row.cells) == width:
        return row
    problem = _short_row(cells, width) if found < width else _ragged_row(cells, width)
    row.problems = [*(row.problems or ()), problem]
    row.cells = (cells + [""] * width)[:width]
    return row
