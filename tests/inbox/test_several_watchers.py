"""Several watchers of one inbox with one journal: each file is loaded, moved and answered once."""

import json
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loader.errors import ExitCode
from offer_sandbox import running_sandbox
from tests.support.forked import Forked
from tests.support.remote_servers import RemoteInbox
from tests.support.workbooks import Loader, loader_for, shared_fork_server, write_offers

if TYPE_CHECKING:
    from tests.support.postgres import Server

SETTINGS = "[inbox]\nsettle_seconds = 0\nscan_seconds = 0.1\nretry_seconds = 0.1\n"


def files_in(folder: Path) -> list[str]:
    """The dropped files in a folder and below it, of which some may be moved meanwhile."""
    found = (name for _, _, names in os.walk(folder) for name in names)
    return [name for name in found if name.endswith(".csv")]


def finished(inbox: Path) -> Counter[str]:
    """The files that lie in done/, without their answers."""
    return Counter(files_in(inbox / "done"))


def lying(inbox: Path) -> list[str]:
    """What is not finished."""
    return [*(path.name for path in inbox.glob("*.csv")), *files_in(inbox / "processing")]


@pytest.mark.parametrize(
    ("watchers", "files", "kills"),
    [(2, 4, 1), pytest.param(4, 300, 20, marks=pytest.mark.slow)],
)
def test_watchers_that_die_leave_every_file_loaded_and_moved_once(
    tmp_path: Path, postgres: "Server", watchers: int, files: int, kills: int
) -> None:
    (tmp_path / "loader.toml").write_text(SETTINGS, "utf-8")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    names = [f"file-{number}.csv" for number in range(files)]
    log = (tmp_path / "log").open("a+", encoding="utf-8")
    with log, running_sandbox() as sandbox, postgres.database() as database:
        loader = loader_for(
            sandbox,
            tmp_path,
            LOADER_JOURNAL=str(postgres.address(database)),
            LOADER_SETTLE_SECONDS="1",
            LOADER_MAX_PER_SECOND="200",
            LOADER_TAKEOVER_SECONDS="2",
        )
        for name in names:
            write_offers(inbox / name, [f"{name} {row}" for row in range(2)])

        def started() -> Forked[str]:
            return loader.start("watch", "inbox", stdout=log.fileno(), stderr=log.fileno())

        running = [started() for _ in range(watchers)]
        timers: list[threading.Timer] = []
        try:
            for number in range(kills):
                until = time.monotonic() + 60
                while sum(finished(inbox).values()) < number and time.monotonic() < until:
                    time.sleep(0.02)
                victim = running.pop(0)
                if number % 3 == 2:  # frozen for longer than anybody waits for it
                    victim.send_signal(signal.SIGSTOP)
                    wakes = threading.Timer(4.0, victim.send_signal, [signal.SIGCONT])
                    wakes.start()
                    timers.append(wakes)
                    running.append(victim)
                    continue
                victim.kill()
                victim.wait()
                running.append(started())
            until = time.monotonic() + 60 + 3 * files
            while lying(inbox) and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            for timer in timers:
                timer.join()
            for process in running:
                process.terminate()
            for process in running:
                process.wait()
            log.seek(0)
            said = log.read()

        assert "Traceback" not in said, said
        assert lying(inbox) == [], said
        assert finished(inbox) == dict.fromkeys(names, 1)
        created = Counter(offer["name"] for offer in sandbox.offers())
        assert created == {f"{name} {row}": 1 for name in names for row in range(2)}
        answers = list((inbox / "done").rglob("*.summary.json"))
        outcomes = Counter(json.loads(one.read_text())["outcome"] for one in answers)
        assert outcomes == {"loaded": files}
        assert len(list((inbox / "done").rglob("*.results.xlsx"))) == files


def machine(name: str, loader: Loader) -> Loader:
    """The same command on a machine of its own: nothing but the journal and the inbox is shared."""
    folder = loader.folder / name
    folder.mkdir()
    (folder / "loader.toml").write_text(SETTINGS, "utf-8")
    return Loader(
        folder=folder, variables={**loader.variables, "XDG_DATA_HOME": str(folder / "data")}
    )


@pytest.mark.parametrize(
    ("elsewhere", "every"),
    [
        ("sftp", False),
        *(
            pytest.param(kind, every, marks=pytest.mark.slow)
            for kind, every in (("s3", False), ("sftp", True), ("s3", True))
        ),
    ],
    indirect=["elsewhere"],
)
def test_what_a_dead_machine_had_of_an_inbox_elsewhere_another_one_brings_to_its_end(
    tmp_path: Path, elsewhere: RemoteInbox, postgres: "Server", every: bool
) -> None:
    """The one that dies while it sends, and when the answer is decided and the results are made."""
    with running_sandbox() as sandbox, postgres.database() as database:
        shared = loader_for(
            sandbox,
            tmp_path,
            **elsewhere.variables,
            LOADER_JOURNAL=str(postgres.address(database)),
            LOADER_SETTLE_SECONDS="1",
        )
        one, other = machine("one", shared), machine("other", shared)
        watch = ("watch", elsewhere.address, "--once")

        def dropped(number: int, *, die_at: int) -> tuple[str, ...]:
            """Drop a file, load it on the first machine, which dies, then on the other one."""
            source = write_offers(tmp_path / "next.csv", [f"{number} A", f"{number} B"])
            elsewhere.drop(f"{number}.csv", source.read_bytes())
            life = shared_fork_server().run(
                *watch, folder=one.folder, variables=one.environment(), die_at=die_at
            )
            for loader in (other, one):  # whatever came back finds nothing to do
                ran = loader.run(*watch)
                while ran.code == ExitCode.UNFINISHED:
                    ran = loader.run(*watch)
                assert ran.code == 0, ran.err
            return life.points

        points = dropped(0, die_at=0)
        sent = [number for number, point in enumerate(points, 1) if point == "send:after"]
        ends = [number for number, point in enumerate(points, 1) if point == "commit:after"]
        deaths = [*range(1, len(points) + 1)] if every else [sent[-1], ends[-3]]
        for number, death in enumerate(deaths, 1):
            dropped(number, die_at=death)

        created = Counter(offer["name"] for offer in sandbox.offers())
    numbers = range(len(deaths) + 1)
    assert created == {f"{number} {row}": 1 for number in numbers for row in "AB"}
    assert sorted(name.split("/")[-1] for name in elsewhere.names()) == sorted(
        f"{number}.csv{side}"
        for number in numbers
        for side in ("", ".results.xlsx", ".summary.json")
    )
    assert not [path for path in one.folder.rglob("*.csv") if path.is_file()]
