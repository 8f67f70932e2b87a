"""An OpenDocument spreadsheet (.ods) as tables.

Calamine shows error cells, and formulas without a value, as blank; so the XML is read here, with
the same answers as for .xlsx. It is read twice: sheets, hidden rows and columns first, then the
cells. Flat memory; what is repeated by number (a cell, a row) is bounded before it is made.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element

from loader.errors import UnreadableSource
from loader.source.options import Limits, ReadOptions
from loader.source.parsed_rows import Batch, RawRow, TableHead
from loader.source.workbook.book import SheetRef
from loader.source.workbook.cells import row_of
from loader.source.workbook.iso_duration import clock_text, seconds_of
from loader.source.workbook.layout import SheetLayout
from loader.source.workbook.number_format import GENERAL
from loader.source.workbook.package import damaged, local, open_package, stream_part
from loader.source.workbook.read import refuse_blank, sheet_table
from loader.source.workbook.select import select_sheets, unread_sheets
from loader.source.workbook.shown_moments import shows_date, shows_time
from loader.source.workbook.values import Value, number_value, shown_differently
from loader.tables.chunk import CellKind

SCHEME = "{urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TABLE, TEXT, STYLE = (
    f"{SCHEME}{name}:1.0}}" for name in ("office", "table", "text", "style")
)
CELLS = {TABLE + "table-cell", TABLE + "covered-table-cell"}
NUMBERED = {TABLE + "table-row": "row", TABLE + "table-column": "column"}
INSIDE_ROWS = {*CELLS, TEXT + "p", TEXT + "span", TEXT + "s"}
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
MOST_CHARACTERS = 1_000_000  # of a cell
MOST_INSIDE = 200_000  # starts and ends of paragraphs and their parts, of a cell
MOST_DEEP = 200  # elements, without those in texts
MOST_REPEATED = 50_000_000
SHOWN_ERROR = re.compile(r"#[^\s#]+[!?A-Z]$|Err:[0-9]+$")
SPACE = re.compile("[ \t\r\n]+")  # in a paragraph, any of it is one blank
CONTENT = "content.xml"
BLANK = Value("")
NUMBERS = {"float", "currency", "percentage"}
ASIDE = {"annotation", "ruby-text"}  # comments and phonetic hints are no part of the text


def read_ods(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the tables of the selected sheets."""
    with open_package(path, limits) as archive:
        outline = _outline(archive)
        selected = select_sheets(outline.sheets, options)
        yield from refuse_blank(
            _tables(archive, outline, selected, options, limits),
            outline.sheets,
            selected,
            options,
            rows_of=lambda sheet: _rows(archive, int(sheet.part), SheetLayout()),
        )


@dataclass(slots=True)
class _Outline:
    """The sheets (`part` is their place), and by place the hidden columns, and rows with cells."""

    sheets: list[SheetRef] = field(default_factory=list)
    layouts: dict[int, SheetLayout] = field(default_factory=dict)


def _tables(
    archive: zipfile.ZipFile,
    outline: _Outline,
    selected: Sequence[SheetRef],
    options: ReadOptions,
    limits: Limits,
) -> Iterator[TableHead | Batch]:
    remarks = unread_sheets(outline.sheets, selected, options)
    for sheet in selected:
        index = int(sheet.part)
        layout = outline.layouts.get(index, SheetLayout())
        rows = _rows(archive, index, layout)
        yield from sheet_table(rows, sheet, layout, options=options, limits=limits, remarks=remarks)
        remarks = ()


def _outline(archive: zipfile.ZipFile) -> _Outline:
    outline = _Outline()
    hidden_styles: set[str] = set()
    for name, element, index, number in _elements(archive):
        if name == "style":
            shown = [
                e.get(TABLE + "display", "") for e in element if local(e.tag) == "table-properties"
            ]
            if "false" in shown:
                hidden_styles.add(element.get(STYLE + "name", ""))
        elif name == "table":
            visible = element.get(TABLE + "style-name", "") not in hidden_styles
            outline.sheets.append(
                SheetRef(name=element.get(TABLE + "name", ""), part=str(index), visible=visible)
            )
        elif element.get(TABLE + "visibility", "") in {"collapse", "filter"}:
            _hide(name, element, number, outline.layouts.setdefault(index, SheetLayout()))
    return outline


def _hide(name: str, element: Element, number: int, layout: SheetLayout) -> None:
    last = number + _repeats(element, f"number-{name}s-repeated", MOST_ROWS) - 1
    if name == "row" and _has_content(element):
        layout.hidden.update(range(number, last + 1))
    elif name == "column" and number <= MOST_COLUMNS:
        layout.hidden_columns.append((number - 1, last - 1))


def _elements(archive: zipfile.ZipFile) -> Iterator[tuple[str, Element, int, int]]:
    """Yield styles, columns, rows and ends of sheets: what it is, of which sheet, its number."""
    parents: list[Element] = []
    index, inside = 0, 0
    numbers = dict.fromkeys(NUMBERED.values(), 1)
    for event, element in stream_part(archive, CONTENT):
        tag = element.tag
        if tag in INSIDE_ROWS:
            inside = 0 if tag in CELLS else inside + 1
            if inside > MOST_INSIDE:
                raise UnreadableSource(
                    f"a cell holds more than {MOST_INSIDE // 2:,} paragraphs", code="beyond-limits"
                )
            continue
        if event == "start":
            parents.append(element)
            if len(parents) > MOST_DEEP:
                raise damaged("its XML is nested too deeply")
            if tag == TABLE + "table" and _is_sheet(parents):
                numbers = dict.fromkeys(numbers, 1)
            continue
        parents.pop()
        if tag == STYLE + "style":
            yield "style", element, index, 0
        elif tag == TABLE + "table" and parents and parents[-1].tag == OFFICE + "spreadsheet":
            yield "table", element, index, 0
            index += 1
            parents[-1].clear()
        elif (name := NUMBERED.get(tag)) and sum(e.tag == TABLE + "table" for e in parents) == 1:
            yield name, element, index, numbers[name]
            numbers[name] += _repeats(element, f"number-{name}s-repeated", MOST_ROWS)
            parents[-1].remove(element)


def _is_sheet(parents: list[Element]) -> bool:
    return len(parents) > 1 and parents[-2].tag == OFFICE + "spreadsheet"


def _repeats(element: Element, name: str, most: int) -> int:
    given = element.get(TABLE + name)
    if given is None:
        return 1
    return max(1, min(int(given), most + 1)) if given.isdecimal() and len(given) < 12 else 1


def _has_content(row: Element) -> bool:
    return any(
        cell.get(OFFICE + "value-type", "") or cell.get(TABLE + "formula", "") or len(cell)
        for cell in row
    )


def _rows(archive: zipfile.ZipFile, sheet: int, layout: SheetLayout) -> Iterator[RawRow]:
    """Yield the rows of one sheet that are not blank; add merged areas to `layout`."""
    budget = MOST_REPEATED
    for name, element, index, number in _elements(archive):
        if index > sheet:
            return
        if index < sheet or name != "row" or not _has_content(element):
            continue
        row = _row(element, number, layout)
        repeated = _repeats(element, "number-rows-repeated", MOST_ROWS)
        budget -= len(row.cells) * repeated
        if number + repeated > MOST_ROWS + 1 or budget < 0:
            raise UnreadableSource(
                f"rows are repeated down to row {number + repeated - 1}, further than any sheet"
                " goes; delete the rows that are not needed, or save it as .xlsx",
                code="beyond-limits",
            )
        for offset in range(repeated):
            yield replace(row, number=number + offset, cells=list(row.cells))


def _row(element: Element, number: int, layout: SheetLayout) -> RawRow:
    values: list[Value] = []
    blank = 0
    for cell in element:
        if cell.tag not in CELLS:
            continue
        if not cell.attrib and _is_blank(cell):  # of which there may be millions
            blank += 1
            continue
        repeated = _repeats(cell, "number-columns-repeated", MOST_COLUMNS)
        value = _value(cell)
        _mark_covered(cell, number, len(values) + blank, layout)
        if not value.text and value.kind is CellKind.TEXT:
            blank += repeated
            continue
        values.extend([BLANK] * blank + [value] * repeated)
        blank = 0
        if len(values) > MOST_COLUMNS:
            raise UnreadableSource(
                f"row {number} has a cell outside of any sheet; open it in a spreadsheet program,"
                " and save it again",
                code="damaged-file",
            )
    return row_of(number, values)


def _is_blank(cell: Element) -> bool:
    """Say whether a cell is empty or has one empty paragraph: a quick check only."""
    return not len(cell) or (len(cell) == 1 and not len(cell[0]) and not cell[0].text)


def _mark_covered(cell: Element, number: int, position: int, layout: SheetLayout) -> None:
    rows = _repeats(cell, "number-rows-spanned", MOST_ROWS)
    columns = _repeats(cell, "number-columns-spanned", MOST_COLUMNS)
    if rows > 1 or columns > 1:
        layout.merge(position, number, position + columns - 1, number + rows - 1)


def _value(cell: Element) -> Value:
    kind, formula = cell.get(OFFICE + "value-type", ""), bool(cell.get(TABLE + "formula", ""))
    shown = _shown(cell)
    if "error" in _types(cell) or (formula and SHOWN_ERROR.match(shown)):
        return Value(shown or "#ERROR", CellKind.ERROR)
    if not kind:
        return Value(shown, CellKind.FORMULA_UNCACHED if formula and not shown else CellKind.TEXT)
    if kind in NUMBERS:
        value = _number(cell.get(OFFICE + "value", ""), shown)
    else:
        value = _typed(kind, cell, shown)
    if value.problem or _is_shown(value, shown.strip(), cell):
        return value
    if all(child.tag != TEXT + "p" for child in cell):  # its writer does not tell what is shown
        return value
    seen = f'"{shown.strip()[:60]}"' if shown.strip() else "nothing"
    message = f"shows {seen}, but holds {value.text[:60]}, which is sent"
    return value._replace(problem=shown_differently(message))


def _typed(kind: str, cell: Element, shown: str) -> Value:
    match kind:
        case "date":
            return Value(_day(cell.get(OFFICE + "date-value", "")), CellKind.DATE)
        case "time":
            return Value(clock_text(cell.get(OFFICE + "time-value", "")), CellKind.TIME)
        case "boolean":
            is_true = cell.get(OFFICE + "boolean-value", "").strip().lower() in {"true", "1"}
            return Value("TRUE" if is_true else "FALSE", CellKind.BOOLEAN)
    return Value(cell.get(OFFICE + "string-value", "") or shown)


def _is_shown(value: Value, shown: str, cell: Element) -> bool:
    """Tell whether the cell shows what it holds; booleans are shown in many languages."""
    if shown == value.text:
        return True
    match value.kind:
        case CellKind.NUMBER:
            return shown.replace(",", ".") == value.text
        case CellKind.DATE:
            return _is_date_shown(shown, value.text)
        case CellKind.TIME:
            found = seconds_of(cell.get(OFFICE + "time-value", ""))
            return found is None or shows_time(shown, float(f"{found[0]}.{found[1]}"))
        case CellKind.TEXT:
            return shown.split() == value.text.split()
    return bool(shown) or not value.text


def _is_date_shown(shown: str, stored: str) -> bool:
    try:
        return shows_date(shown, datetime.fromisoformat(stored))
    except ValueError:
        return True  # no date, which is said elsewhere


def _types(cell: Element) -> set[str]:
    """Return every value type that is given: LibreOffice says "error" in a namespace of its own."""
    return {value for key, value in cell.attrib.items() if key.endswith("}value-type")}


def _number(stored: str, shown: str) -> Value:
    value = number_value(stored, GENERAL, epoch_1904=False)
    if shown in {"TRUE", "FALSE"} and value.text in {"0", "1"}:
        return Value(shown, CellKind.BOOLEAN)  # how LibreOffice stores the result of a formula
    if shown.isdecimal() and shown.startswith("0") and shown.lstrip("0") == value.text.lstrip("0"):
        return value._replace(text=shown)  # the format shows zeros in front
    return value


def _day(stored: str) -> str:
    return re.sub(r"(\.\d*?)0+$", r"\1", stored).rstrip(".").removesuffix("T00:00:00")


def _shown(cell: Element) -> str:
    blanks = sum(_blanks(each) for each in cell.iter(TEXT + "s"))
    shown = "" if blanks > MOST_CHARACTERS else _texts(cell)
    if max(blanks, len(shown)) > MOST_CHARACTERS:
        raise UnreadableSource(
            f"a cell holds more than {MOST_CHARACTERS:,} characters", code="beyond-limits"
        )
    return shown


def _blanks(element: Element) -> int:
    return min(int(element.get(TEXT + "c", "") or 1), 32_767)


def _texts(cell: Element) -> str:
    return "\n".join(_text(child) for child in cell if child.tag == TEXT + "p")


def _text(element: Element) -> str:
    pieces = [SPACE.sub(" ", element.text or "")]
    for child in element:
        match local(child.tag):
            case "s":
                pieces.append(" " * _blanks(child))
            case "tab":
                pieces.append("\t")
            case "line-break":
                pieces.append("\n")
            case name if name not in ASIDE:
                pieces.append(_text(child))
        pieces.append(SPACE.sub(" ", child.tail or ""))
    return "".join(pieces)
