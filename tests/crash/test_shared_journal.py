"""Two loaders on one journal, and a database that dies: every row once, whatever happens."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from offer_sandbox import Sandbox
from tests.crash.oracle import assert_every_row_once, variables_for
from tests.support.fork_server import Forked, ForkServer, Life
from tests.support.workbooks import write_offers

if TYPE_CHECKING:
    from tests.support.postgres import Server

NAMES = [f"Offer {number}" for number in range(60)]
COMMAND = ("load", "offers.csv", "--results", "results.csv")


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def settings(sandbox: Sandbox, folder: Path, journal: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    write_offers(folder / "offers.csv", NAMES)
    return variables_for(
        sandbox,
        folder,
        LOADER_JOURNAL=journal,
        LOADER_TAKEOVER_SECONDS="2",
        LOADER_MAX_PER_SECOND="50",
    )


def wait_for_offers(sandbox: Sandbox, count: int) -> None:
    for _ in range(1500):
        if len(list(sandbox.offers())) >= count:
            return
        time.sleep(0.02)
    pytest.fail("nothing is sent")


def wait_until_frozen(command: Forked[str]) -> None:
    stat = Path(f"/proc/{command.pid}/stat")
    for _ in range(1500):
        if stat.read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.02)
    pytest.fail("the owner does not freeze")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_standby_goes_on_where_the_owner_ended(
    tmp_path: Path,
    sandbox: Sandbox,
    loader: ForkServer,
    threads: ThreadPoolExecutor,
    postgres: "Server",
    how: signal.Signals,
) -> None:
    sandbox.reset()
    with postgres.database() as database:
        variables = settings(sandbox, tmp_path, postgres.address(database).url)

        def start(*more: str, rate: str = "100") -> Forked:
            given = variables | {"LOADER_MAX_PER_SECOND": rate}
            return loader.start(*COMMAND, *more, folder=tmp_path, variables=given)

        owner = start(rate="10")
        wait_for_offers(sandbox, 5)
        refused = start().life()
        other = threads.submit(start("--wait").life)
        owner.send_signal(how)
        try:
            ended = other.result(60)
        finally:
            owner.send_signal(signal.SIGCONT)
        dead = threads.submit(owner.life).result(60)

    assert refused.code == 4
    assert "is in use by another loader (process" in refused.err
    assert "organisation" in refused.err, "the name of the target, not its key"
    assert ended.code == 0, ended.err + ended.out
    assert dead.code == (-signal.SIGKILL if how is signal.SIGKILL else 4), dead.err
    for said in ("Traceback", "psycopg"):
        assert said not in dead.err + ended.err
    assert_every_row_once(sandbox, tmp_path / "results.csv", NAMES)


def test_an_owner_that_froze_before_it_wrote_a_request_does_not_write_it_later(
    tmp_path: Path,
    sandbox: Sandbox,
    loader: ForkServer,
    threads: ThreadPoolExecutor,
    postgres: "Server",
) -> None:
    """The next owner has looked, found nothing and created the offer."""
    sandbox.reset()
    with postgres.database() as database:
        variables = settings(sandbox, tmp_path, postgres.address(database).url)
        points = {"log": str(tmp_path / "points"), "freeze_at": 6}
        owner = loader.start(*COMMAND, folder=tmp_path, variables=variables, points=points)
        try:
            wait_until_frozen(owner)
            ended = loader.start(*COMMAND, "--wait", folder=tmp_path, variables=variables).life()
        finally:
            owner.send_signal(signal.SIGCONT)
        woken = threads.submit(owner.life).result(60)

    assert ended.code == 0, ended.err + ended.out
    assert woken.code == 4, woken.err
    assert_every_row_once(sandbox, tmp_path / "results.csv", NAMES)


def test_a_database_that_is_killed_in_the_middle_of_a_run_forgets_nothing(
    tmp_path: Path, sandbox: Sandbox, loader: ForkServer, threads: ThreadPoolExecutor
) -> None:
    from tests.support.postgres import new_server, why_unavailable  # noqa: PLC0415 - may be missing

    if reason := why_unavailable():
        pytest.skip(reason)
    sandbox.reset()
    with new_server(fsync="on") as server, server.database() as database:
        variables = settings(sandbox, tmp_path, server.address(database).url)

        def run() -> Life:
            return loader.run(*COMMAND, folder=tmp_path, variables=variables, mortal=False)

        first = threads.submit(run)
        wait_for_offers(sandbox, 10)
        server.stop(signal.SIGQUIT)
        broken = first.result(60)
        unreachable = run()
        server.start(fsync="on")
        last = run()

    assert broken.code == 4, broken.err
    assert "has ended" in broken.err
    assert unreachable.code == 4
    assert "cannot be reached" in unreachable.err
    for each in (broken, unreachable):
        assert "Traceback" not in each.err
        assert "psycopg" not in each.err
        assert len(each.err.strip().splitlines()) <= 3, each.err
    assert last.code == 0, last.err + last.out
    assert_every_row_once(sandbox, tmp_path / "results.csv", NAMES)
