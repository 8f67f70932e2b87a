"""Use case: list the placements and tags of the target, which a sheet may name."""

from loader.errors import TargetError
from loader.run.reading.lookup import list_placements, list_tags
from loader.run.reports import ReferencesReport
from loader.run.wiring import open_target
from loader.settings import Settings


def list_references(settings: Settings, *, sandbox: bool) -> ReferencesReport:
    """Return the placements and tags of the target, by name. Raises `TargetError`."""
    with open_target(settings, sandbox=sandbox) as target:
        placements, tags = list_placements(target), list_tags(target)
        if placements is None:
            raise TargetError(
                f"{target.words} does not list its placements to this credential: give it the right"
                " to read them, or copy their ids from the library",
                code="names-not-listed",
            )
        return ReferencesReport(
            target=target.words,
            placements=tuple(sorted(placements, key=lambda each: (each.name.casefold(), each.id))),
            tags=tuple(sorted(tags or (), key=lambda each: (each.name.casefold(), each.id))),
        )
