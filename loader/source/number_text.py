"""Numbers as text: as a spreadsheet shows them, or exactly."""

from decimal import Decimal
from typing import Final

EXACT: Final = 10**15
_SMALL: Final = 1e-20  # below, a text without an exponent is of no use


def number_text(number: float) -> str:
    """Return the number in at most 15 digits, as spreadsheets show it: 1.0 is "1"."""
    if number.is_integer():
        return str(int(number)) if abs(number) < EXACT else format(Decimal(repr(number)), ".0f")
    if abs(number) < EXACT:
        number = float(f"{number:.15g}")
    return exact_number_text(number)


def exact_number_text(number: float) -> str:
    """Return the shortest text that gives the number again, without an exponent."""
    if 0 < abs(number) < _SMALL:
        return repr(number)
    return format(Decimal(repr(number)), "f").removesuffix(".0")
