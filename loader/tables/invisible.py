"""Characters that nobody sees in a cell, made visible for messages."""

import re
from typing import Final

_INVISIBLE: Final = re.compile(
    "[\u00a0\u00ad\u034f\u061c\u115f\u1160\u180e\u2000-\u200b\u200e\u200f\u202f\u205f-\u2064\u3164"
    "\ufeff]"
)


def made_visible(text: str) -> str:
    r"""Return `text` with invisible characters and unusual blanks as `\uXXXX`."""
    if text.isascii():
        return text
    return _INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04X}", text)
