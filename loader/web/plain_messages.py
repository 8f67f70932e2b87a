"""Messages of the loader in the words of the page, where nobody has a command line.

What is done otherwise here is called as it is here (`[here]` of page_words.toml). A clause that
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
_ASIDE: Final = re.compile(r" ?\([^()\n]*\)")
_QUOTED: Final = re.compile(r'"[^"\n]*"|“[^”\n]*”|(?<![\w)])\'[^\'\n]*\'')  # the person's own words
_BETWEEN: Final = re.compile(r"(\n|(?<=[.?!]) |; |: |, or |, then |, and )")
_FURTHER: Final = (", then ", ", and ")
_ENDS: Final = (".", "?", "!")
_HELD: Final = re.compile(r"\0(\d+)\0")
_SAID: Final = ("message", "suggestion", "trouble", "headings", "problem", "reason")


def plain(text: str) -> str:
    """Return a message without commands and options, but with what to do on the page instead."""
    held = _QUOTED.findall(text)
    numbers = iter(range(len(held)))
    hidden = _QUOTED.sub(lambda _: f"\0{next(numbers)}\0", text)
    for words, ours in words_of("here").items():
        hidden = hidden.replace(words, ours)
    named = [*_named(hidden)]
    if named:
        hidden = _without_clauses(_ASIDE.sub(lambda aside: _unless_command(aside[0]), hidden))
        hidden = " ".join(filter(None, (_ended(hidden), *_instead(named))))
    return _HELD.sub(lambda place: held[int(place[1])], hidden)


def said_plainly(value: Any) -> Any:
    """Return plain values in which every message of the loader is plain."""
    if isinstance(value, Mapping):
        return {
            name: plain(each) if name in _SAID and isinstance(each, str) else said_plainly(each)
            for name, each in value.items()
        }
    return [said_plainly(each) for each in value] if isinstance(value, list) else value


def _without_clauses(text: str) -> str:
    """Leave out every clause that names a command, and what is said with it (", and then …")."""
    kept, joint, is_left_out = "", "", False
    for between, clause in _clauses(text):
        is_left_out = _COMMAND.search(clause) is not None or (is_left_out and between in _FURTHER)
        joint = joint or between
        if not is_left_out:
            is_new = kept.endswith(_ENDS) and joint != "\n"
            kept += (" " if is_new else joint) * bool(kept) + clause
            joint = ""
        elif clause.endswith(_ENDS):
            kept, joint = _ended(kept), " "
    return kept


def _clauses(text: str) -> Iterator[tuple[str, str]]:
    """Yield each clause, and what is between it and the one before."""
    first, *rest = _BETWEEN.split(text)
    yield "", first
    yield from zip(rest[::2], rest[1::2], strict=True)


def _unless_command(text: str) -> str:
    return "" if _COMMAND.search(text) else text


def _ended(text: str) -> str:
    return text if not text or text.endswith(_ENDS) else f"{text}."


def _named(text: str) -> Iterator[str]:
    for found in _COMMAND.finditer(text):
        yield found["option"] or found["verb"] or found["again"] or ""


def _instead(named: Sequence[str]) -> Iterator[str]:
    """Yield what can be done on the page, each once."""
    words = words_of("instead")
    yield from dict.fromkeys(words.get(name, words["else"]) for name in named if name)
