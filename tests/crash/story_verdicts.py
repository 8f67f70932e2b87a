"""What must be true after each command of a story: results, answers and offers agree."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from loader.run_results import ResultRow
from tests.support.workbooks import results_of

Offer = tuple[str, str]  # its name and its content
STRICT = "strict"  # the folder that takes whole files only
_NAME, _CONTENT = 0, 3  # columns of the files
_WHOLE = ("loaded", "duplicate")  # outcomes that say that every row is there


def offer_of(row: ResultRow) -> Offer:
    """Return the offer that a row asks for."""
    return row.cells[_NAME], row.cells[_CONTENT]


def rows_of(path: Path) -> list[Offer]:
    """Return the offers that the rows of a file ask for."""
    return [(row["name"], row["content"]) for row in results_of(path)]


def made_twice(offers: Mapping[str, Offer]) -> Iterator[str]:
    """Yield the names that several offers have; `offers` are what is there, by id."""
    for name, count in Counter(name for name, _ in offers.values()).items():
        if count > 1:
            yield f"{count} offers are called {name}"


def wrong_in_run(
    run: str, rows: Sequence[ResultRow], offers: Mapping[str, Offer], half_undone: Collection[str]
) -> Iterator[str]:
    """Yield what the results of a load say that is not so.

    `half_undone`: the ids of offers that an undo may have deleted before it died.
    """
    for row in rows:
        wrong = _wrong_in_row(row, rows, offers)
        if wrong and row.instance_id not in half_undone:
            yield f"{_named(row)} of {run}: {wrong}"


def created_by_undone_runs(
    rows_of_runs: Mapping[str, Sequence[ResultRow]], undone: Collection[str], ids: Collection[str]
) -> Iterator[str]:
    """Yield the rows that made offers of these ids, where every run that has them was undone."""
    for key in ids:
        makers = {
            run: row
            for run, rows in rows_of_runs.items()
            for row in rows
            if row.status == "created" and row.instance_id == key
        }
        if makers and set(makers) <= set(undone):
            yield from (f"{_named(row)} of {run}, which is undone" for run, row in makers.items())


def _named(row: ResultRow) -> str:
    return f"row {row.row_number} {offer_of(row)}, {row.status} {row.error_code} {row.instance_id}"


def _wrong_in_row(
    row: ResultRow, rows: Sequence[ResultRow], offers: Mapping[str, Offer]
) -> str | None:
    there = offers.get(row.instance_id)
    has_its_offer = there == offer_of(row)
    is_deleted = row.status == "undone" or row.error_code == "deleted-since"
    if is_deleted and there:
        return "its offer is there"
    if row.status == "failed" and not _was_given_up(row):
        return "nothing was refused"
    if row.status == "created" and not has_its_offer:
        return f"under its id is {there}"
    if row.status == "duplicate" and not is_deleted:
        if row.instance_id and not has_its_offer:
            return f"under its id is {there}"
        if not row.instance_id and not any(_is_first_of(row, other) for other in rows):
            return "its run has no row that is its first"
    return None


def _was_given_up(row: ResultRow) -> bool:
    is_strict = STRICT in row.source
    return row.error_code == "run-undone" or (row.error_code == "file-rejected" and is_strict)


def _is_first_of(row: ResultRow, other: ResultRow) -> bool:
    return other.status != "duplicate" and offer_of(other) == offer_of(row)


def wrong_in_answer(summary: Path, offers: Mapping[str, Offer]) -> Iterator[str]:
    """Yield what the answer about a file of the inbox says that is not so."""
    answer = json.loads(summary.read_text("utf-8"))
    file = summary.with_name(summary.name.removesuffix(".summary.json"))
    wanted, there = set(rows_of(file)), set(offers.values())
    said = f"{summary.name} is {answer['outcome']}: {answer['reason']}"
    counts = dict(answer["counts"])
    if counts.pop("read") != sum(counts.values()):
        yield f"{said}: the counts do not add up: {counts}"
    if answer["outcome"] in _WHOLE and wanted - there:
        yield f"{said}: {wanted - there} are not there"
    if answer["outcome"] == "loaded-with-errors" and not wanted & there:
        yield f"{said}: none of its rows is there"
    if "refused" in answer["reason"]:
        yield f"{said}: nothing was refused"


def left_after_undo(offers: Collection[Offer], unknown: Collection[Offer]) -> Iterator[str]:
    """Yield the offers that are left though every run was undone, and no row is unknown."""
    for offer in set(offers) - set(unknown):
        yield f"{offer} is left"
