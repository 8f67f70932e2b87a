"""Every file of the corpus gives exactly what its case says."""

from pathlib import Path

import pytest

from loader.errors import UnreadableSource
from loader.model import Severity
from loader.source import ReadOptions, open_source
from loader.tables.chunk import CellKind
from loader.validation.repair_column import must_be_confirmed
from tests.corpus import CASES, Case
from tests.corpus.page import PAGE, page
from tests.support.reading import Everything, read_everything

READABLE = [case for case in CASES if not case.refused]
REFUSED = [case for case in CASES if case.refused]
TYPED_SUFFIXES = {".xlsx", ".xlsm", ".ods", ".parquet"}


def _write(case: Case, folder: Path) -> str:
    path = folder / f"offers{case.suffix}"
    path.write_bytes(case.content())
    return str(path)


def test_the_corpus_is_large_enough() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 150


def test_the_docs_list_every_file_of_the_corpus() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.corpus.page"


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_what_comes_out(case: Case, tmp_path: Path) -> None:
    found = read_everything(_write(case, tmp_path), case.options)

    assert found == Everything(
        header=case.header,
        rows=case.rows,
        kinds=case.kinds,
        problems=case.problems,
        notices=case.notices,
    )


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_what_only_the_reader_sees_must_be_confirmed_in_a_workbook_of_texts(
    case: Case, tmp_path: Path
) -> None:
    with open_source(_write(case, tmp_path), case.options) as source:
        problems = [
            problem
            for table in source.tables()
            for chunk in table.chunks
            for problem in chunk.problems
        ]

    wrong = [each for each in problems if each.severity is Severity.ERROR]

    assert [each for each in wrong if not must_be_confirmed(each)] == []
    assert not any(must_be_confirmed(each) for each in problems if each not in wrong)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_what_is_refused(case: Case, tmp_path: Path) -> None:
    path = _write(case, tmp_path)

    with pytest.raises(UnreadableSource) as caught:
        read_everything(path, case.options)

    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < 1_000
    for word in case.refused:
        assert word in message


@pytest.mark.usefixtures("real_parsers")
def test_the_child_process_gives_the_same(tmp_path: Path) -> None:
    wanted = {
        "date",
        "xlsb: error values",
        "merged cells",
        "parquet",
        "ods: error value",
        "formula without a value",
    }
    for case in (case for case in READABLE if case.name in wanted):
        path = _write(case, tmp_path)
        apart = ReadOptions(isolated=True)

        assert read_everything(path, apart) == read_everything(path, case.options)
        wanted.remove(case.name)
    assert not wanted


def test_the_child_process_refuses_the_same(tmp_path: Path) -> None:
    case = next(case for case in REFUSED if case.name == "entity bomb")

    with pytest.raises(UnreadableSource, match="entities"):
        read_everything(_write(case, tmp_path), ReadOptions())


def test_every_kind_of_cell_is_in_the_corpus() -> None:
    assert {kind for case in READABLE for kind in case.kinds.values()} == set(CellKind) - {
        CellKind.TEXT
    }


def test_all_sheets(tmp_path: Path) -> None:
    case = next(case for case in READABLE if case.name == "second sheet named, in other case")

    with open_source(_write(case, tmp_path), ReadOptions(sheet="*", isolated=False)) as source:
        sheets = [(table.sheet, len(list(table.chunks))) for table in source.tables()]

    assert sheets == [("Offers", 1), ("More", 1)]
