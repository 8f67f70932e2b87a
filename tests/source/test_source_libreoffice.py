"""What a real spreadsheet program writes: one workbook in four formats gives the same rows.

LibreOffice converts what openpyxl made; where it is not installed (Debian:
libreoffice-calc-nogui), these tests are skipped.
"""

import datetime
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from loader.offer.entity import FALLBACK_OFFER
from loader.source import ReadOptions
from loader.tables.chunk import CellKind
from loader.template import write_template
from tests.support.reading import Everything, read_everything
from tests.support.workbooks import PLACEMENT, Loader, results_of

SOFFICE = shutil.which("soffice")
FORMATS = ("ods", "xls", "xlsx")
K = CellKind
HEADER = ("name", "content", "n", "when")
ROWS = {
    2: ("007", "a\nb", "1", "2026-01-31"),
    3: ("#N/A", "#DIV/0!", "007x", "2026-01-31T10:00:00"),
    4: ("x  y", '<p>"é" 🌞 שלום</p>', "00042", "TRUE"),
    5: ("merged", "", "1E+05", "12:00:00"),
    6: ("", "", "0.1", "0.5"),
    7: ("hid", "\u00a0h", "2", "100000"),
}
KINDS = {
    (2, 2): K.NUMBER, (2, 3): K.DATE, (3, 0): K.ERROR, (3, 1): K.ERROR, (3, 3): K.DATE,
    (4, 2): K.NUMBER, (4, 3): K.BOOLEAN, (5, 3): K.TIME, (6, 2): K.NUMBER, (6, 3): K.NUMBER,
    (7, 2): K.NUMBER, (7, 3): K.NUMBER,
}  # fmt: skip
COVERED = {(5, "Offers!B5"), (6, "Offers!A6"), (6, "Offers!B6")}


def write_traps(path: Path) -> None:
    """Write a workbook with what people's workbooks have; formulas have no values yet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Offers"
    moment = datetime.datetime(2026, 1, 31, 10)  # noqa: DTZ001  # naive, as in a sheet
    for row in (
        HEADER,
        ("007", "a\nb", 1.0, moment.date()),
        ("=NA()", "=1/0", '=A2&"x"', moment),
        ("x  y", ROWS[4][1], 42, True),
        ("merged", "m", "1E+05", datetime.time(12)),
        (None, None, 0.1, 0.5),
        ("hid", "\u00a0h", "=1+1", 1e5),
    ):
        sheet.append(row)
    sheet["C4"].number_format = "00000"
    sheet["D6"].number_format = "0%"
    sheet["A4"].comment = Comment("an aside", "Ann")
    sheet.merge_cells("A5:B6")
    sheet.row_dimensions[7].hidden = True
    book.create_sheet("Old").sheet_state = "hidden"
    book.save(path)


def fill_template(path: Path) -> None:
    """Write the template and fill in offers for its example, with cells as a person makes them."""
    write_template(path, FALLBACK_OFFER)
    book = openpyxl.load_workbook(path)
    sheet = book["Offers"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for cell in sheet[2]:
        cell.value = None
    for number, name in enumerate(("Winter", "Free shipping", "Été à –20 %"), start=2):
        offer = {
            "name": name, "status": "draft", "placement": PLACEMENT, "type": "html",
            "content": f"<p>{name}</p>", "priority": number,
            "start_date": datetime.date(2026, 1, 31),
        }  # fmt: skip
        for field, value in offer.items():
            sheet.cell(number, columns[field], value)
    book.save(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make both workbooks, and let LibreOffice write them in every format: one process a format."""
    if SOFFICE is None:
        pytest.skip("LibreOffice is not installed (Debian: libreoffice-calc-nogui)")
    folder = tmp_path_factory.mktemp("libreoffice")
    write_traps(folder / "traps.xlsx")
    fill_template(folder / "filled.xlsx")
    for format_ in FORMATS:
        subprocess.run(
            [
                *(SOFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless"),
                *("--convert-to", format_, "--outdir", str(folder / format_)),
                *(str(folder / "traps.xlsx"), str(folder / "filled.xlsx")),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    return folder


def test_the_same_workbook_gives_the_same_in_every_format_and_can_be_loaded(folder: Path) -> None:
    for format_ in FORMATS:
        path = folder / format_ / f"traps.{format_}"

        assert read_everything(str(path), ReadOptions(isolated=False)) == Everything(
            header=HEADER,
            rows=ROWS,
            kinds=KINDS,
            problems=frozenset(
                {(row, cell, "merged-cells") for row, cell in COVERED}
                | {(6, "Offers!D6", "shown-differently")}
            ),
            notices=frozenset({"hidden-rows", "other-sheets"}),
        ), format_

    loader = Loader(folder=folder)
    filled = [f"{format_}/filled.{format_}" for format_ in FORMATS]
    by_openpyxl = loader.run("load", "filled.xlsx", "--sandbox", "--results", "first.csv")
    by_libreoffice = loader.run("load", *filled, "--sandbox", "--results", "second.csv")

    assert by_openpyxl.code == by_libreoffice.code == 0, by_openpyxl.out + by_libreoffice.out
    assert [row["status"] for row in results_of(folder / "first.csv")] == ["created"] * 3
    assert [row["status"] for row in results_of(folder / "second.csv")] == ["duplicate"] * 9
