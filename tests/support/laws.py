"""How many examples a law of hypothesis is tried with: a sample in the normal suite.

With `-m slow` laws are run again, with all of them; and with `-m hypothesis` (`tests/conftest.py`).
"""

from typing import Final

from hypothesis import settings

ALL: Final = 100  # in percent, and what hypothesis tries where a law says nothing
SAMPLE: Final = 30
_FEWEST: Final = 3


def tried(examples: int) -> int:
    """Return how many of so many examples are tried in this session."""
    return max(_FEWEST, examples * settings().max_examples // ALL)
