"""Notices about how a sheet was read, so that nothing is interpreted or ignored silently."""

from collections.abc import Iterator, Sequence
from typing import Final

from loader.model import Notice
from loader.profile.bind import BoundProfile
from loader.profile.model import Profile
from loader.tables.addresses import column_letters
from loader.tables.arrow import text_of
from loader.tables.chunk import Chunk
from loader.tables.dates import any_without_zone
from loader.validation.fields import Form
from loader.validation.header import Columns

DEFAULT_ZONE: Final = "UTC"
_MOST_NAMED: Final = 10


class NoticeCollector:
    """Watches the sheets of one source go by."""

    def __init__(self, source: str, profile: Profile) -> None:
        self._source = source
        self._profile = profile
        self._said: set[str] = set()
        self._skipped = 0
        self._first_skipped: list[int] = []
        self._is_naive = False

    def of_columns(self, columns: Columns, bound: BoundProfile | None) -> Iterator[Notice]:
        """Say which headings were read in other words, and which columns are not read."""
        pairs = bound.by_heading if bound else tuple((at, f) for f, at in columns.positions.items())
        header = bound.header if bound else columns.header
        read = [
            f'{column_letters(at)} "{header[at].strip()}" = {field}'
            for at, field in pairs
            if columns.fields.named(header[at]) != field
        ]
        if read:
            yield from self._once("read-as", f"headings read as: {', '.join(read)}")
        if bound and bound.ignored:
            named = [_named(at, header) for at in sorted(bound.ignored)]
            number = f"{len(named)} columns: " if len(named) > _MOST_NAMED else ""
            yield from self._once("columns-ignored", f"not read: {number}{_some(named)}")

    def see(self, mapped: Chunk, columns: Columns, skipped: frozenset[int]) -> None:
        """Remember what a chunk teaches."""
        self._skipped += len(skipped)
        room = _MOST_NAMED + 1 - len(self._first_skipped)
        if skipped and room > 0:
            self._first_skipped += sorted(skipped)[:room]
        if self._profile.zone is None and not self._is_naive:
            dates = [f for f in columns.positions if columns.fields.facts_of(f).form is Form.DATE]
            self._is_naive = any(
                any_without_zone(text_of(mapped.frame[columns.positions[date]])) for date in dates
            )

    def of_rows(self) -> Iterator[Notice]:
        """Say what was seen, once all rows were."""
        if self._skipped:
            rows = "1 row is" if self._skipped == 1 else f"{self._skipped} rows are"
            numbers = _some([f"row {number}" for number in self._first_skipped])
            yield self._notice("rows-skipped", f"{rows} skipped, as the mapping says: {numbers}")
        if self._is_naive:
            yield self._notice(
                "zone-default",
                f"dates without an offset are taken to be in {DEFAULT_ZONE}; --zone names another",
            )

    def _once(self, code: str, message: str) -> Iterator[Notice]:
        """Say it of the first sheet of several that are alike."""
        if message not in self._said:
            self._said.add(message)
            yield self._notice(code, message)

    def _notice(self, code: str, message: str) -> Notice:
        return Notice(source=self._source, code=code, message=message)


def _named(at: int, header: Sequence[str]) -> str:
    heading = header[at].strip()
    return f'column {column_letters(at)} "{heading}"' if heading else f"column {column_letters(at)}"


def _some(names: Sequence[str]) -> str:
    more = " and others" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"
