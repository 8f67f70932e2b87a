"""Reading by others: rows of text, without addresses, row numbers or what is odd about a cell."""

# ruff: noqa: PLC0415 - each imports only what it measures

from pathlib import Path

from benchmarks.watch import Watch


def csv_module(watch: Watch, path: str) -> None:
    """CSV with the standard library."""
    import csv

    with watch, Path(path).open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def polars_batches(watch: Watch, path: str) -> None:
    """CSV with polars, as text, in batches."""
    import polars

    with watch:
        for _ in polars.scan_csv(path, infer_schema=False).collect_batches(chunk_size=20_000):
            pass


def duckdb_batches(watch: Watch, path: str) -> None:
    """CSV with duckdb, as text, in batches of Arrow."""
    import duckdb

    with watch:
        found = duckdb.read_csv(path, all_varchar=True, header=True)
        for _ in found.to_arrow_reader(20_000):
            pass


def openpyxl_rows(watch: Watch, path: str) -> None:
    """A workbook with openpyxl's streaming reader."""
    import openpyxl

    with watch:
        for _ in openpyxl.load_workbook(path, read_only=True)["Offers"].iter_rows(values_only=True):
            pass


def calamine_rows(watch: Watch, path: str) -> None:
    """A workbook with calamine, in this process and without limits."""
    import python_calamine

    with watch:
        book = python_calamine.CalamineWorkbook.from_path(path)
        for _ in book.get_sheet_by_name("Offers").iter_rows():
            pass
