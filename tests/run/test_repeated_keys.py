"""Rows of one key, or nearly, that are not the same offer are found in all files of a command."""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from loader.errors import UnreadableSource
from loader.run.reading import repeated_keys
from loader.run.reading.checked_part import KeyColumn, SeenKeys
from loader.run.reading.key_records import RECORD, Records, alike
from loader.run.reading.repeated_keys import RepeatedKeys
from loader.run.reports import CheckReport
from tests.support.run_checks import checked, counted
from tests.support.workbooks import PLACEMENT, Loader

HEAD = "name,placement,type,content,external_id,tags,status,start_date\n"


def row(
    name: str, content: str = "a", key: str = "", *, placement: str = PLACEMENT, more: str = ",,"
) -> str:
    return f"{name},{placement},text,{content},{key},{more}\n"


def write(path: Path, *rows: str) -> Path:
    path.write_text(HEAD + "".join(rows), "utf-8")
    return path


def found(report: CheckReport) -> list[tuple[str, str, str]]:
    """Return (source, cell, code) of every error."""
    return [
        (Path(each.source).stem, each.error.cell, each.error.code) for each in report.findings.first
    ]


@pytest.mark.parametrize("rows_at_once", [1_000_000, 2], ids=["in one piece", "in pieces"])
def test_a_key_with_other_contents_is_an_error_of_the_cell_that_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    monkeypatch.setattr(repeated_keys, "_ROWS_AT_ONCE", rows_at_once)
    one = write(tmp_path / "one.csv", row("A"), row("B", "b", "X"), row("C", "c", "X"), row("A"))
    two = write(tmp_path / "two.csv", row("A", "other"), row("D", "d", "Y"), row("C"))

    report = checked(one, two)

    assert found(report) == [("one", "E4", "key-conflict"), ("two", "A2", "key-conflict")]
    assert counted(report) == [("", 4, 1), ("", 3, 1)]
    assert report.exit_code == 1
    messages = [each.error.message for each in report.findings.first]
    assert messages[0].startswith("E3 has the same external_id")
    assert messages[1].startswith("A2 of ")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (row("A", more="x;y,,"), row("A", more="x ; y,,")),
        (row("A", more=",draft,"), row("A", more=",,")),
        (row("A", more=",,2026-01-01"), row("A", more=",,2026-01-01T00:00Z")),
        (row("A"), row(" A ")),
    ],
    ids=["list", "default", "date", "blanks"],
)
def test_one_offer_written_in_two_ways_is_no_conflict(
    tmp_path: Path, first: str, second: str
) -> None:
    codes = {code for _, _, code in found(checked(write(tmp_path / "a.csv", first, second)))}

    assert codes <= {"trimmed"}


def test_names_that_are_nearly_the_same_are_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", row("Offer A"), row("offer  a", "b"), row("Offer B"))

    report = checked(path)

    assert found(report) == [("a", "A3", "similar-key")]
    assert report.findings.first[0].error.suggestion == 'A2 says "Offer A"'
    assert report.exit_code == 0


BAD = ",soon,"
LATER = "key-of-invalid-row"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("A", more=BAD), row("A", "b")], [("G2", "not-allowed"), ("A3", LATER)]),
        ([row("A"), row("A", more=BAD)], [("G3", "not-allowed"), ("A3", LATER)]),
        ([row("A", more=BAD), row("A", "b", more=BAD)],
         [("G2", "not-allowed"), ("G3", "not-allowed"), ("A3", LATER)]),
        ([row("A", more=BAD), row("A", more=BAD)], [("G2", "not-allowed"), ("G3", "not-allowed")]),
        ([row("A", more=BAD), row("A"), row("A"), row("A", "b")],
         [("G2", "not-allowed"), ("A3", LATER), ("A5", "key-conflict")]),
        ([row("A", more=BAD), row("a", "b")], [("G2", "not-allowed"), ("A3", "similar-key")]),
        ([row("", more=BAD), row("", more=BAD)],
         [("A2", "missing-value"), ("G2", "not-allowed"),
          ("A3", "missing-value"), ("G3", "not-allowed")]),
        ([row("#REF!"), row("#REF!", "b")], [("A2", "cell-error"), ("A3", "cell-error")]),
        ([row("B", key="X", more=BAD), row("C", key="X")], [("G2", "not-allowed"), ("E3", LATER)]),
    ],
    ids=["first", "second", "both", "equal", "others", "similar", "blank", "wrong key", "id"],
)  # fmt: skip
def test_a_key_of_a_row_that_is_wrong_by_something_else_is_told_before_that_is_fixed(
    tmp_path: Path, rows: list[str], expected: list[tuple[str, str]]
) -> None:
    report = checked(write(tmp_path / "a.csv", *rows))

    assert [(cell, code) for _, cell, code in found(report)] == expected
    assert report.exit_code == 1


def test_the_warning_names_the_other_row_and_leaves_its_own_row_valid(tmp_path: Path) -> None:
    one = write(tmp_path / "one.csv", row("A", more=BAD))
    two = write(tmp_path / "two.csv", row("A", "b"))

    report = checked(one, two)

    assert counted(report) == [("", 1, 1), ("", 1, 0)]
    assert report.findings.first[-1].error.message == (
        f"A2 of {one} has the same key: once it is fixed, they are in conflict or the same"
    )


def test_names_are_looked_up_in_the_sandbox_and_payloads_are_what_would_be_sent(
    tmp_path: Path,
) -> None:
    write(tmp_path / "a.csv", row("A", placement="Web text"), row("B", placement="Web tex"))
    loader = Loader(folder=tmp_path)

    shown = loader.run("check", "a.csv", "--sandbox", "--show-payload", "2", "--no-annotate")
    alone = loader.run("check", "a.csv", "--show-payload", "2", "--quiet")
    absent = loader.run("check", "a.csv", "--show-payload", "99")
    both = loader.run("check", "a.csv", "--sandbox", "--online")

    assert (shown.code, alone.code, absent.code, both.code) == (1, 0, 2, 2)
    assert '"placement":"dps:offer-placement:' in shown.out
    assert "placement-unknown" in shown.out
    assert "--sandbox" in alone.out
    assert "--show-payload 99" in absent.err


def test_the_example_row_of_the_template_is_an_error_until_it_is_changed(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)
    loader.run("template", "offers.csv")
    text = (tmp_path / "offers.csv").read_text("utf-8-sig")
    (tmp_path / "changed.csv").write_text(text.replace("Free shipping,", "Free delivery,"), "utf-8")

    report = checked(tmp_path / "offers.csv")

    assert found(report) == [("offers", "A2", "example-row")]
    assert found(checked(tmp_path / "changed.csv")) == []


def test_only_rows_that_are_alike_are_held_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def counted_alike(records: Records) -> Iterator[tuple[Any, Any]]:
        held.append(len(records))
        return alike(records)

    monkeypatch.setattr(repeated_keys, "alike", counted_alike)
    path = write(tmp_path / "a.csv", *(row(f"Offer {n}") for n in range(9)), row("offer 3", "b"))

    assert found(checked(path)) == [("a", "A11", "similar-key")]
    assert held == [2]


def test_a_load_warns_of_names_that_are_nearly_the_same_in_all_of_its_files(tmp_path: Path) -> None:
    write(tmp_path / "one.csv", row("Deal A", placement="Web text"), row("B", placement="Web text"))
    write(
        tmp_path / "two.csv",
        row("deal  a", placement="Web text"),
        row("b", placement="Web text", more=BAD),
    )
    loader = Loader(folder=tmp_path)
    load = ("load", "one.csv", "two.csv", "--sandbox", "--results", "results.xlsx")

    planned = loader.run(*load, "--dry-run")
    loaded = loader.run(*load)

    for said in (planned, loaded):
        assert 'A2 of one.csv says "Deal A" [similar-key]' in said.out
        assert 'A3 of one.csv says "B" [similar-key]' in said.out
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    assert [line[0] for line in book["Results"].values][1:] == [*["created"] * 3, "invalid"]
    assert [(line[0], line[3], *line[5:7]) for line in book["Errors"].values][1:] == [
        ("two.csv", "A2", "warning", "similar-key"),
        ("two.csv", "G3", "error", "not-allowed"),
        ("two.csv", "A3", "warning", "similar-key"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of the size of files")
def test_no_room_for_the_keys_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource  # noqa: PLC0415 - where there is one

    monkeypatch.setattr(repeated_keys, "_IN_MEMORY", 1)
    column = KeyColumn(source="a.csv", sheet="", heading="name", position=0)
    seen = SeenKeys(records=np.zeros(9, dtype=RECORD), texts=b"A" * 9, columns=(column,))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with closing(RepeatedKeys()) as keys, pytest.raises(UnreadableSource) as caught:
            keys.add(seen)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert caught.value.code == "no-room"
