"""What must be true after any disaster: what the sandbox holds against what the loader reports."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from offer_sandbox import Sandbox
from tests.support.workbooks import connection_variables, results_of


def variables_for(sandbox: Sandbox, folder: Path, **more: str) -> dict[str, str]:
    """Settings that reach the sandbox, fast and impatient."""
    return {
        **connection_variables(sandbox),
        "LOADER_MAX_PER_SECOND": "1000",
        "LOADER_MAX_IN_FLIGHT": "4",
        "LOADER_SETTLE_SECONDS": "0.2",
        "LOADER_REQUEST_TIMEOUT_SECONDS": "1",
        "LOADER_JOURNAL": str(folder / "journal.sqlite3"),
        "HOME": str(folder),
        **more,
    }


def deaths_at(points: Sequence[str], *, every: bool) -> list[int]:
    """Return the numbers of the points to die at: all, or those that leave different states.

    Between a commit and the next one nothing reaches the disk or the server: where no other point
    lies between, to die just before the next one leaves what to die just after the last one left.
    """
    before = ("", *points)
    return [
        number
        for number, pair in enumerate(zip(before, points, strict=False), start=1)
        if every or pair != ("commit:after", "commit:before")
    ]


def some_of_each_kind(points: Sequence[str], deaths: Sequence[int], *, one_in: int) -> list[int]:
    """Return the first of the deaths at each kind of point, and one in so many that follow it."""
    of_kind: dict[str, list[int]] = {}
    for death in deaths:
        of_kind.setdefault(points[death - 1], []).append(death)
    return sorted(death for same in of_kind.values() for death in same[::one_in])


def assert_every_row_once(sandbox: Sandbox, results: Path, names: Sequence[str]) -> None:
    """Nothing lost, nothing twice, and the results say what is true."""
    held = {}
    for offer in sandbox.offers():
        assert offer["name"] not in held, f"created twice: {offer['name']}"
        held[offer["name"]] = offer["id"]
    rows = results_of(results)
    assert Counter(row["name"] for row in rows) == Counter(names)
    for row in rows:
        assert row["status"] in ("created", "duplicate"), f"lost: {row}"
        assert held.get(row["name"]) == row["instanceId"], f"wrongly reported: {row}"
    assert set(held) == set(names)
