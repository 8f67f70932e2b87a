"""What a page shows of a run at work: a listener that counts, and its state as plain values.

Events come from the thread of the run; the state is read from the server's.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from loader.events import Event, Limited, PhaseBegan, PhaseEnded, RowEnded, RowsDone, RunBegan, Text
from loader.model import OutcomeKind
from loader.redaction import SECRETS
from loader.time_left import Speed, per_second, time_left
from loader.web.page_words import say

_MOST_ROWS: Final = 12


class Progress:
    """Listens to one run."""

    def __init__(self) -> None:
        self.run_id = ""
        self.has_begun = threading.Event()  # the journal has the run, or it ended before
        self._lock = threading.Lock()
        self._phase = ""
        self._total: int | None = None
        self._done = 0
        self._why: Text = ""
        self._counts = dict.fromkeys(("created", "changed", "deleted", "failed", "unknown"), 0)
        self._rows: deque[dict[str, Any]] = deque(maxlen=_MOST_ROWS)
        self._seen = 0
        self._speed = Speed(time.monotonic())

    def __call__(self, event: Event) -> None:
        """Count one event."""
        with self._lock:
            self._receive(event)

    def _receive(self, event: Event) -> None:
        match event:
            case RunBegan():
                self.run_id = event.run_id
                self.has_begun.set()
            case PhaseBegan():
                self._phase, self._total, self._done, self._why = event.name, event.total, 0, ""
                self._speed = Speed(time.monotonic())
            case PhaseEnded():
                self._phase, self._total, self._why = "", None, ""
            case Limited():
                self._why = event.by
            case RowsDone():
                self._done += event.count
                for name in self._counts:
                    self._counts[name] += getattr(event, name)
                if event.row is not None:
                    self._seen += 1
                    self._rows.append(_row_values(event.row, self._seen))

    def state(self) -> Mapping[str, Any]:
        """Return the state of the run."""
        with self._lock:
            self._speed.add(time.monotonic(), self._done)
            rate, why = self._speed.rate(), self._why
            found = {
                "phase": self._phase.split(" ")[0],
                "total": self._total,
                "done": self._done,
                "rate": per_second(rate),
                "left": time_left(self._done, self._total, rate),
                "counts": dict(self._counts),
                "rows": list(self._rows),
            }
        return {**found, "why": _reason_text(SECRETS.hide(why if isinstance(why, str) else why()))}


_REASONS: Final = (  # the sentences of `loader.delivery.bottleneck` that name settings
    (re.compile(r"limited by max_per_second (\S+)"), "set_rate"),
    (re.compile(r"waiting for the server \((\d+) at once: max_in_flight\)"), "in_flight"),
    (re.compile(r"waiting for the server \((\d+) at once: more came into conflict\)"), "conflicts"),
)


def _reason_text(why: str) -> str:
    """Return what limits the rate, in the words of the page."""
    for pattern, name in _REASONS:
        if match := pattern.fullmatch(why):
            return say(f"running.reason.{name}", number=match[1])
    return why[:1].upper() + why[1:]


_STATUS: Final = {
    OutcomeKind.DONE: "done",
    OutcomeKind.REFUSED: "failed",
    OutcomeKind.LOST: "unknown",
}


def _row_values(row: RowEnded, number: int) -> dict[str, Any]:
    receipt = row.outcome.receipt
    return {
        "number": number,
        "name": row.name,
        "status": _STATUS.get(row.outcome.kind, "done"),
        "id": receipt.instance_id if receipt else "",
        "message": "" if receipt else SECRETS.hide(row.outcome.message),
        "code": "" if receipt else row.outcome.code,
    }
