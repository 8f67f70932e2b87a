"""Plans are applied while others edit the same offers, and while replies are lost."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from loader.model import Dialect
from tests.support.keeping import keeper_of

COUNT = 8
ROWS = "name,description,status,placement,type,content,language,attr:Tier\n" + "".join(
    f"Offer {n},As {n},draft,Web banner,html,<p>{n}</p>,en,gold\n" for n in range(COUNT)
)
FAULTS = (
    "edits-per-second=5",
    "edit-kinds=description,content,labels,attribute",
    "edited on=update probability=0.2",
    "edited on=delete probability=0.1",
    "reset-after on=update probability=0.1",
    "status-after on=update status=409 probability=0.05",
    "status-before on=update status=503 probability=0.05",
    "status-before on=update status=409 probability=0.1",
    "applied-late on=update seconds=0.03 probability=0.1",
    "reset-after on=delete probability=0.2",
    "cut-short on=lookup probability=0.05",
)
CHANGES: Mapping[int, Mapping[str, Any]] = {
    0: {"description": "Ours"},
    1: {"content": "<p>Ours</p>", "attr:Tier": "Ours"},
    2: {"action": "archive"},
    3: {"action": "delete"},
}


def edit(path: Path) -> None:
    """Make the changes in a pulled sheet."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update(CHANGES[int(row["name"].split()[1]) % 4])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_nobodys_edit_is_lost_and_what_is_told_is_so(tmp_path: Path, dialect: Dialect) -> None:
    with keeper_of(dialect, tmp_path) as keeper:
        keeper.load(ROWS)
        keeper.pull("offers.csv")
        edit(tmp_path / "offers.csv")
        plan = keeper.plan("offers.csv")
        keeper.sandbox.set_faults(f"seed={len(dialect)}", *FAULTS)
        keeper.apply(plan)
        keeper.sandbox.set_faults()
        overwritten, log = keeper.sandbox.overwritten_edits(), keeper.sandbox.edits()
        there, results = keeper.offers_by_name(), keeper.results()

    assert overwritten == []
    assert len(results) == COUNT
    for number in range(COUNT):
        name = f"Offer {number}"
        said, held = results[name], there.get(name)
        mine = [entry for entry in log if said["id"] in (entry["id"], entry["instance_id"])]
        was = [one.get("before") for entry in mine for one in entry["changed"]]
        match said["status"]:
            case "unchanged":
                assert said["error_code"] == "already-so"
                assert not any(entry["author"] == "client" for entry in mine)
                assert held is not None
            case "updated":
                wanted = CHANGES[number % 4].values()
                assert held is not None
                assert all(value in was + list(_values(held)) for value in wanted)
            case "archived":
                assert held is not None
                assert held["status"] == "archived"
            case "deleted":
                assert held is None
            case other:
                assert (other, said["error_code"]) in TOLD
                assert held is not None


TOLD = {("failed", "changed-meanwhile"), ("failed", "edited")}


@pytest.mark.parametrize("dialect", list(Dialect))
def test_an_update_without_a_reply_is_told_with_the_revision_that_it_made(
    tmp_path: Path, dialect: Dialect
) -> None:
    with keeper_of(dialect, tmp_path) as keeper:
        keeper.load("".join(ROWS.splitlines(keepends=True)[:2]))
        keeper.pull("offers.csv")
        edit(tmp_path / "offers.csv")
        plan = keeper.plan("offers.csv")
        keeper.sandbox.set_faults("reset-after on=update times=1")
        keeper.apply(plan)
        (held,), results = keeper.sandbox.offers(), keeper.results()

    assert results["Offer 0"]["status"] == "updated"
    assert (results["Offer 0"]["etag"], held["etag"]) == ("2", 2)


def _values(held: object) -> Iterator[object]:
    """Yield every value of an offer."""
    if isinstance(held, Mapping | list):
        for each in held.values() if isinstance(held, Mapping) else held:
            yield from _values(each)
    else:
        yield held
