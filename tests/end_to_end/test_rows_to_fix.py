"""Rows to fix: fixed in a workbook of only those rows and loaded again; each created once."""

import shlex
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from loader.validation.repair_column import CONFIRM, HEADING
from offer_sandbox import SandboxSettings, running_sandbox
from tests.corpus.opendocument import ods, table
from tests.support.workbooks import (
    HEADER,
    PLACEMENT,
    SAMPLES,
    Loader,
    loader_for,
    results_of,
    write_offers,
)

GOOD = {"placement": PLACEMENT, "type": "html", "content": "<p>Fixed</p>"}


def fix(path: Path, *, clear: bool = False) -> int:
    """Give every row of a workbook good cells and a name of its own; return how many there are."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    for number in range(2, sheet.max_row + 1):
        good = {"name": f"Fixed {number}", **GOOD}
        for position, heading in enumerate(header, start=1):
            if heading != HEADING or clear:
                sheet.cell(number, position).value = good.get(heading)
    book.save(path)
    return sheet.max_row - 1


def test_the_bad_sample_is_loaded_fixed_and_loaded_and_each_offer_stands_once(
    tmp_path: Path,
) -> None:
    (tmp_path / "mistakes.xlsx").write_bytes((SAMPLES / "mistakes.xlsx").read_bytes())
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        first = loader.run("load", "mistakes.xlsx", "--failed-only", "--json")
        created = first.json["summary"]["created"]
        fixed = fix(tmp_path / "mistakes.failed.xlsx")

        again = loader.run("load", "mistakes.failed.xlsx", "--results", "again.csv")
        whole = loader.run("load", "mistakes.xlsx", "--results", "whole.csv")

        assert first.json["rows_to_mend"] == ["mistakes.failed.xlsx"]
        assert again.code == 0, again.out
        assert fixed + created == 24 == len(sandbox.offers())
        assert max(Counter(offer["name"] for offer in sandbox.offers()).values()) == 1
        assert {row["status"] for row in results_of(tmp_path / "again.csv")} == {"created"}
        statuses = Counter(row["status"] for row in results_of(tmp_path / "whole.csv"))
        assert statuses == {"invalid": fixed, "duplicate": created}
        assert whole.code == 1


def test_each_wrong_cell_is_marked_in_its_column_and_the_last_column_says_what(
    tmp_path: Path,
) -> None:
    (tmp_path / "offers.csv").write_text(
        f"Nom de l'offre,placement,type,content\nOne,{PLACEMENT},htm,x\nTwo,{PLACEMENT},html,x\n"
    )
    loader = Loader(folder=tmp_path)
    run_id = loader.run("load", "offers.csv", "--sandbox", "--json").json["summary"]["run_id"]

    ran = loader.run("results", str(run_id), "--failed-only", "fix.xlsx")

    sheet = openpyxl.load_workbook(tmp_path / "fix.xlsx")["offers"]
    header, row = sheet.iter_rows(values_only=True)
    assert ran.code == 0
    assert "loader load fix.xlsx" in ran.out
    assert header == ("Nom de l'offre", "placement", "type", "content", HEADING)
    assert row[:4] == ("One", PLACEMENT, "htm", "x")
    assert "expected one of" in row[4]
    assert "offers.csv row 2" in row[4]
    assert sheet["C2"].fill.fgColor.rgb == "FFFFC7CE"
    assert 'did you mean "html"' in sheet["C2"].comment.text


def test_what_the_api_refused_is_fixed_and_takes_the_place_of_the_failed_row(
    tmp_path: Path,
) -> None:
    other = "dps:offer-placement:0000000000000000"
    lines = [f"Refused,{other},html,x", f"Taken,{PLACEMENT},html,x"]
    (tmp_path / "offers.csv").write_text("\n".join(["name,placement,type,content", *lines]))
    with running_sandbox(SandboxSettings(unknown_placements="refuse")) as sandbox:
        loader = loader_for(sandbox, tmp_path)
        first = loader.run("load", "offers.csv", "--failed-only", "--json").json["summary"]
        sheet = openpyxl.load_workbook(tmp_path / "offers.failed.xlsx").worksheets[0]
        fixed = fix(tmp_path / "offers.failed.xlsx")
        again = loader.run("load", "offers.failed.xlsx")

        assert (first["failed"], first["created"], fixed) == (1, 1, 1)
        assert "HTTP 400" in sheet["E2"].value
        assert again.code == 0, again.out
        assert sorted(offer["name"] for offer in sandbox.offers()) == ["Fixed 2", "Taken"]


def test_a_row_that_had_shifted_is_not_sent_until_its_cell_is_cleared(tmp_path: Path) -> None:
    lines = [
        ",".join(HEADER),
        f"One,{PLACEMENT},html,x,web,draft,one cell too many",
        f"Two,{PLACEMENT},html,x,web,draft",
    ]
    (tmp_path / "offers.csv").write_text("\n".join(lines))
    loader = Loader(folder=tmp_path)
    loader.run("load", "offers.csv", "--sandbox", "--failed-only")

    as_it_is = loader.run("load", "offers.failed.xlsx", "--sandbox", "--json")
    said = openpyxl.load_workbook(tmp_path / "offers.failed.xlsx").worksheets[0]["G2"].value
    fix(tmp_path / "offers.failed.xlsx", clear=True)
    fixed = loader.run("load", "offers.failed.xlsx", "--sandbox", "--json")

    assert said.startswith(CONFIRM)
    assert as_it_is.json["summary"]["invalid"] == 1
    assert [count["code"] for count in as_it_is.json["findings"]["counts"]] == ["not-confirmed"]
    assert fixed.json["summary"]["created"] == 1


def test_several_sources_have_a_workbook_each_and_work_in_one_is_not_overwritten(
    tmp_path: Path,
) -> None:
    for name in ("one", "two", "well"):
        write_offers(tmp_path / f"{name}.csv", [f"{name} offer"])
    for name in ("one", "two"):
        text = (tmp_path / f"{name}.csv").read_text()
        (tmp_path / f"{name}.csv").write_text(text.replace(",html,", ",htm,"))
    loader = Loader(folder=tmp_path)
    arguments = ("load", "one.csv", "two.csv", "well.csv", "--sandbox", "--failed-only")

    first = loader.run(*arguments, "--json")
    fix(tmp_path / "one.failed.xlsx")
    second = loader.run(*arguments, "--json")
    refused = loader.run("load", "one.csv", "--sandbox", "--failed-only", "one.failed.xlsx")

    assert first.json["rows_to_mend"] == ["one.failed.xlsx", "two.failed.xlsx"]
    assert second.json["rows_to_mend"] == ["one.failed-2.xlsx", "two.failed.xlsx"]
    assert refused.code == 2
    assert "someone has edited it" in refused.err


@pytest.mark.parametrize("place", ["no/such/folder.xlsx", "fix.csv", "offers.csv"])
def test_a_place_that_cannot_be_used_is_refused_before_anything_is_sent(
    tmp_path: Path, place: str
) -> None:
    write_offers(tmp_path / "offers.csv", ["One"])
    loader = Loader(folder=tmp_path)

    ran = loader.run("load", "offers.csv", "--sandbox", "--failed-only", place)

    assert ran.code == 2
    assert not (tmp_path / "journal.sqlite3").exists()


def test_our_column_is_read_over_wherever_it_stands_and_still_asks_to_be_cleared(
    tmp_path: Path,
) -> None:
    rows = [f'"{CONFIRM}: x",One,{PLACEMENT},html,x', f"said before,Two,{PLACEMENT},html,x"]
    text = "\n".join([f"{HEADING.upper()},name,placement,type,content", *rows])
    (tmp_path / "offers.csv").write_text(text)

    findings = Loader(folder=tmp_path).run("check", "offers.csv", "--json").json["findings"]

    assert [found["error"]["cell"] for found in findings["first"]] == ["A2"]
    assert [found["error"]["code"] for found in findings["first"]] == ["not-confirmed"]


@pytest.mark.parametrize("ignored", [("notes",), ("*",), ("notes", HEADING)])
def test_a_column_added_right_of_ours_changes_nothing_of_that(
    tmp_path: Path, ignored: tuple[str, ...]
) -> None:
    rows = [f'One,{PLACEMENT},html,x,"{CONFIRM}: x",y', f"Two,{PLACEMENT},html,x,said before,y"]
    text = "\n".join([f"name,placement,type,content,{HEADING},notes", *rows])
    (tmp_path / "offers.csv").write_text(text)
    flags = [part for heading in ignored for part in ("--ignore-column", heading)]

    ran = Loader(folder=tmp_path).run("check", "offers.csv", "--json", *flags)

    found = [
        (each["error"]["cell"], each["error"]["code"]) for each in ran.json["findings"]["first"]
    ]
    assert found == [("E2", "not-confirmed")]


ABOVE = [["Angebote, Stand 1. März"], ["bitte nicht ändern"]]
FOREIGN = ["Angebotsname", "Zustand", "Platz", "Inhalt", "Gültig ab", "Wer"]
FOREIGN_PROFILE = """
header_row = 3
date_format = "DD.MM.YYYY"
zone = "Europe/Berlin"
ignore = ["Wer"]
[[skip]]
column = "Zustand"
equals = "Archiv"
[fields]
placement = "Platz"
status = { from = "Zustand", values = { Aktiv = "approved", Entwurf = "draft" } }
"""


def write_foreign(path: Path, sheets: dict[str, list[list[str]]]) -> None:
    """Write a workbook with columns of its own, and lines above them."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in [*ABOVE, FOREIGN, *rows]:
            sheet.append(row)
    book.save(path)


def put(path: Path, cells: dict[tuple[str, str], str | None]) -> None:
    """Change cells of a workbook: (sheet, cell) -> text."""
    book = openpyxl.load_workbook(path)
    for (sheet, cell), text in cells.items():
        book[sheet][cell].value = text
    book.save(path)


def typed(line: str) -> list[str]:
    """Return the arguments of the command that a line ends with."""
    return shlex.split(line.split("then: loader ")[1])


def test_rows_of_a_foreign_sheet_are_fixed_in_its_own_words_and_loaded_by_what_is_said(
    tmp_path: Path,
) -> None:
    rows = [
        ["Eins", "Aktiv", "Web banner", "<p>1</p>", "01.03.2026", "x"],
        ["Zwei", "Aktif", "Web baner", "<p>2</p>", "32.03.2026", "x"],
        ["Drei", "Archiv", "", "", "", "x"],
        ["Vier", "entwurf", "Web banner", "<p>4</p>", "31.02.2026", "x"],
        ["Fünf", "Entwurf", "Web banner", "", "", "x"],
    ]
    write_foreign(tmp_path / "angebote.xlsx", {"Angebote": rows})
    (tmp_path / "crm.toml").write_text(FOREIGN_PROFILE, "utf-8")
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        given = ("angebote.xlsx", "--mapping", "crm.toml", "--failed-only")
        first = loader.run("load", *given)
        (line,) = [line for line in first.out.splitlines() if line.startswith("to fix")]
        fixed = {"B2": "Aktiv", "C2": "Web banner", "E2": "31.03.2026", "E3": None, "D4": "<p/>"}
        put(
            tmp_path / "angebote.failed.xlsx",
            {("Angebote", cell): text for cell, text in fixed.items()},
        )
        again = loader.run(*typed(line), "--results", "again.csv")
        names = sorted(offer["name"] for offer in sandbox.offers())

    assert typed(line) == ["load", "angebote.failed.xlsx", "--mapping", "crm.toml"]
    assert again.code == 0, again.out + again.err
    assert names == ["Eins", "Fünf", "Vier", "Zwei"]
    results = results_of(tmp_path / "again.csv")
    assert [(row["Angebotsname"], row["Zustand"]) for row in results] == [
        ("Zwei", "Aktiv"),
        ("Vier", "entwurf"),
        ("Fünf", "Entwurf"),
    ]
    assert {row["status"] for row in results} == {"created"}


def test_every_sheet_of_several_foreign_files_is_fixed_and_loaded(tmp_path: Path) -> None:
    wrong = ["Aktif", "Web banner", "<p/>", "", ""]
    good = ["Aktiv", "Web banner", "<p/>", "", ""]
    write_foreign(
        tmp_path / "one.xlsx",
        {
            "März": [["a", *good], ["b", *wrong]],
            "Mai": [["c", *wrong]],
            "Gut": [["d", *good]],
        },
    )
    write_foreign(tmp_path / "two.xlsx", {"Juni": [["e", *wrong]], "Juli": [["f", *good]]})
    (tmp_path / "crm.toml").write_text(FOREIGN_PROFILE, "utf-8")
    flags = ("--mapping", "crm.toml", "--sheet", "*")
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        places = ("--failed-only", "--results", "whole.csv")
        first = loader.run("load", "one.xlsx", "two.xlsx", *flags, *places)
        lines = [line for line in first.out.splitlines() if line.startswith("to fix")]
        sheets = {("one", "März"), ("one", "Mai"), ("two", "Juni")}
        for name, sheet in sheets:
            put(tmp_path / f"{name}.failed.xlsx", {(sheet, "B2"): "Aktiv"})
        again = [loader.run(*typed(line)) for line in lines]
        names = sorted(offer["name"] for offer in sandbox.offers())

    assert [typed(line) for line in lines] == [
        ["load", f"{name}.failed.xlsx", "--sheet", "*", "--mapping", "crm.toml"]
        for name in ("one", "two")
    ]
    assert [ran.code for ran in again] == [0, 0], again[0].out + again[0].err
    assert names == ["a", "b", "c", "d", "e", "f"]
    assert first.out.count("[columns-ignored]") == 2  # once for each file, not for each sheet
    rows = results_of(tmp_path / "whole.csv")
    assert [(row["sheet"], row["row"]) for row in rows] == [
        ("März", "4"), ("März", "5"), ("Mai", "4"), ("Gut", "4"), ("Juni", "4"), ("Juli", "4"),
    ]  # fmt: skip


def test_rows_of_a_file_without_sheets_fit_a_profile_that_names_one(tmp_path: Path) -> None:
    (tmp_path / "crm.toml").write_text('sheet = "Angebote"\nignore = ["Wer"]\n', "utf-8")
    (tmp_path / "offers.csv").write_text(
        f"name;placement;type;content;Wer\na;{PLACEMENT};htm;x;y\n"
    )
    loader = Loader(folder=tmp_path, variables={"LOADER_MAPPING": "crm.toml"})

    first = loader.run("load", "offers.csv", "--sandbox", "--failed-only")
    (line,) = [line for line in first.out.splitlines() if line.startswith("to fix")]
    put(tmp_path / "offers.failed.xlsx", {("Angebote", "C2"): "html"})
    again = loader.run(*typed(line), "--json")

    assert typed(line) == ["load", "offers.failed.xlsx", "--sandbox"]
    assert again.code == 0, again.err
    assert again.json["summary"]["created"] == 1


def test_a_number_that_the_sheet_stores_is_one_in_the_rows_to_fix_too(tmp_path: Path) -> None:
    (tmp_path / "weights.toml").write_text(
        '[fields]\n"attr:weight" = { from = "Gewicht", decimal = "," }\n', "utf-8"
    )
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["name", "placement", "type", "content", "status", "Gewicht"])
    weights = [1.125, "1,125", -0.5, 1000, "007"]
    for number, weight in enumerate(weights):
        sheet.append([f"W{number}", PLACEMENT, "html", "x", "aproved", weight])
    book.save(tmp_path / "w.xlsx")
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        first = loader.run("load", "w.xlsx", "--mapping", "weights.toml", "--failed-only")
        (line,) = [line for line in first.out.splitlines() if line.startswith("to fix")]
        shown = openpyxl.load_workbook(tmp_path / "w.failed.xlsx").worksheets[0]
        read = [cell.value for cell in shown["F"][1:]]
        put(
            tmp_path / "w.failed.xlsx",
            {(shown.title, f"E{row}"): "approved" for row in range(2, 7)},
        )
        again = loader.run(*typed(line))
        sent = {offer["name"]: offer["body"] for offer in sandbox.offers()}

    assert read == [1.125, "1,125", -0.5, "1000", "007"]
    assert shown["F2"].number_format == "0.###############"
    assert again.code == 0, again.out + again.err
    assert [sent[f"W{number}"]["characteristics"]["weight"] for number in range(5)] == [
        "1.125", "1.125", "-0.5", "1000", "007",
    ]  # fmt: skip


def test_rows_that_nobody_fixed_are_not_created(tmp_path: Path) -> None:
    """Whatever their reader found: as texts, some of them would look right."""
    (tmp_path / "m.csv").write_text(
        f"name,placement,type,content\nM,{PLACEMENT},html,<p>NoÃ«l</p>\n", "utf-8"
    )
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        sheet, date = book.add_worksheet(), book.add_format({"num_format": 14})
        sheet.write_row(0, 0, ["name", "placement", "type", "content", "attr:x"])
        for row, serial in enumerate((60, -3), start=1):
            sheet.write_row(row, 0, [f"B{row}", PLACEMENT, "html", "x"])
            sheet.write_number(row, 4, serial, date)
    loader = Loader(folder=tmp_path)
    for name in ("m.csv", "b.xlsx"):
        loader.run("load", name, "--sandbox", "--failed-only")

    again = [
        loader.run("load", name, "--sandbox", "--json")
        for name in ("m.failed.xlsx", "b.failed.xlsx")
    ]

    assert [ran.json["summary"]["invalid"] for ran in again] == [1, 2]
    assert {
        count["code"] for ran in again for count in ran.json["findings"]["counts"]
        if count["severity"] == "error"
    } == {"not-confirmed"}  # fmt: skip


def test_a_wrong_date_that_is_seen_again_needs_no_confirmation(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(
        f"name,placement,type,content,start_date\nD,{PLACEMENT},html,x,2026-02-31\n", "utf-8"
    )
    loader = Loader(folder=tmp_path)
    loader.run("load", "d.csv", "--sandbox", "--failed-only")

    said = openpyxl.load_workbook(tmp_path / "d.failed.xlsx").worksheets[0]["F2"].value

    assert "2026-02-31" in said
    assert CONFIRM not in said


def write_ods(path: Path, sheets: dict[str, str]) -> None:
    """Write sheets with one wrong row each, whose offers have these names."""
    heads = ("name", "placement", "type", "content")
    tables = [table(name, heads, (offer, PLACEMENT, "htm", "x")) for name, offer in sheets.items()]
    path.write_bytes(ods(more="".join(tables)))


@pytest.mark.parametrize(
    ("name", "renamed"),
    [
        ("Campaign offers for the summer of 2026", "Campaign offers for the summer"),
        ("1/2", "1-2"),
        ("'q'", "q"),
        ("Errors", "Errors"),
        ("errors", "errors"),
    ],
)
def test_the_printed_command_names_the_sheet_as_it_is_called_in_the_workbook(
    tmp_path: Path, name: str, renamed: str
) -> None:
    write_ods(tmp_path / "a.ods", {"Cover": "C", name: "A"})
    loader = Loader(folder=tmp_path)

    first = loader.run("load", "a.ods", "--sandbox", "--sheet", name, "--failed-only")
    (line,) = [line for line in first.out.splitlines() if line.startswith("to fix")]
    put(tmp_path / "a.failed.xlsx", {(renamed, "C2"): "html"})
    again = loader.run(*typed(line), "--json")

    assert typed(line) == ["load", "a.failed.xlsx", "--sandbox", "--sheet", renamed]
    assert again.code == 0, again.out + again.err
    assert again.json["summary"]["created"] == 1


def test_a_sheet_that_the_mapping_names_is_named_by_the_command_where_it_was_renamed(
    tmp_path: Path,
) -> None:
    name = "Campaign offers for the summer of 2026"
    (tmp_path / "crm.toml").write_text(f'sheet = "{name}"\n', "utf-8")
    write_ods(tmp_path / "a.ods", {"Cover": "C", name: "A"})
    loader = Loader(folder=tmp_path, variables={"LOADER_MAPPING": "crm.toml"})

    first = loader.run("load", "a.ods", "--sandbox", "--failed-only")
    (line,) = [line for line in first.out.splitlines() if line.startswith("to fix")]
    put(tmp_path / "a.failed.xlsx", {(name[:30], "C2"): "html"})
    again = loader.run(*typed(line), "--json")

    assert again.json["summary"]["created"] == 1
