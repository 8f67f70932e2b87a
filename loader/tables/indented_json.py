"""JSON as a person reads it."""

import orjson


def indented(text: bytes) -> str:
    """Return JSON with a line for each value; what is no JSON, as it is."""
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return text.decode("utf-8", "replace")
