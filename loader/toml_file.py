"""Read a TOML file that a stranger may have written: bounded, and what is wrong in words.

The parser takes memory in the square of a key's depth, and a recursion for each nested array:
both are bounded before it sees the text.
"""

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any, Final

MOST_BYTES: Final = 1_000_000
MOST_LEVELS: Final = 32
_DEEP_KEY: Final = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){%d}""" % MOST_LEVELS  # noqa: UP031 - braces
)


def read_toml(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the document and its bytes; raise ValueError with words that follow the path."""
    data = _bytes_of(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text: save it as UTF-8") from None
    if _DEEP_KEY.search(text):
        raise ValueError(f"is not usable: a key is nested more than {MOST_LEVELS} levels deep")
    try:
        return tomllib.loads(text), data
    except RecursionError:
        raise ValueError("is not usable: values are nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is not TOML: {str(error)[:200]}") from error
    except ValueError:
        raise ValueError("is not usable: it has a number of thousands of digits") from None


def _bytes_of(path: Path) -> bytes:
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # no wait for a pipe
    except (OSError, ValueError) as error:  # ValueError: NUL in a path
        raise ValueError(f"cannot be read: {_reason(error)}") from error
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise ValueError("is not a file")
    with os.fdopen(opened, "rb") as file:
        try:
            data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise ValueError(f"cannot be read: {_reason(error)}") from error
    if len(data) > MOST_BYTES:
        raise ValueError(f"is larger than such a file can be ({MOST_BYTES} bytes)")
    return data


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
