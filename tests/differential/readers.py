"""What we and three others read: each cell as its kind and one canonical text."""

import datetime as dt
import shutil
import subprocess
import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
from python_calamine import CalamineWorkbook

from loader.source import ReadOptions
from loader.tables.chunk import CellKind
from tests.support.reading import read_everything

SOFFICE = shutil.which("soffice")
NAMESPACE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
OFFICE, TABLE, TEXT = (NAMESPACE % name for name in ("office", "table", "text"))
Seen = tuple[str, str]  # kind, text
Cells = dict[tuple[int, int], Seen]
MOST_REPEATED = 50
KINDS = {CellKind.DATE: "date", CellKind.TIME: "time", CellKind.BOOLEAN: "boolean",
         CellKind.ERROR: "error", CellKind.NUMBER: "number"}  # fmt: skip


def number(value: float) -> Seen:
    """Return a number in the 15 digits of a spreadsheet."""
    return "number", f"{value:.15g}"


def seen(value: object) -> Seen | None:
    """Return a value of Python as it is compared; None where nothing stands there."""
    match value:
        case None | "":
            return None
        case bool():
            return "boolean", str(value).upper()
        case int() | float():
            return number(float(value))
        case dt.datetime():
            return "date", _rounded(value).isoformat()
        case dt.date():
            return "date", f"{value.isoformat()}T00:00:00"
        case dt.time():
            return "time", str(value.hour * 3600 + value.minute * 60 + value.second)
        case dt.timedelta():
            return "time", str(round(value.total_seconds()))
    return "text", str(value)


def _rounded(moment: dt.datetime) -> dt.datetime:
    return (moment + dt.timedelta(microseconds=500)).replace(microsecond=0)


def _kept(cells: Iterable[tuple[tuple[int, int], Seen | None]]) -> Cells:
    return {place: each for place, each in cells if each is not None}


def ours(path: Path) -> Cells:
    """Read with the loader."""
    found = read_everything(str(path), ReadOptions(isolated=False))
    return _kept(
        ((row, at), _our_cell(text, KINDS.get(found.kinds.get((row, at), CellKind.TEXT), "text")))
        for row, cells in found.rows.items()
        for at, text in enumerate(cells)
    )


def _our_cell(text: str, kind: str) -> Seen | None:
    if not text:
        return None
    match kind:
        case "number":
            return number(float(text)) if _is_number(text) else ("code", text)
        case "date":
            return _our_day(text)
        case "time":
            hours, minutes, seconds = text.split(":")
            total = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
            return "time", str(round(total))
    return kind, text


def _our_day(text: str) -> Seen:
    try:
        return seen(dt.datetime.fromisoformat(text)) or ("date", text)
    except ValueError:
        return "no day", text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def by_openpyxl(path: Path) -> Cells:
    """Read an .xlsx with openpyxl."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dates that are none
        book = openpyxl.load_workbook(path, data_only=True)
        return _kept(
            ((cell.row, cell.column - 1), seen(cell.value))
            for row in book["Offers"].iter_rows(min_row=2)
            for cell in row
        )


def by_calamine(path: Path) -> Cells:
    """Read with calamine."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Offers").to_python(
        skip_empty_area=False
    )  # fmt: skip
    return _kept(
        ((row, at), seen(value))
        for row, values in enumerate(rows[1:], start=2)
        for at, value in enumerate(values)
    )


def converted(paths: Iterable[Path], folder: Path, format_: str = "ods") -> dict[Path, Path]:
    """Let LibreOffice write files anew, all by one process; return where each is."""
    assert SOFFICE is not None
    named = {path: folder / f"{path.stem}.{format_}" for path in paths}
    subprocess.run(
        [SOFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
         format_, "--outdir", str(folder), *map(str, named)],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    return named


def by_libreoffice(path: Path) -> Cells:
    """Read what LibreOffice made of a file: an .ods."""
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))
    table = next(root.iter(f"{TABLE}table"))
    cells: list[tuple[tuple[int, int], Seen | None]] = []
    number_ = 1
    for row in table.iter(f"{TABLE}table-row"):
        repeated = int(row.get(f"{TABLE}number-rows-repeated", "1"))
        for offset in range(min(repeated, MOST_REPEATED)):
            cells += [((number_ + offset, at), each) for at, each in _odf_row(row)]
        number_ += repeated
    return {place: each for place, each in _kept(cells).items() if place[0] > 1}


def _odf_row(row: ElementTree.Element) -> Iterable[tuple[int, Seen | None]]:
    at = 0
    for cell in row.iter(f"{TABLE}table-cell"):
        repeated = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        found = _odf_cell(cell)
        yield from ((at + offset, found) for offset in range(min(repeated, MOST_REPEATED)))
        at += repeated


def _odf_cell(cell: ElementTree.Element) -> Seen | None:
    shown = "\n".join(map(_odf_text, cell.findall(f"{TEXT}p")))
    if shown in {"TRUE", "FALSE"} and cell.get(f"{OFFICE}value-type") == "float":
        return "boolean", shown  # it keeps them as numbers with a format
    match cell.get(f"{OFFICE}value-type"):
        case "float" | "percentage" | "currency":
            return number(float(cell.get(f"{OFFICE}value", "")))
        case "boolean":
            return "boolean", cell.get(f"{OFFICE}boolean-value", "").upper()
        case "date":
            return seen(_rounded(dt.datetime.fromisoformat(cell.get(f"{OFFICE}date-value", ""))))
        case "time":
            return "time", str(_odf_seconds(cell.get(f"{OFFICE}time-value", "")))
        case "string":
            return "text", shown
    return None


def _odf_seconds(duration: str) -> int:
    hours, _, rest = duration.removeprefix("PT").partition("H")
    minutes, _, seconds = rest.partition("M")
    return (
        int(hours) * 3600 + int(minutes) * 60 + round(float(seconds.rstrip("S").replace(",", ".")))
    )


def _odf_text(paragraph: ElementTree.Element) -> str:
    pieces = [paragraph.text or ""]
    for child in paragraph:
        if child.tag == f"{TEXT}s":
            pieces.append(" " * int(child.get(f"{TEXT}c", "1")))
        elif child.tag == f"{TEXT}tab":
            pieces.append("\t")
        elif child.tag == f"{TEXT}line-break":
            pieces.append("\n")
        else:
            pieces.append(_odf_text(child))
        pieces.append(child.tail or "")
    return "".join(pieces)
