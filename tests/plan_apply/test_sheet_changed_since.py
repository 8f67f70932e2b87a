"""A plan of a sheet that was changed since is refused, in whatever folder it is applied."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from offer_sandbox import running_sandbox
from tests.support.workbooks import Loader, loader_for, write_offers


def planned(loader: Loader) -> Path:
    """Plan an edit of a pulled sheet; return the sheet."""
    write_offers(loader.folder / "offers.csv", ["One"])
    assert loader.run("load", "offers.csv").code == 0
    assert loader.run("pull", "kept.csv").code == 0
    sheet = loader.folder / "kept.csv"
    edit(sheet, "Hello", "Goodbye")
    assert loader.run("plan", "kept.csv", "--out", "plan.json").code == 0
    return sheet


def edit(sheet: Path, old: str, new: str) -> None:
    text = sheet.read_text(encoding="utf-8-sig")
    assert old in text
    sheet.write_text(text.replace(old, new), encoding="utf-8-sig")


def forget_where_the_sheet_is(journal: Path) -> None:
    """Leave of the plan what a version stored that knew only the path."""
    with closing(sqlite3.connect(journal)) as sql, sql:
        sql.execute("UPDATE run SET options = json_remove(options, '$.file')")


@pytest.mark.parametrize("is_changed", [True, False])
def test_a_plan_is_refused_for_a_changed_sheet_also_from_another_folder(
    tmp_path: Path, is_changed: bool
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_JOURNAL=str(tmp_path / "journal.sqlite3"))
        sheet = planned(loader)
        elsewhere = replace(loader, folder=tmp_path / "elsewhere")
        elsewhere.folder.mkdir()
        (elsewhere.folder / "kept.csv").write_text("another sheet of this name")
        if is_changed:
            edit(sheet, "Goodbye", "Good night")

        applied = elsewhere.run("apply", "../plan.json", "--yes")

        assert applied.code == (2 if is_changed else 0), applied.err
        assert ("kept.csv was changed since the plan" in applied.err) == is_changed


@pytest.mark.parametrize("is_changed", [True, False])
def test_a_plan_of_an_older_version_is_applied(tmp_path: Path, is_changed: bool) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        sheet = planned(loader)
        forget_where_the_sheet_is(tmp_path / "journal.sqlite3")
        if is_changed:
            edit(sheet, "Goodbye", "Good night")

        applied = loader.run("apply", "plan.json", "--yes")

        assert applied.code == (2 if is_changed else 0), applied.err
