"""Small sheets of cells that are hard to keep: what every writer is asked to write."""

import datetime as dt
import random
from dataclasses import dataclass

Value = str | float | bool | dt.date | dt.time | dt.timedelta | None
HEADER = ("h1", "h2", "h3", "h4", "h5")
TEXTS = (
    "a", "007", " lead", "trail ", "two\nlines", "TRUE", "1e5", "été €", "日本", "🌞", "_x0041_",
    "a\tb", "=1+1", "#N/A", "<b>&amp;</b>", "x" * 500, "'quoted", "'", "\u00a0b", "2026-01-31",
    "50%", "NaN", "a_x000D_b", "שלום", '"', "e\u0301", "-", "1,5",
)  # fmt: skip
NUMBERS = (
    0.0, 1.0, -1.0, 42.0, 1.5, 0.1, 1 / 3, 1e14, 123456789012345.0, 1e-7, 0.30000000000000004,
    434.99999999999994, -0.5, 99.995, 2.0**40, 1234567.891,
)  # fmt: skip
NUMBER_FORMATS = ("General", "General", "General", "0.00", "0%", "00000", "#,##0", "0.0##")
DAY, MOMENT, CLOCK, ELAPSED = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss", "[h]:mm:ss"
DAYS = (dt.date(2026, 1, 31), dt.date(1900, 3, 1), dt.date(1904, 1, 2), dt.date(2024, 2, 29))
MOMENTS = tuple(
    dt.datetime(*parts)  # noqa: DTZ001  # naive, as in a sheet
    for parts in ((2026, 1, 31, 10, 30, 15), (2024, 2, 29, 23, 59, 59), (1999, 12, 31, 0, 0, 1))
)
CLOCKS = (dt.time(12, 30), dt.time(23, 59, 59), dt.time(0, 0, 1))
SPANS = (dt.timedelta(hours=36), dt.timedelta(minutes=1), dt.timedelta(days=3, seconds=5))


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and the number format that a writer gives it."""

    value: Value
    form: str = "General"


BLANK = Cell(None)


def sheet(seed: int) -> list[list[Cell]]:
    """Return the rows below the header. The first column is filled, so that no row is blank."""
    chance = random.Random(seed)
    return [
        [Cell(f"row {number}"), *(_cell(chance) for _ in HEADER[1:])]
        for number in range(2, 2 + chance.randint(3, 9))
    ]


def _cell(chance: random.Random) -> Cell:
    match chance.choice(("text", "text", "number", "number", "day", "moment", "clock", "span", "")):
        case "text":
            return Cell(chance.choice(TEXTS))
        case "number":
            return Cell(chance.choice(NUMBERS), chance.choice(NUMBER_FORMATS))
        case "day":
            return Cell(chance.choice(DAYS), DAY)
        case "moment":
            return Cell(chance.choice(MOMENTS), MOMENT)
        case "clock":
            return Cell(chance.choice(CLOCKS), CLOCK)
        case "span":
            return Cell(chance.choice(SPANS), ELAPSED)
    return chance.choice((BLANK, Cell(value=True), Cell(value=False)))
