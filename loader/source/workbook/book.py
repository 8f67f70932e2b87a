"""What the cells of an Excel workbook refer to: sheets, styles, shared texts, the epoch.

Sheets in the order of their tabs; chart and macro sheets are no sheets; macros
and links to other files are reported, never run or followed.
"""

import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from loader.source.archive import members_by_name
from loader.source.parsed_rows import Remark
from loader.source.workbook.number_format import GENERAL, Formats, NumberFormat
from loader.source.workbook.package import damaged, local, parse_part
from loader.source.workbook.shared_strings import read_shared
from loader.source.workbook.shared_texts import SharedTexts

NO_FORMATS: Sequence[NumberFormat] = []  # a part that the workbook names and does not hold
HIDDEN = {"hidden", "veryHidden"}
MAIN = "xl/workbook.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRef:
    """A sheet: its name on the tab, the part that holds it, and whether people see it."""

    name: str
    part: str
    visible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Everything that cells refer to."""

    sheets: tuple[SheetRef, ...]
    formats: Sequence[NumberFormat]
    texts: SharedTexts
    epoch_1904: bool = False
    is_uncomputed: bool = False  # the formulas, by the program that wrote the file
    remarks: tuple[Remark, ...] = ()

    def number_format(self, style: str) -> NumberFormat:
        """Return the number format of style number `style`."""
        if style and not style.isdecimal():
            raise damaged(f'"{style[:20]}" is no style')
        index = int(style or 0)
        if index < len(self.formats):
            return self.formats[index]
        if self.formats is NO_FORMATS and index:
            raise damaged(f"there is no style {index}")
        return GENERAL

    def text_format(self, style: str) -> NumberFormat:
        """Return the format of a text, which can be read whatever style it names."""
        index = int(style) if style.isdecimal() else len(self.formats)
        return self.formats[index] if index < len(self.formats) else GENERAL


@contextmanager
def open_book(archive: zipfile.ZipFile) -> Iterator[Book]:
    """Read everything but the cells; the shared texts can be used until the block ends."""
    with SharedTexts() as texts:
        yield _read_book(archive, texts)
        texts.read_rest()


def _read_book(archive: zipfile.ZipFile, texts: SharedTexts) -> Book:
    names = members_by_name(archive)
    main = _main_part(archive, names)
    root = parse_part(archive, main)
    targets = targets_of(archive, main, names)
    shared = part_of("sharedStrings", targets)
    if shared in archive.namelist():  # a workbook may name the part and not need it
        read_shared(texts, archive, shared)
    return Book(
        sheets=tuple(_sheets(root, targets)),
        formats=_number_formats(archive, targets),
        texts=texts,
        epoch_1904=any(
            local(e.tag) == "workbookPr" and e.get("date1904") in {"1", "true"} for e in root
        ),
        is_uncomputed=any(
            local(e.tag) == "calcPr" and e.get("fullCalcOnLoad") in {"1", "true"} for e in root
        ),
        remarks=file_remarks(names),
    )


def _main_part(archive: zipfile.ZipFile, names: dict[str, str]) -> str:
    if "_rels/.rels" not in names and MAIN in names:
        return names[MAIN]
    for relation in parse_part(archive, names.get("_rels/.rels", "_rels/.rels")):
        if relation.get("Type", "").endswith("/officeDocument"):
            return _member_of(relation.get("Target", "").lstrip("/"), names)
    raise damaged("it has no workbook inside")


def _member_of(part: str, names: dict[str, str], *others: str) -> str:
    """Return the member of a part, or of the first of the others that is in the archive."""
    for each in (part, unquote(part), *others):
        member = names.get(each.replace("\\", "/").lower())
        if member is not None:
            return member
    return part


def targets_of(
    archive: zipfile.ZipFile, main: str, names: dict[str, str]
) -> dict[str, tuple[str, str]]:
    """Return by relation id: the last word of its type, and its part."""
    folder, name = posixpath.split(main.replace("\\", "/"))
    relations = _member_of(posixpath.join(folder, "_rels", f"{name}.rels"), names)
    found = {}
    for relation in parse_part(archive, relations):
        target = relation.get("Target", "")
        if relation.get("TargetMode") == "External":
            continue
        target = target.replace("\\", "/")
        part = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        kind = relation.get("Type", "").rpartition("/")[2]
        # Some writers give the place in the archive, as if the relation was at its root.
        found[relation.get("Id", "")] = (kind, _member_of(posixpath.normpath(part), names, target))
    return found


def _sheets(root: Element, targets: dict[str, tuple[str, str]]) -> list[SheetRef]:
    sheets = []
    for element in root.iter():
        if local(element.tag) != "sheet":
            continue
        key = next((v for k, v in element.attrib.items() if local(k) == "id"), "")
        kind, part = targets.get(key, ("", ""))
        if kind == "worksheet":
            visible = element.get("state") not in HIDDEN
            sheets.append(SheetRef(name=element.get("name", ""), part=part, visible=visible))
    return sheets


def part_of(kind: str, targets: dict[str, tuple[str, str]]) -> str | None:
    """Return the part that the workbook names for this kind."""
    return next((part for found, part in targets.values() if found == kind), None)


def _number_formats(
    archive: zipfile.ZipFile, targets: dict[str, tuple[str, str]]
) -> Sequence[NumberFormat]:
    part = part_of("styles", targets)
    if part is None:
        return ()
    if part not in archive.namelist():
        return NO_FORMATS
    root = parse_part(archive, part)
    # Conditional formats (dxfs) have numFmt elements of their own, with ids of the others.
    codes = {_format_id(e): e.get("formatCode", "") for e in _children(root, "numFmts")}
    return Formats([_format_id(xf) for xf in _children(root, "cellXfs")], codes)


def _format_id(element: Element) -> int:
    given = element.get("numFmtId", "0")
    if not given.isdecimal():
        raise damaged(f'"{given[:20]}" is no number of a format')
    return int(given)


def _children(root: Element, name: str) -> list[Element]:
    return [child for e in root if local(e.tag) == name for child in e]


def file_remarks(names: dict[str, str]) -> tuple[Remark, ...]:
    """Return remarks on macros and links, which are neither run nor followed."""
    remarks = []
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        remarks.append(Remark(code="macros", message="the workbook has macros; they are not run"))
    if any(name.startswith("xl/externallinks/") for name in names):
        message = "the workbook links to other files; they are not opened, the values as last saved"
        remarks.append(Remark(code="external-links", message=f"{message} are used"))
    return tuple(remarks)
