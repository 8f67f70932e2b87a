"""Number formats and what we send of numbers: held against LibreOffice, listed in the docs."""

from loader.source.workbook.number_format import number_format
from loader.source.workbook.values import Value, number_value, text_value

BUILTIN = (*range(23), 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49)
CODES = (
    "00000", r"00000\-0000", '0#" "##" "##" "##" "##', "00000;00000", '"SKU-"00000',
    r"000\-00\-0000", "00000_)", '"0"#########', '"SKU-"0', '0" days"', '0.00" days"', "0.0##",
    "#,##0", "0,000", "#,", "0.0%", "[Red]0", "[>100]0;0.0", "0;;", ";;;", "# ?/?", "0.00E+00",
    "[$€-407] #,##0.00", "#,##0.00 [$€-407]", r"0\.0", "(###) ###-####", "0 0", "General",
    "yyyy-mm-dd", "m", "mm", 'm/"D"/"YYYY"', "[m]", "[mm]:ss", "[h]:mm", "h:mm AM/PM", "mmm yyyy",
    "dd/mm/yyyy hh:mm", "yyyy-mm-dd;@", "[$-409]d\\-mmm\\-yy;@",
    "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "[$-F400]h:mm:ss\\ AM/PM", "mm:ss.0", "[ss]", "yyyy",
    "d", "* #,##0", "_-* #,##0.00_-",
    "General;-General", 'General" kg"', "@", "0;0;@", "mmm-yy", "d-mmm", "yyyymmdd",
    "d/m/yy h:mm AM/PM", "hhmmss", "dddd", "mmss", '@" kg"', '0;-0;0;"text: "@', "0;0;0;",
    "_(* #,##0_);_(@_)", "@@", "#", "?", "??0.0?",
    "0.00;[Red]-0.00", "[<100]0.0;[>=100]0", "0%;-0%;-", "# ##0", "#\\ ##0", "0.0E+0", '0,,"M"',
    '"EUR "0.00', "[Blue]#,##0;[Red]-#,##0", "000 000 000", '0000"/"00', "0-0", "+0;-0", "(0)",
    "00.00", "[$-407]0.00", '"No. "000', "\\#0", "[DBNum1]0", "0_ ;[Red]\\-0\\ ", "#0.###",
)  # fmt: skip
NUMBERS = (
    "0", "5", "42", "-42", "1234.5", "0.5", "0.000025", "434.99999999999994", "46053", "46053.4",
    "21380042", "612345678", "1234567890123", "-0.4",
    "1.5", "0.500347222222222", "46053.500347222222",
)  # fmt: skip
TEXTS = ("42", "Summer sale", " spaced ")
FIRST_CODE = 164


def formats() -> list[tuple[int, str]]:
    """Return the id and, where the file defines it, the code of every format."""
    return [*((id_, "") for id_ in BUILTIN), *enumerate(CODES, start=FIRST_CODE)]


def sent(number: str, id_: int, code: str) -> Value:
    """Return what we make of a number in this format."""
    form = number_format(id_, {id_: code} if code else {})
    return number_value(number, form, epoch_1904=False)


def sent_text(text: str, id_: int, code: str) -> Value:
    """Return what we make of a text in this format."""
    return text_value(text, number_format(id_, {id_: code} if code else {}))


SHOWN = (
    ("00000", "42"), (r"00000\-0000", "21380042"), ('0#" "##" "##" "##" "##', "612345678"),
    ('"SKU-"00000', "42"), ('"0"#########', "612345678"), ("General", "434.99999999999994"),
    ("General", "0.000025"), ("0.00", "9.5"), ("0%", "0.5"), ("#,##0", "1234"), ("0.00", "1.25"),
    ('0" days"', "3"), ("# ?/?", "0.5"), (";;;", "7"), ("yyyy-mm-dd", "46053"),
    ("yyyy-mm-dd", "46053.5"), ("h:mm", "0.5"), ("h:mm", "46053.5"), ("m", "46053"),
    ("mmm-yy", "46023"), ("h:mm", "1.5"), ("h:mm", "0.500347222222222"),
    ('m/"D"/"YYYY"', "46053"), ("[h]:mm", "1.5"), ("[m]", "1.5"),
)  # fmt: skip


def table() -> str:
    """Return the table for the docs."""
    rows = []
    for code, number in SHOWN:
        value = sent(number, FIRST_CODE, code)
        warning = f"`{value.problem.code}`: {value.problem.message}" if value.problem else ""
        rows.append(f"| `{code}` | {number} | `{value.text}` | {warning.replace('|', '/')} |\n")
    return "".join(rows)
