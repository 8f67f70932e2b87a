"""Colours for a person at a terminal: the words that say how serious a line is, and its code.

A pipe, a file, `NO_COLOR` and `TERM=dumb` get none. Text is made harmless before it is coloured, so
that a cell or a server cannot colour anything.
"""

import os
import re
from typing import Final, TextIO

_RESET: Final = "\x1b[0m"
_COLOURS: Final = (
    (re.compile(r"^(?:error|stopped|failed)\b:?", re.MULTILINE), "\x1b[1;31m"),
    (re.compile(r"(?:^|(?<=: ))warning:|^warning\b", re.MULTILINE), "\x1b[33m"),
    (re.compile(r"^note:", re.MULTILINE), "\x1b[36m"),
    (re.compile(r"^ok\b", re.MULTILINE), "\x1b[32m"),
    (re.compile(r"^(?:next|to go on:|results|marked|codes)(?= )", re.MULTILINE), "\x1b[1m"),
    (re.compile(r"(?<= )\[[a-z][a-z0-9-]*\]$", re.MULTILINE), "\x1b[2m"),
)


def are_wanted(stream: TextIO) -> bool:
    """Say whether a stream is a terminal that shows colours, and the person has not said no."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not is_plain and stream.isatty()


def coloured(text: str) -> str:
    """Return lines with the words coloured that say how serious they are."""
    for pattern, colour in _COLOURS:
        text = pattern.sub(rf"{colour}\g<0>{_RESET}", text)
    return text
