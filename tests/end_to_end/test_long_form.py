"""An export with a row for each representation, as a user meets it: check, load, fix, load."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from offer_sandbox import running_sandbox
from tests.support.workbooks import (
    CommandResult,
    Loader,
    loader_for,
    results_of,
    shared_fork_server,
)

ROOT = Path(__file__).parents[2]
PROFILE = str(ROOT / "templates/mappings/english-content-hub.toml")
SAMPLE = ROOT / "samples/english-content-hub.csv"


def spoiled(folder: Path) -> Path:
    """Write the sample with a mistake in the last representation of its first offer."""
    text = SAMPLE.read_text("utf-8").replace("https://cdn.example.com/shipping.png", "a picture")
    (folder / "export.csv").write_text(text, "utf-8")
    return folder / "export.csv"


def totals(ran: CommandResult) -> list[int]:
    """What is told of a load, as numbers."""
    names = ("read", "created", "parts", "duplicate", "invalid", "skipped")
    summary = json.loads(ran.out)["summary"]
    return [summary[name] for name in names]


def test_check_counts_offers_shows_them_whole_and_marks_the_cell(tmp_path: Path) -> None:
    spoiled(tmp_path)

    ran = Loader(folder=tmp_path).run("check", "export.csv", "--mapping", PROFILE)

    assert ran.code == 1
    assert "export.csv: 7 rows of 3 offers, 3 invalid, 1 skipped" in ran.out
    assert "placement_3     Slot (row 3 of the offer)" in ran.out
    assert "L4 Picture: " in ran.out
    assert "row 3: the row is part of an offer that is not sent, because of row 4" in ran.out
    assert ran.out.index("\n1      bad-url") < ran.out.index("\n2      part-of-invalid")
    sheet = openpyxl.load_workbook(tmp_path / "export.checked.xlsx").worksheets[0]
    assert "[part-of-invalid]" in sheet["A2"].comment.text
    assert "Error" in sheet["L4"].comment.text
    assert sheet["L4"].comment.text.count("[") == 1


def test_loaded_twice_fixed_and_loaded_every_offer_stands_once(tmp_path: Path) -> None:
    spoiled(tmp_path)
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAPPING=PROFILE)
        first = loader.run(
            *("load", "export.csv", "--results", "first.csv", "--failed-only", "--json")
        )
        again = loader.run("load", "export.csv", "--results", "again.jsonl", "--json")
        book = openpyxl.load_workbook(tmp_path / "export.failed.xlsx")
        sheet = book.worksheets[0]
        held = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
        sheet["L4"] = "https://cdn.example.com/shipping.png"
        book.save(tmp_path / "export.failed.xlsx")
        fixed = loader.run("load", "export.failed.xlsx", "--results", "fixed.csv", "--json")
        offers = sandbox.offers()

    assert (first.code, again.code, fixed.code) == (1, 1, 0), fixed.out
    assert [totals(ran) for ran in (first, again, fixed)] == [
        [7, 2, 1, 0, 3, 1],
        [7, 0, 0, 3, 3, 1],
        [3, 1, 2, 0, 0, 0],
    ]
    assert held == ["OF-1001"] * 3
    assert sorted(offer["name"] for offer in offers) == [
        *("Free shipping", "Summer sale", "Welcome back")
    ]
    rows = results_of(tmp_path / "first.csv")
    assert [row["row"] for row in rows] == list("2345678")
    assert [row["part_of"] for row in rows] == ["", "2", "2", "", "", "5", ""]
    assert [row["error_code"] for row in rows[:3]] == [*["part-of-invalid"] * 2, "bad-url"]
    assert rows[3]["instanceId"] == rows[5]["instanceId"] != ""
    lines = [json.loads(line) for line in (tmp_path / "again.jsonl").read_text().splitlines()]
    assert [line["part_of"] for line in lines] == [None, 2, 2, None, None, 5, None]
    assert {row["status"] for row in results_of(tmp_path / "fixed.csv")} == {"created"}


@pytest.mark.parametrize("die_at", [12, 17, 38, 45])
def test_a_death_loses_no_part_and_repeats_no_offer(tmp_path: Path, die_at: int) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAPPING=PROFILE)
        command = ("load", str(SAMPLE), "--results", "results.csv")
        died = shared_fork_server().run(
            *command, folder=tmp_path, variables=loader.environment(), die_at=die_at
        )
        ran = loader.run(*command)
        while ran.code == 6:
            ran = loader.run(*command)
        offers = sandbox.offers()

    assert died.code != 0, died.points
    assert ran.code == 0, ran.out
    assert len(offers) == 3
    rows = results_of(tmp_path / "results.csv")
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        assert [row["Slot"] for row in rows] == [row["Slot"] for row in csv.DictReader(file)]
    assert {row["status"] for row in rows} <= {"created", "duplicate", "skipped"}
