"""The metrics as a file for the node exporter's textfile collector: written whole or not at all.

Counters continue from the values in the file, so that short processes count together. A file that
cannot be read or written is reported once and does not affect a load.
"""

from collections.abc import Callable
from pathlib import Path

from prometheus_client import write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from loader.inbox.events import FileEnded, Idle, InboxEvent, WatcherClosed
from loader.inbox.metrics.inbox_metrics import InboxMetrics


class Textfile:
    """Writes the metrics after every file, after every listing and at the end."""

    def __init__(
        self, numbers: InboxMetrics, path: Path, *, complain: Callable[[str], None]
    ) -> None:
        self._numbers = numbers
        self._path = path
        self._complain = complain
        self._complained = False
        self._restore()

    def __call__(self, event: InboxEvent) -> None:
        """Write the numbers, which counted the event before."""
        if isinstance(event, FileEnded | Idle | WatcherClosed):
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
            self._say(f"{self._path} cannot be read, its counters start at 0 again: {error}")

    def _write(self) -> None:
        try:
            write_to_textfile(str(self._path), self._numbers.registry)
        except OSError as error:
            self._say(f"{self._path} cannot be written: {error.strerror or error}")

    def _say(self, text: str) -> None:
        if not self._complained:
            self._complained = True
            self._complain(f"metrics: {text}")
