r"""Text as the results show it: nothing runs, nothing hides, nothing vanishes.

Rules of this file: pure; a character that a file cannot carry or a person cannot see is written
as `\uXXXX`; what is too long for a cell is cut with a mark that says how much; what a spreadsheet
would run as a formula is kept as text.
"""

import re
from collections.abc import Iterable
from typing import Final

CELL_LIMIT: Final = 32_767  # UTF-16 units in a cell of Excel
_SAFE_CHARACTERS: Final = CELL_LIMIT // 2  # so many characters fit, whatever they are

_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_EXCEL_ESCAPE: Final = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_RUNS: Final = frozenset("=+-@\t\r\n＝＋－＠")
_MAY_RUN: Final = re.compile(r"\| *[=+\-@＝＋－＠]")
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04X}"


def visible(text: str) -> str:
    r"""Return `text` with what no file can carry (control characters, halves of pairs) as `\uXXXX`.

    Tab, line feed and carriage return are ordinary text and stay.
    """
    return text if text.isprintable() else _UNSEEN.sub(_escape, text)


def encodable(text: str) -> str:
    r"""Return `text` with halves of surrogate pairs, which UTF-8 cannot hold, as `\uXXXX`."""
    return _SURROGATE.sub(_escape, text)


def one_line(text: str, *, limit: int = 200) -> str:
    r"""Return `text` for a terminal or a log: one line, every character that is not seen escaped.

    No-break spaces, direction marks and line ends show as `\u00A0`, `\u202E`, `\u000A`.
    """
    if len(text) > limit:
        text = f"{text[:limit]}…"
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04X}" for letter in text)


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
        text = _UNSEEN.sub(_escape, text)
        if "\r" in text:
            return "&#13;".join(xml_plain(part) for part in text.split("\r"))
    return xml_plain(text)


def xml_plain(text: str) -> str:
    """Return printable `text` for an XML element, as `xml_text` does."""
    if "_x" in text:
        text = _EXCEL_ESCAPE.sub("_x005F_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def would_run(text: str) -> bool:
    """Whether a spreadsheet would run `text`, read from a CSV file, as a formula.

    Leading spaces do not protect; a plain number such as -5 is no formula.
    """
    start = text[:1]
    if start not in _RUNS:
        start = text.lstrip()[:1]
        if start not in _RUNS:
            return False
    return bool(start) and _NUMBER.fullmatch(text) is None


def is_harmless(texts: Iterable[str]) -> bool:
    """Whether all of `texts` can be seen as they are, and none can run: most rows, at one look."""
    line = "|".join(("", *texts))
    return line.isprintable() and _MAY_RUN.search(line) is None
