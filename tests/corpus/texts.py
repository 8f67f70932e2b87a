"""Delimited text: encodings, dialects, lines that are not rows."""

import gzip
import json

from loader.model import Quoting
from loader.source import ReadOptions
from loader.tables.chunk import CellKind
from tests.corpus.books import zipped
from tests.corpus.case import Case, Rows

PLAIN = "name,content\nSummer,hello\n"
ONE: Rows = {2: ("Summer", "hello")}
FRENCH = "name;content\nOffre d’été;Économisez 20 € à Noël\nCrème brûlée;déjà\n"
FRENCH_ROWS: Rows = {2: ("Offre d’été", "Économisez 20 € à Noël"), 3: ("Crème brûlée", "déjà")}
SURE_FRENCH = "name;content\nPrêt-à-porter;dès 20 €\u00a0– «\u00a0Noël\u00a0» …\n"
SURE_FRENCH_ROWS: Rows = {2: ("Prêt-à-porter", "dès 20 €\u00a0– «\u00a0Noël\u00a0» …")}
JAPANESE = "name,content\n夏のセール,ようこそ、こちらです\n冬のセール,さようなら\n"
JAPANESE_ROWS: Rows = {2: ("夏のセール", "ようこそ、こちらです"), 3: ("冬のセール", "さようなら")}
POLISH = "name,content\nŻółta łódź,święto\n"
POLISH_ROWS: Rows = {2: ("Żółta łódź", "święto")}
RUSSIAN = "name,content\nСкидка недели,Только сегодня\n"
RUSSIAN_ROWS: Rows = {2: ("Скидка недели", "Только сегодня")}
GUESSED = frozenset({"encoding-guessed"})


def looks_like_header(cells: object) -> bool:
    """Recognise the corpus' own header."""
    return "name" in list(cells)  # type: ignore[call-overload]  # a sequence of texts


def text(name: str, data: bytes | str, rows: Rows, **more: object) -> Case:
    """Return the case of a text file."""
    encoded = data.encode() if isinstance(data, str) else data
    said = {"suffix": ".csv", **more}
    return Case(name=name, data=encoded, rows=rows, **said)  # type: ignore[arg-type]  # fields of Case


def read(**options: object) -> ReadOptions:
    """Return options for reading in this process."""
    return ReadOptions(isolated=False, **options)  # type: ignore[arg-type]  # fields of ReadOptions


LITERAL = "name,content\nNA,None\n001,1e5\nnull,1.0\nTRUE,#N/A\n"
LITERAL_ROWS: Rows = {2: ("NA", "None"), 3: ("001", "1e5"), 4: ("null", "1.0"), 5: ("TRUE", "#N/A")}
RAGGED = 'name,content\na,b,c\nd\n"e",f\n'

QUOTES = 'name\tcontent\n"Big" sale\t5" pipe\n"open\t="7"\n'
QUOTES_ROWS: Rows = {2: ('"Big" sale', '5" pipe'), 3: ('"open', '="7"')}

SWALLOWING = 'a,b,name\n1,2,"x\n3,4,y\n5,6,z"\n7,8,w\n'
SHORT_SWALLOWING = (
    "name,placement,type,content,u,v",
    'A,Web,html,"x,', "B,Web,html,y", 'C,Web,html,z"', "D,Web,html",
)  # fmt: skip
STYLE = "p { margin: 0, 1, 2 }\nSale, Web, html, now\na, b { font: Arial, serif }\n\nx"
DOCUMENT = json.dumps({"name": "Sale", "type": "html", "a": [1, 2, 3], "b": {"c": "Web"}}, indent=1)
MEANT_LINES = (
    f'name,placement,type,content,u\nSale,Web,html,"{STYLE}","a, b"\n'
    f'Sale,Web,json,"{DOCUMENT.replace(chr(34), chr(34) * 2)}","c\n, d"\n'
)
BEGIN_LIKE_OTHERS = (
    "PK", "PK_OFFER", "PAR1", "GIF8", "%PDF", "<table>", "<header>", "{name}", "Rar!", "BZh9",
)  # fmt: skip

TEXTS = (
    *(
        text(f"a heading {heading}", f'{heading},name\n1,"{{""a"":1}}"\n', {2: ("1", '{"a":1}')},
             header=(heading, "name"))
        for heading in BEGIN_LIKE_OTHERS
    ),
    text("headings in brackets", '[id],name\n1,"{""a"":1}"\n', {2: ("1", '{"a":1}')},
         header=("[id]", "name")),
    text("quotes that are plain characters", QUOTES, QUOTES_ROWS, suffix=".tsv",
         options=read(quoting=Quoting.NONE)),
    text("utf-8", PLAIN, ONE),
    text("files that were joined", "\ufeffname,content\na,b\n\ufeffc,d\n".encode(),
         {2: ("a", "b"), 3: ("c", "d")}),
    text("two marks", b"\xef\xbb\xbf" * 2 + PLAIN.encode(), ONE),
    text("the end of file of DOS", PLAIN + "\x1a", ONE),
    text("utf-8 with a mark", b"\xef\xbb\xbf" + PLAIN.encode(), ONE),
    text("utf-16 with a mark", FRENCH.encode("utf-16"), FRENCH_ROWS),
    text("utf-16 big-endian with a mark", b"\xfe\xff" + FRENCH.encode("utf-16-be"), FRENCH_ROWS),
    text("utf-16 without a mark", PLAIN.encode("utf-16-le"), ONE),
    text("utf-32 with a mark", PLAIN.encode("utf-32"), ONE),
    text("cp1252, guessed", SURE_FRENCH.encode("cp1252"), SURE_FRENCH_ROWS, notices=GUESSED),
    text("cp1252, named", FRENCH.encode("cp1252"), FRENCH_ROWS, options=read(encoding="cp1252")),
    text(
        "mac roman, named", FRENCH.encode("mac_roman"), FRENCH_ROWS,
        options=read(encoding="mac_roman"),
    ),
    text("mac roman, guessed", FRENCH.encode("mac_roman"), FRENCH_ROWS, notices=GUESSED),
    text("shift-jis, guessed", JAPANESE.encode("cp932"), JAPANESE_ROWS, notices=GUESSED),
    text("shift-jis, named", JAPANESE.encode("cp932"), JAPANESE_ROWS,
         options=read(encoding="shift_jis")),
    text("iso 8859-15, named", "name,content\n\u0152uvre,5 \u20ac\n".encode("iso-8859-15"),
         {2: ("\u0152uvre", "5 \u20ac")}, options=read(encoding="iso-8859-15")),
    text("central european, named", POLISH.encode("cp1250"), POLISH_ROWS,
         options=read(encoding="cp1250")),
    text("cyrillic, named", RUSSIAN.encode("cp1251"), RUSSIAN_ROWS,
         options=read(encoding="cp1251")),
    text("mojibake, meant", "name,content\nNo\u00c3\u00abl,b\n", {2: ("No\u00c3\u00abl", "b")},
         options=read(encoding="utf-8")),
    text("texts that Excel protects", 'name,content\n="00042","=""00123"""\n',
         {2: ("00042", "00123")}),
    text("blanks before quotes", 'name,content\n"Summer", "say ""hello"""\n',
         {2: ("Summer", 'say "hello"')}),
    text("errors of spreadsheets", "name,content\n#BEZUG!,########\n",
         {2: ("#BEZUG!", "########")},
         kinds={(2, 0): CellKind.ERROR, (2, 1): CellKind.ERROR}),
    text("errors of spreadsheets in further languages", "name,content\n#ЗНАЧ!,#N/D\n#SALE!,#YOK\n",
         {2: ("#ЗНАЧ!", "#N/D"), 3: ("#SALE!", "#YOK")},
         kinds={(2, 0): CellKind.ERROR, (2, 1): CellKind.ERROR, (3, 1): CellKind.ERROR}),
    text("a number that a spreadsheet shortened", "name,content\na,4.00638E+12\n",
         {2: ("a", "4.00638E+12")}, problems=frozenset({(2, "B2", "shortened-number")})),
    text("a quote that swallows rows", SWALLOWING,
         {2: ("1", "2", "x\n3,4,y\n5,6,z"), 3: ("7", "8", "w")}, header=("a", "b", "name"),
         problems=frozenset({(2, "C2", "swallowed-rows")})),
    text("a quote that swallows rows, ends of CR", SWALLOWING.replace("\n", "\r"),
         {2: ("1", "2", "x\r3,4,y\r5,6,z"), 3: ("7", "8", "w")}, header=("a", "b", "name"),
         problems=frozenset({(2, "C2", "swallowed-rows")})),
    text("a quote that swallows short rows", "".join(f"{line}\n" for line in SHORT_SWALLOWING),
         {2: ("A", "Web", "html", "x,\nB,Web,html,y\nC,Web,html,z", "", ""),
          3: ("D", "Web", "html", "", "", "")},
         header=("name", "placement", "type", "content", "u", "v"),
         problems=frozenset({(2, "D2", "swallowed-rows"), (2, "", "short-row"),
                             (3, "", "short-row")})),
    text("a quote that swallows half of two rows",
         'name,placement,u,v,type\nA,Web,"x,y,html\nB,Web,z",w,html\n',
         {2: ("A", "Web", "x,y,html\nB,Web,z", "w", "html")},
         header=("name", "placement", "u", "v", "type"),
         problems=frozenset({(2, "C2", "swallowed-rows")})),
    text("a quote in the header that swallows rows",
         'name,type,"content\nA,html,x\nB,html,y"\nC,html,z\n', {}, refused=("C1", "quote")),
    text("a quote in a title that swallows the header",
         '"Offers\nname,type,content\nA,html,x"\nname,type,content\nB,html,y\n', {},
         options=read(looks_like_header=looks_like_header), refused=("A1", "quote")),
    text("texts of several lines that are no rows", MEANT_LINES,
         {2: ("Sale", "Web", "html", STYLE, "a, b"), 3: ("Sale", "Web", "json", DOCUMENT,
                                                                    "c\n, d")},
         header=("name", "placement", "type", "content", "u")),
    text("an unquoted comma before blank cells",
         "a,b,name,content\nx,y,z,\nSave 1,000,n,,\nq,r,s,\n",
         {2: ("x", "y", "z", ""), 3: ("Save 1", "000", "n", ""), 4: ("q", "r", "s", "")},
         header=("a", "b", "name", "content"), problems=frozenset({(3, "", "ragged-row")})),
    text("a quote after a backslash", 'a,b,name\n"size 5\\",red",\n',
         {2: ("size 5\\", 'red"', "")}, header=("a", "b", "name"),
         problems=frozenset({(2, "", "ragged-row")})),
    text("utf-16 big-endian without a mark", PLAIN.encode("utf-16-be"), ONE),
    text("read in the wrong encoding before", "name,content\nNo\u00c3\u00abl,a\ufffdb\n",
         {2: ("No\u00c3\u00abl", "a\ufffdb")},
         problems=frozenset({(2, "A2", "mojibake"), (2, "B2", "mojibake")})),
    text("typographic quotes in JSON", "name;content\na;{\u201ca\u201d: 1}\n",
         {2: ("a", "{\u201ca\u201d: 1}")}),
    text("dates in somebody's order", "name,content\na,01/02/2024\n", {2: ("a", "01/02/2024")}),
    text("comment lines above", "# made by CRM, v2\n#\nname;content\na;b\n", {4: ("a", "b")},
         options=read(looks_like_header=looks_like_header),
         notices=frozenset({"lines-above-header"})),
    text("two header rows", "Offer,English\nname,content\na,b\n", {3: ("a", "b")},
         options=read(looks_like_header=looks_like_header),
         notices=frozenset({"lines-above-header"})),
    text("sep line with quotes and a mark",
         b'\xef\xbb\xbf"sep=|"\nname|content\nSummer|hello\n',
         ONE),
    text("zero width and soft hyphen", "name,content\na\u200bb,c\u00add\n",
         {2: ("a\u200bb", "c\u00add")}),
    text("semicolons", PLAIN.replace(",", ";"), ONE),
    text("tabs", PLAIN.replace(",", "\t"), ONE, suffix=".tsv"),
    text("pipes", PLAIN.replace(",", "|"), ONE),
    text("a delimiter named", PLAIN.replace(",", "~"), ONE, options=read(delimiter="~")),
    text("a tab named in words", PLAIN.replace(",", "\t"), ONE, options=read(delimiter="tab")),
    text("sep line", "sep=;\r\nname;content\r\nSummer;hello\r\n", ONE),
    text("CRLF", PLAIN.replace("\n", "\r\n"), ONE),
    text("CR only", PLAIN.replace("\n", "\r"), ONE),
    text("no line end at the end", PLAIN.rstrip(), ONE),
    text("quotes and doubled quotes", 'name,content\n"Say ""hi""","a,b"\n',
         {2: ('Say "hi"', "a,b")}),
    text("quoted newlines are one row", 'name,content\n"two\nlines",a\nb,c\n',
         {2: ("two\nlines", "a"), 3: ("b", "c")}),
    text("a quote inside a bare cell", 'name,content\n5" pipe,a\nb,c\n',
         {2: ('5" pipe', "a"), 3: ("b", "c")}),
    text("blank lines count", "name,content\n\na,b\n\n\nc,d\n", {3: ("a", "b"), 6: ("c", "d")}),
    text("rows of delimiters are blank", "name,content\n,\na,b\n , \n,,,\n", {3: ("a", "b")}),
    text("title lines, header recognised", "Our offers\n\nname,content\na,b\n", {4: ("a", "b")},
         options=read(looks_like_header=looks_like_header),
         notices=frozenset({"lines-above-header"})),
    text("title lines, header row named", "Our offers\nname,content\na,b\n", {3: ("a", "b")},
         options=read(header_row=2), notices=frozenset({"lines-above-header"})),
    text("nothing is guessed as a type", LITERAL, LITERAL_ROWS, kinds={(5, 1): CellKind.ERROR}),
    text("ragged rows", RAGGED, {2: ("a", "b"), 3: ("d", ""), 4: ("e", "f")},
         problems=frozenset({(2, "", "ragged-row"), (3, "", "short-row")})),
    text("blank cells too many are not ragged", "name,content\na,b,,\n", {2: ("a", "b")}),
    text("NUL bytes", "name,content\na\0b,c\n", {2: ("a\0b", "c")},
         problems=frozenset({(2, "A2", "control-character")})),
    text("reversed direction", "name,content\na,b\u202ec\n", {2: ("a", "b\u202ec")},
         problems=frozenset({(2, "B2", "control-character")})),
    text("emoji and right-to-left", "name,content\n🌞 صيف,שלום\n", {2: ("🌞 صيف", "שלום")}),
    text("spaces are kept", "name,content\n a ,\u00a0b\n", {2: (" a ", "\u00a0b")}),
    text("a long cell", f"name,content\na,{'x' * 32_767}\n", {2: ("a", "x" * 32_767)}),
    text("duplicate and blank headers stay", "name,,name\na,b,c\n", {2: ("a", "b", "c")},
         header=("name", "", "name")),
    text("header of one column", "name\na\nb\n", {2: ("a",), 3: ("b",)}, header=("name",)),
    text("gz", gzip.compress(PLAIN.encode()), ONE, suffix=".csv.gz"),
    text("zip of one", zipped({"offers.csv": PLAIN}), ONE, suffix=".zip"),
    text("text with another name", PLAIN, ONE, suffix=".txt"),
)  # fmt: skip
