"""Whoever is asked again and again is asked sooner in tests, so that they need not wait."""

import loader.api.auth
import loader.api.polling
import loader.api.reader


def shorten_waits() -> None:
    """Wait a hundredth of a second before the first repetition, in this process.

    What is decided later is asked for during one and a half seconds.
    """
    loader.api.auth.FIRST_WAIT_SECONDS = 0.01
    loader.api.reader.FIRST_WAIT_SECONDS = 0.01
    loader.api.polling.WAITS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
