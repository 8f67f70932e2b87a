"""SFTP servers, through asyncssh, as a place that can move files.

The host must be known, as for ssh. Keys come from the agent and ~/.ssh; passwords are not
supported. A move never overwrites. A connection that fails is made again the next time, and every
wait has a limit.
"""

import asyncio
import os
import posixpath
import stat
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from loader.api.error_body import one_line
from loader.errors import SettingsError
from loader.inbox.remote.address import RemoteAddress
from loader.inbox.remote.store import MOST_LISTED, Entry, Kind, Listing, listing, too_much

try:
    import asyncssh
except ImportError as error:
    raise SettingsError(
        "inboxes on SFTP servers need the extra [sftp]: pip install 'fallback-offer-loader[sftp]'"
    ) from error

T = TypeVar("T")

CONNECT_SECONDS: Final = 20.0
SHORT_SECONDS: Final = 60.0  # for whatever moves no contents
LONG_SECONDS: Final = 3600.0  # for the contents of a file
_PART: Final = ".loader.part"
_BLOCK: Final = 1 << 20


class SftpStore:
    """One inbox on an SFTP server."""

    def __init__(self, address: RemoteAddress) -> None:
        self._address = address
        path = address.path or "/"
        self._root = posixpath.join(".", path[3:]) if path.startswith("/~") else path
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    def address(self, path: str) -> str:
        """Write it as an address."""
        return f"{self._address}/{path}" if path else str(self._address)

    def listing(self, folder: str) -> Listing:
        """List a folder. Names come as bytes: one that is not UTF-8 must not hide the others."""

        async def work(client: asyncssh.SFTPClient) -> list[Entry]:
            found = []
            async for each in client.scandir(self._remote_path(folder).encode()):
                name = os.fsdecode(each.filename)
                if name not in {".", ".."}:
                    found.append(_entry(name, each.attrs))
                if len(found) > MOST_LISTED:
                    break
            return found

        try:
            return listing(self._do(work, SHORT_SECONDS), address=self.address(folder))
        except FileNotFoundError:
            if folder:
                return Listing()
            raise FileNotFoundError(f"{self._address} is not there: make the folder") from None

    def entry(self, path: str) -> Entry | None:
        """Ask about one file; links are not followed."""

        async def work(client: asyncssh.SFTPClient) -> Entry:
            return _entry(posixpath.basename(path), await client.lstat(self._remote_path(path)))

        try:
            return self._do(work, SHORT_SECONDS)
        except FileNotFoundError:
            return None

    def get(self, path: str, to: Path, *, most_bytes: int) -> None:
        """Copy it here. The library's own copy would make a link where the server says so."""

        async def work(client: asyncssh.SFTPClient) -> None:
            left = most_bytes
            async with client.open(self._remote_path(path), "rb") as opened:
                file: Any = opened  # what it reads are bytes, but it is declared as text
                with to.open("xb") as copy:
                    while block := await file.read(_BLOCK):
                        left -= len(block)
                        if left < 0:
                            raise too_much(self.address(path), most_bytes)
                        copy.write(block)

        self._do(work, LONG_SECONDS)

    def put(self, source: Path, path: str) -> None:
        """Copy it there, under another name first."""
        there = self._remote_path(path)

        async def work(client: asyncssh.SFTPClient) -> None:
            await _make_folders(client, self._remote_path(""), posixpath.dirname(path))
            await client.put(str(source), there + _PART)
            try:
                await client.posix_rename(there + _PART, there)
            except asyncssh.SFTPOpUnsupported:
                if await client.exists(there):
                    await client.remove(there)
                await client.rename(there + _PART, there)

        self._do(work, LONG_SECONDS)

    def remove(self, path: str, *, identity: str) -> None:
        """Remove it, if it is still the same."""
        found = self.entry(path)

        async def work(client: asyncssh.SFTPClient) -> None:
            await client.remove(self._remote_path(path))

        if found is not None and found.identity == identity:
            self._do(work, SHORT_SECONDS)

    def move(self, source: str, target: str) -> None:
        """Rename it; the protocol's plain rename does not overwrite."""

        async def work(client: asyncssh.SFTPClient) -> None:
            there = self._remote_path(target)
            await _make_folders(client, self._remote_path(""), posixpath.dirname(target))
            if await client.lexists(there):
                raise FileExistsError(f"{self.address(target)} is there already")
            await client.rename(self._remote_path(source), there)

        self._do(work, SHORT_SECONDS)

    def drop_folder(self, folder: str) -> None:
        """Remove it, if it is there and empty."""

        async def work(client: asyncssh.SFTPClient) -> None:
            there = self._remote_path(folder)
            if not await client.isdir(there):
                return
            if not set(await client.listdir(there.encode())) - {b".", b".."}:
                await client.rmdir(there)

        self._do(work, SHORT_SECONDS)

    def close(self) -> None:
        """End the connection, and the thread that serves it."""
        loop, thread = self._loop, self._thread
        if loop is not None and thread is not None:
            self._run(self._drop(), loop)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            self._loop = self._thread = None

    def _remote_path(self, path: str) -> str:
        return posixpath.join(self._root, path) if path else self._root

    def _do(self, work: Callable[[asyncssh.SFTPClient], Awaitable[T]], seconds: float) -> T:
        """Run `work` on the connection; what goes wrong comes out as OSError or SettingsError."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever,
                name="sftp",
                daemon=True,  # an end of the process waits for no server
            )
            self._thread.start()
        return self._run(self._in_words(work, seconds), self._loop)

    def _run(self, work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
        """Run `work` in the loop's thread. Any: nobody sends to it."""
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    async def _in_words(
        self, work: Callable[[asyncssh.SFTPClient], Awaitable[T]], seconds: float
    ) -> T:
        host = self._address.host
        try:
            client = self._client or await self._connect()
            async with asyncio.timeout(seconds):
                return await work(client)
        except asyncssh.SFTPNoSuchFile as error:
            raise FileNotFoundError(one_line(error.reason)) from None
        except asyncssh.SFTPPermissionDenied as error:
            raise PermissionError(f"{host} does not allow it: {one_line(error.reason)}") from None
        except asyncssh.HostKeyNotVerifiable:
            await self._drop()
            raise SettingsError(
                f"the key of {host} is not known: log in once with ssh and compare it, or add it"
                " to ~/.ssh/known_hosts"
            ) from None
        except asyncssh.PermissionDenied:
            await self._drop()
            raise SettingsError(
                f"{host} does not let {self._address.user or 'this user'} in: is the key in the"
                " ssh agent or in ~/.ssh, and its public half on the server?"
            ) from None
        except TimeoutError:
            await self._drop()
            raise TimeoutError(f"{host} did not answer in time") from None
        except asyncssh.SFTPError as error:
            await self._drop()
            raise OSError(f"{host}: {one_line(error.reason)}") from None
        except asyncssh.Error as error:
            await self._drop()
            said = one_line(error.reason)
            raise ConnectionError(f"the connection to {host} ended: {said}") from None
        except OSError:
            await self._drop()
            raise
        except ValueError as error:  # the library's, for what no server should send
            await self._drop()
            raise OSError(f"{host} sends what is no SFTP: {one_line(str(error))}") from None

    async def _connect(self) -> asyncssh.SFTPClient:
        address = self._address
        given: dict[str, str | int] = {}
        if address.user:
            given["username"] = address.user
        if address.port:
            given["port"] = address.port
        try:
            self._connection = await asyncssh.connect(
                address.host,
                connect_timeout=CONNECT_SECONDS,
                login_timeout=CONNECT_SECONDS,
                keepalive_interval=15,
                password_auth=False,
                kbdint_auth=False,
                **given,
            )
        except OSError as error:
            reason = error.strerror or str(error) or "no answer in time"
            raise ConnectionError(f"{address} cannot be reached: {reason}") from None
        self._client = await self._connection.start_sftp_client()
        return self._client

    async def _drop(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()


async def _make_folders(client: asyncssh.SFTPClient, root: str, folder: str) -> None:
    """Make the folders below `root`; `root` itself is the person's."""
    there = root
    for name in filter(None, folder.split("/")):
        there = posixpath.join(there, name)
        if not await client.isdir(there):
            await client.mkdir(there)


def _entry(name: str, attributes: asyncssh.SFTPAttrs) -> Entry:
    mode = attributes.permissions or 0
    kind = Kind.OTHER
    if stat.S_ISREG(mode) or attributes.type == asyncssh.FILEXFER_TYPE_REGULAR:
        kind = Kind.FILE
    elif stat.S_ISDIR(mode) or attributes.type == asyncssh.FILEXFER_TYPE_DIRECTORY:
        kind = Kind.FOLDER
    size, modified = attributes.size or 0, float(attributes.mtime or 0)
    return Entry(
        name=name,
        kind=kind,
        size_bytes=size,
        modified_at=modified,
        identity=f"{size}.{modified}.{attributes.mtime_ns or 0}",
    )
