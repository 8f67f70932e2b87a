"""Files that the place does not give: they wait alone, and the others are loaded."""

import time
from collections.abc import Awaitable, Iterator
from pathlib import Path

import asyncssh
import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.remote_servers import SftpServer, running_sftp
from tests.support.workbooks import Loader, loader_for, write_offers

SETTINGS = "[inbox]\nsettle_seconds = 0\nscan_seconds = 0.1\nretry_seconds = {}\n"


class StrictServer(asyncssh.SFTPServer):
    """A server that lets nobody read secret.csv, nor rename locked.csv."""

    is_strict = True
    refused = 0

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if self.is_strict and path.endswith(b"secret.csv") and pflags & asyncssh.FXF_READ:
            StrictServer.refused += 1
            raise asyncssh.SFTPPermissionDenied("Permission denied")
        return super().open(path, pflags, attrs)

    def rename(self, oldpath: bytes, newpath: bytes) -> Awaitable[None] | None:
        if self.is_strict and oldpath.endswith(b"locked.csv"):
            StrictServer.refused += 1
            raise asyncssh.SFTPPermissionDenied("Permission denied")
        return super().rename(oldpath, newpath)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    monkeypatch.setattr(StrictServer, "is_strict", True)
    monkeypatch.setattr(StrictServer, "refused", 0)
    with running_sftp(tmp_path, StrictServer) as running:
        (running.root / "in").mkdir()
        yield running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def loader_of(
    server: SftpServer,
    sandbox: Sandbox,
    folder: Path,
    *,
    more: str = "",
    retry_seconds: float = 0.1,
) -> Loader:
    (folder / "loader.toml").write_text(SETTINGS.format(retry_seconds) + more, "utf-8")
    return loader_for(sandbox, folder, HOME=str(server.home), SSH_AUTH_SOCK="")


def done(server: SftpServer) -> set[str]:
    return {path.name for path in (server.root / "in").glob("done/*/*.csv")}


@pytest.mark.parametrize("refused", ["a-locked.csv", "a-secret.csv"])
@pytest.mark.parametrize("marked", [False, True])
def test_a_file_that_is_refused_waits_alone(
    tmp_path: Path,
    server: SftpServer,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    refused: str,
    marked: bool,
) -> None:
    more = "taken_when = 'marker'\n" if marked else ""
    loader = loader_of(server, sandbox, tmp_path, more=more)
    address = server.address("in")

    def drop(name: str) -> None:
        write_offers(server.root / "in" / name, [name])
        if marked:
            (server.root / "in" / f"{name}.done").touch()

    for name in (refused, "b.csv", "c.csv"):
        drop(name)
    first = loader.run("watch", address, "--once")
    assert done(server) == {"b.csv", "c.csv"}
    drop("d.csv")
    second = loader.run("watch", address, "--once")
    status = loader.run("inbox", "status", address)
    assert done(server) == {"b.csv", "c.csv", "d.csv"}
    monkeypatch.setattr(StrictServer, "is_strict", False)
    last = loader.run("watch", address, "--once")
    well = loader.run("inbox", "status", address)

    assert first.code != 0
    assert second.code != 0
    assert status.code == 1
    assert refused in status.out
    assert "Permission denied" in status.out
    assert last.code == 0, last.out + last.err
    assert refused in done(server)
    assert len(sandbox.offers()) == 4
    assert well.code == 0, well.out


@pytest.mark.parametrize("refused", ["locked.csv", "secret.csv"])
def test_each_of_many_refused_files_is_tried_once_where_it_is_loaded_once(
    tmp_path: Path, server: SftpServer, sandbox: Sandbox, refused: str
) -> None:
    """Though each could be tried again before the last of them was tried."""
    loader = loader_of(server, sandbox, tmp_path, more="longest_retry_seconds = 0.1\n")
    for number in range(12):
        write_offers(server.root / "in" / f"{number:02}-{refused}", ["A"])
    write_offers(server.root / "in" / "well.csv", ["B"])

    result = ended(loader, "watch", server.address("in"), "--once")

    assert result not in (None, 0)
    assert StrictServer.refused == 12
    assert done(server) == {"well.csv"}


def test_a_folder_that_gives_none_of_its_files_waits(
    tmp_path: Path, server: SftpServer, sandbox: Sandbox
) -> None:
    loader = loader_of(server, sandbox, tmp_path, retry_seconds=300)
    for number in range(120):
        write_offers(server.root / "in" / f"{number:03}-locked.csv", ["A"])
    watcher = loader.start("watch", server.address("in"))

    said = "100 files, one after another, cannot be taken, the last of them 099"
    status, deadline = "", time.monotonic() + 60
    while said not in status and time.monotonic() < deadline:
        status = loader.run("inbox", "status", server.address("in")).out
    watcher.terminate()
    watcher.communicate(timeout=60)

    assert said in status
    assert "other files are loaded" not in status
    assert StrictServer.refused == 100


def test_a_file_behind_many_that_are_refused_is_loaded_where_it_is_loaded_once(
    tmp_path: Path, server: SftpServer, sandbox: Sandbox
) -> None:
    loader = loader_of(server, sandbox, tmp_path)
    for number in range(105):
        write_offers(server.root / "in" / f"{number:03}-locked.csv", ["A"])
    write_offers(server.root / "in" / "well.csv", ["B"])

    result = ended(loader, "watch", server.address("in"), "--once")

    assert result == 2
    assert StrictServer.refused == 105
    assert done(server) == {"well.csv"}


def test_a_refused_file_is_reported_when_it_is_tried(
    tmp_path: Path, server: SftpServer, sandbox: Sandbox
) -> None:
    loader = loader_of(server, sandbox, tmp_path, retry_seconds=300)
    write_offers(server.root / "in" / "locked.csv", ["A"])
    watcher = loader.start("watch", server.address("in"))

    deadline = time.monotonic() + 60
    while not StrictServer.refused and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2)  # many looks
    watcher.terminate()
    out, err = watcher.communicate(timeout=60)

    assert StrictServer.refused == 1
    assert (out + err).count("locked.csv cannot be taken") == 1


def ended(loader: Loader, *arguments: str) -> int | None:
    """Return the exit code of a command, None where it does not end by itself."""
    process = loader.start(*arguments)
    deadline = time.monotonic() + 45
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    code = process.poll()
    if code is None:
        process.kill()
    process.communicate()
    return code
