"""A check whose files are read by the workers of a cluster; what they find is gathered in order.

Keys are compared here, over all files, and copies are marked here. The result is the one of a check
on this machine alone.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import chain

from loader.errors import SettingsError
from loader.events import Listener, PhaseBegan, RowsDone
from loader.model import Notice
from loader.run.check.annotated_copies import Annotations
from loader.run.cluster.sources import ClusterReading, without_repeated
from loader.run.cluster.task import CheckTask, check_file
from loader.run.cluster.workers import open_cluster
from loader.run.mapping.column_profile import column_profile
from loader.run.reading.checked_part import CheckedPart
from loader.run.reading.read_source import same_bytes_notices
from loader.run.reading.repeated_keys import RepeatedKeys
from loader.run.requests import CheckRequest
from loader.run.wiring import entity_or_offer
from loader.settings import Settings
from loader.source import NamedFiles, open_source


class ClusterReader:
    """Reads sources on the workers of a cluster."""

    def __init__(
        self,
        request: CheckRequest,
        settings: Settings,
        *,
        listener: Listener,
        notices: list[Notice],
    ) -> None:
        if request.online or request.sandbox:
            raise SettingsError(
                "--on and --online (or --sandbox) do not go together: names are looked up by one"
                " machine; check with --on, and let the load look them up"
            )
        if request.edits is not None or not all(_is_file(each) for each in request.sources):
            raise SettingsError(
                "--on takes files: standard input and queries are read by this machine alone"
            )
        fields = entity_or_offer(request.entity).fields
        self._request = request
        self._how = ClusterReading(
            settings=settings,
            reading=request.reading,
            profile=column_profile(settings, fields, ignored=request.ignored_columns),
            show_payload=request.show_payload,
        )
        self._listener = listener
        self._notices = notices

    def read(self, named: NamedFiles, annotations: Annotations) -> Iterator[CheckedPart]:
        """Yield what the sources hold, in order; what is wrong is marked in their copies."""
        seen: dict[str, str] = {}
        given: deque[list[CheckTask]] = deque()  # the tasks of the files that are under way

        def tasks() -> Iterator[CheckTask]:
            for path in named.paths:
                given.append(self._how.tasks(path))
                yield from given[-1]

        self._listener(PhaseBegan(name=f"connecting to {self._request.cluster}"))
        with (
            open_cluster(self._request.cluster, listener=self._listener) as cluster,
            closing(RepeatedKeys()) as keys,
        ):
            results = cluster.results(check_file, tasks())
            for path in named.paths:
                self._listener(PhaseBegan(name=f"checking {path}"))
                with annotations.collect(
                    path, opened=partial(open_source, path, self._how.options)
                ) as marks:
                    found = chain([next(results)], results)
                    for each in self._how.join_ranges(given.popleft(), found, cluster):
                        self._notices += (
                            same_bytes_notices(path, each.digest, seen) if each.digest else []
                        )
                        for part in each.parts:
                            marks.add(part.sheet, part.errors.values())
                            keys.add(part.keys)
                            yield part
                            self._listener(RowsDone(count=part.read))
                        self._notices += without_repeated(each.notices, self._notices)
                        if each.error is not None:
                            raise self._how.refusal(path, each.error)
                    for repeated in keys.alike_rows(path):
                        marks.add(repeated.sheet, repeated.errors.values())
                        yield repeated


def _is_file(given: object) -> bool:
    return isinstance(given, str) and given != "-"
