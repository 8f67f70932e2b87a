"""Play the grid and write the section of docs/performance.md: python -m benchmarks.rates."""

from concurrent.futures import ProcessPoolExecutor

from benchmarks.page import PAGE
from benchmarks.rates.grid import RULES, SHARES, Row, rows
from benchmarks.rates.section import Cell, renewed, section


def played(row: Row) -> dict[str, list[Cell]]:
    """Return the cells of a row, for every rule."""
    return {name: [row.cell(share, rule) for share in SHARES] for name, rule in RULES.items()}


def main() -> None:
    """Play, and write."""
    grid = list(rows())
    with ProcessPoolExecutor() as pool:
        table = dict(zip(grid, pool.map(played, grid), strict=True))
    PAGE.write_text(renewed(PAGE.read_text("utf-8"), section(table)), "utf-8")
    print(f"{PAGE}: {len(grid)} servers, {len(RULES)} rules")


if __name__ == "__main__":
    main()
