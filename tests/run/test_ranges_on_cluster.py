"""A large file is cut into ranges that workers read; what comes of it is what one machine finds."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from loader.errors import LoaderError, UnreadableSource
from loader.events import Event
from loader.model import Dialect, FoundError
from loader.profile.model import Profile
from loader.run.check.check import check_files
from loader.run.cluster.sources import ClusterReading
from loader.run.cluster.task import CheckedFile, CheckTask
from loader.run.reading.notices import RowsSeen
from loader.run.requests import CheckRequest, Reading
from loader.settings import load_settings
from loader.source import ranges
from loader.source.delimited import text
from loader.source.delimited.read import read_delimited
from loader.source.options import DEFAULT_LIMITS, ReadOptions, Span
from loader.source.parquet import read_parquet
from loader.source.parsed_rows import TableHead
from loader.source.ranges import ranges_of
from tests.support.keeping import Keeper, keeper_of

if TYPE_CHECKING:
    from loader.run.cluster.workers import Cluster

ID = "dps:offer-placement:124e0be5699743d3"
READERS = {".csv": read_delimited, ".parquet": read_parquet}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small files, too."""
    monkeypatch.setattr(text, "BLOCK_BYTES", 900)
    monkeypatch.setattr(ranges, "RANGE_BYTES", 1_000)


def read(path: Path, options: ReadOptions) -> list[Any]:
    """Return all that a reader yields, and why it ended."""
    found: list[Any] = []
    try:
        for event in READERS[path.suffix](path, options, DEFAULT_LIMITS):
            if isinstance(event, TableHead):
                found.append(event)
            else:
                cells = [column.to_pylist() for column in event.columns]
                found.append((event.numbers.to_pylist(), cells, event.kinds, event.problems))
    except UnreadableSource as error:
        found.append(str(error))
    return found


def in_ranges(path: Path, options: ReadOptions) -> tuple[int, list[Any]]:
    """Return how many ranges there are, and what is read of them one after the other."""
    spans = ranges_of(path, options)
    found: list[Any] = []
    for span in spans:
        head, *rows = read(path, replace(options, span=span))
        found += [head, *rows] if span.is_first else rows
        if found and isinstance(found[-1], str):
            break
    return len(spans), found


def drawn(chance: random.Random, delimiter: str, *, rows: int, odd: bool) -> bytes:
    """Return a CSV file with line ends in cells, blank and ragged lines, and worse if odd."""
    end = chance.choice(["\n", "\r\n"])
    worse = ['a"b', '"a"b', "x\ry", "#REF!", "\x01", '="01"', ' "q"', '"never closed']

    def cell() -> str:
        kind = chance.random()
        if kind < 0.1:
            return f'"a{chance.choice([end, chr(10)])}b ""q"" {delimiter}"'
        if kind < 0.12:
            return '"' + "long\n" * chance.randint(1, 400) + '"'
        if odd and kind < 0.125:
            return chance.choice(worse)
        return chance.choice(["", "Offer", "é", "x" * chance.randint(1, 30)])

    lines = [delimiter.join(("name", "type", "content"))]
    for _ in range(rows):
        width = 3 if chance.random() < 0.98 else chance.randint(0, 5)
        lines.append(delimiter.join(cell() for _ in range(width)))
    above = chance.choice(["", "", f"sep={delimiter}{end}", f"title{end}", "\ufeff"])
    return (above + end.join(lines) + chance.choice(["", end])).encode()


def test_ranges_of_text_are_read_as_the_whole_file_is(tmp_path: Path) -> None:
    path, cut = tmp_path / "a.csv", 0
    for seed in range(24):
        chance = random.Random(seed)
        delimiter = chance.choice(",;\t")
        rows = chance.randint(100, 400)
        path.write_bytes(drawn(chance, delimiter, rows=rows, odd=seed % 3 == 0))
        options = ReadOptions(chunk_rows=chance.choice([7, 20_000]), delimiter=delimiter)
        number, found = in_ranges(path, options)
        if number:
            cut += 1
            assert found == read(path, options), seed
    assert cut > 12


@pytest.mark.parametrize(
    "content",
    [
        b"name,type\n" + b'"a,b\n' * 2_000,  # a quote that is never closed
        "name,type\né,b\n".encode("cp1252") * 2_000,
        "name,type\na,b\n".encode("utf-16") * 2_000,
        b"name\n" + b"a\n" * 5_000,  # one column
        b"name,type\ra,b\r" * 2_000,
        b"name,type\n" + b"\n" * 9_000 + b"a,b\n",  # no row near the header
    ],
    ids=["quotes", "cp1252", "utf-16", "one-column", "cr", "blank"],
)
def test_a_text_whose_records_cannot_be_told_is_read_as_a_whole(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "a.csv").write_bytes(content)

    assert ranges_of(tmp_path / "a.csv", ReadOptions()) == []


@pytest.mark.parametrize("each", [30, 64, 100])
def test_ranges_of_parquet_are_read_as_the_whole_file_is(tmp_path: Path, each: int) -> None:
    path = tmp_path / "a.parquet"
    chance = random.Random(each)
    names = [f"{chance.random()}" if n % 9 else None for n in range(1_000)]
    whole = pa.table(
        {"name": names, "n": pa.array(range(1_000)), "d": pa.array(names).dictionary_encode()}
    )
    pq.write_table(whole, path, row_group_size=each)

    for rows in (20, 37, 64):
        options = ReadOptions(chunk_rows=rows)
        number, found = in_ranges(path, options)
        assert number > 1
        assert found == read(path, options)


def checked(path: Path, on: str, **more: Any) -> tuple[Any, list[FoundError], str]:
    """Return the report of a check, what was told on the way, and why it ended."""
    told: list[FoundError] = []

    def listen(event: Event) -> None:
        told.extend([event] if isinstance(event, FoundError) else [])

    request = CheckRequest(sources=(str(path),), cluster=on, **more)
    try:
        return check_files(request, load_settings(environment={}), listener=listen), told, ""
    except LoaderError as error:
        return None, told, f"{error.code} {error}"


@pytest.mark.parametrize("last", ["", 'Bad,"x"y,html,x,,\n'], ids=["right", "broken"])
def test_a_check_of_one_large_file_says_what_one_machine_says(
    tmp_path: Path, scheduler: str, last: str
) -> None:
    path = tmp_path / "a.csv"
    rows = [
        f"N{n % 390},{ID},{'html' if n % 40 else 'htm'},x,{'2030-01-01' if n > 300 else ''},\n"
        for n in range(400)
    ]
    rows[350] = "Named,Web banner,html,x,,2031-01-01\n"
    path.write_text(
        f"name,placement,type,content,start_date,end_date\n{''.join(rows)}{last}", "utf-8"
    )
    assert len(ranges_of(path, ReadOptions())) > 5
    asked = {"show_payload": (2, 399), "annotate": False}
    alone = checked(path, "", **asked)

    assert checked(path, scheduler, **asked) == alone
    if not last:
        codes = {notice.code for notice in alone[0].findings.notices}
        assert codes >= {"zone-default", "ends-at-midnight", "looked-up-at-load"}
        codes = {each.code for each in alone[0].findings.counts}
        assert codes >= {"not-allowed", "key-conflict", "key-of-invalid-row"}
    assert bool(alone[2]) == bool(last)


def test_ranges_without_a_row_are_read_again_as_one_file_which_says_why() -> None:
    how = ClusterReading(
        settings=load_settings(environment={}), reading=Reading(), profile=Profile()
    )
    task = how.tasks("a.parquet")[0]
    spans = [Span(start=at, stop=at + 1, first_row=at + 2) for at in (0, 1)]
    tasks = [replace(task, span=span) for span in spans]
    why = CheckedFile(error=UnreadableSource("no row"))
    asked: list[CheckTask] = []

    class Again:
        def results(self, _work: object, tasks: list[CheckTask]) -> Iterator[CheckedFile]:
            asked.extend(tasks)
            return iter([why])

    blank = iter([CheckedFile(rows=RowsSeen()), CheckedFile(rows=RowsSeen())])

    assert list(how.join_ranges(tasks, blank, cast("Cluster", Again())))[-1] is why
    assert asked == [task]


@pytest.fixture
def keeper(tmp_path: Path, sheet: str) -> Iterator[Keeper]:
    with keeper_of(Dialect.DPS, tmp_path) as someone:
        names = [
            f"Offer {n},For all,approved,Web banner,html,<p>{n}</p>,en,gold\n"
            for n in range(80 if sheet == "offers.csv" else 6)
        ]
        someone.load(
            "name,description,status,placement,type,content,language,attr:Tier\n" + "".join(names)
        )
        yield someone


def planned(keeper: Keeper, name: str, on: str) -> tuple[Any, str]:
    """Return what a plan says, but for its name, and why there is none."""
    try:
        plan = keeper.plan(name, cluster=on)
    except LoaderError as error:
        return None, f"{error.code} {error}"
    return replace(plan, plan_id=""), ""


@pytest.mark.parametrize("sheet", ["offers.csv", "offers.xlsx"])
def test_a_plan_that_a_cluster_reads_for_is_that_of_one_machine(
    keeper: Keeper, scheduler: str, sheet: str
) -> None:
    keeper.pull(sheet)
    path = keeper.folder / sheet
    if path.suffix == ".csv":
        content = (
            path.read_text("utf-8-sig")
            .replace("<p>41</p>", "<p>new</p>")
            .replace("Offer 7,For all", "Offer 7,", 1)
            .replace("Offer 50,For all,approved", "Offer 50,For all,wrong", 1)
        )
        path.write_text(content + content.splitlines()[0].replace("name", "x") + "\n", "utf-8")
        assert len(ranges_of(path, ReadOptions())) > 1
    else:
        book = load_workbook(path)
        book.worksheets[0]["E5"] = "wrong"
        book.save(path)
    alone = planned(keeper, sheet, "")

    assert planned(keeper, sheet, scheduler) == alone
    assert alone[0].totals.invalid
