"""A listener that shows progress on standard error: a bar on a terminal, else a line now and then.

Events only count; a thread shows the counts, so that a long pause is visible while it lasts.
Nothing is shown between two phases, where a person may be asked something.
"""

import sys
import threading
import time
from typing import Final

from loader.cli.options import with_flags
from loader.cli.output.terminal import echo_err, on_one_line
from loader.events import Event, Limited, PhaseBegan, PhaseEnded, RowsDone, Text
from loader.time_left import Speed, per_second, time_left

_LOOK_SECONDS: Final = 0.25
_FIRST_LINE_SECONDS: Final = 10.0  # between lines of a plain log; the wait doubles …
_MOST_LINE_SECONDS: Final = 60.0  # … up to this


class Progress:
    """Shows a run, one phase after the other."""

    def __init__(self) -> None:
        self._phase: _Phase | None = None

    def __call__(self, event: Event) -> None:
        """Begin or end a phase, or count what is done in it."""
        match event:
            case PhaseBegan():
                self.finish()
                shown = _Bar if sys.stderr.isatty() else _Log
                self._phase = shown(on_one_line(event.name), event.total)
                self._phase.start()
            case RowsDone() if self._phase is not None:
                self._phase.done += event.count
                self._phase.failed += event.failed
                self._phase.unknown += event.unknown
            case Limited() if self._phase is not None:
                self._phase.limited_by = event.by
            case PhaseEnded():
                self.finish()

    def finish(self) -> None:
        """End the phase that is shown, if any."""
        phase, self._phase = self._phase, None
        if phase is not None:
            phase.end()


class _Phase:
    """One phase: what is counted, and the thread that shows it."""

    def __init__(self, name: str, total: int | None) -> None:
        self.name = name
        self.total = total
        self.done = 0
        self.failed = 0
        self.unknown = 0
        self.limited_by: Text = ""
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
        """Show how far the phase is."""
        raise NotImplementedError

    def words(self) -> str:
        """Say how far the phase is: "1,200 of 5,000, 3 failed, 4.9/s, 12:40 left; why"."""
        done, rate = self._at_most_all(self.done), self._speed.rate()
        of = "" if self.total is None else f" of {self.total:,}"
        parts = [
            f"{done:,}{of}",
            f"{self.failed:,} failed" if self.failed else "",
            f"{self._at_most_all(self.unknown):,} unknown" if self.unknown else "",
            per_second(rate),
            time_left(done, self.total, rate),
        ]
        why = with_flags(self.limited_by if isinstance(self.limited_by, str) else self.limited_by())
        return "; ".join(filter(None, (", ".join(filter(None, parts)), on_one_line(why))))

    def _at_most_all(self, count: int) -> int:
        """Count a row once: one that was looked up and sent again is reported each time."""
        return count if self.total is None else min(count, self.total)

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            now = time.monotonic()
            self._speed.add(now, self.done)
            self.show(now)


class _Bar(_Phase):
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

    def show(self, now: float) -> None:  # noqa: ARG002 - it is redrawn each time
        """Redraw it."""
        self._bars.update(self._task, completed=self.done, words=self.words(), refresh=True)


class _Log(_Phase):
    """Shown as lines, less and less often."""

    def __init__(self, name: str, total: int | None) -> None:
        super().__init__(name, total)
        self._wait = _FIRST_LINE_SECONDS
        self._next = time.monotonic() + self._wait

    def show(self, now: float) -> None:
        """Write a line if it is time."""
        if now >= self._next:
            echo_err(f"{self.name}: {self.words()}")
            self._wait = min(2 * self._wait, _MOST_LINE_SECONDS)
            self._next = now + self._wait
