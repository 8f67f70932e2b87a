"""Laws of number formats: what LibreOffice shows is sent, or the cell says that it differs."""

import shutil
import subprocess
import zipfile
from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from loader.source.workbook.number_format import format_of_code
from loader.source.workbook.shown_moments import shows_date, shows_time
from loader.source.workbook.values import number_value
from loader.tables.chunk import CellKind
from tests.corpus.number_formats import NUMBERS, TEXTS, formats, sent, sent_text

SOFFICE = shutil.which("soffice")
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
FIRST_COMMON_DAY = 61  # before 1 March 1900, LibreOffice has another calendar than Excel
Shown = tuple[str, str, str]  # type, date as stored, text


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[list[Shown]]:
    """Return what LibreOffice shows: a row for each format, a cell for each number."""
    if SOFFICE is None:
        pytest.skip("LibreOffice is not installed (Debian: libreoffice-calc-nogui)")
    folder = tmp_path_factory.mktemp("formats")
    with xlsxwriter.Workbook(folder / "formats.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.set_column(0, len(NUMBERS) + len(TEXTS), 60)
        for row, (id_, code) in enumerate(formats()):
            style = book.add_format({"num_format": code or id_ or "General"})
            sheet.write_row(row, 0, [float(number) for number in NUMBERS], style)
            for column, text in enumerate(TEXTS, start=len(NUMBERS)):
                sheet.write_string(row, column, text, style)
    subprocess.run(
        [
            *(SOFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless"),
            *("--convert-to", "ods", "--outdir", str(folder), str(folder / "formats.xlsx")),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with zipfile.ZipFile(folder / "formats.ods") as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))
    return [cells_of(row) for row in root.iter(f"{TABLE}table-row")][: len(formats())]


def cells_of(row: ElementTree.Element) -> list[Shown]:
    """Return what the cells of a row show."""
    found: list[Shown] = []
    for cell in row.iter(f"{TABLE}table-cell"):
        texts = ("".join(p.itertext()) for p in cell.iter(f"{TEXT}p"))
        shown = (
            cell.get(f"{OFFICE}value-type", ""),
            cell.get(f"{OFFICE}date-value", ""),
            "\n".join(texts).strip(),
        )
        found += [shown] * min(int(cell.get(f"{TABLE}number-columns-repeated", "1")), 100)
    return found


def test_what_is_shown_is_sent_or_the_cell_says_so(shown: list[list[Shown]]) -> None:
    wrong = []
    for (id_, code), cells in zip(formats(), shown, strict=True):
        for number, (type_, date, text) in zip(NUMBERS, cells, strict=False):
            value = sent(number, id_, code)
            is_old = value.kind is CellKind.DATE and float(number) < FIRST_COMMON_DAY
            if value.problem or is_old or text == "#FMT":  # too many hours for LibreOffice
                continue
            agrees = value.text == text
            if value.kind is CellKind.DATE:
                agrees = type_ == "date" and value.text == date.removesuffix("T00:00:00")
                agrees = agrees and shows_date(text, datetime.fromisoformat(value.text))
            elif value.kind is CellKind.TIME:
                hours, minutes, seconds = value.text.split(":")
                moment = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
                agrees = type_ == "time" and shows_time(text, moment)
            if not agrees:
                wrong.append((id_, code, number, value.text, type_, date, text))
    assert not wrong, "\n".join(map(repr, wrong))


def test_a_text_is_shown_as_it_is_sent_or_the_cell_says_so(shown: list[list[Shown]]) -> None:
    wrong = []
    for (id_, code), cells in zip(formats(), shown, strict=True):
        for held, (*_, text) in zip(TEXTS, cells[len(NUMBERS) :], strict=False):
            value = sent_text(held, id_, code)
            if (value.problem is None) != (held.strip() == text):
                wrong.append((id_, code, held, value.problem, text))
    assert not wrong, "\n".join(map(repr, wrong))


CODES = st.lists(
    st.sampled_from(
        ["0", "0", "#", "?", ".", ",", "%", '"a"', "\\-", " ", "-", "_)", "*-", "[Red]", "[$€-407]",
         "[>5]", ";", "E+", "@", "y", "m", "d", "h", "[h]", "/", '"', "\\"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(code=CODES, number=st.decimals(-(10**14), 10**14, places=3))
def test_any_format_gives_the_number_or_what_is_shown(code: str, number: Decimal) -> None:
    form = format_of_code(code)

    value = number_value(str(number), form, epoch_1904=False)

    if value.kind is CellKind.NUMBER and value.problem is None:
        assert not form.code or value.text == form.shown(Decimal(repr(float(number))))
    elif value.kind is CellKind.NUMBER:
        assert Decimal(value.text) == Decimal(f"{float(number):.15g}")
