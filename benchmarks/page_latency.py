"""How soon other pages answer while a run is at work in the same process, and what that costs.

    python -m benchmarks.page_latency --rows 600 --rate 100

The page is served in this process over the embedded sandbox, as `loader web --sandbox` does; one
client asks for the start page, the list of runs and the run itself, one after the other.
"""

import argparse
import asyncio
import csv
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import httpx

from loader.events import silent
from loader.run.embedded_sandbox import sandbox_file, shared_sandbox
from loader.run.plan.plan_load import plan_files
from loader.run.requests import LoadRequest
from loader.settings import load_settings
from loader.settings.web import WebSettings
from loader.web.app_state import WebState, data_folder, shown_target
from loader.web.jobs import Jobs
from loader.web.running_page import send_work
from loader.web.server import RunningServer, serve

PLACEMENT = "dps:offer-placement:1a24dc4342f2e21e"


def main() -> None:
    """Measure, with and without somebody who looks at pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--rate", type=float, default=100.0)
    given = parser.parse_args()
    for looks in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            seconds, found = measured(Path(folder), rows=given.rows, rate=given.rate, looks=looks)
        who = "while pages are asked for" if looks else "alone"
        sys.stdout.write(
            f"{given.rows} rows sent in {seconds:.1f} s, {given.rows / seconds:.1f}/s, {who}\n"
        )
        for path, times in found.items():
            ordered = sorted(times)
            p99 = ordered[int(0.99 * (len(ordered) - 1))]
            sys.stdout.write(
                f"  {path:10} {len(times):5} answers, median {statistics.median(times):6.1f} ms,"
                f" p99 {p99:6.1f} ms, longest {ordered[-1]:6.1f} ms\n"
            )


def measured(
    folder: Path, *, rows: int, rate: float, looks: bool
) -> tuple[float, dict[str, list[float]]]:
    """Send rows; return the seconds that took, and the milliseconds of each answer by page."""
    flags = {"journal": str(folder / "journal.sqlite3"), "max_per_second": rate}
    settings = load_settings(environment={}, flags={**flags, "max_in_flight": 32})
    source = _source(folder / "offers.csv", rows)
    state = WebState(
        settings=settings,
        web=WebSettings(),
        target=shown_target(settings, is_rehearsal=True),
        data=data_folder(settings),
        report_crash=str,
        jobs=Jobs(report_crash=str),
    )
    with shared_sandbox(sandbox_file(settings)):
        request = LoadRequest(sources=(str(source),), sandbox=True)
        plan = plan_files(request, settings, listener=silent)
        served, end = _served(state)
        begun = time.monotonic()
        job = state.jobs.begin("send", send_work(state, settings, plan.plan_id))
        found = _asked(served, plan.plan_id, while_not=job.wait) if looks else {}
        job.wait()
        seconds = time.monotonic() - begun
        end()
    return seconds, found


def _source(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "placement", "type", "content"))
        writer.writerows((f"Offer {n}", PLACEMENT, "html", f"<p>{n}</p>") for n in range(rows))
    return path


def _served(state: WebState) -> tuple[RunningServer, Callable[[], None]]:
    up: Queue[RunningServer] = Queue()
    loop, until = asyncio.new_event_loop(), asyncio.Event()
    serving = serve(state, port=0, is_up=up.put, until=until)
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,))
    thread.start()

    def end() -> None:
        loop.call_soon_threadsafe(until.set)
        thread.join()

    return up.get(timeout=30), end


def _asked(
    served: RunningServer, run_id: str, *, while_not: Callable[[float], bool]
) -> dict[str, list[float]]:
    """Ask for one page after the other until the run is over."""
    found: dict[str, list[float]] = defaultdict(list)
    with httpx.Client(follow_redirects=True) as client:
        root = str(client.get(served.link()).url).rstrip("/")
        while not while_not(0.0):
            for name, path in (("start", "/"), ("runs", "/runs"), ("the run", f"/runs/{run_id}")):
                begun = time.monotonic()
                client.get(root + path)
                found[name].append(1000 * (time.monotonic() - begun))
    return found


if __name__ == "__main__":
    main()
