"""The numbers as a file for the node exporter's textfile collector: whole or not at all.

Rules of this file: a counter goes on from what the file says, so that short processes count
together; a file that cannot be read or written is said, and changes nothing about a load.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from prometheus_client import write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from loader.inbox.listening import Silent
from loader.inbox.metrics.numbers import Numbers
from loader.inbox.values import DropReport, Standing


class Textfile(Silent):
    """Writes the numbers after every file, after every look and at the end."""

    def __init__(self, numbers: Numbers, path: Path, *, complain: Callable[[str], None]) -> None:
        self._numbers = numbers
        self._path = path
        self._complain = complain
        self._complained = False
        self._restore()

    def ended(self, report: DropReport) -> None:  # noqa: ARG002 - the numbers heard it
        """Write."""
        self._write()

    def idle(self, standings: Sequence[Standing]) -> None:  # noqa: ARG002 - as above
        """Write."""
        self._write()

    def close(self) -> None:
        """Write."""
        self._write()

    def _restore(self) -> None:
        try:
            text = self._path.read_text("utf-8")
            samples = [
                sample
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            ]
            for sample in samples:
                self._numbers.restore(sample.name, sample.labels, sample.value)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            self._say(f"{self._path} cannot be read, its counters begin anew: {error}")

    def _write(self) -> None:
        try:
            write_to_textfile(str(self._path), self._numbers.registry)
        except OSError as error:
            self._say(f"{self._path} cannot be written: {error.strerror or error}")

    def _say(self, text: str) -> None:
        if not self._complained:
            self._complained = True
            self._complain(f"metrics: {text}")
