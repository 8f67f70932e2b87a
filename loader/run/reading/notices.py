"""Notices about how a sheet was read, so that nothing is interpreted or ignored silently."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from loader.model import Dialect, Notice
from loader.profile.bind import BoundProfile
from loader.profile.model import Profile
from loader.tables.addresses import column_letters, short_heading
from loader.tables.arrow import filled, text_of
from loader.tables.chunk import Chunk
from loader.tables.iso_dates import any_day, any_without_zone
from loader.validation.entity import Entity, RowRules
from loader.validation.fields import Form, numbered
from loader.validation.header import Columns

DEFAULT_ZONE: Final = "UTC"
_MOST_NAMED: Final = 10


def sandbox_limit_notices(entity: Entity, number: int, *, what: str) -> Iterator[Notice]:
    """Yield a notice if a sandbox takes fewer entities than there would be."""
    if entity.most is not None and number > entity.most:
        message = f"{number:,} {entity.plural}: a sandbox takes {entity.most:,} in all"
        yield Notice(source=what, code="too-many-for-sandbox", message=message)


def token_notices(what: str) -> Iterator[Notice]:
    """Yield what is strange about the token, if anything is."""
    if what:
        yield Notice(source="", code="strange-token", message=what)


def deleted_before_notices(deleted: Sequence[tuple[str, int, str]]) -> Iterator[Notice]:
    """Yield which runs deleted offers that a load creates anew: (run, how many, one of them)."""
    for run_id, count, name in deleted:
        offers, such = ("1 offer", "") if count == 1 else (f"{count:,} offers", "such as ")
        message = (
            f'run {run_id} deleted {offers} that this load creates anew: {such}"{name}"; remove'
            f" the {'row' if count == 1 else 'rows'} if the offer is to stay deleted"
        )
        yield Notice(source="", code="deleted-before", message=message)


@dataclass(slots=True)
class RowsSeen:
    """What the notices about the rows of a source, or of a range of them, need."""

    skipped: int = 0
    first_skipped: list[int] = field(default_factory=list)
    unkept: set[str] = field(default_factory=set)
    ends_at_midnight: dict[str, bool] = field(default_factory=dict)  # fields as columns stand
    lacks_zone: bool = False

    def add(self, later: "RowsSeen") -> None:
        """Add what was seen of rows further down."""
        self.skipped += later.skipped
        self.first_skipped = (self.first_skipped + later.first_skipped)[: _MOST_NAMED + 1]
        self.unkept |= later.unkept
        for name, found in later.ends_at_midnight.items():
            self.ends_at_midnight[name] = self.ends_at_midnight.get(name, False) or found
        self.lacks_zone |= later.lacks_zone


class NoticeCollector:
    """Collects notices about the sheets of one source."""

    def __init__(
        self, source: str, profile: Profile, entity: Entity, *, dialect: Dialect, rules: RowRules
    ) -> None:
        self._source = source
        self._profile = profile
        self._entity = entity
        self._dialect = dialect
        self._rules = rules
        self._reported: set[str] = set()
        self.seen = RowsSeen()

    def column_notices(self, columns: Columns, bound: BoundProfile | None) -> Iterator[Notice]:
        """Yield which headings were read as other words, and which columns are not read."""
        pairs = bound.by_heading if bound else tuple((at, f) for f, at in columns.positions.items())
        header = bound.header if bound else columns.header
        read = [
            f'{column_letters(at)} "{header[at].strip()}" = {field}'
            for at, field in pairs
            if columns.fields.by_own_name(header[at]) != field
        ]
        if read:
            yield from self._once("read-as", f"headings read as: {', '.join(read)}")
        wanted = [numbered(f, n) for f in self._entity.told_by_placement for n in columns.groups]
        absent = [field for field in wanted if field not in columns.positions]
        if self._rules.ids_only and absent:
            yield from self._once(
                "column-not-sent",
                f"no column {', '.join(absent)}: none is sent, though the schema of the API"
                " requires it; names are not looked up, so that no placement tells it",
            )
        if bound and bound.ignored:
            named = [_describe_column(at, header) for at in sorted(bound.ignored)]
            number = f"{len(named)} columns: " if len(named) > _MOST_NAMED else ""
            yield from self._once("columns-ignored", f"not read: {number}{_list_some(named)}")

    def add_chunk(self, mapped: Chunk, columns: Columns, skipped: frozenset[int]) -> None:
        """Note what a chunk shows."""
        rows = self.seen
        rows.skipped += len(skipped)
        room = _MOST_NAMED + 1 - len(rows.first_skipped)
        if skipped and room > 0:
            rows.first_skipped += sorted(skipped)[:room]
        texts = {
            name: text_of(mapped.frame[position])
            for name, position in columns.positions.items()
            if columns.fields.facts_of(name).form is Form.DATE or name in self._entity.unkept
        }
        rows.unkept |= {f for f in self._entity.unkept if f in texts and filled(texts[f]).any()}
        for name, text in texts.items():
            facts = columns.fields.facts_of(name)
            if facts.is_end and not rows.ends_at_midnight.setdefault(name, False):
                rows.ends_at_midnight[name] = any_day(text)
            if facts.form is Form.DATE and self._profile.zone is None and not rows.lacks_zone:
                rows.lacks_zone = any_without_zone(text)

    def row_notices(self) -> Iterator[Notice]:
        """Yield what was seen, after the last row."""
        seen = self.seen
        if seen.skipped:
            rows = "1 row is" if seen.skipped == 1 else f"{seen.skipped} rows are"
            numbers = _list_some([f"row {number}" for number in seen.first_skipped])
            yield self._notice("rows-skipped", f"{rows} skipped, as the mapping says: {numbers}")
        if seen.lacks_zone:
            yield self._notice(
                "zone-default",
                f"dates without an offset are taken to be in {DEFAULT_ZONE}; --zone names another",
            )

        if seen.unkept:
            named = ", ".join(field for field in self._entity.unkept if field in seen.unkept)
            sent = "not sent" if self._dialect is Dialect.XCORE else "sent, but probably not kept"
            yield self._notice("no-effect", f"{named}: {sent}; {self._entity.unkept_because}")
        ending = next((name for name, found in seen.ends_at_midnight.items() if found), "")
        if ending and not self._rules.end_of_day:
            yield self._notice(
                "ends-at-midnight",
                f"{ending} without a time is 00:00, so that day is not included;"
                " --set end_dates=end-of-day includes it",
            )

    def _once(self, code: str, message: str) -> Iterator[Notice]:
        """Yield a notice only for the first of several sheets that are alike."""
        if message not in self._reported:
            self._reported.add(message)
            yield self._notice(code, message)

    def _notice(self, code: str, message: str) -> Notice:
        return Notice(source=self._source, code=code, message=message)


def _describe_column(at: int, header: Sequence[str]) -> str:
    heading = short_heading(header[at])
    return f'column {column_letters(at)} "{heading}"' if heading else f"column {column_letters(at)}"


def _list_some(names: Sequence[str]) -> str:
    more = " and others" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"
