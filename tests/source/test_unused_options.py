"""An option that means nothing for the kind of a file is named, not ignored."""

from pathlib import Path
from typing import Any

import pytest

from loader.model import Quoting
from loader.source import ReadOptions, open_source
from tests.corpus.books import book, sheet_xml
from tests.corpus.texts import PLAIN

CSV = PLAIN.encode()
CELL = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>name</t></is></c></row>'
BOOK = book(sheet_xml(CELL.format(1) + CELL.format(2)))


@pytest.mark.parametrize(
    ("suffix", "data", "options", "unused"),
    [
        (".csv", CSV, {"sheet": "X"}, ["--sheet X"]),
        (".csv", CSV, {"sheet": "*"}, []),
        (".csv", CSV, {"encoding": "utf-8", "delimiter": ","}, []),
        (".jsonl", b'{"name": "A"}\n', {"sheet": "X", "delimiter": ";"}, ["--sheet X", "--delim"]),
        (".xlsx", BOOK, {"delimiter": ";", "encoding": "cp1252"}, ["--encoding cp1252", "--delim"]),
        (".xlsx", BOOK, {"sheet": "Offers"}, []),
        (".csv", BOOK, {"sheet": "Offers"}, []),
        (".xlsx", BOOK, {"quoting": Quoting.NONE, "header_row": 1}, ["--quoting none"]),
        (".jsonl", b'{"name": "A"}\n', {"header_row": 2}, ["--header-row 2"]),
        (".csv", CSV, {"quoting": Quoting.NONE, "header_row": 1}, []),
    ],
)
def test_what_means_nothing_for_a_file_is_named(
    tmp_path: Path, suffix: str, data: bytes, options: dict[str, Any], unused: list[str]
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    with open_source(str(path), ReadOptions(isolated=False, **options)) as source:
        (table,) = source.tables()
    told = [each.message for each in table.notices if each.code == "option-unused"]

    assert len(told) == len(unused)
    assert all(said.startswith(start) for said, start in zip(told, unused, strict=True))
