"""What the log of the server shows of a rate: pure arithmetic over (seconds, status)."""

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

Log = Sequence[tuple[float, int]]


def read_log(path: Path) -> list[tuple[float, int]]:
    """Return when each POST came and how it was answered, from the first one on."""
    lines = [line.split() for line in path.read_text("ascii").splitlines()]
    posts = sorted((float(at), int(status)) for at, status in lines)
    return [(at - posts[0][0], status) for at, status in posts]


def held_rate(times: Sequence[float]) -> float:
    """Return requests a second from the first to the last."""
    return (len(times) - 1) / (times[-1] - times[0])


def most_in_a_window(times: Sequence[float], *, seconds: float = 1.0) -> int:
    """Return the most requests of any window of so many seconds, wherever it begins."""
    return max(bisect_left(times, at + seconds) - number for number, at in enumerate(times))


def accepted_rate(log: Log, *, since: float, until: float) -> float:
    """Return the requests a second that were taken between two moments."""
    return sum(1 for at, status in log if since <= at < until and status < 300) / (until - since)


def per_second(log: Log) -> list[tuple[float, float]]:
    """Return (second, requests taken in it), for a plot."""
    last = int(log[-1][0])
    return [(float(s), accepted_rate(log, since=s, until=s + 1)) for s in range(last)]
