"""XML's own entities, for the readers that know one exact grammar of XML."""

import re

ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#x([0-9a-fA-F]{1,6})|#([0-9]{1,7}));|&")
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class NotPlain(Exception):  # a turn of the road, not an error
    """The XML is not in the quick readers' grammar: the careful ones must look."""


def unentitied(text: str) -> str:
    """Return the text with its entities resolved, or raise NotPlain."""
    return ENTITY.sub(_character, text) if "&" in text else text


def _character(entity: "re.Match[str]") -> str:
    name, hexadecimal, decimal = entity.groups()
    if name:
        return NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal or 0)
    if not 0x20 <= code < 0xD800 and code not in {9, 10, 13} and not 0xE000 <= code <= 0x10FFFF:
        raise NotPlain
    return chr(code)
