"""JSON whose numbers stay as they are written, digit for digit."""

import json
from collections.abc import Callable
from typing import Any


class Written(str):
    """A number as it is written."""

    __slots__ = ()


def written_decoder(objects: Callable[[list[tuple[str, Any]]], object]) -> json.JSONDecoder:
    """Return a decoder of JSON proper (it raises `ValueError` at NaN and the like).

    `objects` makes the object of its names and values.
    """
    return json.JSONDecoder(
        object_pairs_hook=objects,
        parse_int=Written,
        parse_float=Written,
        parse_constant=_refuse,
    )


def written_json(value: object) -> str:
    """Return the JSON of a value that such a decoder made."""
    match value:
        case Written():
            return str(value)
        case dict():
            items = (
                f"{json.dumps(name, ensure_ascii=False)}:{written_json(each)}"
                for name, each in value.items()
            )
            return f"{{{','.join(items)}}}"
        case list():
            return f"[{','.join(map(written_json, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number")
