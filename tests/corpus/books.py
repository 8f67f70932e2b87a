"""Builders of Excel workbooks: by hand, where a writer would not make the mistake."""

import io
import zipfile
from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PKG = "http://schemas.openxmlformats.org/package/2006/relationships"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
FORMATS = (
    "yyyy-mm-dd", "00000", "h:mm:ss", "[h]:mm", '0.00" days"', "dd/mm/yyyy hh:mm", '"SKU-"@',
    "h:mm", "mmm-yy",
)  # fmt: skip


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of the parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def text_cell(reference: str, text: str) -> str:
    """Return a cell that holds its text itself."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, *cells: str, attributes: str = "") -> str:
    """Return a row. A cell that begins with < is XML, else it is text for the next column."""
    made = [
        c if c.startswith("<") else text_cell(f"{chr(65 + i)}{number}", c)
        for i, c in enumerate(cells)
    ]
    return f'<row r="{number}"{attributes}>{"".join(made)}</row>'


HEAD = row(1, "name", "content")


def sheet_xml(rows: str, *, tail: str = "", before: str = "", namespace: str = MAIN) -> str:
    """Return the XML of a sheet."""
    return (
        f'{DECLARATION}<worksheet xmlns="{namespace}">{before}<sheetData>{rows}</sheetData>'
        f"{tail}</worksheet>"
    )


def styles_xml(*, conditional: str = "") -> str:
    """Return styles: number n (from 1) has the format FORMATS[n - 1]; 0 is General.

    A conditional format has a number format of its own, which programs give the id of another.
    """
    formats = "".join(
        f'<numFmt numFmtId="{164 + i}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
        for i, code in enumerate(FORMATS)
    )
    used = "".join(f'<xf numFmtId="{164 + i}"/>' for i in range(len(FORMATS)))
    return (
        f'{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        f'<cellXfs><xf numFmtId="0"/>{used}</cellXfs>'
        + (
            f'<dxfs><dxf><numFmt numFmtId="164" formatCode="{conditional}"/></dxf></dxfs>'
            if conditional
            else ""
        )
        + "</styleSheet>"
    )


def book(
    *sheets: str,
    names: Sequence[tuple[str, str]] = (("Offers", "visible"), ("More", "visible")),
    shared: str | None = None,
    properties: str = "",
    extra: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Return a workbook of whole sheets (XML)."""
    parts = book_parts(*sheets, names=names, shared=shared, properties=properties)
    return zipped({**parts, **(extra or {})})


def book_parts(
    *sheets: str,
    names: Sequence[tuple[str, str]] = (("Offers", "visible"), ("More", "visible")),
    shared: str | None = None,
    properties: str = "",
) -> dict[str, str | bytes]:
    """Return the parts of a workbook."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{i}" state="{state}" r:id="rId{i}"/>'
        for i, (name, state) in enumerate(names[: len(sheets)], start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{REL}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    relations += f'<Relationship Id="rIdS" Type="{REL}/styles" Target="styles.xml"/>'
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PKG}"/>',
        "_rels/.rels": f'{DECLARATION}<Relationships xmlns="{PKG}"><Relationship Id="rId1"'
        f' Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{REL}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/styles.xml": styles_xml(),
    }
    if shared is not None:
        relations += (
            f'<Relationship Id="rIdT" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>'
        )
        parts["xl/sharedStrings.xml"] = f'{DECLARATION}<sst xmlns="{MAIN}">{shared}</sst>'
    parts["xl/_rels/workbook.xml.rels"] = (
        f'{DECLARATION}<Relationships xmlns="{PKG}">{relations}</Relationships>'
    )
    for i, xml in enumerate(sheets, start=1):
        parts[f"xl/worksheets/sheet{i}.xml"] = xml
    return parts
