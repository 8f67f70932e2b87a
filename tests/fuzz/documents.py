"""Change a document of objects, lists and values (JSON, TOML), given a random generator."""

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Any

TIMES = (1, 1, 1, 2, 4)
Place = tuple[Any, Any]  # what holds a value, and its key there
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, 10**30, 0.5, -0.0, 1e308, "", " ", "0", "null"),
    *("\u00a0x", "a\nb", "\x00", "\u202e", "x" * 5_000, "../..", "https://example.com/", "=1+1"),
    *([], {}, [[]], [None], {"": ""}, [{}], {"id": 1}, ["a", "b"]),
)


def spoil_document(
    dice: random.Random, given: Any, *, more: Sequence[Any] = (), times: Sequence[int] = TIMES
) -> Any:
    """Return a copy with a few changes. `more` may be put anywhere."""
    document = copy.deepcopy(given)
    for _ in range(dice.choice(times)):
        places = list(_places(document))
        if not places or dice.random() < 0.05:
            document = _another(dice, document, more)
        else:
            _change(dice, places, more)
    return document


def _places(document: Any) -> Iterator[Place]:
    keys: Sequence[Any] = ()
    if isinstance(document, dict):
        keys = list(document)
    elif isinstance(document, list):
        keys = range(len(document))
    for key in keys:
        yield document, key
        yield from _places(document[key])


def _change(dice: random.Random, places: list[Place], more: Sequence[Any]) -> None:
    holder, key = dice.choice(places)
    match dice.randrange(5):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder[key:key] = [copy.deepcopy(holder[key]) for _ in range(dice.choice((1, 2, 200)))]
        case 1:
            holder[dice.choice((str(key) + "x", str(key).upper(), ""))] = holder.pop(key)
        case 2:
            other, name = dice.choice(places)
            holder[key] = copy.deepcopy(other[name])
        case _:
            holder[key] = _another(dice, holder[key], more)


def _another(dice: random.Random, value: Any, more: Sequence[Any]) -> Any:
    match dice.randrange(6):
        case 0:
            return [value]
        case 1:
            return {"inside": value}
        case 2 if isinstance(value, str):
            return value[: dice.randrange(len(value) + 1)] + dice.choice(("", "x", "\u00e9"))
        case 3 if isinstance(value, int | float):
            return dice.choice((str(value), -value, value + 1))
        case 4:
            for _ in range(dice.choice((5, 60))):
                value = [value]
            return value
        case _:
            return copy.deepcopy(dice.choice((*VALUES, *more)))
