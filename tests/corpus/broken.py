"""Files that cannot be read, each with the words that tell why and what to do."""

import bz2
import gzip
import io
import lzma
import random
import zipfile
from collections.abc import Callable
from functools import cache

import pyarrow as pa
import pyarrow.parquet as pq

from loader.source import ReadOptions
from tests.corpus import binary
from tests.corpus.binary import at, record, text, xlsb
from tests.corpus.books import HEAD, book, book_parts, row, sheet_xml, text_cell, zipped
from tests.corpus.case import Case
from tests.corpus.old_excel import FILES
from tests.corpus.opendocument import ods, package, table

UNSURE = "name,content\nÉté à Genève,Août\nCrème brûlée,dès février\n"
GOOD = book(sheet_xml(HEAD + row(2, "a", "b")))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    + sheet_xml(HEAD + row(2, "a", "&b;")).partition("?>")[2]
)


def refused(
    name: str, suffix: str, data: bytes | Callable[[], bytes], *words: str, **options: object
) -> Case:
    """Return the case of a file that is refused with these words."""
    reading = ReadOptions(isolated=False, **options)  # type: ignore[arg-type]  # fields of ReadOptions
    return Case(name=name, suffix=suffix, data=data, refused=words, options=reading)


@cache
def bomb() -> bytes:
    """Return a small archive whose only sheet is 100 MB of nothing."""
    parts = book_parts(sheet_xml(HEAD + " " * (100 << 20)))
    return zipped(parts)


@cache
def gzip_bomb() -> bytes:
    """Return a small archive of 100 MB of blank lines."""
    return gzip.compress((b" " * (1 << 20) + b"\n") * 100)


@cache
def endless_line() -> bytes:
    """Return an archive whose only line is 40 MB of nothing."""
    return gzip.compress(b" " * (40 << 20), 1)


def twins() -> bytes:
    """Return a Parquet file whose structures have a name twice."""
    column = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    out = io.BytesIO()
    pq.write_table(pa.table({"name": ["a"], "content": column}), out)
    return out.getvalue()


def twice() -> bytes:
    """Return a workbook in which two parts have one name."""
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("XL/worksheets/sheet1.xml", sheet_xml(HEAD + row(2, "x", "y")))
    return out.getvalue()


def spoiled() -> bytes:
    """Return a workbook with a byte of its sheet changed."""
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    return GOOD[: at + 60] + bytes([GOOD[at + 60] ^ 0xFF]) + GOOD[at + 61 :]


def long_name() -> bytes:
    """Return a workbook in which the name of a part, where it begins, takes 60,000 bytes."""
    many = zipped(
        {**book_parts(sheet_xml(HEAD)), "xl/more.bin": random.Random(1).randbytes(80_000)}
    )
    with zipfile.ZipFile(io.BytesIO(many)) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    return many[: at + 26] + (60_000).to_bytes(2, "little") + many[at + 28 :]


ASKED_ABOUT = (
    ("Korean", "cp949", "여름 세일을 시작합니다"), ("Chinese of Taiwan", "big5", "夏季特賣開始了"),
    ("Japanese of Unix", "euc_jp", "夏のセールが始まりました"),
    ("Chinese", "gb18030", "免运费，仅限今天"),
    ("Greek", "cp1253", "Δωρεάν αποστολή"), ("Turkish", "cp1254", "Bugün sipariş"),
    ("Arabic", "cp1256", "تخفيضات الصيف"), ("Cyrillic of ISO", "iso8859-5", "Скидка недели"),
    ("Cyrillic of Unix", "koi8_r", "Скидка недели"), ("Hebrew", "cp1255", "מבצע קיץ"),
)  # fmt: skip

BROKEN = (
    refused("empty file", ".csv", b"", "empty", "again"),
    refused("only blank lines", ".csv", b"\n\n,,\n", "no row"),
    refused("header only", ".csv", b"name,content\n", "header in row 1", "no row"),
    refused("header only in a workbook", ".xlsx", book(sheet_xml(HEAD)), '"Offers"', "no row"),
    refused("blank workbook", ".xlsx", book(sheet_xml("")), "no row"),
    refused("a blank sheet before the offers", ".xlsx", book(sheet_xml(""), sheet_xml(HEAD)),
            '"Offers" is blank', '"More" (name, content)', "--sheet"),
    refused("unclosed quote", ".csv", b'name,content\na,b\n"c,d\ne,f\n', "row 3", "never closed",
            "--quoting none"),
    refused("text after a quote", ".csv", b'name,content\n"a"b,c\n', "row 2", "twice"),
    refused("wrong encoding named", ".csv", "name\né\n".encode("cp1252"), "byte 6", "line 2",
            encoding="utf-8"),
    refused("no such encoding", ".csv", b"name\na\n", "klingon", encoding="klingon"),
    refused("an encoding that cannot be known", ".csv", UNSURE.encode("cp850"),
            "--encoding", 'cp850 "', "Genève"),
    refused("Central European, or something else", ".csv",
            "name,content\nŻółta łódź,święto\n".encode("cp1250"), 'cp1250 "', "Żółta"),
    refused("Cyrillic, or something else", ".csv",
            "name,content\nСкидка недели,Только сегодня\n".encode("cp1251"), 'cp1251 "', "Скидка"),
    *(
        refused(f"{language}, or something else", ".csv",
                f"name,content\n{text},x\n".encode(encoding), f'{encoding} "', text)
        for language, encoding, text in ASKED_ABOUT
    ),
    refused("a short French text, or something else", ".csv",
            UNSURE.encode("cp1252"), 'cp1252 "', "Été"),
    refused("two bytes of no known encoding", ".csv", b"name,content\na\xc0\xafb,c\n",
            "cannot be known for certain"),
    refused("UTF-8 but for half of a pair", ".csv",
            "é,à\nè,ù\nçô,x\n".encode() + b"\xed\xa0\x80,x\n",
            "UTF-8 but for byte", "line 4"),
    refused("half of a pair between few accents", ".csv",
            "name\né\ud83dü\n".encode("utf-8", "surrogatepass"),
            "UTF-8 but for byte 8", "line 2", "half an emoji"),
    refused("half of a pair between Japanese characters", ".csv",
            "name\n夏\ud83dの\n".encode("utf-8", "surrogatepass"),
            "UTF-8 but for byte 9", "half an emoji"),
    refused("emoji that were written in two halves", ".csv",
            "name\nSale \ud83d\ude00\n".encode("utf-8", "surrogatepass"),
            "UTF-8 but for byte 11", "half an emoji"),
    refused("an emoji that was cut, between accents", ".csv",
            "name\né".encode() + "\U0001f600".encode()[:3] + "ü\n".encode(),
            "UTF-8 but for byte 8", "half an emoji"),
    refused("UTF-8 but for a byte", ".csv", UNSURE.encode() + b"caf\xe9,x\n",
            "UTF-8 but for byte", "line 4"),
    refused("bad delimiter", ".csv", b"name\na\n", "delimiter", delimiter="ab"),
    refused("header row too far down", ".csv", b"name\na\n", "row 9", "--header-row", header_row=9),
    refused("a PDF", ".xlsx", b"%PDF-1.7\n", "PDF", "save it as"),
    refused("an image", ".csv", b"\x89PNG\r\n\x1a\n", "image"),
    refused("noise", ".csv", bytes(range(32)) * 40, "not a spreadsheet"),
    refused("a web page as .xls", ".xls", b"<html><table><tr><td>a", "web page", ".xlsx"),
    refused("XML as .xls", ".xls", b'<?xml version="1.0"?><Workbook/>', "XML"),
    refused("CSV as .xlsx", ".xlsx", b"name,content\na,b\n", "plain text", "rename"),
    refused("encrypted workbook", ".xlsx", OLE + "EncryptedPackage".encode("utf-16-le"),
            "password"),
    refused("encrypted ods", ".ods", ods(("a",), manifest="<encryption-data/>"), "password"),
    refused("an old Word document", ".doc", OLE + b"\0" * 600, "not a workbook"),
    refused("a Word document", ".xlsx",
            zipped({"[Content_Types].xml": "", "word/document.xml": ""}), "Word"),
    refused("damaged old workbook", ".xls", OLE + "Workbook".encode("utf-16-le") + b"\0\0" * 99,
            "damaged", "save it again"),
    refused("truncated workbook", ".xlsx", GOOD[: len(GOOD) // 2], "cut off"),
    refused("spoiled workbook", ".xlsx", spoiled(), "damaged"),
    refused("a part whose name is thousands of bytes", ".xlsx", long_name(), "File name in dir"),
    refused("workbook without its sheet", ".xlsx", zipped({
        k: v for k, v in book_parts(sheet_xml(HEAD)).items() if "sheet1" not in k}), "missing"),
    refused("two parts with one name", ".xlsx", twice(), "same name"),
    refused("rows in no order", ".xlsx", book(sheet_xml(HEAD + row(4, "a") + row(3, "c", "d"))),
            "row 3 is below row 4"),
    refused("a cell in another row", ".xlsx", book(sheet_xml(
        HEAD + row(2, text_cell("A3", "a")))), "the cell A3 is in row 2"),
    refused("no reference of a cell", ".xlsx", book(sheet_xml(
        HEAD + row(2, "a", '<c r="B"><v>1</v></c>'))), '"B" is no reference'),
    refused("a cell outside of any sheet", ".xlsx", book(sheet_xml(
        HEAD + row(2, "a", '<c r="XFE2"><v>1</v></c>'))), "XFE2 is outside"),
    refused("a row outside of any sheet", ".xlsx", book(sheet_xml(HEAD + row(1_048_577, "a"))),
            "row 1048577 is outside"),
    refused("no such shared text", ".xlsx", book(sheet_xml(
        HEAD + row(2, "a", '<c r="B2" t="s"><v>7</v></c>'))), "no shared text 7"),
    refused("styles that are missing and needed", ".xlsx", zipped({
        name: part for name, part in book_parts(sheet_xml(
            HEAD + row(2, "a", '<c r="B2" s="1"><v>1</v></c>'))).items()
        if name != "xl/styles.xml"}), "no style 1"),
    refused("no boolean", ".xlsx", book(sheet_xml(HEAD + row(
        2, "a", '<c r="B2" t="b"><v>2</v></c>'))), '"2" is no boolean'),
    refused("no number of a row", ".xlsx", book(sheet_xml(
        HEAD + row(2, "a", "b").replace('r="2"', 'r="2.0"', 1))), '"2.0" is no number of a row'),
    refused("no style", ".xlsx", book(sheet_xml(HEAD + row(
        2, "a", '<c r="B2" s="-1"><v>1</v></c>'))), '"-1" is no style'),
    refused("json lines, half of a character in a name", ".jsonl", b'{"a\\ud800": 1}', "line 1",
            "half of a character"),
    refused("a name of a sheet without end", ".xlsx",
            book(sheet_xml(HEAD + row(2, "a", "b")), names=(("n" * 300, "visible"),)),
            "more than 255 characters"),
    refused("ods: blanks without end", ".ods", ods(("a",), (
        "<table:table-cell><text:p>" + '<text:s text:c="32767"/>' * 40 + "</text:p>"
        "</table:table-cell>",)), "more than 1,000,000 characters"),
    refused("ods: tables nested without end", ".ods", ods(("a",), (
        "<table:table-cell>" + "<table:table>" * 300 + "</table:table>" * 300
        + "</table:table-cell>",)), "nested too deeply"),
    refused("ods: texts nested without end", ".ods", ods(("a",), (
        "<table:table-cell><text:p>" + "<text:span>" * 9_000 + "</text:span>" * 9_000
        + "</text:p></table:table-cell>",)), "nested too deeply"),
    refused("ods: paragraphs without end", ".ods", ods(("a",), (
        "<table:table-cell>" + "<text:p/>" * 100_001 + "</table:table-cell>",)), "paragraphs"),
    refused("broken XML", ".xlsx", book(sheet_xml(HEAD) + "<"), "damaged"),
    refused("XML cut off", ".xlsx", book(sheet_xml(HEAD + row(2, "a", "b"))[:-40]), "broken"),
    refused("XML in an unknown encoding", ".xlsx",
            book(sheet_xml(HEAD).replace('encoding="UTF-8"', 'encoding="UT8"')),
            "unknown encoding"),
    refused("zip bomb", ".xlsx", bomb, "unpacks to far more"),
    refused("gzip bomb", ".csv.gz", gzip_bomb, "unpacks to far more"),
    refused("a line without end in an archive", ".csv.gz", endless_line,
            "line 1 is longer than 32 MB"),
    refused("entity bomb", ".xlsx", book(LAUGHS), "entities"),
    refused("ods: entity bomb", ".ods", package(
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'), "entities"),
    refused("ods: document type behind a long comment", ".ods", package(
        f"<!--{'-x' * 100_000}--><!DOCTYPE x><x/>"), "entities"),
    refused("document type among the texts", ".xlsx", zipped({
        **book_parts(sheet_xml(HEAD), shared=""),
        "xl/sharedStrings.xml": "<!DOCTYPE sst><sst><si><t>a</t></si></sst>"}), "entities"),
    refused("wrong sheet", ".xlsx", GOOD, '"Offers"', '"Offer s"', sheet="Offer s"),
    refused("zip of several", ".zip", zipped({"a.csv": "a", "b.csv": "b"}), "2 files", "a.csv"),
    refused("truncated gz", ".csv.gz", gzip.compress(b"name,content\n" * 99)[:-9], "cut off"),
    refused("a cut off .xlsb", ".xlsb", xlsb(binary.HEAD, record(6, at(0) + b"\xff\0\0\0a")),
            "a text is cut off"),
    refused("rows of .xlsb in no order", ".xlsb",
            xlsb(binary.HEAD, binary.row(3, text(0, "a")), binary.row(2, text(0, "b"))),
            "row 2 is below row 3"),
    refused("a blank sheet of .xlsb before the offers", ".xlsb", xlsb(more=binary.HEAD),
            '"Offers" is blank', '"More" (name, content)', "--sheet"),
    refused("a blank sheet of .ods before the offers", ".ods",
            ods(more=table("More", ("name", "content"))),
            '"Offers" is blank', '"More" (name, content)', "--sheet"),
    refused("a blank sheet of .xls before the offers", ".xls",
            (FILES / "blank-first.xls").read_bytes(),  # by xlwt
            '"Offers" is blank', '"More" (name, content)', "--sheet"),
    refused("json lines, broken", ".jsonl", b'{"a": 1}\n{"a": \n', "line 2", "not JSON"),
    refused("json lines, one object over lines", ".json",
            b'{\n  "offers": [\n    {"a": 1}\n  ]\n}\n', "line 1", "does not end in it", ".NAME[]"),
    refused("json lines, no object", ".jsonl", b"[1]\n", "line 1"),
    refused("json lines, nested without end", ".jsonl", b'{"a": ' + b"[" * 100_000, "line 1",
            "too deeply"),
    refused("json lines, no number", ".jsonl", b'{"a": NaN}', "NaN"),
    refused("one JSON array", ".json", b'[{"name": "a", "content": "b"}]', "JSON array",
            "one object"),
    refused("one JSON array over lines", ".json", b'[\n  {\n    "name" : "a"\n  }\n]\n',
            "JSON array", "one object"),
    refused("xz", ".csv.xz", lzma.compress(b"name,content\na,b\n"), "an xz archive", "unpack it"),
    refused("bzip2", ".csv.bz2", bz2.compress(b"name,content\na,b\n"), "a bzip2 archive"),
    refused("zstd", ".csv.zst", b"(\xb5/\xfd\x04\x58\x69\x00\x00name", "a zstd archive"),
    refused("a tar archive", ".tar", b"a.csv".ljust(257, b"\0") + b"ustar".ljust(255, b"\0"),
            "a tar archive"),
    refused("text in no encoding", ".csv", b"name,content\n" + bytes(range(127, 255)) + b"\n",
            "none of the encodings that are known reads it"),
    refused("a moving image", ".csv", b"GIF89a\x01\0\x01\0", "an image"),
    refused("a web page that begins with a table", ".xls",
            b"<table border=1>\n<tr><td>name</td></tr></table>", "web page"),
    refused("an Apple Numbers document", ".numbers", zipped({"Index/Document.iwa": "x"}), "Numbers",
            "Export To"),
    refused("parquet: a structure with two values of one name", ".parquet", twins(),
            '"content" is a structure', "two values of one name"),
    refused("truncated parquet", ".parquet", b"PAR1" + b"\0" * 50, "damaged"),
)  # fmt: skip
