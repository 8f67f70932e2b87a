"""A check whose files are read by the workers of a cluster; what they find is gathered in order.

Keys are compared here, over all files, and copies are marked here. The result is the one of a check
on this machine alone.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from loader.errors import LoaderError, SettingsError
from loader.events import Listener, PhaseBegan, RowsDone
from loader.model import Notice
from loader.run.annotating import Annotations
from loader.run.check_task import (
    UNSEEN,
    CheckedFile,
    CheckTask,
    FileId,
    ReadingRules,
    check_file,
)
from loader.run.checked_part import CheckedPart
from loader.run.cluster import Cluster, opened_cluster
from loader.run.column_profile import column_profile
from loader.run.reading import same_bytes
from loader.run.repeated_keys import RepeatedKeys
from loader.run.requests import CheckRequest
from loader.run.wiring import entity_or_offer, read_options
from loader.settings import Settings
from loader.source import NamedFiles, open_source

_ONCE: frozenset[str] = frozenset({"looked-up-at-load"})  # said once for all files


class ClusterParts:
    """Has the sources read elsewhere."""

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
        self._settings = settings
        self._profile = column_profile(settings, fields, ignored=request.ignored_columns)
        self._options = read_options(request.reading, self._profile, fields)
        self._listener = listener
        self._notices = notices

    def of(self, named: NamedFiles, annotations: Annotations) -> Iterator[CheckedPart]:
        """Yield what the sources hold, in order; what is wrong is marked in their copies."""
        seen: dict[str, str] = {}
        with opened_cluster(self._request.cluster) as cluster, closing(RepeatedKeys()) as keys:
            for path, found in zip(named.paths, self._found(cluster, named.paths), strict=True):
                self._listener(PhaseBegan(name=f"checking {path}"))
                with annotations.of(
                    path, opened=partial(open_source, path, self._options)
                ) as marks:
                    self._notices += same_bytes(path, found.digest, seen) if found.digest else []
                    for part in found.parts:
                        marks.add(part.sheet, part.errors.values())
                        keys.see(part.keys)
                        yield part
                        self._listener(RowsDone(count=part.read))
                    self._notices += self._new(found.notices)
                    if found.error is not None:
                        raise self._refusal(path, found.error)
                    for repeated in keys.of_source(path):
                        marks.add(repeated.sheet, repeated.errors.values())
                        yield repeated

    def _found(self, cluster: Cluster, paths: tuple[str, ...]) -> Iterator[CheckedFile]:
        return cluster.results(check_file, map(self._task, paths))

    def _task(self, path: str) -> CheckTask:
        try:
            file = FileId.of(Path(path))
        except OSError:
            file = FileId(path=str(Path(path).absolute()), size=-1, modified_ns=0)
        settings = self._settings
        return CheckTask(
            source=path,
            file=file,
            reading=self._request.reading,
            profile=self._profile,
            rules=ReadingRules(
                api=settings.api,
                placements=settings.placements,
                end_dates=settings.end_dates,
                external_id_attribute=settings.external_id_attribute,
            ),
            show_payload=self._request.show_payload,
            with_preview=settings.profile_file is not None,
        )

    def _refusal(self, path: str, error: LoaderError) -> LoaderError:
        """Return why a file was not read; the best reason is what this machine says, too."""
        if error.code == UNSEEN:
            open_source(path, self._options).close()
        return error

    def _new(self, notices: tuple[Notice, ...]) -> list[Notice]:
        """Return the notices, without those that were said of an earlier file for all."""
        said = {notice.code for notice in self._notices} & _ONCE
        return [notice for notice in notices if notice.code not in said]


def _is_file(given: object) -> bool:
    return isinstance(given, str) and given != "-"
