"""How a source is to be read, as far as the user said, and the limits within which it is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loader.model import Quoting

LooksLikeHeader = Callable[[Sequence[str]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of a large file, which is read as if it were all of it, and has its row numbers.

    Of a text file: bytes, from the beginning of a record to the end of one; `mark`, `block` and
    `line` tell how much of it is before. Of a Parquet file: rows. `first_row` is the number of the
    first record.
    """

    start: int
    stop: int
    first_row: int
    line: int = 1
    mark: int = 0  # bytes at the start of the file that belong to no cell
    block: int = 0  # blocks of the file that were read when this range began

    @property
    def is_first(self) -> bool:
        """Say whether the file begins with it."""
        return self.start == self.mark


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What the user, or the caller, knows about a source. None: find out.

    `looks_like_header` (it must pickle) recognises the header among title and comment lines; where
    it finds none, the first row that is not blank is the header, or the first below titles. `sheet`
    names one sheet, "*" every visible one; `sheets` names several. `skip_hidden` leaves out hidden
    and filtered rows (and counts them in a notice).
    `isolated` reads workbooks in a child process. `span`: only this range of the file is read.
    """

    sheet: str | None = None
    sheets: Sequence[str] = ()
    encoding: str | None = None
    delimiter: str | None = None
    quoting: Quoting = Quoting.STANDARD
    header_row: int | None = None
    looks_like_header: LooksLikeHeader | None = None
    skip_hidden: bool = False
    isolated: bool = True
    chunk_rows: int = 10_000
    span: Span | None = None

    @property
    def every_sheet(self) -> bool:
        """Say whether every visible sheet is to be read."""
        return self.sheet == "*"

    @property
    def named_sheets(self) -> Sequence[str]:
        """The names of the sheets to read, where some were named."""
        if self.sheets:
            return self.sheets
        return () if self.sheet is None or self.every_sheet else (self.sheet,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a file may be before it is refused: generous for people, tight for zip bombs."""

    columns: int = 1_000  # right of the last header nothing is read
    cell_characters: int = 1_000_000  # a spreadsheet program stops at 32,767
    line_bytes: int = 32 << 20  # of a text file, before it is in memory as cells
    zip_entries: int = 4_000
    unpacked_bytes: int = 4 << 30
    unpacked_ratio: int = 400  # of the whole archive, above `free_bytes`
    free_bytes: int = 64 << 20
    memory_bytes: int = 3 << 30  # of the parsers' process
    cpu_seconds: int = 900
    query_seconds: float = 900.0  # of a query of SQLite; elsewhere of each fetch of its rows
    silent_seconds: float = 120.0  # without anything from the parsers' process
    copied_cells: int = 500_000  # of a workbook that is copied whole: about 0.3 GB of memory
    copying_seconds: int = 120  # of computing, for such a copy
    blank_rows: int = 5_000_000  # of Parquet or a query: a few bytes can mean billions
    preamble_rows: int = 50  # how far down the header may be


DEFAULT_LIMITS = Limits()
