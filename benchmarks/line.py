"""One line of the table: what was measured, how, what others cost, and whether the target is met.

A target is a number, or a ratio to what somebody else costs for the same work in the same run:
ratios hold on a machine that is now faster, now slower. A line says at what size it was measured
and how often.
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
class Against:
    """A target as a ratio: ours costs at most `most` times what the peer `name` costs."""

    name: str
    most: float

    def __str__(self) -> str:
        if self.most < 1:
            return f"≥ {1 / self.most:g} × faster than {self.name}"
        return f"≤ {self.most:g} × {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. No `target` and no `against`: a figure without one; `judged` False: too small."""

    what: str
    found: float
    unit: str
    ran: Ran
    target: float | None = None
    at_least: bool = False
    against: Against | None = None
    peers: tuple[Peer, ...] = ()
    judged: bool = True

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        found, target = (self.found, self.target) if self.against is None else self._ratio()
        if self.target is None and self.against is None:
            return ""
        if found is None or target is None:
            return "not compared"
        if not self.judged:
            return "too small to tell"
        met = found >= target if self.at_least else found <= target
        return "met" if met else "not met"

    def _ratio(self) -> tuple[float | None, float | None]:
        """Return how many times the cost of the peer ours is, and how many it may be."""
        assert self.against is not None
        costs = [peer.found for peer in self.peers if peer.name == self.against.name]
        ratio = self.found / costs[0] if costs and costs[0] else None
        return ratio, self.against.most

    @property
    def _shown_target(self) -> str:
        if self.against is not None:
            ratio, _ = self._ratio()
            return str(self.against) + ("" if ratio is None else f" ({figure(ratio)} ×)")
        sign = "≥" if self.at_least else "≤"
        return "" if self.target is None else f"{sign} {self.target:,g}"

    def cells(self) -> tuple[str, ...]:
        """The line as text, under HEADINGS."""
        peers = "; ".join(peer.words(self.found) for peer in self.peers)
        ours = f"{figure(self.found)} {self.unit}"
        return (self.what, ours, peers, self._shown_target, self.verdict, str(self.ran))


def figure(number: float) -> str:
    """Return a number with three digits that mean something."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"
