"""Shorter waits between repeated requests, so that tests need not wait."""

import loader.api.decided_later
import loader.api.reader
import loader.api.tokens

SHORT_POLLING = (0.0, 0.05, 0.1, 0.15, *(0.2,) * 6)  # at what is decided later


def shorten_waits() -> None:
    """Wait a hundredth of a second before the first repetition, in this process."""
    loader.api.tokens.FIRST_WAIT_SECONDS = 0.01
    loader.api.reader.FIRST_WAIT_SECONDS = 0.01


def shorten_polling() -> None:
    """Ask for what is decided later during one and a half seconds, in this process.

    Not in one that simulates servers on a clock of its own, which decide later than that.
    """
    loader.api.decided_later.WAITS = SHORT_POLLING
