"""A check that a Dask cluster reads for says what a check on one machine says, to the byte."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from loader.__main__ import main
from loader.errors import ClusterError, ExitCode, LoaderError
from loader.events import Event, silent
from loader.model import FoundError
from loader.profile.model import Profile
from loader.run.check.check import check_files
from loader.run.cluster import connecting
from loader.run.cluster import workers as cluster_module
from loader.run.cluster.task import CheckTask, FileId, ReadingRules, check_file
from loader.run.cluster.workers import Cluster, open_cluster
from loader.run.requests import CheckRequest, Reading
from loader.settings import load_settings
from tests.support.free_ports import free_port

distributed = pytest.importorskip("distributed")
HEAD = "name,placement,type,content\n"
ID = "dps:offer-placement:124e0be5699743d3"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Files with everything that is said of several together."""
    good = "".join(f"N{n},{ID},html,<p>x</p>\n" for n in range(40))
    (tmp_path / "a.csv").write_text(f"{HEAD}{good}Bad,{ID},htm,x\nBlank,,html,x\n", "utf-8")
    (tmp_path / "b.csv").write_text(
        f"{HEAD}N7,{ID},html,other\nn8,{ID},html,x\nBad,{ID},html,x\n", "utf-8"
    )
    (tmp_path / "c.csv").write_bytes((tmp_path / "b.csv").read_bytes())
    rows = [["Named", "Web banner", "html", "x"], ["Named 2", "Web banner", "image", ""]]
    book = Workbook()
    for row in [HEAD.strip().split(","), *rows]:
        book.worksheets[0].append(row)
    book.create_sheet("Two").append(["note"])
    book.save(tmp_path / "d.xlsx")
    return [str(tmp_path / name) for name in ("a.csv", "b.csv", "c.csv", "d.xlsx")]


def checked(files: list[str], on: str, **more: Any) -> tuple[Any, list[FoundError], str]:
    """Return the report, what was told on the way, and why the check ended."""
    told: list[FoundError] = []

    def listen(event: Event) -> None:
        told.extend([event] if isinstance(event, FoundError) else [])

    request = CheckRequest(sources=tuple(files), cluster=on, **more)
    try:
        return check_files(request, load_settings(environment={}), listener=listen), told, ""
    except LoaderError as error:
        return None, told, f"{type(error).__name__} {error.code} {error}"


def test_the_report_is_that_of_one_machine(scheduler: str, files: list[str]) -> None:
    asked = {"show_payload": (2, 41), "annotate": False}
    alone = checked(files, "", **asked)

    assert checked(files, scheduler, **asked) == alone
    report = alone[0]
    codes = {count.code for count in report.findings.counts}
    assert codes > {
        "not-allowed",
        "missing-value",
        "key-conflict",
        "similar-key",
        "key-of-invalid-row",
    }
    assert "same-contents" in {notice.code for notice in report.findings.notices}


@pytest.mark.parametrize("bad", ["missing", "broken", "columns"])
def test_a_file_that_cannot_be_read_ends_the_check_where_it_stands(
    scheduler: str, files: list[str], tmp_path: Path, bad: str
) -> None:
    path = tmp_path / "bad.csv"
    if bad == "broken":
        path.write_bytes(f"{HEAD}A,{ID},htm,x\n".encode() + b'B,"' + b"x" * 40_000_000)
    elif bad == "columns":
        path.write_text("name,nothing\nA,B\n", "utf-8")
    files[1:1] = [str(path)]
    alone = checked(files, "")

    assert checked(files, scheduler) == alone
    assert "bad.csv" in alone[2]


def printed(*arguments: str) -> tuple[int, str]:
    """Run the command in this process; return its exit code and what it says."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(io.StringIO()):
        return main(list(arguments)), said.getvalue()


def test_what_is_printed_is_the_same_to_the_byte(
    scheduler: str, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    mapping = tmp_path / "m.toml"
    mapping.write_text('ignore = ["*"]\n[fields]\nname = "name"\ntype = "type"\n', "utf-8")
    names = [Path(each).name for each in files]
    alone = printed("check", *names, "--mapping", "m.toml")
    marked = marked_copies(tmp_path)

    assert printed("check", *names, "--mapping", "m.toml", "--on", scheduler) == alone
    assert marked_copies(tmp_path) == marked
    assert len(marked) == 4
    assert alone[0] == ExitCode.ROWS_FAILED


def marked_copies(folder: Path) -> dict[str, dict[str, bytes]]:
    """Return the parts of the copies, but for the time of their making, and remove them."""
    found = {}
    for path in folder.glob("*.checked.xlsx"):
        with ZipFile(path) as archive:
            names = [name for name in archive.namelist() if "core.xml" not in name]
            found[path.name] = {name: archive.read(name) for name in names}
        path.unlink()
    return found


def test_a_task_holds_no_secret_and_tells_what_it_cannot_see(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEAD}A,{ID},html,x\n", "utf-8")
    task = CheckTask(
        source="a.csv",
        file=FileId.of(path),
        reading=Reading(),
        profile=Profile(),
        rules=ReadingRules(
            api=load_settings(environment={}).api,
            placements="resolve",
            end_dates="start-of-day",
            external_id_attribute=None,
        ),
        now=0.0,
    )
    elsewhere = replace(task, file=replace(task.file, path=str(tmp_path / "none.csv")))

    said = [
        str(check_file(each).error)
        for each in (
            task,
            replace(task, file=replace(task.file, size=7)),
            elsewhere,
            replace(task, version="0.0.1"),
        )
    ]

    assert said[0] == "None"
    assert "sees another file there" in said[1]
    assert "cannot see the file (No such file" in said[2]
    assert "but this is 0.0.1" in said[3]
    assert check_file(task) == check_file(task) or check_file(task).parts[0].read == 1


@pytest.mark.parametrize(
    ("on", "more", "said"),
    [
        ("dask://127.0.0.1:{free}", {}, "cannot be used"),
        ("scheduler:8786", {}, "an address like dask://"),
        ("http://scheduler:8786", {}, "an address like dask://"),
        ("dask://scheduler", {}, "an address like dask://"),
        ("{scheduler}", {"online": True}, "do not go together"),
        ("{scheduler}", {"sources": ("-",)}, "standard input"),
    ],
)
def test_what_cannot_be_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch,
    scheduler: str,
    files: list[str],
    on: str,
    more: dict[str, Any],
    said: str,
) -> None:
    monkeypatch.setattr(connecting, "_CONNECT_SECONDS", 0.5)
    on = on.format(free=free_port(), scheduler=scheduler)
    request = CheckRequest(**{"sources": tuple(files), "cluster": on, **more})

    with pytest.raises(LoaderError, match=said) as raised:
        check_files(request, load_settings(environment={}), listener=silent)

    assert raised.value.exit_code is ExitCode.USAGE


def test_a_scheduler_that_does_not_understand_is_named_once_and_quickly(
    scheduler: str, files: list[str]
) -> None:
    """The end of the interpreter is part of it: what is left open there is waited for."""
    with distributed.Client(scheduler.replace("dask", "tcp"), set_as_default=False) as client:

        async def listening() -> Any:  # a server takes the loop it is made in
            server = distributed.core.Server({"identity": dict.copy})
            await server.listen("tcp://127.0.0.1:0")
            return server

        server = client.sync(listening)
        address = server.address.replace("tcp://", "dask://")

        ran = subprocess.run(
            [sys.executable, "-m", "loader", "check", "--on", address, files[0]],
            check=False,
            capture_output=True,
            text=True,
            timeout=15,
        )
        client.sync(server.close)

    assert ran.returncode == ExitCode.USAGE
    assert ran.stderr.startswith(f"error: the Dask scheduler {address} cannot be used: ")
    assert "of the same version of Dask as this" in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert ran.stdout == ""


def answer_versions(changed: dict[str, str | None], node: Any) -> None:
    """Let a scheduler or a worker of this process say that it has other versions."""
    said = node.versions(packages=["fallback-offer-loader"])
    node.handlers["versions"] = lambda packages: {**said, "packages": said["packages"] | changed}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("where", "changed", "said"),
    [
        ("run_on_scheduler", {"distributed": "2024.8.0"}, "its scheduler has distributed 2024.8.0"),
        ("run", {"fallback-offer-loader": None}, "worker tcp://.* has no fallback-offer-loader"),
    ],
)
def test_another_version_is_refused_before_it_is_given_anything(
    scheduler: str, files: list[str], where: str, changed: dict[str, str | None], said: str
) -> None:
    def change(dask_scheduler: Any = None, dask_worker: Any = None) -> None:
        answer_versions(changed, dask_scheduler or dask_worker)

    def restore(dask_scheduler: Any = None, dask_worker: Any = None) -> None:
        answer_versions({}, dask_scheduler or dask_worker)

    with distributed.Client(scheduler.replace("dask", "tcp"), set_as_default=False) as client:
        getattr(client, where)(change)
        try:
            refused = checked(files, scheduler)[2]
        finally:
            getattr(client, where)(restore)

    assert re.search(f"cannot be used: .*{said}, but this machine has .* the same", refused)


def test_without_the_extra_its_name_is_said(
    monkeypatch: pytest.MonkeyPatch, files: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)

    assert "[dask]" in checked(files, "local")[2]


def test_a_scheduler_without_workers_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch, files: list[str]
) -> None:
    monkeypatch.setattr(connecting, "_CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(cluster_module, "_ALONE_SECONDS", 0.0)
    monkeypatch.setattr(cluster_module, "_LOOK_SECONDS", 0.1)
    with distributed.LocalCluster(
        n_workers=0,
        processes=False,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
    ) as empty:
        address = empty.scheduler_address.replace("tcp://", "dask://")
        assert "has no workers" in checked(files, address)[2]

        empty.scale(1)
        told: list[Event] = []
        with open_cluster(address, listener=told.append) as cluster:
            results = cluster.results(_slow, [1, 2])
            assert next(results) == 1
            assert told == []
            empty.scale(0)
            with pytest.raises(ClusterError, match=r"lost all of its workers|was lost"):
                list(results)
            assert [each for each in told if "no worker is left" in str(each)] == told


def _slow(number: int) -> int:
    time.sleep(0.1 if number == 1 else 2)
    return number


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_nothing(files: list[str]) -> None:
    alone = checked(files, "")

    def kill_one(address: str) -> None:
        with distributed.Client(address, set_as_default=False) as client:
            pids = client.run(os.getpid)
            os.kill(next(iter(pids.values())), signal.SIGKILL)

    with distributed.LocalCluster(
        n_workers=2, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as two:
        address = two.scheduler_address.replace("tcp://", "dask://")
        with open_cluster(address) as cluster:
            assert isinstance(cluster, Cluster)
            results = cluster.results(_slow, [1, 1, 1, 1, 1, 1])
            found = [next(results)]
            kill_one(two.scheduler_address)
            found += list(results)
        assert found == [1] * 6
        assert checked(files, address) == alone
    assert checked(files, "local") == alone
