"""What a file is, by its bytes; its name only decides where bytes cannot.

Looks at the start of the file and at the names in an archive, never at cells;
what cannot be a spreadsheet is refused here with what it is and what to do.
"""

import re
import struct
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path

from loader.errors import UnreadableSource
from loader.source.archive import members_by_name, open_zip, read_start, short_message

NUMBERS_DOCUMENT = (
    "the file is an Apple Numbers document; export it in Numbers: File > Export To > Excel"
)


class FileKind(StrEnum):
    """The kinds of files that can be read."""

    TEXT = "delimited text (CSV)"
    JSON_LINES = "JSON Lines"
    XLSX = "an Excel workbook (.xlsx)"
    XLSB = "a binary Excel workbook (.xlsb)"
    XLS = "an old Excel workbook (.xls)"
    ODS = "an OpenDocument spreadsheet (.ods)"
    PARQUET = "a Parquet file"
    GZIP = "a gzip archive"
    ZIP = "a zip archive"
    CACHED = "the answer of a database"  # rows that we cached in a file


SUFFIXES = {
    ".xlsx": {FileKind.XLSX}, ".xlsm": {FileKind.XLSX}, ".xltx": {FileKind.XLSX},
    ".xlsb": {FileKind.XLSB}, ".xls": {FileKind.XLS}, ".ods": {FileKind.ODS},
    ".csv": {FileKind.TEXT}, ".tsv": {FileKind.TEXT}, ".txt": {FileKind.TEXT},
    ".parquet": {FileKind.PARQUET}, ".jsonl": {FileKind.JSON_LINES},
    ".ndjson": {FileKind.JSON_LINES}, ".gz": {FileKind.GZIP}, ".zip": {FileKind.ZIP},
}  # fmt: skip
USUAL_SUFFIXES = {
    FileKind.XLSX: ".xlsx", FileKind.XLSB: ".xlsb", FileKind.XLS: ".xls", FileKind.ODS: ".ods",
    FileKind.PARQUET: ".parquet", FileKind.GZIP: ".gz", FileKind.ZIP: ".zip",
}  # fmt: skip
ZIP_MAGIC = (  # PK alone may begin a heading
    *(b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x07\x08"),
)
FOREIGN_MAGIC = (
    (b"%PDF-", "a PDF document"), (b"{\\rtf", "an RTF document"), (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"), (b"GIF87a", "an image"), (b"GIF89a", "an image"),
    (b"SQLite format 3\0", "a database"), (b"\x7fELF", "a program"), (b"MZ\x90", "a program"),
)  # fmt: skip
ARCHIVE_MAGIC = (
    (b"7z\xbc\xaf", "a 7z archive"), (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\0", "an xz archive"), (b"BZh", "a bzip2 archive"),
    (b"(\xb5/\xfd", "a zstd archive"),
)  # fmt: skip
BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # behind the digit that follows BZh
TAR_MAGIC, TAR_MAGIC_AT = b"ustar", 257
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# The tag of a page; a heading such as <table> has the next cell behind it.
WEB_PAGE = re.compile(rb"<(?:html|!doctype html|table|meta|head)\b(?![^>]*> *[,;|\t]\s*[^\s<])")
JSON_ARRAY = re.compile(rb'\[\s*\{\s*["}]')
JSON_OBJECT = re.compile(rb'\{\s*["}]')
JSON_NAME = re.compile(rb'"\s*:')
ENCRYPTED = (
    "the workbook is protected by a password; open it in Excel, remove the password"
    " (File > Info > Protect Workbook > Encrypt with Password, leave it empty) and save it again"
)
OLDEST_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")  # Excel 2, 3 and 4
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What the library raises for wrong bytes; IndexError by its reading of extra fields.
BROKEN_ZIP = (
    *(zipfile.BadZipFile, OSError, EOFError, zlib.error, struct.error),
    *(RuntimeError, NotImplementedError, IndexError, ValueError),
)
SAVE_AS = "open it in a spreadsheet program and save it as .xlsx or .csv"


def detect(path: Path, suffix: str) -> FileKind:
    """Return what the file is, or raise UnreadableSource with what it is instead."""
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise UnreadableSource(
            "the file is empty (0 bytes); save or export it again", code="empty-file"
        )
    if start.startswith(ZIP_MAGIC):
        return _kind_in_zip(path)
    if start.startswith(OLDEST_EXCEL):
        return FileKind.XLS
    if start.startswith(OLE_MAGIC):
        return _kind_in_ole(path)
    if start.startswith(b"\x1f\x8b"):
        return FileKind.GZIP
    if start.startswith(b"PAR1") and CONTROL.search(start):
        return FileKind.PARQUET
    return _kind_of_text(start, suffix)


def _kind_in_zip(path: Path) -> FileKind:
    try:
        with open_zip(path) as archive:
            names = members_by_name(archive)
            mime = _start(archive, "mimetype", 80)
            sealed = b"encryption-data" in _start(archive, "meta-inf/manifest.xml", 1_000_000)
            is_ods = b"opendocument" in mime or _looks_like_ods(archive)
    except BROKEN_ZIP as error:
        raise UnreadableSource(
            "the file begins like a workbook but is damaged or cut off (it may not have been copied"
            f" or downloaded completely: {short_message(error)}); get it again from where it came"
            " from",
            code="damaged-file",
        ) from error
    if any(name.startswith("index/") and name.endswith(".iwa") for name in names):
        raise UnreadableSource(NUMBERS_DOCUMENT, code="not-a-spreadsheet")
    if "xl/workbook.bin" in names:
        return FileKind.XLSB
    if "[content_types].xml" in names or "xl/workbook.xml" in names:
        if any(name.startswith(("word/", "ppt/")) for name in names):
            raise UnreadableSource(
                f"the file is a Word or PowerPoint document; {SAVE_AS}", code="not-a-spreadsheet"
            )
        return FileKind.XLSX
    if is_ods:
        if mime and b"spreadsheet" not in mime:
            raise UnreadableSource(
                f"the file is an OpenDocument text, not a spreadsheet; {SAVE_AS}",
                code="not-a-spreadsheet",
            )
        if sealed:
            raise UnreadableSource(ENCRYPTED, code="password")
        return FileKind.ODS
    return FileKind.ZIP


def _start(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    found = members_by_name(archive).get(name)
    return read_start(archive, found, size) if found else b""


def _looks_like_ods(archive: zipfile.ZipFile) -> bool:
    """Recognise a spreadsheet that does not say its type, as Google writes it."""
    return b"office:document-content" in _start(archive, "content.xml", 4_000)


def _kind_in_ole(path: Path) -> FileKind:
    with path.open("rb") as file:
        content = file.read(64 << 20)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnreadableSource(ENCRYPTED, code="password")
    if any(name.encode("utf-16-le") + b"\0\0" in content for name in ("Workbook", "Book", "BOOK")):
        return FileKind.XLS
    raise UnreadableSource(
        f"the file is an old Office document, but not a workbook; {SAVE_AS}",
        code="not-a-spreadsheet",
    )


def _kind_of_text(start: bytes, suffix: str) -> FileKind:
    for magic, name in FOREIGN_MAGIC:
        if start.startswith(magic):
            raise UnreadableSource(
                f"the file is {name}, not a spreadsheet; {SAVE_AS}", code="not-a-spreadsheet"
            )
    _refuse_archive(start)
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if WEB_PAGE.match(head):
        raise UnreadableSource(
            f"the file is a web page with another name; {SAVE_AS}", code="not-a-spreadsheet"
        )
    if head.startswith(b"<?xml"):
        raise UnreadableSource(
            f"the file is XML, which is not read; {SAVE_AS}", code="not-a-spreadsheet"
        )
    _refuse_binary(start)
    kinds_by_suffix = SUFFIXES.get(suffix, {FileKind.TEXT})
    if kinds_by_suffix & {
        FileKind.XLSX,
        FileKind.XLSB,
        FileKind.XLS,
        FileKind.ODS,
        FileKind.PARQUET,
    }:
        raise UnreadableSource(
            f"the name ends in {suffix}, but the file is not a workbook: it holds plain text; if it"
            " is a CSV file, rename it to end in .csv",
            code="not-a-spreadsheet",
        )
    if JSON_ARRAY.match(head):
        raise UnreadableSource(
            "the file is one JSON array; JSON Lines is read, which has one object a line"
            " (jq -c '.[]' makes it)",
            code="broken-json",
        )
    is_object = JSON_OBJECT.match(head) and JSON_NAME.search(head)
    return (
        FileKind.JSON_LINES
        if FileKind.JSON_LINES in kinds_by_suffix or is_object
        else FileKind.TEXT
    )


def _refuse_archive(start: bytes) -> None:
    name = next((name for magic, name in ARCHIVE_MAGIC if start.startswith(magic)), None)
    if start.startswith(b"BZh") and start[4:10] not in BZIP2_BLOCKS:
        name = None
    if start[TAR_MAGIC_AT:].startswith(TAR_MAGIC) and CONTROL.search(start):
        name = "a tar archive"
    if name:
        raise UnreadableSource(
            f"the file is {name}, which is not read; unpack it, and give the file that is in it",
            code="not-a-spreadsheet",
        )


def _refuse_binary(start: bytes) -> None:
    odd = sum(1 for byte in start if byte < 9 or 13 < byte < 32)
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff")) or 0.3 < start.count(0) / len(start) < 0.8
    if not wide and odd > max(100, len(start) * 0.1):
        raise UnreadableSource(
            f"the file is not a spreadsheet, nor any text; {SAVE_AS}", code="not-a-spreadsheet"
        )
