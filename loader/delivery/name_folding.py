"""Names as a server may keep them: two names that fold to one may be one offer's.

Servers were seen to trim names, to lower-case them, to make one blank of several (a no-break blank
among them), to normalise Unicode, to escape `&`. What is like ours but not equal is for a person.
"""

import html
import unicodedata


def fold_name(name: str) -> str:
    """Return a name without what a server may have changed in it."""
    plain = unicodedata.normalize("NFKC", html.unescape(name)).casefold()
    visible = "".join(" " if _is_control(letter) else letter for letter in plain)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf")
