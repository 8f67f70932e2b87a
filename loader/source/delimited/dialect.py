"""Which delimiter a text file uses: a vote of its first records.

Pure. The `sep=` line of Excel decides; then the delimiter under which a record
looks like the caller's header; then the one under which most records have the same number (above
one) of cells. `csv.Sniffer` is not asked: it guesses from letters, too.
"""

import contextlib
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from loader.model import Quoting
from loader.source.options import LooksLikeHeader

CANDIDATES = (",", ";", "\t", "|")
# What the csv module calls it.
STYLES: dict[Quoting, Literal[0, 3]] = {
    Quoting.STANDARD: csv.QUOTE_MINIMAL,
    Quoting.NONE: csv.QUOTE_NONE,
}
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SEP_LINE = re.compile(r'"?sep=(.)"?\s*$', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The delimiter, and how sure it is. `has_sep_line`: the first line only names it."""

    delimiter: str
    has_sep_line: bool = False
    sure: bool = True
    quoting: Quoting = Quoting.STANDARD

    @property
    def name(self) -> str:
        """Return the delimiter in words."""
        return NAMES.get(self.delimiter, repr(self.delimiter))


def find_dialect(
    lines: Sequence[str],
    *,
    given: str | None,
    looks_like_header: LooksLikeHeader | None,
    quoting: Quoting = Quoting.STANDARD,
) -> Dialect:
    """Return the dialect of a file that begins with `lines`."""
    return replace(_detect(lines, given, looks_like_header, quoting), quoting=quoting)


def _detect(
    lines: Sequence[str],
    given: str | None,
    looks_like_header: LooksLikeHeader | None,
    quoting: Quoting,
) -> Dialect:
    sep = SEP_LINE.match(lines[0]) if lines else None
    if sep is not None:
        return Dialect(delimiter=given or sep[1], has_sep_line=True)
    if given is not None:
        return Dialect(delimiter=given)
    parsed = {delimiter: _parse(lines, delimiter, quoting) for delimiter in CANDIDATES}
    if looks_like_header is not None:
        for delimiter, records in parsed.items():
            if any(len(record) > 1 and looks_like_header(record) for record in records):
                return Dialect(delimiter=delimiter)
    votes = {delimiter: _vote(records) for delimiter, records in parsed.items()}
    best = max(CANDIDATES, key=lambda delimiter: votes[delimiter])
    rivals = [d for d in CANDIDATES if d != best and votes[d][0] >= votes[best][0] > 0]
    return Dialect(delimiter=best, sure=not rivals)


def _parse(lines: Sequence[str], delimiter: str, quoting: Quoting) -> list[list[str]]:
    records: list[list[str]] = []
    with contextlib.suppress(csv.Error):  # what was read until then votes
        records.extend(csv.reader(lines, delimiter=delimiter, quoting=STYLES[quoting]))
    return [record for record in records if any(cell.strip() for cell in record)]


def _vote(records: Sequence[Sequence[str]]) -> tuple[float, int]:
    """Return which share of the records has the commonest width, and that width."""
    widths = Counter(len(record) for record in records if len(record) > 1)
    if not widths:
        return (0.0, 0)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return (count / len(records), width)
