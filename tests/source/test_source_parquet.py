"""Parquet files: a small one can hold very much, and how it is laid out changes nothing."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source
from loader.source.options import Limits
from tests.support.reading import read_everything

HERE = ReadOptions(isolated=False)


@pytest.mark.parametrize("chunk_rows", [900, 10_000])
def test_every_row_with_a_long_text_comes_out_once_under_its_number(
    chunk_rows: int, tmp_path: Path
) -> None:
    path = tmp_path / "offers.parquet"
    names = [f"{n} {'x' * 20_000}" for n in range(2_000)]
    pq.write_table(pa.table({"name": names}), path, row_group_size=700)

    found = read_everything(str(path), ReadOptions(isolated=False, chunk_rows=chunk_rows))

    assert found.rows == {number: (name,) for number, name in enumerate(names, start=2)}


@pytest.mark.parametrize(
    "most", [250_000, pytest.param(Limits().blank_rows, marks=pytest.mark.slow)]
)
def test_blank_rows_that_a_small_file_repeats_without_end_are_refused(
    tmp_path: Path, most: int
) -> None:
    path = tmp_path / "offers.parquet"
    blank = pa.nulls(most // 5, pa.string())
    with pq.ParquetWriter(path, pa.schema([("name", pa.string())])) as writer:
        for _ in range(6):
            writer.write_table(pa.table({"name": blank}))

    with (
        pytest.raises(UnreadableSource, match=f"more than {most:,} blank rows") as caught,
        open_source(str(path), HERE, limits=Limits(blank_rows=most)) as source,
    ):
        list(next(source.tables()).chunks)

    assert caught.value.code == "beyond-limits"
    assert path.stat().st_size < 20_000
