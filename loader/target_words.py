"""The journal's key of a target, in words."""

from typing import Final

EMBEDDED: Final = "embedded sandbox"  # the first part of the key of such a target


def is_embedded(key: str) -> bool:
    """Say whether a key is that of an embedded sandbox."""
    return key.partition("|")[0] == EMBEDDED


def target_in_words(key: str) -> str:
    """Return the journal's key of a target as a person says it."""
    place, *rest = key.split("|")
    if place == EMBEDDED and len(rest) > 1:
        return f"the embedded sandbox ({rest[-1]}) in {'|'.join(rest[:-1])}"
    names = ("organisation", "sandbox", "container")
    named = [f"{name} {part}" for name, part in zip(names, rest, strict=False)]
    return ", ".join([place.removeprefix("https://"), *named])
