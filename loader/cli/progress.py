"""Progress on standard error: bars on a terminal, a line now and then elsewhere.

Rules of this file: it shows and decides nothing; rates are those of the last seconds, and a time
left is only shown when it can be known.
"""

import sys
import time
from collections import deque
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from loader.cli.terminal import on_one_line, tell
from loader.model import Outcome

_WINDOW_SECONDS: Final = 10.0
_LINE_SECONDS: Final = 10.0


class Progress:
    """Watches a run (see `loader.run.observer`)."""

    def __init__(self) -> None:
        self._bars = _bars() if sys.stderr.isatty() else None
        self._task: TaskID | None = None
        self._name = ""
        self._note = ""
        self._total: int | None = None
        self._counts = {"done": 0, "created": 0, "failed": 0, "unknown": 0}
        self._recent: deque[tuple[float, int]] = deque()
        self._said_at = 0.0

    def stage(self, name: str, total: int | None) -> None:
        """Begin a stage."""
        self._end_stage()
        self._name, self._total, self._note = name, total, ""
        self._counts = dict.fromkeys(self._counts, 0)
        self._recent.clear()
        self._said_at = time.monotonic()
        if self._bars is not None:
            self._bars.start()
            self._task = self._bars.add_task(on_one_line(name), total=total, words="")

    def advance(self, done: int, *, created: int = 0, failed: int = 0, unknown: int = 0) -> None:
        """Count rows."""
        counts = self._counts
        counts["done"] += done
        counts["created"] += created
        counts["failed"] += failed
        counts["unknown"] += unknown
        now = time.monotonic()
        self._recent.append((now, counts["done"]))
        while now - self._recent[0][0] > _WINDOW_SECONDS and len(self._recent) > 1:
            self._recent.popleft()
        self._show(now)

    def note(self, text: str) -> None:
        """Say why it is slow."""
        if text != self._note:
            self._note = text
            self._show(time.monotonic())

    def sent(self) -> None:
        """Show nothing: a request is no row."""

    def answered(self, outcome: Outcome) -> None:
        """Show nothing, as above."""

    def finish(self) -> None:
        """End the last stage."""
        self._end_stage()
        if self._bars is not None:
            self._bars.stop()

    def _show(self, now: float) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=self._counts["done"], words=self._words(now))
        elif self._bars is None and now - self._said_at >= _LINE_SECONDS:
            self._said_at = now
            tell(f"{self._name}: {self._words(now)}")

    def _end_stage(self) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        self._name = ""

    def _words(self, now: float) -> str:
        total = "" if self._total is None else f" of {self._total}"
        parts = [f"{self._counts['done']}{total}"]
        parts += [
            f"{self._counts[word]} {word}" for word in ("failed", "unknown") if self._counts[word]
        ]
        rate = self._rate(now)
        if rate:
            parts.append(f"{rate:,.1f}/s")
            if self._total is not None and self._total > self._counts["done"]:
                parts.append(f"{_span((self._total - self._counts['done']) / rate)} left")
        if self._note:
            parts.append(on_one_line(self._note))
        return ", ".join(parts)

    def _rate(self, now: float) -> float:
        if len(self._recent) < 2:
            return 0.0
        started, before = self._recent[0]
        return (self._counts["done"] - before) / (now - started) if now - started >= 1 else 0.0


def _bars() -> Bars:
    return Bars(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[words]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
