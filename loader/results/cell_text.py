r"""Text as the results show it: nothing runs, nothing hides, nothing vanishes.

A character that a file cannot carry is written as `\uXXXX`; a text that is too long for a cell is
cut with a mark that says how much; what a spreadsheet would run as a formula is kept as text.
"""

import re
from collections.abc import Iterable
from typing import Final

CELL_LIMIT: Final = 32_767  # UTF-16 units in a cell of Excel
_SAFE_CHARACTERS: Final = CELL_LIMIT // 2  # so many characters fit, whatever they are

_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_EXCEL_ESCAPE: Final = re.compile("_(?=x[0-9a-fA-F]{4}_)")
# Blanks and characters without a shape, which spreadsheets pass over before a formula.
_SHAPELESS: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
_FORMULA: Final = "[=+\\-@＝＋－＠]"
_NUMBER: Final = r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[;\t\r\n]|\Z)"
# Excel splits a CSV file at semicolons in many countries, and so finds formulas inside a cell.
_SPLITS: Final = ";\t\r\n"
_STARTS: Final = ("\t", "\r", "\n")  # of a cell, that some programs take for a formula's
_BLANK: Final = rf"[;\s{_SHAPELESS}]"
_BEFORE_FORMULA: Final = re.compile(
    rf"(?:\A{_BLANK}*+|(?<!{_BLANK}){_BLANK}++)(?={_FORMULA})(?!{_NUMBER})"
)
_MAY_RUN: Final = re.compile(rf"[|;][ {_SHAPELESS}]*{_FORMULA}")


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04X}"


def visible(text: str) -> str:
    r"""Return `text` with what no file can carry (control characters, halves of pairs) as `\uXXXX`.

    Tab, line feed and carriage return are ordinary text and stay.
    """
    return text if text.isprintable() else _UNPRINTABLE.sub(_escape, text)


def encodable(text: str) -> str:
    r"""Return `text` with halves of surrogate pairs, which UTF-8 cannot hold, as `\uXXXX`."""
    return _SURROGATE.sub(_escape, text)


def shorten(text: str) -> str:
    """Return `text`, cut to what a cell holds; the same object where nothing had to be cut."""
    if len(text) <= _SAFE_CHARACTERS:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    surplus = len(units) // 2 - CELL_LIMIT
    if surplus <= 0:
        return text
    room = CELL_LIMIT - len(_cut_mark(len(text)))
    kept = units[: 2 * room].decode("utf-16-le", "ignore")
    return kept + _cut_mark(len(text) - len(kept))


def _cut_mark(count: int) -> str:
    return f"…[+{count} characters, whole in the journal]"


def xml_text(text: str) -> str:
    """Return `text` for an XML element of a workbook. The caller has shortened it.

    Excel reads `_x0041_` in a cell as "A"; such text is escaped the way Excel does it.
    """
    if not text.isprintable():
        text = _UNPRINTABLE.sub(_escape, text)
        if "\r" in text:
            return "&#13;".join(xml_plain(part) for part in text.split("\r"))
    return xml_plain(text)


def xml_plain(text: str) -> str:
    """Return printable `text` for an XML element, as `xml_text` does."""
    if "_x" in text:
        text = _EXCEL_ESCAPE.sub("_x005F_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_formulas(text: str) -> str:
    """Return `text` with a `'` before what a spreadsheet would run as a formula when it opens CSV.

    Blanks and invisible characters before a formula do not protect; a number such as -5 is none.
    """
    safe = _BEFORE_FORMULA.sub(_quoted, text)
    return f"'{safe}" if text[:1] in _STARTS and safe[:1] != "'" else safe


def _quoted(match: re.Match[str]) -> str:
    blanks = match[0]
    place = 1 + max(blanks.rfind(split) for split in _SPLITS)
    if not place and match.start():
        return blanks  # in the middle of a text
    return f"{blanks[:place]}'{blanks[place:]}"


def is_harmless(texts: Iterable[str]) -> bool:
    """Whether all of `texts` can be seen as they are, and none can run: most rows, at one look."""
    line = "|".join(("", *texts))
    return line.isprintable() and _MAY_RUN.search(line) is None
