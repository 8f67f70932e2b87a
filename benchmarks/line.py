"""One line of the table: what was measured, how, what others cost, and whether the target is met.

Rules of this file: arithmetic and words only; a line knows at what size it was really measured and
how often, and says so.
"""

from dataclasses import dataclass
from typing import Final

HEADINGS: Final = ("what", "ours", "others (× ours)", "target", "", "measured with")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The size that was really run, of the size that the line is about, and how often."""

    runs: int
    size: int | None = None
    of: int | None = None
    unit: str = "rows"

    def __str__(self) -> str:
        times = "once" if self.runs == 1 else f"median of {self.runs}"
        if self.size is None:
            return times
        share = "" if self.of in {None, self.size} else f" of {self.of:,}"
        return f"{self.size:,}{share} {self.unit}, {times}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What the same costs with something else; `found` None: not installed.

    `size`: what was run of it, where that is not what ours ran.
    """

    name: str
    found: float | None
    size: int | None = None

    def words(self, ours: float) -> str:
        """The peer in the table."""
        if self.found is None:
            return f"{self.name}: not installed"
        with_size = "" if self.size is None else f" with {self.size:,}"
        ratio = f" ({figure(self.found / ours)} ×)" if ours else ""
        return f"{self.name} {figure(self.found)}{ratio}{with_size}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. `target` None: a figure without one; `judged` False: too small to be judged."""

    what: str
    found: float
    unit: str
    ran: Ran
    target: float | None = None
    at_least: bool = False
    peers: tuple[Peer, ...] = ()
    judged: bool = True

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None:
            return ""
        if not self.judged:
            return "too small to tell"
        met = self.found >= self.target if self.at_least else self.found <= self.target
        return "met" if met else "not met"

    def cells(self) -> tuple[str, ...]:
        """The line as text, under HEADINGS."""
        sign = "≥" if self.at_least else "≤"
        target = "" if self.target is None else f"{sign} {self.target:,g}"
        peers = "; ".join(peer.words(self.found) for peer in self.peers)
        ours = f"{figure(self.found)} {self.unit}"
        return (self.what, ours, peers, target, self.verdict, str(self.ran))


def figure(number: float) -> str:
    """Return a number with three digits that mean something."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"
