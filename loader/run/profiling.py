"""Use case: look at a foreign sheet and write a first column profile of it."""

from pathlib import Path

from loader.errors import ResultsError
from loader.profile.guess import MOST_DISTINCT, profile_text
from loader.profile.model import Profile
from loader.run.requests import Reading
from loader.run.wiring import read_options
from loader.sheet.chunk import Table
from loader.source import open_source


def write_profile(source: str, reading: Reading, *, output: Path, force: bool) -> None:
    """Write the profile of the first sheet of `source`. Raises `LoaderError`."""
    if output.exists() and not force:
        raise ResultsError(f"{output} is there already: give another --output, or --force")
    with open_source(source, read_options(reading, Profile())) as opened:
        table = next(opened.tables())
        text = profile_text(table.header, _distinct(table), source=source)
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise ResultsError(f"cannot write {output} ({error.strerror or error})") from error


def _distinct(table: Table) -> list[set[str]]:
    found: list[set[str]] = [set() for _ in table.header]
    for chunk in table.chunks:
        for at, seen in enumerate(found):
            room = MOST_DISTINCT - len(seen)
            if room > 0:
                seen.update(text for text in chunk.frame[at].unique()[:room] if text.strip())
    return found
