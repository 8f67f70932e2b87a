"""Files that the place does not give: they wait alone, and the others are loaded."""

from collections.abc import Awaitable, Iterator
from pathlib import Path

import asyncssh
import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.remote_servers import SftpServer, running_sftp
from tests.support.workbooks import Loader, loader_for, write_offers

SETTINGS = "[inbox]\nsettle_seconds = 0\nscan_seconds = 0.1\nretry_seconds = 0.1\n"


class StrictServer(asyncssh.SFTPServer):
    """A server that lets nobody read secret.csv, nor rename locked.csv."""

    is_strict = True

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if self.is_strict and path.endswith(b"secret.csv") and pflags & asyncssh.FXF_READ:
            raise asyncssh.SFTPPermissionDenied("Permission denied")
        return super().open(path, pflags, attrs)

    def rename(self, oldpath: bytes, newpath: bytes) -> Awaitable[None] | None:
        if self.is_strict and oldpath.endswith(b"locked.csv"):
            raise asyncssh.SFTPPermissionDenied("Permission denied")
        return super().rename(oldpath, newpath)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    monkeypatch.setattr(StrictServer, "is_strict", True)
    with running_sftp(tmp_path, StrictServer) as running:
        (running.root / "in").mkdir()
        yield running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def loader_of(server: SftpServer, sandbox: Sandbox, folder: Path, *, more: str = "") -> Loader:
    (folder / "loader.toml").write_text(SETTINGS + more, "utf-8")
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
