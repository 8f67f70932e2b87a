"""A whole load in this process, and what each of its phases costs.

The phases are the events of a run, so that nothing inside the loader is known here. Words: the
address of a server, the source, a folder, requests a second, at once.
"""

import gc
from pathlib import Path

from benchmarks.server import settings_for
from benchmarks.watch import Watch, cpu_seconds
from loader.delivery.stop import StopSignal
from loader.errors import ExitCode
from loader.events import Event, PhaseBegan, PhaseEnded
from loader.run.apply.load import load_files
from loader.run.requests import LoadRequest
from loader.settings import load_settings

PHASES = ("reading", "sending", "writing")


class PhaseCosts:
    """Adds up the CPU-seconds between one stage and the next, by the first word of its name."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(PHASES, 0.0)
        self._phase = ""
        self._since = cpu_seconds()

    def __call__(self, event: Event) -> None:
        """Begin a phase, or end the last one."""
        match event:
            case PhaseBegan():
                self._begin(event.name.split(maxsplit=1)[0])
            case PhaseEnded():
                self._begin("over")

    def _begin(self, phase: str) -> None:
        now = cpu_seconds()
        self.spent[self._phase] = self.spent.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = phase, now


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
    gc.freeze()  # as the command does when all is imported
    phases = PhaseCosts()
    with watch:
        report = load_files(request, settings, listener=phases, confirm=None, stop=StopSignal())
    if report.exit_code != ExitCode.OK:
        raise RuntimeError(f"the load ended with {report.exit_code}: {report.stopped_reason}")
    watch.more = {f"cpu_{phase}": phases.spent[phase] for phase in PHASES}
