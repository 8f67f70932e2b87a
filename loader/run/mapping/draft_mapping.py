"""Use case: sample a sheet with headings of its own; write the mapping that was made of it."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from loader.errors import ResultsError
from loader.model import Notice
from loader.profile.inference.sample import MOST_DISTINCT, SampledSheet
from loader.profile.model import Profile
from loader.run.requests import Reading
from loader.run.wiring import entity_or_offer, read_options
from loader.source import open_source
from loader.tables.chunk import Table
from loader.validation.entity import Entity


def sample_sheet(
    source: str,
    reading: Reading,
    entity: Entity | None = None,
    *,
    stored_at: Path | None = None,
) -> SampledSheet:
    """Return the header and sample values of the sheets asked for. Raises `LoaderError`.

    Of several, those count that have the header of the first one with a known heading. `stored_at`
    is where the file is, if not under its own name.
    """
    fields = entity_or_offer(entity).fields
    found: dict[tuple[str, ...], _SheetSample] = {}
    options = read_options(reading, Profile(), fields)
    with open_source(source, options, stored_at=stored_at) as opened:
        for table in opened.tables():
            seen = found.setdefault(tuple(table.header), _SheetSample(table))
            seen.add(table)
    header = next((each for each in found if any(map(fields.recognise, each))), next(iter(found)))
    others = [name for each, seen in found.items() if each != header for name in seen.sheets]
    return SampledSheet(
        source=source,
        fields=fields,
        header=header,
        values=tuple(tuple(sorted(each)) for each in found[header].values),
        notices=(*found[header].notices, *_other_sheets_notice(source, others)),
    )


def require_free(output: Path, *, force: bool) -> None:
    """Raise `ResultsError` where a profile may not be written."""
    if output.exists() and not force:
        raise ResultsError(f"{output} is there already: give another --output, or --force")


def write_profile(text: str, output: Path) -> None:
    """Write a profile. Raises `ResultsError`."""
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise ResultsError(f"cannot write {output} ({error.strerror or error})") from error


class _SheetSample:
    """What the sheets of one header show."""

    def __init__(self, table: Table) -> None:
        self.sheets: list[str] = []
        self.notices: list[Notice] = []
        self.values: list[set[str]] = [set() for _ in table.header]

    def add(self, table: Table) -> None:
        """Read a sheet and keep some distinct values of each column."""
        self.sheets.append(table.sheet)
        self.notices += table.notices
        for chunk in table.chunks:
            for at, seen in enumerate(self.values):
                if len(seen) < MOST_DISTINCT:
                    texts = (text.strip() for text in chunk.frame[at].unique())
                    new = (text for text in texts if text and text not in seen)
                    seen.update(islice(new, MOST_DISTINCT - len(seen)))


def _other_sheets_notice(source: str, sheets: Sequence[str]) -> Iterator[Notice]:
    if sheets:
        names = ", ".join(f'"{sheet}"' for sheet in sheets)
        message = f"the mapping says nothing of {names}: the header is another one"
        yield Notice(source=source, code="other-sheets", message=message)
