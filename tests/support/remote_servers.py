"""Places elsewhere, on this machine: an S3 server in a process, an SFTP server in a thread."""

import asyncio
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from tests.support.free_ports import free_port
from tests.support.parents import end_with_parent

AWS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "aws-s3cr3t",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def running_s3() -> Iterator[str]:
    """Run moto's server; give its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **AWS},
        preexec_fn=end_with_parent,  # noqa: PLW1509 - it takes no lock
    )
    try:
        _wait_for(f"{address}/moto-api/", process)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(600):
        assert process.poll() is None, "the S3 server did not start"
        try:
            with urllib.request.urlopen(url, timeout=20):
                return
        except (urllib.error.URLError, ConnectionError):
            pause.wait(0.05)
    raise AssertionError("the S3 server did not answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpServer:
    """A running SFTP server: `root` is what clients see as /, `home` has the client's .ssh."""

    port: int
    root: Path
    home: Path
    cut: Callable[[], None]  # ends every connection, as a network may

    def address(self, path: str = "") -> str:
        """The address of a folder on it."""
        return f"sftp://loader@127.0.0.1:{self.port}/{path}"


@contextmanager
def running_sftp(
    folder: Path, served_by: type[asyncssh.SFTPServer] = asyncssh.SFTPServer
) -> Iterator[SftpServer]:
    """Run an SFTP server, and make a home that knows its key and has one that it takes."""
    root, ssh = folder / "sftp-root", folder / "home" / ".ssh"
    root.mkdir()
    ssh.mkdir(mode=0o700, parents=True)
    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    user_key.write_private_key(str(ssh / "id_ed25519"))
    authorized = folder / "authorized_keys"
    authorized.write_bytes(user_key.export_public_key())

    def served(channel: asyncssh.SSHServerChannel) -> asyncssh.SFTPServer:
        return served_by(channel, chroot=str(root).encode())

    connections: list[asyncssh.SSHServerConnection] = []

    class Door(asyncssh.SSHServer):
        def connection_made(self, connection: asyncssh.SSHServerConnection) -> None:
            connections.append(connection)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def cut() -> None:
        asyncio.run_coroutine_threadsafe(_abort(connections), loop).result(60)

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Door,
            server_host_keys=[host_key],
            authorized_client_keys=str(authorized),
            sftp_factory=served,
        )

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(60)
    try:
        port = acceptor.get_port()
        public = host_key.export_public_key().decode().strip()
        (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}\n")
        yield SftpServer(port=port, root=root, home=folder / "home", cut=cut)
    finally:
        asyncio.run_coroutine_threadsafe(_stop(acceptor, connections), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(
    acceptor: asyncssh.SSHAcceptor, connections: list[asyncssh.SSHServerConnection]
) -> None:
    acceptor.close()
    await _abort(connections)
    await acceptor.wait_closed()


async def _abort(connections: list[asyncssh.SSHServerConnection]) -> None:
    for connection in connections:
        connection.abort()
        await connection.wait_closed()
    connections.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteInbox:
    """An inbox elsewhere: its address, what a loader needs to reach it, and its files."""

    address: str
    variables: dict[str, str]
    files: Any

    def drop(self, name: str, content: bytes) -> None:
        self.files.pipe_file(f"{self.files.inbox}/{name}", content)

    def names(self) -> set[str]:
        self.files.invalidate_cache()
        found = self.files.find(self.files.inbox)
        return {path.split(self.files.inbox + "/", 1)[1] for path in found}
