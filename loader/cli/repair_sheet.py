"""The flag --failed-only: a workbook of just the rows to fix, after a load or from a run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loader.run.history.rows_to_fix import RowsToFix
    from loader.settings import Settings


class RepairSheet:
    """What the flag asks for; a place that cannot be used is refused when it is made."""

    def __init__(self, failed_only: str | None, *, sources: Sequence[str] = ()) -> None:
        self._place = None
        if failed_only is not None:
            from loader.run.history.rows_to_fix import place_for  # noqa: PLC0415 - only with the flag
            from loader.source import named_files  # noqa: PLC0415 - as above

            self._place = place_for(failed_only)
            self._place.check(named_files(sources).paths)

    def write(self, run_id: str, settings: "Settings") -> "RowsToFix | None":
        """Write the rows to fix of a run; None without the flag."""
        if self._place is None:
            return None
        from loader.run.history.rows_to_fix import write_rows_to_fix  # noqa: PLC0415 - only with the flag

        return write_rows_to_fix(run_id, settings, place=self._place)
