"""What checking and mapping cost, counted in calls of Python functions: by column, not by row."""

import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

import pytest

from loader.model import Dialect
from loader.offer.entity import FALLBACK_OFFER
from loader.tables.chunk import Chunk
from loader.validation.check import CheckOptions, check
from loader.validation.header import Columns
from loader.validation.payloads import payloads
from tests.support.run_checks import HEAD, checked, line
from tests.validation.many_rows import IDS_ONLY, chunk_of

BAD = {"status": "aproved", "channel": "pigeon", "start_date": "2026-02-30"}
FEW, MANY = 1_000, 3_000


def calls_of(work: Callable[[], object]) -> Counter[str]:
    """Return how often each Python function is called."""
    found: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        found[frame.f_code.co_name] += event == "call"

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found


def calls(chunk: Chunk, columns: Columns, *, mapped: bool = False) -> Counter[str]:
    """Return the calls that it takes to check a chunk, or to map what is valid."""
    work = partial(check, chunk, columns, sheet="", options=CheckOptions(entity=FALLBACK_OFFER))
    rows = work()
    return calls_of(lambda: list(payloads(rows, Dialect.DPS))) if mapped else calls_of(work)


def more_calls(*, mapped: bool = False, **cells: str) -> float:
    """Return how many calls a row adds."""
    few, many = (calls(*chunk_of(rows, **cells), mapped=mapped).total() for rows in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def test_good_rows_are_checked_without_a_call_for_any_of_them() -> None:
    assert more_calls() < 0.1


def test_a_wrong_cell_costs_few_calls() -> None:
    assert 0 < more_calls(**BAD) < 6 * len(BAD)


def test_a_row_is_mapped_with_few_calls() -> None:
    assert 0 < more_calls(mapped=True) < 25


@pytest.mark.parametrize("rows", [FEW, MANY])
def test_what_a_repeated_mistake_may_mean_is_looked_for_once(rows: int) -> None:
    assert calls(*chunk_of(rows, **BAD))["get_close_matches"] == 2  # aproved, pigeon


def test_dates_are_worked_out_once_by_themselves_and_once_in_their_zone() -> None:
    assert calls(*chunk_of(FEW))["timestamps"] == 2 * 2  # start_date, end_date


def test_cells_are_prepared_once_also_where_names_are_looked_up(tmp_path: Path) -> None:
    source = tmp_path / "offers.csv"
    source.write_text(HEAD + line("One") + line("Two"), "utf-8")

    assert calls_of(lambda: checked(source))["prepare"] == 1


def test_a_body_holds_no_more_than_its_bytes() -> None:
    chunk, columns = chunk_of(MANY)
    rows = check(chunk, columns, sheet="", options=IDS_ONLY)
    list(payloads(rows, Dialect.DPS))  # what is made once stays
    tracemalloc.start()
    try:
        made = list(payloads(rows, Dialect.DPS))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held / MANY < sum(len(payload.body) for payload in made) / MANY + 600
