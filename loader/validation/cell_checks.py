"""Checks of one cell, made for whole columns: each is a pandera check named by its code.

A blank cell passes every check but `not_blank`. Patterns are RE2's, which take linear time. A check
returns one verdict per row and never raises; its message is in `loader.messages`.
"""

from collections.abc import Collection
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.pandas as pp
import pyarrow as pa
import pyarrow.compute as pc

from loader.tables.arrow import (
    Mask,
    Predicate,
    Text,
    by_distinct,
    filled,
    is_plain,
    mask_of,
    matching,
    text_of,
)
from loader.tables.left_by_spreadsheets import ERROR_TEXT, SHORTENED_NUMBER

NOT_ALLOWED: Final = "not-allowed"  # the code of a word that a field does not take
LANGUAGE_TAG: Final = (
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[A-WYZa-wyz0-9](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?|[xX](?:-[A-Za-z0-9]{1,8})+)"
)
MIME_TYPE: Final = r"\w+/[-.\w]+(?:\+[-.\w]+)?"
ID: Final = r"[^\s;]+"
WHOLE_NUMBER: Final = r"[0-9]{1,9}"
URI: Final = (
    r"(?:(?i:tel|sms|mailto):|[A-Za-z][A-Za-z0-9+.\-]+:(?://|[^\s<>\"“”„‘’«»\\0-9]))"
    r"[^\s<>\"“”„‘’«»\\]+"
)
WEB_URI: Final = r"(?i:https?)://[^\s<>\"“”„‘’«»\\/@?#]+(?:[/?#][^\s<>\"“”„‘’«»\\]*)?"

CONTROL: Final = (
    r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{202A}-\x{202E}\x{2066}-\x{2069}"
    r"\x{FFFE}\x{FFFF}\x{FDD0}-\x{FDEF}]"
)
CONTROL_OR_BREAK: Final = (
    r"[\x00-\x1F\x7F-\x{9F}\x{2028}-\x{202E}\x{2066}-\x{2069}"
    r"\x{FFFE}\x{FFFF}\x{FDD0}-\x{FDEF}]"
)
INVISIBLE: Final = (
    r"[\x{A0}\x{AD}\x{34F}\x{61C}\x{115F}\x{1160}\x{180E}\x{2000}-\x{200B}\x{200E}\x{200F}\x{202F}"
    r"\x{205F}-\x{2064}\x{3164}\x{FEFF}]"
)
MOJIBAKE: Final = r"\x{FFFD}|[ÃÂ][\x{80}-\x{BF}]|â€|Ã[ƒ‚„†‡ˆ‰Š‹ŒŽ€šœžŸ]|ï»¿"

_TEMPLATE: Final = r"\{\{.*?\}\}"
_TEMPLATE_FIRST: Final = r"^\{\{"
_UNSAFE: Final = r"(?i)^\s*(?:javascript|vbscript|data|file|blob|about|view-source):"
_SCHEME: Final = r"(?i)^[a-z][a-z0-9+.\-]*:"
_WEB_SCHEME: Final = r"(?i)^https?:"


def cell_check(code: str, predicate: Predicate) -> pp.Check:
    """Return a pandera check that fails, with `code`, the rows where `predicate` is False.

    The verdicts have no row numbers, so that pandera takes the mask as it is and collects
    no failing cases: they are not used, and cost more than the checks.
    """

    def verdicts(series: "pd.Series[Any]") -> "pd.Series[bool]":
        return pd.Series(predicate(text_of(series)))

    return pp.Check(verdicts, name=code, ignore_na=False)


def not_blank() -> pp.Check:
    """Check that the cell is not blank."""
    return cell_check("missing-value", filled)


def full_match(code: str, pattern: str) -> pp.Check:
    """Check that the whole cell is one `pattern`."""
    anchored = f"^(?:{pattern})?$"
    return cell_check(code, lambda cells: by_distinct(cells, lambda some: matching(some, anchored)))


def items(code: str, pattern: str) -> pp.Check:
    """Check that the cell is a list of `pattern` with semicolons between."""
    return full_match(code, rf"\s*(?:{pattern})?\s*(?:;\s*(?:{pattern})?\s*)*")


def one_of(words: Collection[str]) -> pp.Check:
    """Check that the cell is one of `words`; case does not matter."""
    allowed = pa.array(["", *words], pa.large_string())

    def allows(cells: Text) -> Any:
        return by_distinct(
            cells, lambda some: mask_of(pc.is_in(pc.utf8_lower(some), value_set=allowed))
        )

    return cell_check(NOT_ALLOWED, allows)


def word_or_uri(code: str, words: Collection[str]) -> pp.Check:
    """Check that the cell is one of `words` (case does not matter) or a URI."""
    return full_match(code, rf"(?i:{'|'.join(words)})|{WEB_URI}")


def not_containing(code: str, pattern: str) -> pp.Check:
    """Check that `pattern` occurs nowhere in the cell."""
    return cell_check(code, lambda cells: ~matching(cells, pattern))


def not_containing_non_ascii(code: str, pattern: str) -> pp.Check:
    """Check that `pattern`, which no printable ASCII matches, occurs nowhere in the cell."""

    def lacks(cells: Text) -> Any:
        return np.ones(len(cells), dtype=bool) if is_plain(cells) else ~matching(cells, pattern)

    return cell_check(code, lacks)


def no_error_text() -> pp.Check:
    """Check that the cell is not the text of an error of a spreadsheet."""

    def lacks(cells: Text) -> Any:
        candidates = pc.or_(pc.starts_with(cells, "#"), pc.starts_with(cells, "Err:"))
        return ~_full_matches(cells, candidates, ERROR_TEXT)

    return cell_check("error-text", lacks)


def not_shortened() -> pp.Check:
    """Check that the cell is not a number that a spreadsheet shortened."""

    def lacks(cells: Text) -> Any:
        return ~_full_matches(cells, pc.match_substring(cells, "E+"), SHORTENED_NUMBER)

    return cell_check("shortened-number", lacks)


def _full_matches(cells: Text, candidates: Any, pattern: str) -> Mask:
    """Return where a cell fully matches `pattern`; only those of `candidates` can."""
    found = mask_of(candidates).copy()
    if found.any():
        found[found] = matching(cells.filter(candidates), f"^(?:{pattern})$")
    return found


def at_most(characters: int) -> pp.Check:
    """Check that the cell has no more than `characters`; bytes are counted first."""

    def fits(cells: Text) -> Any:
        sizes = pc.binary_length(cells)
        if not len(cells) or pc.max(sizes).as_py() <= characters:
            return np.ones(len(cells), dtype=bool)
        return mask_of(pc.less_equal(pc.utf8_length(cells), characters))

    return cell_check("cell-too-long", fits)


def max_items(code: str, most: int) -> pp.Check:
    """Check that a list has at most `most` items."""

    def few(cells: Text) -> Any:
        if not len(cells) or pc.max(pc.count_substring(cells, pattern=";")).as_py() < most:
            return np.ones(len(cells), dtype=bool)
        counts = pc.count_substring_regex(cells, pattern=r"[^;\s][^;]*")
        return mask_of(pc.less_equal(counts, most))

    return cell_check(code, few)


def address(*, web_only: bool) -> tuple[pp.Check, pp.Check]:
    """Check that the cell is an address; {{…}} is a value that the platform fills in.

    An image must be fetched from the web; a link may also open an app or a mail program.
    """

    def well_formed(cells: Text) -> Any:
        flat = pc.replace_substring_regex(cells, pattern=_TEMPLATE, replacement="x")
        other = matching(flat, f"^(?:{URI})$") & ~matching(flat, r"(?i)^https?:")
        return other | matching(flat, f"^(?:{WEB_URI})?$") | matching(cells, _TEMPLATE_FIRST)

    def allowed(cells: Text) -> Any:
        if not web_only:
            return ~matching(cells, _UNSAFE)
        return ~matching(cells, _SCHEME) | matching(cells, _WEB_SCHEME)

    return cell_check("bad-url", well_formed), cell_check("url-scheme", allowed)
