"""What is written to the terminal: text made harmless, and a reader who may leave at any time.

Rules of this file: the values of cells and the words of a server are not to be trusted with a
terminal: control characters (they move the cursor and change colours) and bidi marks (they turn
the order of words) are shown as escapes. A reader who leaves (`loader runs | head`) changes
nothing about how a command ends.
"""

import os
import re
import sys
from collections.abc import Sequence
from typing import TextIO

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)


def printable(text: str) -> str:
    r"""Show harmful characters as escapes: ESC as \x1b. Newlines and tabs stay."""
    return _HARMFUL.sub(lambda match: ascii(match.group())[1:-1], text)


def on_one_line(text: str) -> str:
    """Show newlines and tabs as escapes too."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def say(text: str = "") -> None:
    """Write a line to standard output."""
    _write(f"{printable(text)}\n", sys.stdout)


def tell(text: str) -> None:
    """Write a line to standard error: for the person, not for a pipe."""
    _write(f"{printable(text)}\n", sys.stderr)


def say_table(headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Write columns, aligned, to standard output."""
    from rich.console import Console  # noqa: PLC0415 - only where a table is shown
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(*headers, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(on_one_line(cell)) for cell in row))
    width = None if sys.stdout.isatty() else 10_000
    console = Console(width=width, color_system=None, highlight=False, emoji=False)
    with console.capture() as capture:
        console.print(table)
    lines = (line.rstrip() for line in capture.get().splitlines())
    _write("\n".join((*lines, "")), sys.stdout)


def is_attended() -> bool:
    """Say whether a person sits there who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def is_read_by_person() -> bool:
    """Say whether standard output is a terminal."""
    return sys.stdout.isatty()


def prepare() -> None:
    """Let standard output and error take any character, whatever their encoding."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def finish() -> None:
    """Flush, so that a reader who left is met here and not while Python shuts down."""
    for stream in (sys.stdout, sys.stderr):
        _write("", stream)


def _write(text: str, stream: TextIO) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
    except OSError:
        if os.name != "nt":  # Windows says "invalid argument" for a pipe without a reader
            raise
        _silence(stream)


def _silence(stream: TextIO) -> None:
    """Send what is still to come to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
