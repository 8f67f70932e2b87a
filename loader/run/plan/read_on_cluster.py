"""The rows of a sheet that is planned, read by the workers of a cluster.

They are compared and staged here, as they come, in order. What a worker does for some rows depends
on which kinds of names the rows above needed: it is told, and has to do it again where that was
not so.
"""

from collections.abc import Iterator
from dataclasses import replace

from loader.errors import SettingsError
from loader.events import Listener
from loader.model import Notice
from loader.profile.model import Profile
from loader.pulled.layout import OURS
from loader.run.cluster.packed_chunks import unpack
from loader.run.cluster.sources import ClusterReading
from loader.run.cluster.task import CheckedFile, CheckTask, Planning, check_file
from loader.run.cluster.workers import Cluster, open_cluster
from loader.run.reading.lookup import ListedNames
from loader.run.reading.read_chunk import ReadChunk
from loader.run.requests import PlanRequest
from loader.run.wiring import Target, entity_or_offer
from loader.settings import Settings


def path_for_cluster(request: PlanRequest) -> str:
    """Return the path of what is planned; raise `SettingsError` where no worker can read it."""
    source = request.source
    if isinstance(source, str) and source != "-" and not request.edits and not request.stored_at:
        return source
    raise SettingsError("--on takes a file: standard input and queries are read by this machine")


def chunks_from_cluster(
    request: PlanRequest,
    settings: Settings,
    *,
    profile: Profile,
    target: Target,
    notices: list[Notice],
    listener: Listener,
) -> Iterator[ReadChunk]:
    """Yield what `read_source` does of the sheet."""
    path, entity = path_for_cluster(request), entity_or_offer(None)
    planning = Planning(names=ListedNames.of(target), reserved=tuple(OURS))
    how = ClusterReading(
        settings=settings, reading=request.reading, profile=profile, planning=planning
    )
    with open_cluster(request.cluster, listener=listener) as cluster:
        tasks = how.tasks(path)
        for found in how.join_ranges(tasks, _results(tasks, planning, cluster), cluster):
            for chunk in found.chunks:
                yield unpack(chunk, entity)
            notices += found.notices
            if found.error is not None:
                raise how.refusal(path, found.error)


def _results(tasks: list[CheckTask], planning: Planning, cluster: Cluster) -> Iterator[CheckedFile]:
    """Yield what came of the tasks; the first one shows which names the others will need."""
    (first,) = cluster.results(check_file, tasks[:1])
    yield first
    expected = wanted = first.wanted
    others = [replace(each, planning=replace(planning, wanted=wanted)) for each in tasks[1:]]
    for task, found in zip(others, cluster.results(check_file, others), strict=True):
        done = found
        if wanted != expected:
            again = replace(task, planning=replace(planning, wanted=wanted))
            (done,) = cluster.results(check_file, [again])
        wanted = done.wanted
        yield done
