"""The section of docs/performance.md on what is used of what a server allows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.rates.grid import QUOTA_SECONDS, RULES, SECONDS, SHARES, Row

Cell = tuple[float, float]  # used, refused
Table = Mapping[Row, Mapping[str, Sequence[Cell]]]
HEADING: Final = "## What is used of what a server allows"
_NEXT: Final = "\n## "
_TEXT: Final = Path(__file__).with_name("section.md")


def section(table: Table) -> str:
    """Return the section."""
    text = _TEXT.read_text("utf-8")
    return (
        HEADING
        + "\n"
        + text.format(
            seconds=SECONDS,
            quota_seconds=QUOTA_SECONDS,
            without_retry_after=_table(
                {row: cells for row, cells in table.items() if not row.says_retry_after}
            ),
            with_retry_after=_table(
                {row: cells for row, cells in table.items() if row.says_retry_after}
            ),
            verdict=_verdict(table),
        )
    )


def renewed(page: str, new: str) -> str:
    """Return the page with its section replaced, or added."""
    before, heading, rest = page.partition(HEADING)
    if not heading:
        return page.rstrip() + "\n\n" + new
    _, following, after = rest.partition(_NEXT)
    return before + new + (following + after if following else "")


def _table(table: Table) -> str:
    shares = " | ".join(f"{share:.0%} at random" if share else "none at random" for share in SHARES)
    lines = [
        f"| rate set, limit of the server | rule | {shares} |",
        "|---" * (len(SHARES) + 2) + "|",
    ]
    for row, cells in table.items():
        for rule in RULES:
            shown = " | ".join(f"{used:.0%} ({refused:.0%})" for used, refused in cells[rule])
            lines.append(f"| {row if rule == 'ours' else ''} | {rule} | {shown} |")
    return "\n".join(lines)


def _verdict(table: Table) -> str:
    """Say in how many cells ours uses most, and in which another one does."""
    behind: dict[str, list[str]] = {}
    count = 0
    for row, cells in table.items():
        for place, share in enumerate(SHARES):
            count += 1
            best = max((rule for rule in RULES if rule != "ours"), key=lambda r: cells[r][place][0])
            if round(cells[best][place][0], 2) > round(cells["ours"][place][0], 2):
                name = f"{row}{', Retry-After' if row.says_retry_after else ''} ({best})"
                behind.setdefault(name, []).append(f"{share:.0%}")
    missed = sum(map(len, behind.values()))
    said = f"Ours uses as much as the others or more in {count - missed} of {count} cells."
    where = "; ".join(f"{name} at {', '.join(shares)}" for name, shares in behind.items())
    return f"{said} Not in: {where}." if behind else said
