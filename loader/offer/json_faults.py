"""What is wrong with a content that should be JSON."""

import json
import math
from typing import Final

import orjson

JSON_CODES: Final = ("bad-json", "typographic-quotes", "json-number-too-large")
_STRAIGHT: Final = str.maketrans("“”„‘’", '"""\'\'')


def json_faults(text: str) -> dict[str, str]:
    """Return the code of what is wrong, if anything is, without a hint."""
    if _parses(text):
        return {}
    if _parses(text.translate(_STRAIGHT)):
        return {"typographic-quotes": ""}
    return {"json-number-too-large" if _has_infinite_number(text) else "bad-json": ""}


def _parses(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _has_infinite_number(text: str) -> bool:
    """Tell whether the text is JSON, but for numbers that would be infinite."""
    found = False

    def check_size(number: str) -> None:
        nonlocal found
        found = found or math.isinf(float(number))

    try:
        json.loads(text, parse_int=check_size, parse_float=check_size, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
