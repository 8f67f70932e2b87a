"""A server that stays in trouble is asked again and again: in tests, without the long waits."""

import loader.api.auth
import loader.api.reader


def shorten_waits() -> None:
    """Wait a hundredth of a second before the first repetition, in this process."""
    loader.api.auth.FIRST_WAIT_SECONDS = 0.01
    loader.api.reader.FIRST_WAIT_SECONDS = 0.01
