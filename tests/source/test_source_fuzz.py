"""Laws: any bytes give rows or one clear refusal; other readers agree with ours."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source
from loader.source.delimited import read, text
from loader.source.delimited.records import unwrap
from loader.source.number_text import number_text
from loader.source.options import Limits
from loader.source.typed_values import text_and_kind
from tests.corpus.books import HEAD, book_parts, row, sheet_xml, zipped
from tests.support.laws import tried
from tests.support.reading import read_everything

HERE = ReadOptions(isolated=False)
AT_ONCE = Limits(preamble_rows=1)  # quick from the second row on
PARTS = book_parts(sheet_xml(HEAD + row(2, "a", '<c r="B2"><v>1</v></c>') + row(3, "b", "c")))
WORKBOOK = zipped(PARTS)
ANY = settings(max_examples=tried(150), deadline=None, suppress_health_check=list(HealthCheck))
Rows = dict[int, list[str]]


def rows_of(path: Path, options: ReadOptions = HERE, limits: Limits = AT_ONCE) -> Rows:
    """Return every row of the one table."""
    found: Rows = {}
    with open_source(str(path), options, limits=limits) as source:
        for table in source.tables():
            for chunk in table.chunks:
                found.update((cells[0], list(cells[1:])) for cells in chunk.frame.itertuples())
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def rows_or_refusal(path: Path) -> None:
    try:
        found = rows_of(path)
    except UnreadableSource as error:
        found = {}
        message = str(error)
    assert found or message.startswith(f"{path}: ")


@ANY
@given(data=st.binary(max_size=400), suffix=st.sampled_from([".csv", ".xlsx", ".jsonl", ".gz"]))
def test_any_bytes(folder: Path, data: bytes, suffix: str) -> None:
    path = folder / f"any{suffix}"
    path.write_bytes(data)

    rows_or_refusal(path)


@ANY
@given(content=st.text(max_size=200), encoding=st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_any_text(folder: Path, content: str, encoding: str) -> None:
    path = folder / "text.csv"
    path.write_bytes(content.encode(encoding, "surrogatepass"))

    rows_or_refusal(path)


@ANY
@given(end=st.integers(0, len(WORKBOOK) - 1))
def test_truncated_workbooks_are_refused(folder: Path, end: int) -> None:
    path = folder / "cut.xlsx"
    path.write_bytes(WORKBOOK[:end])

    with pytest.raises(UnreadableSource):
        rows_of(path)


@ANY
@given(at=st.integers(0, len(WORKBOOK) - 1), byte=st.integers(0, 255))
def test_workbooks_with_a_wrong_byte(folder: Path, at: int, byte: int) -> None:
    path = folder / "wrong.xlsx"
    path.write_bytes(WORKBOOK[:at] + bytes([byte]) + WORKBOOK[at + 1 :])

    rows_or_refusal(path)


@ANY
@example(body=',"\n""', block=text.BLOCK_BYTES)  # an open quote that is the half of a doubled one
@example(body=',"\n","', block=text.BLOCK_BYTES)  # a line break before the open quote
@given(
    body=st.text(st.sampled_from('ab,"\n\r \té\0'), max_size=60),
    block=st.sampled_from([3, 11, text.BLOCK_BYTES]),
)
def test_csv_reads_as_the_standard_module_does(folder: Path, body: str, block: int) -> None:
    with patch.object(text, "BLOCK_BYTES", block):
        reads_as_the_standard_module_does(folder, body)


def reads_as_the_standard_module_does(folder: Path, body: str) -> None:
    path = folder / "law.csv"
    content = f"h,i\nx,y\n{body}\nz,z\n"
    path.write_bytes(content.encode())
    options = ReadOptions(delimiter=",", encoding="utf-8")
    try:
        records = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    except csv.Error:
        with pytest.raises(UnreadableSource):
            rows_of(path, options)
        return

    plain = [[unwrap(cell) for cell in cells] for cells in records]
    expected = {
        number: [*cells, "", ""][:2]
        for number, cells in enumerate(plain, start=1)
        if number > 1 and "".join(cells).strip()
    }
    assert rows_of(path, options) == expected


LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
TEXT = LETTERS.filter(lambda cell: not cell.startswith(("=", "#")) and "_x" not in cell)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  # as cells are
VALUES = st.one_of(
    st.none(),
    TEXT,
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False),
    MOMENTS.map(lambda moment: moment.replace(microsecond=0)),
)


@settings(ANY, max_examples=tried(60))
@given(cells=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=5))
def test_openpyxl_reads_the_same(folder: Path, cells: list[tuple[Any, Any]]) -> None:
    path = folder / "agree.xlsx"
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.active.append(("h", "i"))
    for number, values in enumerate([*cells, ("last", 1)], start=2):
        for column, value in enumerate(values, start=1):
            workbook.active.cell(number, column, value)
    workbook.save(path)

    reread = openpyxl.load_workbook(path, read_only=True, data_only=True)
    assert reread.active is not None
    expected = {}
    for number, values in enumerate(reread.active.iter_rows(min_row=2, values_only=True), start=2):
        texts = [
            number_text(value) if isinstance(value, float) else text_and_kind(value)[0]
            for value in (*values, None, None)[:2]
        ]
        if "".join(texts).strip():
            expected[number] = texts
    reread.close()
    assert rows_of(path) == expected


ODD_CELLS = (
    "#REF!", "#fff", "####", '="00042"', "4.00638E+12", "No\u00c3\u00abl", "a\ufffd", "back\\",
    "x\ny", "plain",
)  # fmt: skip


@settings(ANY, max_examples=tried(100))
@example(before=[], rows=[("#REF!", "plain", "plain")])  # with it, a block begins
@given(
    before=st.lists(st.just(("x", "y", "z")), max_size=1),
    rows=st.lists(st.tuples(*[st.sampled_from(ODD_CELLS)] * 3), min_size=1, max_size=6),
)
def test_blocks_and_records_judge_cells_alike(
    folder: Path, before: list[tuple[str, str, str]], rows: list[tuple[str, str, str]]
) -> None:
    path = folder / "odd.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("a", "b", "c"), *before, *rows])
    options = ReadOptions(isolated=False, delimiter=",")

    quick = read_everything(str(path), options, AT_ONCE)

    with patch.object(read, "end_of_records", lambda *_: None):
        assert read_everything(str(path), options, AT_ONCE) == quick
