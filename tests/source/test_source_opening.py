"""Opening a source: what is refused by its path, what is known of it, what is cleaned up."""

import gzip
import hashlib
import io
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source
from loader.source.options import Limits
from tests.corpus import binary
from tests.corpus.binary import xlsb
from tests.corpus.books import HEAD, book, row, sheet_xml
from tests.corpus.opendocument import line, ods, typed
from tests.support.reading import read_everything

pytestmark = pytest.mark.usefixtures("real_parsers")

HERE = ReadOptions(isolated=False)


def refusal(path: str, options: ReadOptions = HERE, limits: Limits | None = None) -> str:
    """Return why reading `path` is refused."""
    with pytest.raises(UnreadableSource) as caught:
        read(path, options, limits or Limits())
    return str(caught.value)


def read(path: str, options: ReadOptions, limits: Limits) -> None:
    """Read everything, keep nothing."""
    with open_source(path, options, limits=limits) as source:
        for table in source.tables():
            list(table.chunks)


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "offers.csv").touch()

    assert f"did you mean {tmp_path / 'offers.csv'}?" in refusal(str(tmp_path / "ofers.csv"))
    assert "does not exist" in refusal(str(tmp_path / "no" / "offers.csv"))


def test_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    (tmp_path / "Offers.numbers").mkdir()  # as old versions of Numbers save

    assert "folder" in refusal(str(tmp_path))
    assert "Apple Numbers" in refusal(str(tmp_path / "Offers.numbers"))
    assert "not a regular file" in refusal(str(tmp_path / "pipe"))


def test_a_file_without_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("name\na\n")
    path.chmod(0)
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root

    assert "you may not read it" in refusal(str(path))


def test_the_digest_is_of_the_given_bytes(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv.gz"
    path.write_bytes(gzip.compress(b"name\na\n"))

    with open_source(str(path), HERE) as source:
        assert source.digest == hashlib.sha256(path.read_bytes()).hexdigest()
        assert source.path == str(path)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"name\na\n"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))

    with open_source("-", HERE) as source:
        (table,) = source.tables()
        assert source.digest == hashlib.sha256(data).hexdigest()
        assert table.header == ("name",)


def test_a_refusal_of_standard_input_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"")))

    assert refusal("-").startswith("standard input: the file is empty")


def test_a_file_changed_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_text("name\na\n")

    with open_source(str(path), HERE) as source:
        tables = source.tables()
        list(next(tables).chunks)
        path.write_text("name\nlonger\n")
        with pytest.raises(UnreadableSource, match="changed while it was read"):
            next(tables)


def test_what_was_unpacked_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "here"))
    path = tmp_path / "offers.csv.gz"
    path.write_bytes(gzip.compress(b"name\na\n"))

    with open_source(str(path), HERE):
        assert list((tmp_path / "here").iterdir())
    path.write_bytes(gzip.compress(b""))
    assert "empty" in refusal(str(path))

    assert not list((tmp_path / "here").iterdir())


def test_chunks_are_as_large_as_asked_and_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_text("name,n\n" + "".join(f"offer,{n}\n" for n in range(2, 302)))

    with open_source(str(path), ReadOptions(chunk_rows=100)) as source:
        chunks = list(next(source.tables()).chunks)

    assert max(len(chunk.frame) for chunk in chunks) <= 100
    assert [int(n) for chunk in chunks for n in chunk.frame[1]] == list(range(2, 302))
    assert [n for chunk in chunks for n in chunk.frame.index] == list(range(2, 302))


def test_a_table_need_not_be_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "offers.xlsx"
    path.write_bytes(book(*[sheet_xml(HEAD + row(2, "a", "b") + row(3, "c", "d"))] * 2))

    with open_source(str(path), ReadOptions(sheet="*", chunk_rows=1)) as source:
        assert [table.sheet for table in source.tables()] == ["Offers", "More"]


def abort(_: Sequence[str]) -> bool:
    """End this process as a fault in a parser would."""
    os.abort()


def test_a_file_that_aborts_the_parser_ends_its_own_process_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "offers.xlsx"
    path.write_bytes(book(sheet_xml(HEAD + row(2, "a", "b"))))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))

    message = refusal(str(path), ReadOptions(looks_like_header=abort))

    assert "the parser failed on it" in message
    assert "save it again" in message


def test_cells_in_opposite_corners_take_no_room(tmp_path: Path) -> None:
    path = tmp_path / "corners.xlsb"
    path.write_bytes(xlsb(binary.HEAD, binary.row(1_048_576, binary.text(16_383, "x"))))

    found = read_everything(str(path), HERE)

    assert found.rows == {1_048_576: ("", "")}
    assert found.problems == {(1_048_576, "Offers!XFD1048576", "unnamed-column")}


def test_a_tiny_file_that_repeats_without_end_is_refused(tmp_path: Path) -> None:
    cell = typed("string", "", "x").replace(
        "<table:table-cell", '<table:table-cell table:number-columns-repeated="9000"'
    )
    path = tmp_path / "greedy.ods"
    for repeated in ("1000000", "1000000000"):
        repeats = f' table:number-rows-repeated="{repeated}"'
        path.write_bytes(ods(("name",), (line((cell,), repeats),)))

        assert "further than any sheet goes" in refusal(str(path))


def test_a_link_to_nowhere_is_said(tmp_path: Path) -> None:
    link = tmp_path / "offers.csv"
    link.symlink_to("gone.csv")

    assert "a link to gone.csv, which is not there" in refusal(str(link))


def test_a_silent_child_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "offers.xlsx"
    path.write_bytes(book(sheet_xml(HEAD + row(2, "a", "b"))))

    message = refusal(str(path), ReadOptions(), Limits(silent_seconds=0.001))

    assert "0.001 s without a row of it, which is the limit" in message


def test_a_child_without_memory_says_so(tmp_path: Path) -> None:
    """One row is to be in memory as a whole; here it takes more than the child may have in all."""
    path = tmp_path / "offers.xlsx"
    head = row(1, *map(str, range(26)))
    wide = "a" * 999_000 + "𝒜"  # four bytes for each character, in memory only
    path.write_bytes(book(sheet_xml(head + row(2, *[wide] * 26))))
    tight = Limits(memory_bytes=400 << 20, unpacked_ratio=10**6)  # 310 of which it starts with

    message = refusal(str(path), ReadOptions(), tight)

    assert "more than 0.39 GB of memory, which is the limit for one file" in message
    assert "Split the file, or save it as .csv" in message
