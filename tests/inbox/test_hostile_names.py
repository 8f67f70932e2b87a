"""A server that lists paths as names, or links in the place of folders, lead nowhere."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import asyncssh
import pytest

from loader.errors import SettingsError
from loader.inbox.drops import Claim, FinalFolder, Listing, Place
from loader.inbox.file_names import is_token, new_token
from loader.inbox.local_folder import LocalFolder
from loader.inbox.lock import InboxLock
from loader.inbox.remote import RemoteFolder, open_folder, remote_address
from loader.inbox.remote.spool import Spool
from tests.support.hostile_names import PATHS, TOO_LONG, UNREADABLE
from tests.support.inbox_reports import report, token
from tests.support.remote_servers import SftpServer, running_sftp

DAY = "2026-11-25"
LISTED = (*PATHS, *UNREADABLE, TOO_LONG)
FILE = asyncssh.SFTPAttrs(size=2, permissions=0o100644, mtime=1)
FOLDER = asyncssh.SFTPAttrs(permissions=0o40755, mtime=1)


class LyingServer(asyncssh.SFTPServer):
    """Lists what it likes, and has whatever is asked for."""

    lies: ClassVar[dict[bytes, list[tuple[bytes, asyncssh.SFTPAttrs]]]] = {}
    moved: ClassVar[set[bytes]] = set()
    link: ClassVar[bytes] = b""  # the target of a link that takes the place of each file

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for name, attributes in self.lies.get(path, ()):
            yield asyncssh.SFTPName(name, attrs=attributes)

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        folder, _, name = path.rpartition(b"/")
        if b"." not in name:
            return FOLDER
        listed = {each for each, _ in self.lies.get(folder, ())}
        if name in listed or path in self.moved:
            return FILE
        raise asyncssh.SFTPNoSuchFile("no such file")

    stat = lstat

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        writes = pflags & asyncssh.FXF_WRITE
        return super().open(b"/written" if writes else b"/content", pflags, attrs)

    def readlink(self, path: bytes) -> bytes:
        return self.link

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self.moved.add(newpath)

    posix_rename = rename

    def rmdir(self, path: bytes) -> None:
        """Say that it was done."""

    remove = rmdir


@pytest.fixture
def lying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    monkeypatch.setattr(LyingServer, "lies", {})
    monkeypatch.setattr(LyingServer, "moved", set())
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with running_sftp(tmp_path, LyingServer) as server:
        monkeypatch.setenv("HOME", str(server.home))
        (server.root / "content").write_text("a\n")
        yield server


@pytest.fixture
def outside(tmp_path: Path) -> Callable[[], dict[str, str]]:
    """Files beside the spool: what an attacker aims at."""
    for name in ("outside/canary.csv", "spool/outside/canary.csv", "a/b.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("canary")

    def seen() -> dict[str, str]:
        found = (path for path in tmp_path.rglob("*") if path.is_file())
        return {str(path): path.read_text() for path in found if b"canary" in path.read_bytes()}

    return seen


def opened(server: SftpServer, spool: Path) -> RemoteFolder:
    address = remote_address(server.address("in"))
    assert address is not None
    return open_folder(address, spool=spool)


def watched(folder: RemoteFolder) -> list[Claim]:
    """Do what a watcher does with all that is claimed and all that is new."""
    claims = list(folder.claims())
    for number, candidate in enumerate(folder.list_files().candidates):
        claim = folder.claim(candidate, token=token(number))
        assert claim is not None
        claims.append(claim)
    for claim in claims:
        sides = folder.fetch(claim).parent / "sides"
        (sides / "summary.json").write_text("{}")
        folder.finish(claim, folder.place(claim, FinalFolder.DONE, day=DAY))
    return claims


def refused(listing: Listing) -> set[bytes]:
    assert all(each.reason for each in listing.ignored)
    return {each.name.encode("utf-8", "surrogateescape") for each in listing.ignored}


def test_what_a_server_lists_as_names_is_refused_where_it_is_a_path(
    lying: SftpServer, tmp_path: Path, outside: Callable[[], dict[str, str]]
) -> None:
    before = outside()
    names = [*LISTED, b"offers.csv"]
    LyingServer.lies[b"/in"] = [(name, FILE) for name in (*names, b".", b"..")]
    folder = opened(lying, tmp_path / "spool")

    claims = watched(folder)

    assert [claim.name for claim in claims] == ["offers.csv"]
    assert refused(folder.list_files()) == set(LISTED)
    assert outside() == before
    assert not list((tmp_path / "spool" / "folder-").glob("*"))
    folder.close()


def test_the_folder_of_a_claim_has_a_name_that_we_gave_or_it_is_none(
    lying: SftpServer, tmp_path: Path, outside: Callable[[], dict[str, str]]
) -> None:
    before = outside()
    mine = token(7)
    tokens = [*LISTED, b"..", b"spool", b"20261125T051000-0000000g", mine.encode()]
    LyingServer.lies[b"/in/processing"] = [(name, FOLDER) for name in tokens]
    for name in tokens:
        inside = [(each, FILE) for each in (*LISTED, b".note.json", b"sides", b"offers.csv")]
        LyingServer.lies[b"/in/processing/" + name] = inside
    folder = opened(lying, tmp_path / "spool")

    claims = watched(folder)

    assert claims == [Claim(token=mine, name="offers.csv")]
    assert outside() == before
    folder.close()


def test_a_file_that_turns_out_to_be_a_link_or_endless_changes_nothing_here(
    lying: SftpServer, tmp_path: Path, outside: Callable[[], dict[str, str]]
) -> None:
    before = outside()
    target = tmp_path / "outside" / "canary.csv"
    LyingServer.link = str(target).encode()
    LyingServer.lies[b"/in"] = [(b"offers.csv", FILE)]
    (lying.root / "content").write_bytes(b"x" * 3_000_000)
    folder = opened(lying, tmp_path / "spool")
    part = tmp_path / "spool" / "folder-" / token(0) / ".copy.part"
    part.parent.mkdir(parents=True)
    part.symlink_to(target)

    with pytest.raises(OSError, match="more than its 2 bytes came"):
        watched(folder)

    assert outside() == before
    folder.close()


def test_what_a_bucket_lists_is_refused_where_it_is_no_name_in_that_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = remote_address("memory://bucket/in")
    assert address is not None
    folder = open_folder(address, spool=tmp_path / "spool")
    keys = [f"/bucket/in/{name.decode('utf-8', 'surrogateescape')}" for name in LISTED]
    keys += ["/other/offers.csv", "/bucket/in/offers.csv", "offers.csv", "/bucket/in/.."]
    files: Any = folder._store._files  # type: ignore[attr-defined]

    listed = [{"name": key, "type": "file", "size": 1} for key in keys]
    monkeypatch.setattr(files, "ls", lambda *_args, **_more: listed)
    listing = folder.list_files()

    assert [each.name for each in listing.candidates] == ["offers.csv"]
    assert len(refused(listing)) == len(keys) - 1


@pytest.mark.parametrize(
    "info",
    [
        {"size": "many"},
        {"size": None, "LastModified": 10**400},
        {"size": float("nan")},
        {"LastModified": float("inf")},
        {"LastModified": "never"},
        {"ETag": "../../x\0"},
        {"type": None},
        {"name": None},
        {"name": b"/bucket/in/offers.csv"},
        {"name": {}},
    ],
)
def test_what_a_bucket_says_of_a_file_ends_no_watcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, info: dict[str, Any]
) -> None:
    address = remote_address("memory://bucket/in")
    assert address is not None
    folder = open_folder(address, spool=tmp_path / "spool")
    files: Any = folder._store._files  # type: ignore[attr-defined]
    said = {"name": "/bucket/in/offers.csv", "type": "file", "size": 1, **info}
    monkeypatch.setattr(files, "ls", lambda *_args, **_more: [said])
    monkeypatch.setattr(files, "info", lambda *_args, **_more: said)

    with suppress(OSError):  # said in words, and tried again
        for candidate in folder.list_files().candidates:
            report(size_bytes=candidate.size_bytes, finished_at=candidate.modified_at)
            assert folder.claim(candidate, token=token(1)) is None


def test_a_local_name_is_taken_or_refused_in_words(tmp_path: Path) -> None:
    names = [name for name in LISTED if b"/" not in name and b"\0" not in name and name != TOO_LONG]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("a")
    folder = LocalFolder(tmp_path)
    folder.prepare()

    listing = folder.list_files()

    taken = {os.fsencode(each.name) for each in listing.candidates}
    assert taken | {os.fsencode(each.name) for each in listing.ignored} == set(names)
    assert taken.isdisjoint(UNREADABLE)
    for number, candidate in enumerate(listing.candidates):  # "\\" and ":" are letters here
        claim = folder.claim(candidate, token=token(number))
        assert claim is not None
        folder.finish(claim, folder.place(claim, FinalFolder.DONE, day=DAY))
    assert {os.fsencode(path.name) for path in (tmp_path / "done" / DAY).iterdir()} == taken


@pytest.mark.parametrize("bad", ["../x", "/etc", "", ".", "x", f"{token(1)}/..", f"{token(1)}\n"])
def test_the_spool_writes_and_removes_nothing_outside_itself(tmp_path: Path, bad: str) -> None:
    spool = Spool(tmp_path / "spool")
    for work in (spool.forget, lambda each: spool.copy_of(each, "a.csv"), spool.note, spool.sides):
        with pytest.raises(PermissionError, match="no path of the spool"):
            work(bad)
    with pytest.raises(PermissionError, match="no path of the spool"):
        spool.copy_of(token(1), "../a.csv")


def test_a_link_in_the_spool_is_not_followed(
    tmp_path: Path, outside: Callable[[], dict[str, str]]
) -> None:
    before = outside()
    (tmp_path / "spool" / token(1)).symlink_to(tmp_path / "outside")

    with pytest.raises(PermissionError, match="is a link"):
        Spool(tmp_path / "spool").forget(token(1))

    assert outside() == before


def test_our_tokens_have_the_form_that_is_read_back() -> None:
    assert is_token(new_token(1_800_000_000.0))


@pytest.mark.parametrize("linked", ["done", f"done/{DAY}", "failed", "processing", "crm"])
def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path: Path, linked: str) -> None:
    elsewhere, inbox = tmp_path / "elsewhere", tmp_path / "inbox"
    elsewhere.mkdir()
    (inbox / linked).parent.mkdir(parents=True)
    (inbox / linked).symlink_to(elsewhere)
    root = inbox / "crm" if linked == "crm" else inbox
    folder = LocalFolder(root, name="crm" if linked == "crm" else "")
    if linked == f"done/{DAY}":
        folder.prepare()
        (inbox / "offers.csv").write_text("a")
        claim = folder.claim(folder.list_files().candidates[0], token=token(1))
        assert claim is not None

        with pytest.raises(NotADirectoryError, match=f"done/{DAY} is a link"):
            folder.finish(claim, folder.place(claim, FinalFolder.DONE, day=DAY))

        assert folder.claims() == (claim,)
    else:
        with pytest.raises(NotADirectoryError, match=f"{linked} is a link"):
            folder.prepare()
    assert not list(elsewhere.iterdir())


def test_a_link_that_comes_while_the_watcher_runs_is_not_followed(tmp_path: Path) -> None:
    elsewhere, inbox = tmp_path / "elsewhere", tmp_path / "inbox"
    elsewhere.mkdir()
    folder = LocalFolder(inbox)
    inbox.mkdir()
    folder.prepare()
    (inbox / "offers.csv").write_text("a")
    claim = folder.claim(folder.list_files().candidates[0], token=token(1))
    assert claim is not None
    (inbox / "done").rmdir()
    (inbox / "done").symlink_to(elsewhere)

    place = Place(folder=FinalFolder.DONE, day=DAY, name="offers.csv")
    with pytest.raises(NotADirectoryError, match="done is a link"):
        folder.finish(claim, place)
    with pytest.raises(NotADirectoryError, match="done is a link"):
        folder.place(claim, FinalFolder.DONE, day=DAY)

    assert not list(elsewhere.iterdir())


def test_the_lock_of_an_inbox_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("precious")
    (tmp_path / ".watcher").symlink_to(tmp_path / "journal")

    with pytest.raises(SettingsError, match="is a link"):
        InboxLock.take(tmp_path / ".watcher")

    assert (tmp_path / "journal").read_text() == "precious"
