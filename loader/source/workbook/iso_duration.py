"""A duration of ISO 8601 (PT36H00M00S), as .ods stores times."""

import re

DURATION = re.compile(
    r"(-?)P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d+))?S)?)?"
)


def seconds_of(stored: str) -> tuple[int, str, str] | None:
    """Return the whole seconds, the digits of their fraction, and the sign; None: it is none."""
    found = DURATION.fullmatch(stored)
    if found is None or stored.endswith(("P", "T")):
        return None
    sign, *amounts, fraction = found.groups()
    days, hours, minutes, seconds = (int(amount or 0) for amount in amounts)
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds, (fraction or "").rstrip("0"), sign


def clock_text(stored: str) -> str:
    """Return it as hours, minutes and seconds."""
    found = seconds_of(stored)
    if found is None:
        return stored
    seconds, fraction, sign = found
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{fraction}" if fraction else text
