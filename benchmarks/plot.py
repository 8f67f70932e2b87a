"""Small plots as SVG, without a library: lines over two axes, each linear or logarithmic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from typing import Final

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 40, 40, 50
FONT: Final = 'font-family="sans-serif" font-size="12"'
COLOURS: Final = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis, from `least` to `most`."""

    title: str
    ticks: Sequence[float]
    least: float
    most: float
    is_log: bool = False

    def share(self, value: float) -> float:
        """Return where a value stands, from 0 to 1."""
        if self.is_log:
            least, most, value = log10(self.least), log10(self.most), log10(value)
        else:
            least, most = self.least, self.most
        return (value - least) / (most - least)


def plot(title: str, x: Axis, y: Axis, curves: Mapping[str, Points]) -> str:
    """Return an SVG of the curves."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 20, title, anchor="middle", more=' font-size="14"'),
        _text(WIDTH / 2, HEIGHT - 10, x.title, anchor="middle"),
        _text(LEFT - 45, TOP - 10, y.title),
    ]
    for tick in (each for each in x.ticks if x.least <= each <= x.most):
        at = _across(x, tick)
        parts.append(_line((at, TOP), (at, HEIGHT - BOTTOM)))
        parts.append(_text(at, HEIGHT - BOTTOM + 18, f"{tick:,.12g}", anchor="middle"))
    for tick in (each for each in y.ticks if y.least <= each <= y.most):
        at = _up(y, tick)
        parts.append(_line((LEFT, at), (WIDTH - RIGHT, at)))
        parts.append(_text(LEFT - 6, at + 4, f"{tick:,g}", anchor="end"))
    for number, (name, points) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = " ".join(f"{_across(x, a):.1f},{_up(y, b):.1f}" for a, b in points)
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}"/>')
        legend = TOP + 16 + 16 * number
        parts.append(_text(LEFT + 10, legend, name, more=f' fill="{colour}"'))
    return "\n".join([*parts, "</svg>", ""])


def _across(axis: Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)


def _up(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM)


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'
