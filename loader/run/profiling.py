"""Use case: look at a foreign sheet; write the column profile that was made of it."""

from itertools import islice
from pathlib import Path

from loader.errors import ResultsError
from loader.profile.model import Profile
from loader.profile.seen import MOST_DISTINCT, SeenSheet
from loader.run.requests import Reading
from loader.run.wiring import read_options
from loader.sheet.chunk import Table
from loader.source import open_source


def look(source: str, reading: Reading) -> SeenSheet:
    """Return what the first sheet of `source` shows. Raises `LoaderError`."""
    with open_source(source, read_options(reading, Profile())) as opened:
        table = next(opened.tables())
        return SeenSheet(
            source=source,
            header=tuple(table.header),
            values=tuple(tuple(sorted(each)) for each in _distinct(table)),
            notices=table.notices,
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


def _distinct(table: Table) -> list[set[str]]:
    found: list[set[str]] = [set() for _ in table.header]
    for chunk in table.chunks:
        for at, seen in enumerate(found):
            if len(seen) < MOST_DISTINCT:
                texts = (text.strip() for text in chunk.frame[at].unique())
                new = (text for text in texts if text and text not in seen)
                seen.update(islice(new, MOST_DISTINCT - len(seen)))
    return found
