"""A workbook of any number of rows: texts shared and numbered by first use, as programs do it.

Memory stays flat, which no library that writes shared texts manages.
"""

import shutil
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    f' ContentType="{_TYPE}.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml"'
    f' ContentType="{_TYPE}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Offers" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>",
}


def write_book(path: Path, rows: Iterable[Sequence[str]], *, distinct: Collection[int]) -> None:
    """Write a workbook of one sheet. `distinct` are the positions where no text comes twice."""
    with ZipFile(path, "w", ZIP_DEFLATED) as book, TemporaryFile() as texts:
        for name, xml in _PARTS.items():
            book.writestr(name, xml)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            _write_rows(sheet, texts, rows, distinct)
            sheet.write(b"</sheetData></worksheet>")
        texts.seek(0)
        with book.open("xl/sharedStrings.xml", "w", force_zip64=True) as shared:
            shared.write(f'<sst xmlns="{_MAIN}">'.encode())
            shutil.copyfileobj(texts, shared)
            shared.write(b"</sst>")


def _write_rows(
    sheet: IO[bytes],
    texts: IO[bytes],
    rows: Iterable[Sequence[str]],
    distinct: Collection[int],
) -> None:
    known: dict[str, int] = {}
    count = 0
    for row, cells in enumerate(rows, start=1):
        made = []
        for position, text in enumerate(cells):
            number = known.get(text, count)
            if number == count:
                texts.write(f"<si><t>{escape(text)}</t></si>".encode())
                count += 1
                if position not in distinct:
                    known[text] = number
            made.append(f'<c r="{chr(65 + position)}{row}" t="s"><v>{number}</v></c>')
        sheet.write(f'<row r="{row}">{"".join(made)}</row>'.encode())
