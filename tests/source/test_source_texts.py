"""The shared texts of a workbook: what is held of them, and where the rest lies."""

import random
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source
from loader.source.workbook import parser, shared_texts
from tests.corpus.books import book_parts, sheet_xml, zipped

HERE = ReadOptions(isolated=False, chunk_rows=200)
LONG = "\u20ac" * 1_000
MB = 1 << 20


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where temporary files go; little of them is kept in memory."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(shared_texts, "IN_MEMORY", MB // 4)
    monkeypatch.setattr(shared_texts, "BLOCK_TEXTS", 100)
    monkeypatch.setattr(parser, "BLOCK", MB // 4)
    return folder


def written(path: Path, numbers: list[int]) -> Path:
    """Write a workbook of a row for each number; each shows the long text of that number."""
    cells = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>{number}</v></c></row>'
        for row, number in enumerate([len(numbers), *numbers], start=1)
    )
    long = "".join(f"<si><t>{number} {LONG}</t></si>" for number in range(len(numbers)))
    path.write_bytes(zipped(book_parts(sheet_xml(cells), shared=f"{long}<si><t>name</t></si>")))
    return path


def chunks(path: Path) -> Iterator[list[str]]:
    """Yield the texts of the first column, chunk by chunk."""
    with open_source(str(path), HERE) as source:
        for chunk in next(source.tables()).chunks:
            yield chunk.frame.iloc[:, 0].tolist()


def most_held(path: Path, folder: Path) -> int:
    """Return how many bytes are held at most while the workbook is read."""
    tracemalloc.start()
    before, most = pa.total_allocated_bytes(), 0
    for _ in chunks(path):
        most = max(most, pa.total_allocated_bytes() - before)
        assert list(folder.iterdir()) == []  # what has no name cannot be left behind
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most + peak


def test_memory_does_not_grow_with_the_texts(tmp_path: Path, temporary: Path) -> None:
    few, many = (
        most_held(written(tmp_path / f"{count}.xlsx", list(range(count))), temporary)
        for count in (1_000, 4_000)
    )

    assert many - few < MB  # of 9 more


def test_texts_in_any_order_are_those_of_their_numbers(tmp_path: Path) -> None:
    numbers = list(range(700))
    random.Random(7).shuffle(numbers)

    read = [text for some in chunks(written(tmp_path / "mixed.xlsx", numbers)) for text in some]

    assert read == [f"{number} {LONG}" for number in numbers]


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of the size of files")
def test_no_room_for_the_texts_is_said(tmp_path: Path, temporary: Path) -> None:
    import resource  # noqa: PLC0415 - where there is one

    path = written(tmp_path / "book.xlsx", list(range(1_000)))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MB, hard))
    try:
        with pytest.raises(UnreadableSource) as caught:
            list(chunks(path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert caught.value.code == "no-room"
    assert str(caught.value).startswith(f"{path}: ")
    assert str(temporary) in str(caught.value)


def test_first_rows_do_not_wait_for_the_texts_of_later_ones(tmp_path: Path) -> None:
    """What is damaged behind the texts of the first rows is found behind these rows, not before."""
    path = tmp_path / "rows.xlsx"
    cells = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>{row - 1}</v></c></row>' for row in range(1, 1_000)
    )
    shared = "".join(f"<si><t>{number} {LONG}</t></si>" for number in range(1_000))
    path.write_bytes(zipped(book_parts(sheet_xml(cells), shared=f"{shared}<si></broken>")))
    read = chunks(path)
    assert next(read)[0].startswith("1 ")
    with pytest.raises(UnreadableSource, match="XML is broken"):
        list(read)


def test_a_damaged_text_that_no_cell_shows_is_found(tmp_path: Path) -> None:
    """The part is read to its end, whatever cells refer to."""
    path = tmp_path / "rows.xlsx"
    cells = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><v>7</v></c></row>'
    many = "<si><t>unused</t></si>" * 20_000
    shared = f"<si><t>name</t></si>{many}<si></broken>"
    path.write_bytes(zipped(book_parts(sheet_xml(cells), shared=shared)))
    with pytest.raises(UnreadableSource, match="XML is broken"):
        list(chunks(path))
