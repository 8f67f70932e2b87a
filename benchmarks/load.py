"""A whole load in this process, and what each of its phases costs.

Rules of this file: the phases are those that a run tells its observer, so that nothing inside the
loader is known here. Words: the address of a server, the source, a folder, requests a second, at
once.
"""

from pathlib import Path

from benchmarks.server import settings_for
from benchmarks.watch import Watch, cpu_seconds
from loader.errors import ExitCode
from loader.run.load import load_files
from loader.run.observer import SilentObserver
from loader.run.requests import LoadRequest
from loader.settings import load_settings

PHASES = ("reading", "sending", "writing")


class PhaseCosts(SilentObserver):
    """Adds up the CPU-seconds between one stage and the next, by the first word of its name."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(PHASES, 0.0)
        self._phase = ""
        self._since = cpu_seconds()

    def stage(self, name: str, total: int | None) -> None:  # noqa: ARG002 - the observer's Protocol
        """Begin a stage."""
        now = cpu_seconds()
        self.spent[self._phase] = self.spent.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = name.split(maxsplit=1)[0], now

    def finish(self) -> None:
        """End the last one."""
        self.stage("over", None)


def load(
    watch: Watch, address: str, source: str, folder: str, per_second: str, in_flight: str
) -> None:
    """Load a source from its file to its results."""
    place = Path(folder)
    for old in place.glob("journal.sqlite3*"):
        old.unlink()
    variables = settings_for(
        address,
        LOADER_JOURNAL=str(place / "journal.sqlite3"),
        LOADER_MAX_PER_SECOND=per_second,
        LOADER_MAX_IN_FLIGHT=in_flight,
        LOADER_PLACEMENTS="ids-only",
    )
    settings = load_settings(environment=variables, needs_target=True)
    request = LoadRequest(sources=(source,), results=place / "results.csv")
    phases = PhaseCosts()
    with watch:
        report = load_files(request, settings, observer=phases, confirm=None)
    if report.exit_code != ExitCode.OK:
        raise RuntimeError(f"the load ended with {report.exit_code}: {report.stopped_reason}")
    watch.more = {f"cpu_{phase}": phases.spent[phase] for phase in PHASES}
