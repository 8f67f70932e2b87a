"""The journal's key of a target, in words."""


def target_in_words(key: str) -> str:
    """Return the journal's key of a target as a person says it."""
    place, *rest = key.split("|")
    if place == "embedded sandbox" and len(rest) > 1:
        return f"the embedded sandbox ({rest[-1]}) in {'|'.join(rest[:-1])}"
    names = ("organisation", "sandbox", "container")
    named = [f"{name} {part}" for name, part in zip(names, rest, strict=False)]
    return ", ".join([place.removeprefix("https://"), *named])
