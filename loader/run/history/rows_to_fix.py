"""Use case: write the rows of a run that a person must fix, ready to be loaded as they are.

They come from the journal alone; loading them is safe, because rows are told apart by their keys.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from loader.annotate import repair_workbook
from loader.errors import SettingsError
from loader.journal import RunRecord
from loader.run.history.runs import journal_to_read, known_run, named_for_output
from loader.run.mapping.column_profile import column_profile
from loader.run.output_paths import Place
from loader.run.wiring import entity_or_offer
from loader.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsToFix:
    """The workbooks that were written; `outdated`: earlier ones, of sources that are well now.

    `renamed` are the only sheets of workbooks that could not keep their names.
    """

    run: RunRecord
    written: tuple[Path, ...]
    outdated: tuple[Path, ...] = ()
    renamed: Mapping[Path, str] = field(default_factory=dict)


def place_for(given: str) -> Place:
    """Return where the workbooks go; "" is beside each source."""
    return Place(
        word=repair_workbook.WORD, flag=repair_workbook.FLAG, given=Path(given) if given else None
    )


def write_rows_to_fix(run_id: str, settings: Settings, *, place: Place) -> RowsToFix:
    """Write the invalid and failed rows of a run, a workbook for each source that has any."""
    with journal_to_read(settings) as journal:
        history = journal.history
        run = known_run(history, run_id)
        place.check(tuple(run.sources))
        named = named_for_output(history, run, path_by="" if place.given else f"{place.flag} PATH")
        written = repair_workbook.write_repair_workbooks(
            history.results(run.run_id),
            headers=history.headers(run.run_id),
            place=lambda source: place.path(named[source]),
            unnamed=_sheet_of_profile(settings),
        )
    outdated = (place.earlier(named[source]) for source in run.sources if source not in written)
    return RowsToFix(
        run=run,
        written=tuple(each.path for each in written.values()),
        outdated=tuple(path for path in outdated if path),
        renamed={each.path: each.renamed for each in written.values() if each.renamed},
    )


def _sheet_of_profile(settings: Settings) -> str:
    """Return the sheet that the column profile reads: under that name it finds the rows again."""
    with suppress(SettingsError):  # what was loaded is not to fail for a profile that is gone
        sheet = column_profile(settings, entity_or_offer(None).fields).sheet
        return "" if sheet in {None, "*"} else str(sheet)
    return ""
