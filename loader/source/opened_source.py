"""A source: a file on disk, opened, known by its digest, read as tables of chunks.

    with open_source(path, ReadOptions()) as source:
        for table in source.tables():
            for chunk in table.chunks: ...

Whatever is wrong with the file as a whole is an `UnreadableSource` that begins with the path. A
file that changes while it is read is refused. The chunks of a table are read before the next table.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from loader.errors import UnreadableSource
from loader.model import Notice, Quoting
from loader.source.file_checks import file_digest, fingerprint, require_readable
from loader.source.file_kind import SUFFIXES, USUAL_SUFFIXES, FileKind, detect
from loader.source.formats import read_events
from loader.source.options import DEFAULT_LIMITS, Limits, ReadOptions
from loader.source.parsed_rows import Batch, Remark, TableHead, to_chunk
from loader.source.paths import Given
from loader.source.query import Query, read_query
from loader.source.query_cache import cache_events
from loader.source.unpack import store_standard_input, unpack
from loader.tables.chunk import Chunk, Table
from loader.validation.repair_column import is_reserved, without_repair_column

if TYPE_CHECKING:  # imports pandas, which the parsers' process does without
    from loader.source.edited_cells import CellEdits

STDIN = "-"
_WITHOUT_SHEETS = frozenset({FileKind.TEXT, FileKind.JSON_LINES, FileKind.PARQUET, FileKind.CACHED})
_WITHOUT_HEADER_ROWS = frozenset({FileKind.JSON_LINES, FileKind.PARQUET, FileKind.CACHED})
_ENCODED = frozenset({FileKind.TEXT, FileKind.JSON_LINES, FileKind.XLS})


def open_source(
    given: Given,
    options: ReadOptions | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
    stored_at: Path | None = None,
    edits: "CellEdits | None" = None,
    digest: str = "",
) -> "Source":
    """Open a file or ask a query, or raise UnreadableSource with the reason and the cure.

    `stored_at` is where a file is when that is not `given`, the name that it goes by; `edits` are
    what a person changed of its cells; `digest` is that of the file, where it is known already.
    """
    return Source(
        given,
        options or ReadOptions(),
        limits=limits,
        stored_at=stored_at,
        edits=edits,
        digest=digest,
    )


class Source:
    """An opened source. `digest` is the sha256 of the bytes that the user (or a database) gave."""

    def __init__(
        self,
        given: Given,
        options: ReadOptions,
        *,
        limits: Limits,
        stored_at: Path | None = None,
        edits: "CellEdits | None" = None,
        digest: str = "",
    ) -> None:
        self._edits = edits
        self.digest = digest
        self.path = given if isinstance(given, str) else given.name
        self._stored_at = stored_at or Path(self.path)
        self._options = options
        self._limits = limits
        self._stack = ExitStack()
        try:
            self._prepare(given)
        except UnreadableSource as error:
            self._stack.close()
            raise self.with_path(error) from error
        except BaseException:
            self._stack.close()
            raise

    def _prepare(self, given: Given) -> None:
        if not isinstance(given, str):
            self._given = self._cache_answer(given)
        elif given == STDIN:
            self._given = store_standard_input(self._new_folder())
        else:
            self._given = self._stored_at
            require_readable(self._given)
        self._fingerprint = fingerprint(self._given)
        self.digest = self.digest or file_digest(self._given)
        self._file, self._name = self._given, self._given.name
        self._remarks: tuple[Remark, ...] = ()
        self._kind = FileKind.CACHED
        if isinstance(given, str):
            self._detect_kind()
        self._remarks += _unused_options(self._options, self._kind)

    def _cache_answer(self, query: Query) -> Path:
        return cache_events(read_query(query, self._options, self._limits), self._new_folder())

    def _detect_kind(self) -> None:
        kind = detect(self._file, Path(self._name).suffix.lower())
        if kind in {FileKind.GZIP, FileKind.ZIP}:
            self._file, self._name = unpack(
                self._file, kind, folder=self._new_folder(), limits=self._limits
            )
            kind = detect(self._file, Path(self._name).suffix.lower())
            if kind in {FileKind.GZIP, FileKind.ZIP}:
                raise UnreadableSource(
                    "the archive holds another archive; unpack it yourself", code="archive-contents"
                )
        self._kind = kind
        self._check_suffix(Path(self._name).suffix.lower())

    def _new_folder(self) -> Path:
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="loader-")))

    def _check_suffix(self, suffix: str) -> None:
        kinds_by_suffix = SUFFIXES.get(suffix)
        usual = USUAL_SUFFIXES.get(self._kind)
        if kinds_by_suffix and usual and self._kind not in kinds_by_suffix:
            message = f"the name ends in {suffix}, but the file is {self._kind} and was read as one"
            self._remarks = (Remark(code="wrong-extension", message=message),)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was unpacked, and end a reader that is not done."""
        self._stack.close()

    @property
    def name(self) -> str:
        """The file's own name; that of the packed one, where it came in an archive."""
        return self._name

    @property
    def workbook(self) -> Path | None:
        """Where the file can be read, if it is an Excel workbook of XML parts."""
        return self._file if self._kind is FileKind.XLSX else None

    @property
    def delimited(self) -> Path | None:
        """Where the file can be read, if it is delimited text."""
        return self._file if self._kind is FileKind.TEXT else None

    @property
    def takes_every_sheet(self) -> bool:
        """Say whether every visible sheet was asked for."""
        return self._options.every_sheet

    def tables(self) -> Iterator[Table]:
        """Yield every table asked for; at least one, and each with at least one row."""
        try:
            yield from self._tables()
        except UnreadableSource as error:
            raise self.with_path(error) from error
        except OSError as error:
            raise self.with_path(
                UnreadableSource(f"it cannot be read: {error}", code="unreadable-file")
            ) from error

    def _tables(self) -> Iterator[Table]:
        events = read_events(self._file, self._kind, self._options, limits=self._limits)
        self._stack.callback(events.close)
        heads_without_rows: list[TableHead] = []
        found = 0
        event = next(events, None)
        while event is not None:
            if not isinstance(event, TableHead):
                event = next(events, None)  # left by a caller who stopped early
                continue
            first = next(events, None)
            if not isinstance(first, Batch):
                heads_without_rows.append(event)
                event = first
                continue
            found += 1
            rows = _Rows(first, events, source=self)
            yield self._make_table(event, rows)
            event = rows.drain()
        if self._options.span is None:
            self._require_rows(found, heads_without_rows)
        self.check_unchanged()

    def _make_table(self, head: TableHead, rows: "_Rows") -> Table:
        notices = tuple(
            Notice(source=self.path, code=remark.code, message=remark.message)
            for remark in (*self._remarks, *head.remarks)
        )
        has_repair_column = bool(head.header) and is_reserved(head.header[-1])
        chunks = (without_repair_column(chunk, head.header, sheet=head.sheet) for chunk in rows)
        table = Table(
            source=self.path,
            sheet=head.sheet,
            header=head.header[:-1] if has_repair_column else head.header,
            header_row=head.header_row,
            notices=notices,
            chunks=chunks if has_repair_column else iter(rows),
        )
        if self._edits is None:
            return table
        return self._edits.apply_to(table, is_encoding_named=self._options.encoding is not None)

    def _require_rows(self, found: int, heads_without_rows: list[TableHead]) -> None:
        if found:
            return
        if self._kind is FileKind.CACHED:
            raise UnreadableSource("the query gives no row", code="no-rows")
        if heads_without_rows:
            head = heads_without_rows[0]
            where = f'sheet "{head.sheet}" has' if head.sheet else "there is"
            others = [remark.message for remark in head.remarks if remark.code == "other-sheets"]
            raise UnreadableSource(
                f"{where} a header in row {head.header_row}, but no row below it; add rows"
                + (f" ({others[0]})" if others else ""),
                code="no-rows",
            )
        raise UnreadableSource(
            "it holds no row at all: every cell is blank; save or export again", code="no-rows"
        )

    def check_unchanged(self) -> None:
        """Raise UnreadableSource if the file is not the one that the digest was taken of."""
        if fingerprint(self._given) != self._fingerprint:
            raise UnreadableSource(
                "the file was changed while it was read; wait until it is written, then run again",
                code="file-changed",
            )

    def with_path(self, error: UnreadableSource) -> UnreadableSource:
        """Return `error` beginning with the path."""
        shown = "standard input" if self.path == STDIN else self.path
        text = str(error)
        if text.startswith(f"{shown}: "):
            return error
        return UnreadableSource(f"{shown}: {text}", code=error.code)


class _Rows:
    """The chunks of one table, out of the events of the whole source."""

    def __init__(
        self, first: Batch, events: Iterator[TableHead | Batch], *, source: Source
    ) -> None:
        self._next: TableHead | Batch | None = first
        self._events = events
        self._source = source

    def __iter__(self) -> Iterator[Chunk]:
        while isinstance(self._next, Batch):
            yield to_chunk(self._next)
            try:
                self._next = next(self._events, None)
            except UnreadableSource as error:
                raise self._source.with_path(error) from error

    def drain(self) -> TableHead | None:
        """Skip the batches that are left; return the head of the next table."""
        while isinstance(self._next, Batch):
            self._next = next(self._events, None)
        return self._next


def _unused_options(options: ReadOptions, kind: FileKind) -> tuple[Remark, ...]:
    """Return remarks on options that mean nothing for a file of this kind."""
    given = {
        f"--sheet {options.sheet}": options.sheet is not None
        and not options.every_sheet
        and kind in _WITHOUT_SHEETS,
        f"--encoding {options.encoding}": options.encoding is not None and kind not in _ENCODED,
        f"--delimiter {options.delimiter}": options.delimiter is not None
        and kind is not FileKind.TEXT,
        f"--quoting {options.quoting}": options.quoting is not Quoting.STANDARD
        and kind is not FileKind.TEXT,
        f"--header-row {options.header_row}": options.header_row is not None
        and kind in _WITHOUT_HEADER_ROWS,
    }
    return tuple(
        Remark(code="option-unused", message=f"{option} means nothing here: this is {kind}")
        for option, is_unused in given.items()
        if is_unused
    )
