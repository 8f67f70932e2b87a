"""A load says when the target would hold more offers than the platform takes."""

from dataclasses import replace
from pathlib import Path

from loader.delivery.stop import StopSignal
from loader.events import silent
from loader.offer.entity import FALLBACK_OFFER
from loader.run.apply.load import load_files
from loader.run.reports import LoadReport
from loader.run.requests import LoadRequest
from loader.settings import load_settings
from offer_sandbox import Sandbox, running_sandbox
from tests.support.workbooks import connection_variables, write_offers

AT_MOST_THREE = replace(FALLBACK_OFFER, most=3)


def loaded(folder: Path, sandbox: Sandbox, *names: str) -> LoadReport:
    source = write_offers(folder / f"{names[0]}.csv", names)
    journal = {"LOADER_JOURNAL": str(folder / "journal.sqlite3"), "LOADER_MAX_PER_SECOND": "100"}
    request = LoadRequest(
        sources=(str(source),), entity=AT_MOST_THREE, results=folder / f"{names[0]}.results.csv"
    )
    settings = load_settings(environment={**connection_variables(sandbox), **journal})
    return load_files(request, settings, listener=silent, confirm=None, stop=StopSignal())


def test_what_is_there_counts_too(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        first = loaded(tmp_path, sandbox, "A", "B")
        second = loaded(tmp_path, sandbox, "C", "D")

    codes = [
        [notice.code for notice in report.findings.notices if "too-many" in notice.code]
        for report in (first, second)
    ]
    assert codes == [[], ["too-many-for-sandbox"]]
    assert second.summary.created == 2  # it is only said
