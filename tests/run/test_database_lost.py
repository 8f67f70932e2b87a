"""The database is lost at some moment of a load: it is said once, and the same command ends it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loader.delivery.stop import StopSignal
from loader.errors import ExitCode, JournalError, JournalMismatch
from loader.events import Event, PhaseBegan, RequestAnswered
from loader.run.apply.load import load_files
from loader.run.reports import LoadReport
from loader.run.requests import LoadRequest
from loader.run.setup.journal_copy import copy_between
from loader.settings import Settings, load_settings
from offer_sandbox import Sandbox, running_sandbox
from tests.support.postgres_proxy import PostgresProxy, running_postgres_proxy
from tests.support.workbooks import connection_variables, results_of, write_offers

if TYPE_CHECKING:
    from tests.support.postgres import Server

NAMES = [f"Offer {number}" for number in range(4)]
MOMENTS: dict[str, Callable[[Event], bool]] = {
    "the first reply": lambda event: isinstance(event, RequestAnswered),
    "reading": lambda event: isinstance(event, PhaseBegan) and event.name.startswith("reading"),
    "the results": lambda event: isinstance(event, PhaseBegan) and "results" in event.name,
}


def settings_of(sandbox: Sandbox, **more: str) -> Settings:
    """Return how to reach the sandbox."""
    return load_settings(
        environment={**connection_variables(sandbox), "LOADER_SETTLE_SECONDS": "0.2", **more}
    )


def loaded(settings: Settings, path: Path, listener: Callable[[Event], None]) -> LoadReport:
    """Load the file."""
    return load_files(
        LoadRequest(sources=(str(path),), results=path.with_suffix(".results.csv")),
        settings,
        listener=listener,
        confirm=None,
        stop=StopSignal(),
    )


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_was_lost_with_the_database_the_same_command_brings_to_its_end(
    tmp_path: Path, postgres: "Server", moment: str
) -> None:
    path = write_offers(tmp_path / "offers.csv", NAMES)

    def cut_at_moment(proxy: PostgresProxy) -> Callable[[Event], None]:
        def listen(event: Event) -> None:
            if MOMENTS[moment](event):
                proxy.cut()

        return listen

    with (
        running_sandbox() as sandbox,
        postgres.database() as database,
        running_postgres_proxy(postgres.port) as proxy,
    ):
        address = postgres.address(database, host=f"127.0.0.1:{proxy.port}")
        settings = settings_of(
            sandbox, LOADER_JOURNAL=address.url, LOADER_JOURNAL_PASSWORD=address.password
        )
        with pytest.raises(JournalError) as lost:
            loaded(settings, path, cut_at_moment(proxy))
        ended = loaded(settings, path, lambda _: None)

        created = Counter(offer["name"] for offer in sandbox.offers())
    assert lost.value.exit_code is ExitCode.JOURNAL
    assert "the same command again" in str(lost.value) or "run the command again" in str(lost.value)
    assert ended.exit_code is ExitCode.OK
    assert created == dict.fromkeys(NAMES, 1)
    assert [row["name"] for row in results_of(path.with_suffix(".results.csv"))] == NAMES


def test_a_target_that_a_file_knows_is_refused_until_the_file_is_copied(
    tmp_path: Path, postgres: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = write_offers(tmp_path / "offers.csv", NAMES)
    with running_sandbox() as sandbox, postgres.database() as database:
        yesterday = settings_of(sandbox)
        loaded(yesterday, path, lambda _: None)
        address = postgres.address(database)
        today = settings_of(sandbox, LOADER_JOURNAL=address.url)

        with pytest.raises(JournalMismatch, match="Copy it first: loader journal copy") as said:
            loaded(today, path, lambda _: None)
        copy_between(str(yesterday.journal_file), address.url, today, say=lambda _: None)
        again = loaded(today, path, lambda _: None)
        with pytest.raises(JournalMismatch, match=database):
            loaded(yesterday, path, lambda _: None)

        assert len(sandbox.offers()) == len(NAMES)
    assert str(yesterday.journal_file) in str(said.value)
    assert again.exit_code is ExitCode.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class XcorePlace:
    """An XCORE target, a file of offers, and the settings of a journal in a database."""

    sandbox: Sandbox
    path: Path
    journal: Mapping[str, str]

    def settings(self, **more: str) -> Settings:
        """Return settings that find the container, unless they name one."""
        return settings_of(
            self.sandbox, LOADER_API="xcore", LOADER_API_URL=self.sandbox.api_url("xcore"), **more
        )

    def load(self, **more: str) -> LoadReport:
        """Load the file, with the usual journal unless a setting names another one."""
        return loaded(self.settings(**more), self.path, lambda _: None)

    @property
    def named(self) -> dict[str, str]:
        """The setting that names the container."""
        return {"LOADER_CONTAINER_ID": self.sandbox.container_id}


@pytest.fixture
def place(
    tmp_path: Path, postgres: "Server", monkeypatch: pytest.MonkeyPatch
) -> Iterator[XcorePlace]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with running_sandbox() as sandbox, postgres.database() as database:
        yield XcorePlace(
            sandbox=sandbox,
            path=write_offers(tmp_path / "offers.csv", NAMES),
            journal={"LOADER_JOURNAL": postgres.address(database).url},
        )


def test_a_file_that_knows_the_place_without_its_container_refuses_no_other_journal(
    place: XcorePlace,
) -> None:
    """It is what the loader says to do where a sandbox has several containers by now."""
    place.load()
    again = place.load(**place.journal, **place.named)

    assert len(place.sandbox.offers()) == len(NAMES)
    assert again.exit_code is ExitCode.ROWS_FAILED


def test_a_file_that_knows_the_place_with_its_container_is_copied_before_a_journal_without_it(
    place: XcorePlace,
) -> None:
    place.load(**place.named)
    today = {**place.journal, "LOADER_ON_EXISTING": "duplicate"}

    with pytest.raises(JournalMismatch) as said:
        place.load(**today)
    assert f"Set LOADER_CONTAINER_ID={place.sandbox.container_id}" in str(said.value)
    with pytest.raises(JournalMismatch, match="Copy it first"):
        place.load(**place.named, **today)
    copy_between(
        str(place.settings().journal_file),
        place.journal["LOADER_JOURNAL"],
        place.settings(**place.named, **today),
        say=lambda _: None,
    )
    again = place.load(**place.named, **today)

    assert len(place.sandbox.offers()) == len(NAMES)
    assert again.exit_code is ExitCode.OK


def test_a_container_that_nothing_could_be_created_in_refuses_no_other_journal(
    place: XcorePlace,
) -> None:
    refused = place.load(LOADER_CONTAINER_ID="mistyped")
    again = place.load(**place.journal)

    assert len(place.sandbox.offers()) == len(NAMES)
    assert (refused.exit_code, again.exit_code) == (ExitCode.TARGET, ExitCode.OK)
