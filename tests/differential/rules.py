"""Why a reader may differ from ours: each difference of a cell is explained by one of the rules."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.differential.readers import Seen
from tests.differential.sheets import Cell

WRITTEN = "what was written"  # not a reader: the cell that the writer was asked for
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that another reader reads otherwise (or a file that it refuses)."""

    writer: str
    reader: str
    ours: Seen | None
    theirs: Seen | None
    cell: Cell

    @property
    def kinds(self) -> tuple[str, str]:
        """Return the kind of the cell as we read it, and as they do."""
        return (self.ours or ("blank", ""))[0], (self.theirs or ("blank", ""))[0]


@dataclass(frozen=True, slots=True)
class Rule:
    """`readers` and `writers` are names, or how they begin; none: any."""

    why: str
    explains: Callable[[Difference], bool]
    readers: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()

    def holds(self, difference: Difference) -> bool:
        """Tell whether this is why."""
        return (
            (not self.readers or difference.reader.startswith(self.readers))
            and (not self.writers or difference.writer.startswith(self.writers))
            and self.explains(difference)
        )


def escapes(difference: Difference) -> bool:
    """The text has _xHHHH_, which stands for a character in .xlsx."""
    return isinstance(difference.cell.value, str) and "_x" in difference.cell.value


def last_digit(difference: Difference) -> bool:
    """Two numbers differ in the last of 15 digits only."""
    if difference.kinds != ("number", "number") or not (difference.ours and difference.theirs):
        return False
    ours, theirs = float(difference.ours[1]), float(difference.theirs[1])
    return abs(ours - theirs) <= 2e-15 * abs(theirs) * 10


def numbers_for(*kinds: str) -> Callable[[Difference], bool]:
    """We read one of these kinds, they a number."""
    return lambda difference: difference.kinds in {(kind, "number") for kind in kinds}


def anything(_: Difference) -> bool:
    """Every difference."""
    return True


RULES = (
    Rule("a day before the epoch of 1904 is an error of its cell, as Excel shows it",
         lambda d: d.kinds[0] == "no day", writers=("XlsxWriter, 1904", "openpyxl, 1904")),
    Rule("PyExcelerate writes a formula without a value, which is an error of its cell",
         lambda d: d.cell.value == "=1+1" and d.ours is None, writers=("PyExcelerate",)),
    Rule("the writer does not escape _xHHHH_, so Excel shows the character", escapes,
         readers=(WRITTEN,),
         writers=("openpyxl", "PyExcelerate", "ExcelJS", "SheetJS")),
    Rule("no escape of _xHHHH_ is undone", escapes, readers=("LibreOffice", "openpyxl")),
    Rule("LibreOffice undoes the escape of a control character in .xlsb, too; Excel has none there",
         escapes, readers=("LibreOffice",), writers=("SheetJS .xlsb",)),
    Rule("LibreOffice calculates with the last digit", last_digit, readers=("LibreOffice",)),
    Rule("LibreOffice leaves out tabs of .ods, and so does calamine",
         lambda d: isinstance(d.cell.value, str) and "\t" in d.cell.value,
         readers=("LibreOffice", "calamine"), writers=("odfpy", "SheetJS .ods", "LibreOffice")),
    Rule("LibreOffice shows dates and times without a style as numbers",
         numbers_for("date", "time"), readers=("LibreOffice",), writers=("odfpy",)),
    Rule("SheetJS writes dates and times as numbers in .ods",
         lambda d: d.kinds in {("number", "date"), ("number", "time")},
         readers=(WRITTEN,), writers=("SheetJS .ods",)),
    Rule("SheetJS cuts texts at 255 characters in .xls",
         lambda d: d.cell.value == "x" * 500, readers=(WRITTEN,), writers=("SheetJS .xls",)),
    Rule("rustpy-xlsxwriter gives columns the format of dates", anything,
         readers=(WRITTEN, "LibreOffice"), writers=("rustpy-xlsxwriter",)),
    Rule("a number too large for any date is an error of its cell",
         lambda d: d.kinds[0] == "no day" or d.kinds[1] == REFUSED,
         writers=("rustpy-xlsxwriter", "LibreOffice, of rustpy-xlsxwriter")),
    Rule("LibreOffice shows booleans without a style as numbers", numbers_for("boolean"),
         readers=("LibreOffice",), writers=("odfpy", "xlwt", "SheetJS .ods", "SheetJS .xls")),
    Rule("calamine leaves out line breaks within a paragraph of .ods",
         lambda d: isinstance(d.cell.value, str) and "\n" in d.cell.value,
         readers=("calamine",), writers=("LibreOffice",)),
    Rule("calamine reads only the first column of SheetJS's .xlsb",
         lambda d: d.theirs is None, readers=("calamine",), writers=("SheetJS .xlsb",)),
    Rule("calamine finds no formats in SheetJS's .xls", numbers_for("date", "time"),
         readers=("calamine",), writers=("SheetJS .xls",)),
    Rule("calamine refuses blanks between the tags of .ods",
         lambda d: d.kinds[1] == REFUSED, readers=("calamine",), writers=("SheetJS .ods",)),
    Rule("LibreOffice keeps booleans as numbers with a format", numbers_for("boolean"),
         readers=("calamine",), writers=("LibreOffice",)),
    Rule("a carriage return in .ods is a blank, which calamine does not know", escapes,
         readers=("calamine",), writers=("LibreOffice",)),
    Rule("calamine gives times of .ods as they are stored",
         lambda d: d.kinds == ("time", "text"), readers=("calamine",),
         writers=("odfpy", "LibreOffice")),
)  # fmt: skip


def unexplained(differences: list[Difference]) -> list[Difference]:
    """Return what no rule explains."""
    return [each for each in differences if not any(rule.holds(each) for rule in RULES)]
