"""Sources that the workers of a cluster read: large files in ranges, put together again in order.

What comes of it is what one machine finds, to the byte: a range begins where a batch does, and has
its row numbers; notices about all rows are given once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from loader.errors import LoaderError
from loader.model import Notice
from loader.profile.model import Profile
from loader.run.cluster.task import (
    UNSEEN,
    CheckedFile,
    CheckTask,
    FileId,
    Planning,
    ReadingRules,
    check_file,
)
from loader.run.cluster.workers import Cluster
from loader.run.reading.notices import NoticeCollector, RowsSeen
from loader.run.reading.read_source import row_rules
from loader.run.requests import Reading
from loader.run.wiring import SystemClock, entity_or_offer, read_options
from loader.settings import Settings
from loader.source import open_source
from loader.source.file_checks import file_digest
from loader.source.options import ReadOptions
from loader.source.ranges import ranges_of

_ONCE: Final = frozenset({"looked-up-at-load"})  # given once for all that was read


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterReading:
    """How files are read: what is the same for all of them."""

    settings: Settings
    reading: Reading
    profile: Profile
    show_payload: tuple[int, ...] = ()
    planning: Planning | None = None

    @property
    def options(self) -> ReadOptions:
        """Return how this machine would read them."""
        return read_options(self.reading, self.profile, entity_or_offer(None).fields)

    def tasks(self, path: str) -> list[CheckTask]:
        """Return what is to be done to have a file read: several tasks for a large one."""
        try:
            file = FileId.of(Path(path))
        except OSError:
            file = FileId(path=str(Path(path).absolute()), size=-1, modified_ns=0)
        settings = self.settings
        whole = CheckTask(
            source=path,
            file=file,
            reading=self.reading,
            profile=self.profile,
            rules=ReadingRules(
                api=settings.api,
                placements=settings.placements,
                end_dates=settings.end_dates,
                external_id_attribute=settings.external_id_attribute,
            ),
            now=SystemClock().now(),
            show_payload=self.show_payload,
            with_preview=settings.mapping is not None,
            planning=self.planning,
        )
        spans = [] if self.profile.is_long else ranges_of(Path(path), self.options)
        if not spans:
            return [whole]
        digest = file_digest(Path(path))
        return [replace(whole, span=span, digest=digest) for span in spans]

    def join_ranges(
        self, tasks: Sequence[CheckTask], results: Iterator[CheckedFile], cluster: Cluster
    ) -> Iterator[CheckedFile]:
        """Yield what came of the tasks of one file, each with the notices that are new."""
        if len(tasks) == 1:
            yield from islice(results, 1)
            return
        earlier: list[Notice] = []
        rows, is_empty = RowsSeen(), True
        for at, found in enumerate(islice(results, len(tasks)), 1):
            new = [notice for notice in found.notices if notice not in earlier]
            earlier += new
            is_empty = is_empty and found.is_empty
            if found.rows is not None:
                rows.add(found.rows)
            if at == len(tasks) and is_empty and found.error is None:  # say why, as of one file
                whole = replace(tasks[0], span=None)
                yield from cluster.results(check_file, [whole])
                return
            if at == len(tasks):
                new += self._notices_of_rows(tasks[0], rows)
            yield replace(found, notices=tuple(new))

    def _notices_of_rows(self, task: CheckTask, rows: RowsSeen) -> Iterator[Notice]:
        """Return the notices about all rows of a file."""
        collector = NoticeCollector(
            task.source,
            self.profile,
            entity_or_offer(None),
            dialect=self.settings.api,
            rules=row_rules(self.settings, self.profile, now=task.now),
        )
        collector.seen.add(rows)
        return collector.row_notices()

    def refusal(self, path: str, error: LoaderError) -> LoaderError:
        """Return why a file was not read; the best reason is what this machine says, too."""
        if error.code == UNSEEN:
            open_source(path, self.options).close()
        return error


def without_repeated(notices: Sequence[Notice], earlier: Sequence[Notice]) -> list[Notice]:
    """Return the notices, without those that an earlier file gave for all."""
    codes = {notice.code for notice in earlier} & _ONCE
    return [notice for notice in notices if notice.code not in codes]
