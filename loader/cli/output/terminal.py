"""Write to the terminal: text made harmless, to streams that may be closed or full.

Values of cells and texts of a server are not trusted with a terminal: control characters (they move
the cursor and change colours) and bidi marks (they change the order of words) are shown as escapes.
A stream that takes nothing more (a reader that left, a full disk, a closed descriptor) does not
change how a command ends: what is known of the work is in the journal.

The words that say how serious a line is are coloured for a person; a pipe, a file, `NO_COLOR` and
`TERM=dumb` get no colours. Text is made harmless first, so that a cell or a
server cannot colour anything.
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
_RESET: Final = "\x1b[0m"
_COLOURS: Final = (
    (re.compile(r"^(?:error|stopped|failed)\b:?", re.MULTILINE), "\x1b[1;31m"),
    (re.compile(r"(?:^|(?<=: ))warning:|^warning\b", re.MULTILINE), "\x1b[33m"),
    (re.compile(r"^note:", re.MULTILINE), "\x1b[36m"),
    (re.compile(r"^ok\b", re.MULTILINE), "\x1b[32m"),
    (re.compile(r"^(?:next|to go on:|results|marked|codes)(?= )", re.MULTILINE), "\x1b[1m"),
    (re.compile(r"(?<= )\[[a-z][a-z0-9-]*\]$", re.MULTILINE), "\x1b[2m"),
)


def printable(text: str) -> str:
    r"""Show harmful characters as escapes: ESC as \x1b. Newlines and tabs stay."""
    return _HARMFUL.sub(lambda match: ascii(match.group())[1:-1], text)


def on_one_line(text: str) -> str:
    """Show newlines and tabs as escapes too."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def echo(text: str = "") -> None:
    """Write a line to standard output; the commands in it are those to type now."""
    echo_document(_with_typed_settings(text))


def echo_document(text: str) -> None:
    """Write what a program reads, or what is sent, to standard output."""
    _write(f"{_shown_on(text, sys.stdout)}\n", sys.stdout)


def echo_err(text: str) -> None:
    """Write a line to standard error: for the person, not for a pipe."""
    log_document(_with_typed_settings(text))


def log_document(text: str) -> None:
    """Write a line that a program reads to standard error."""
    _write(f"{_shown_on(text, sys.stderr)}\n", sys.stderr)


def _with_typed_settings(text: str) -> str:
    """Return a text whose commands have the settings that were typed."""
    if "`loader " not in text:
        return text
    from loader.cli.next_command import with_typed_settings  # noqa: PLC0415 - seldom needed

    return with_typed_settings(text)


def _shown_on(text: str, stream: TextIO) -> str:
    return _coloured(printable(text)) if _are_colours_wanted(stream) else printable(text)


def _are_colours_wanted(stream: TextIO) -> bool:
    """Say whether a stream is a terminal that shows colours, and the person has not said no."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not is_plain and stream.isatty()


def _coloured(text: str) -> str:
    """Return lines with the words coloured that say how serious they are."""
    for pattern, colour in _COLOURS:
        text = pattern.sub(rf"{colour}\g<0>{_RESET}", text)
    return text


def echo_table(headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Write columns, aligned, to standard output."""
    from rich.console import Console  # noqa: PLC0415 - only where a table is shown
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False)
    for position, header in enumerate(headers):  # what comes first is to be pasted: never folded
        table.add_column(header, overflow="fold", no_wrap=position == 0)
    for row in rows:
        table.add_row(*(Text(on_one_line(_with_typed_settings(cell))) for cell in row))
    width = None if sys.stdout.isatty() else 10_000
    console = Console(
        width=width,
        force_terminal=_are_colours_wanted(sys.stdout),
        color_system="standard" if _are_colours_wanted(sys.stdout) else None,
        highlight=False,
        emoji=False,
    )
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
    """Make standard output and error usable: open, and able to take any character.

    A closed descriptor is opened on nothing first: else the journal could get its number, and what
    a library writes to standard error would land in the journal.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdout = sys.stdout or _open_devnull()
    sys.stderr = sys.stderr or _open_devnull()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def finish() -> None:
    """Flush, so that a stream that takes nothing more is met here and not while Python ends."""
    for stream in (sys.stdout, sys.stderr):
        _write("", stream)


def _write(text: str, stream: TextIO) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
    except OSError as error:
        _silence(stream)
        if stream is sys.stdout and os.name != "nt":  # Windows: "invalid argument" for a lost pipe
            what = error.strerror or type(error).__name__
            _write(f"note: standard output cannot be written ({what})\n", sys.stderr)


def _silence(stream: TextIO) -> None:
    """Redirect a stream to os.devnull."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _open_devnull() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")
