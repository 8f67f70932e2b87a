"""Messages of the loader in the words of the page, where nobody has a command line.

Where the page has words of its own, they are used (`[here]` of page_words.toml). A clause that
names a command or an option is left out, and the page says what to do instead: `[instead]`, by the
name of the option or the command.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from loader.web.page_words import words_of

_COMMAND: Final = re.compile(
    r"(?<![\w-])(?P<option>--[a-z][a-z-]+)|`loader (?P<verb>[a-z]+)|\bthe (?P<again>same) command"
    r"|\(on_absent hold\)"
)
_PARENTHESIS: Final = re.compile(r" ?\([^()\n]*\)")
_QUOTED: Final = re.compile(r'"[^"\n]*"|“[^”\n]*”|(?<![\w)])\'[^\'\n]*\'')  # the person's own words
_JOINT: Final = re.compile(r"(\n|(?<=[.?!]) |; |: |, or |, then |, and )")
_FURTHER: Final = (", then ", ", and ")
_ENDS: Final = (".", "?", "!")
_PLACEHOLDER: Final = re.compile(r"\0(\d+)\0")
_MESSAGE_KEYS: Final = ("message", "suggestion", "trouble", "headings", "problem", "reason")


def without_commands(text: str) -> str:
    """Return a message that says what to do on the page in place of commands and options."""
    quotes = _QUOTED.findall(text)
    numbers = iter(range(len(quotes)))
    hidden = _QUOTED.sub(lambda _: f"\0{next(numbers)}\0", text)
    for words, ours in words_of("here").items():
        hidden = hidden.replace(words, ours)
    commands = [*_commands_in(hidden)]
    if commands:
        hidden = _without_clauses(
            _PARENTHESIS.sub(lambda aside: _drop_if_command(aside[0]), hidden)
        )
        hidden = " ".join(filter(None, (_with_full_stop(hidden), *_alternatives(commands))))
    return _PLACEHOLDER.sub(lambda place: quotes[int(place[1])], hidden)


def without_commands_in(value: Any) -> Any:
    """Return plain values in which no message of the loader names a command."""
    if isinstance(value, Mapping):
        return {
            name: without_commands(each)
            if name in _MESSAGE_KEYS and isinstance(each, str)
            else without_commands_in(each)
            for name, each in value.items()
        }
    return [without_commands_in(each) for each in value] if isinstance(value, list) else value


def _without_clauses(text: str) -> str:
    """Leave out every clause that names a command, and what goes with it (", and then …")."""
    kept, joint, is_left_out = "", "", False
    for between, clause in _clauses(text):
        is_left_out = _COMMAND.search(clause) is not None or (is_left_out and between in _FURTHER)
        joint = joint or between
        if not is_left_out:
            is_new = kept.endswith(_ENDS) and joint != "\n"
            kept += (" " if is_new else joint) * bool(kept) + clause
            joint = ""
        elif clause.endswith(_ENDS):
            kept, joint = _with_full_stop(kept), " "
    return kept


def _clauses(text: str) -> Iterator[tuple[str, str]]:
    """Yield each clause, after the joint between it and the one before."""
    first, *rest = _JOINT.split(text)
    yield "", first
    yield from zip(rest[::2], rest[1::2], strict=True)


def _drop_if_command(text: str) -> str:
    return "" if _COMMAND.search(text) else text


def _with_full_stop(text: str) -> str:
    return text if not text or text.endswith(_ENDS) else f"{text}."


def _commands_in(text: str) -> Iterator[str]:
    for found in _COMMAND.finditer(text):
        yield found["option"] or found["verb"] or found["again"] or ""


def _alternatives(commands: Sequence[str]) -> Iterator[str]:
    """Yield what to do on the page instead of these commands, each once."""
    words = words_of("instead")
    yield from dict.fromkeys(words.get(name, words["else"]) for name in commands if name)
