"""`loader resolve --created ID` believes no id that cannot be the row's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from offer_sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.support.sandbox_calls import client, dps_offer
from tests.support.workbooks import (
    PLACEMENT,
    CommandResult,
    Loader,
    loader_for,
    results_of,
    write_offers,
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def unknown_row(loader: Loader, sandbox: Sandbox) -> str:
    """Load one row whose outcome stays unknown, though its offer is there; return the run."""
    write_offers(loader.folder / "offers.csv", ["Three"])
    sandbox.set_faults("reset-after on=create times=1", "list-lag-seconds=600")
    assert loader.run("load", "offers.csv", "--on-absent", "hold").code == 6
    sandbox.set_faults("")
    return loader.newest_run()


def status(loader: Loader, run: str) -> tuple[str, str]:
    loader.run("results", run, "--results", "results.csv")
    (row,) = results_of(loader.folder / "results.csv")
    return row["status"], row["instanceId"]


def foreign_offer(sandbox: Sandbox) -> str:
    with client(sandbox) as http:
        body = dps_offer("Somebody else's")
        reply = http.post("/offers", params={"offer-type": "fallback"}, json=body)
    return str(reply.json()["id"])


def test_an_offer_of_another_name_is_refused(tmp_path: Path, sandbox: Sandbox) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
    run = unknown_row(loader, sandbox)
    other = foreign_offer(sandbox)

    refused = loader.run("resolve", run, "2", "--created", other)

    assert refused.code == 2, refused.out
    assert "'Three'" in refused.err
    assert '"Somebody else\'s"' in refused.err
    assert other in refused.err
    assert status(loader, run) == ("unknown", "")


@pytest.mark.parametrize("wrong", ["dps:fallback-offer:0000000000000000", PLACEMENT, "..", "x y/z"])
def test_an_id_of_no_offer_is_refused(tmp_path: Path, sandbox: Sandbox, wrong: str) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
    run = unknown_row(loader, sandbox)

    refused = loader.run("resolve", run, "2", "--created", wrong)

    assert refused.code in (2, 5), refused.out
    assert wrong in refused.err
    assert "stays unknown" in refused.err
    assert status(loader, run) == ("unknown", "")


def test_what_was_looked_up_and_where_is_said(tmp_path: Path, sandbox: Sandbox) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
    run = unknown_row(loader, sandbox)

    nothing = loader.run("resolve", run, "2", "--created", "dps:fallback-offer:0")
    blank = loader.run("resolve", run, "2", "--created", " ")

    assert (nothing.code, blank.code) == (2, 2)
    assert "none of the fallback offers has the id 'dps:fallback-offer:0'" in nothing.err
    assert f"sandbox {sandbox.sandbox_name}" in nothing.err
    assert "--created needs the id of the offer" in blank.err


def test_the_offer_of_the_row_is_taken_whatever_blanks_are_around_its_id(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
    run = unknown_row(loader, sandbox)
    offer = sandbox.offers()[0]["id"]

    assert loader.run("resolve", run, "2", "--created", f" {offer} ").code == 0

    assert status(loader, run) == ("created", offer)


@pytest.mark.parametrize(
    ("fault", "code"),
    [("status-before status=403 on=lookup", 5), ("reset-before on=lookup", 5)],
)
def test_an_api_that_cannot_be_read_changes_nothing(
    tmp_path: Path, sandbox: Sandbox, fault: str, code: int
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
    run = unknown_row(loader, sandbox)
    offer = sandbox.offers()[0]["id"]
    sandbox.set_faults(fault)

    refused = loader.run("resolve", run, "2", "--created", offer)

    assert refused.code == code, refused.out
    assert "row 2 stays unknown" in refused.err
    assert "cannot be read" in refused.err
    assert status(loader, run) == ("unknown", "")
    sandbox.set_faults("")
    assert loader.run("resolve", run, "2", "--created", offer).code == 0


def test_other_answers_ask_nobody(tmp_path: Path, sandbox: Sandbox) -> None:
    """An offline operator can say --absent; an id waits until the API can be asked."""
    run = unknown_row(loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2"), sandbox)
    offline = Loader(folder=tmp_path)
    requests = sandbox.counters()["requests"]

    def resolved(*answer: str) -> CommandResult:
        return offline.run("resolve", run, "2", *answer)

    refused = resolved("--created", sandbox.offers()[0]["id"])
    assert refused.code == 2
    assert "client_id" in refused.err
    assert resolved("--absent").code == 0
    assert sandbox.counters()["requests"] == requests


def test_an_offer_that_the_server_renamed_is_taken_by_its_contents(tmp_path: Path) -> None:
    """The evidence of the row names it, so a person may decide for it."""
    with running_sandbox(SandboxSettings(names_kept="replaced")) as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
        write_offers(tmp_path / "offers.csv", ["Three"])
        sandbox.set_faults("reset-after on=create")
        assert loader.run("load", "offers.csv").code == 6
        run = loader.newest_run()
        (offer,) = sandbox.offers()

        assert loader.run("resolve", run, "2", "--created", offer["id"]).code == 0

        assert status(loader, run) == ("created", offer["id"])


def test_a_row_that_a_later_run_goes_on_with_is_decided_by_either_run(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
    first = unknown_row(loader, sandbox)
    (offer,) = sandbox.offers()
    sandbox.set_faults("list-lag-seconds=600")
    write_offers(tmp_path / "more.csv", ["Zero", "Three"])
    assert loader.run("load", "more.csv", "--on-absent", "hold").code == 6
    zero = next(each for each in sandbox.offers() if each["name"] == "Zero")

    wrong = loader.run("resolve", first, "2", "--created", zero["id"])
    resolved = loader.run("resolve", first, "2", "--created", offer["id"])

    assert (wrong.code, "another row, 'Zero'" in wrong.err) == (2, True), wrong.err
    assert resolved.code == 0, resolved.err
    assert "created" in resolved.out
