"""Runs of the web page for tests: planned and sent as its own pages do."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loader.events import silent
from loader.run.plan.plan_load import plan_files
from loader.run.requests import LoadRequest
from loader.web.jobs import Job
from loader.web.running_page import send_work
from tests.support.web_page import RunningPage
from tests.support.workbooks import write_offers


def plan_file(served: RunningPage, path: Path, names: list[str]) -> str:
    """Plan a file of offers, as the page of the plan does; return the run."""
    write_offers(path, names)
    request = LoadRequest(sources=(str(path),), sandbox=served.state.is_rehearsal)
    with ThreadPoolExecutor(1) as pool:  # the thread of a browser test has an event loop already
        plan = pool.submit(plan_files, request, served.state.settings, listener=silent)
        return plan.result().plan_id


def start_sending(served: RunningPage, run_id: str) -> Job:
    """Begin to send a planned run; return its job."""
    state = served.state
    return state.jobs.begin("send", send_work(state, state.settings, run_id))


def send_file(served: RunningPage, path: Path, names: list[str]) -> str:
    """Send a file of offers to its end."""
    run_id = plan_file(served, path, names)
    start_sending(served, run_id).wait()
    return run_id
