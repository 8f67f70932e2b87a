"""Progress on standard error: a bar on a terminal, a line now and then elsewhere.

Rules of this file: it shows and decides nothing. Whoever works only counts; a thread looks at the
counts, so that a long pause is seen, and said, while it lasts. Nothing is shown between two stages:
there a person may be asked something.
"""

import sys
import threading
import time
from typing import Final

from loader.cli.output.rate import Speed, per_second, time_left
from loader.cli.output.terminal import on_one_line, tell
from loader.delivery.ports import Words
from loader.model import Outcome

_LOOK_SECONDS: Final = 0.25
_FIRST_LINE_SECONDS: Final = 10.0  # between lines of a plain log; the wait doubles …
_MOST_LINE_SECONDS: Final = 60.0  # … up to this


class Progress:
    """Watches a run (see `loader.run.observer`), one stage after the other."""

    def __init__(self) -> None:
        self._stage: _Stage | None = None

    def stage(self, name: str, total: int | None) -> None:
        """Begin a stage."""
        self.finish()
        shown = _Bar if sys.stderr.isatty() else _Log
        self._stage = shown(on_one_line(name), total)
        self._stage.start()

    def advance(self, done: int, *, created: int = 0, failed: int = 0, unknown: int = 0) -> None:  # noqa: ARG002 - what was created is what is done and neither failed nor unknown
        """Count rows."""
        if self._stage is not None:
            self._stage.done += done
            self._stage.failed += failed
            self._stage.unknown += unknown

    def note(self, text: Words) -> None:
        """Say why it is slow."""
        if self._stage is not None:
            self._stage.note = text

    def sent(self) -> None:
        """Show nothing: a request is no row."""

    def answered(self, outcome: Outcome) -> None:
        """Show nothing, as above."""

    def finish(self) -> None:
        """End the stage that is shown, if any."""
        if self._stage is not None:
            self._stage.end()
            self._stage = None


class _Stage:
    """One stage: what is counted, and the thread that shows it."""

    def __init__(self, name: str, total: int | None) -> None:
        self.name = name
        self.total = total
        self.done = 0
        self.failed = 0
        self.unknown = 0
        self.note: Words = ""
        self._speed = Speed(time.monotonic())
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="progress", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()

    def show(self, now: float) -> None:
        """Show where the stage stands."""
        raise NotImplementedError

    def words(self) -> str:
        """Say where the stage stands: "1,200 of 5,000, 3 failed, 4.9/s, 12:40 left; why"."""
        done, rate = self.done, self._speed.rate()
        of = "" if self.total is None else f" of {self.total:,}"
        parts = [
            f"{done:,}{of}",
            f"{self.failed:,} failed" if self.failed else "",
            f"{self.unknown:,} unknown" if self.unknown else "",
            per_second(rate),
            time_left(done, self.total, rate),
        ]
        why = self.note if isinstance(self.note, str) else self.note()
        return "; ".join(filter(None, (", ".join(filter(None, parts)), on_one_line(why))))

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            now = time.monotonic()
            self._speed.see(now, self.done)
            self.show(now)


class _Bar(_Stage):
    """Shown as a bar, redrawn a few times a second and wiped at the end."""

    def __init__(self, name: str, total: int | None) -> None:
        super().__init__(name, total)
        from rich import console, progress, table  # noqa: PLC0415 - only where a bar is shown

        description, words = (  # cut rather than broken into lines
            progress.TextColumn(
                text, markup=False, table_column=table.Column(no_wrap=True, overflow="ellipsis")
            )
            for text in ("{task.description}", "{task.fields[words]}")
        )
        self._bars = progress.Progress(
            progress.SpinnerColumn(),
            description,
            progress.BarColumn(bar_width=20),
            words,
            console=console.Console(stderr=True),
            auto_refresh=False,
            transient=True,
        )
        self._task = self._bars.add_task(name, total=total, words="")

    def start(self) -> None:
        """Draw it."""
        self._bars.start()
        super().start()

    def end(self) -> None:
        """Wipe it."""
        super().end()
        self._bars.stop()

    def show(self, now: float) -> None:  # noqa: ARG002 - it is time each time
        """Draw it anew."""
        self._bars.update(self._task, completed=self.done, words=self.words(), refresh=True)


class _Log(_Stage):
    """Told in lines, more and more seldom."""

    def __init__(self, name: str, total: int | None) -> None:
        super().__init__(name, total)
        self._wait = _FIRST_LINE_SECONDS
        self._next = time.monotonic() + self._wait

    def show(self, now: float) -> None:
        """Tell a line if it is time."""
        if now >= self._next:
            tell(f"{self.name}: {self.words()}")
            self._wait = min(2 * self._wait, _MOST_LINE_SECONDS)
            self._next = now + self._wait
