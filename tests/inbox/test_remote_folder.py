"""Inboxes elsewhere keep what a local one promises: over S3, over SFTP, over any fsspec."""

import asyncio
import itertools
import os
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from loader.errors import SettingsError
from loader.inbox.drops import Candidate, Claim, FinalFolder
from loader.inbox.find_inbox import network_of
from loader.inbox.remote import RemoteFolder, open_folder, remote_address
from loader.inbox.remote.address import RemoteAddress
from loader.inbox.remote.objects import ObjectStore
from loader.settings import load_settings
from tests.support.certificates import certificate_for
from tests.support.inbox_reports import token
from tests.support.proxies import served
from tests.support.remote_servers import AWS, running_sftp

DAY = "2026-11-25"
BUCKETS = itertools.count(1)


@dataclass(slots=True, kw_only=True)
class Place:
    """An inbox elsewhere, seen by its server: what lies there, and how to drop something."""

    address: RemoteAddress
    spool: Path
    drop: Callable[[str, str], None]
    files: Callable[[], dict[str, str]]
    opened: list[RemoteFolder] = field(default_factory=list)

    def folder(self, **more: Any) -> RemoteFolder:
        self.opened.append(open_folder(self.address, spool=self.spool, **more))
        return self.opened[-1]

    def close(self) -> None:
        for folder in self.opened:
            folder.close()

    def is_clean_here(self) -> bool:
        """Whether no copy stayed on this machine."""
        return not [path for path in self.spool.rglob("*") if path.is_file()]


@pytest.fixture(params=["memory", "sftp", "s3"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    if request.param == "sftp":
        with running_sftp(tmp_path) as server:
            monkeypatch.setenv("HOME", str(server.home))
            monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
            (server.root / "in").mkdir()
            place = _on_disk(server.root / "in", server.address("in"), tmp_path / "spool")
            yield place
            place.close()
        return
    if request.param == "s3":
        for name, value in AWS.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3_server"))
    yield _by_fsspec(request.param, tmp_path / "spool")


def _on_disk(root: Path, address: str, spool: Path) -> Place:
    def drop(name: str, text: str) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
        stamp = time.time_ns() - 10**12 + next(BUCKETS) * 10**9
        os.utime(root / name, ns=(stamp, stamp))  # SFTP tells seconds only

    def files() -> dict[str, str]:
        found = (path for path in root.rglob("*") if path.is_file())
        return {str(path.relative_to(root)): path.read_text() for path in found}

    return Place(address=_address(address), spool=spool, drop=drop, files=files)


def _by_fsspec(scheme: str, spool: Path) -> Place:
    import fsspec  # noqa: PLC0415 - the server of the fixture comes first

    root = f"tests-{os.getpid()}-{next(BUCKETS)}"
    files = fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True)
    files.mkdir(root)

    def drop(name: str, text: str) -> None:
        files.pipe_file(f"{root}/in/{name}", text.encode())

    def lying() -> dict[str, str]:
        files.invalidate_cache()
        start = f"{root}/in/"
        return {
            path.lstrip("/").removeprefix(start): files.cat_file(path).decode()
            for path in files.find(start)
        }

    return Place(address=_address(f"{scheme}://{root}/in"), spool=spool, drop=drop, files=lying)


def _address(text: str) -> RemoteAddress:
    address = remote_address(text)
    assert address is not None
    return address


def only(folder: RemoteFolder) -> Candidate:
    (candidate,) = folder.list_files().candidates
    return candidate


def through(folder: RemoteFolder, claim: Claim, final: FinalFolder = FinalFolder.DONE) -> None:
    """Do with a claim what the watcher does."""
    sides = folder.fetch(claim).parent / "sides"
    (sides / "results.xlsx").write_text("results")
    (sides / "summary.json").write_text("summary")
    folder.finish(claim, folder.place(claim, final, day=DAY))


def test_a_claimed_file_goes_to_its_final_folder_with_its_side_files(place: Place) -> None:
    place.drop("offers.csv", "a")
    folder = place.folder()

    claim = folder.claim(only(folder), token=token(1))
    assert claim is not None
    assert folder.list_files().candidates == ()
    assert list(folder.claims()) == [claim]
    assert folder.fetch(claim).read_text() == "a"
    assert folder.drop_location("offers.csv") == f"{place.address}/offers.csv"
    where = folder.location(folder.place(claim, FinalFolder.DONE, day=DAY), "results.xlsx")
    through(folder, claim)

    assert place.files() == {
        f"done/{DAY}/offers.csv": "a",
        f"done/{DAY}/offers.csv.results.xlsx": "results",
        f"done/{DAY}/offers.csv.summary.json": "summary",
    }
    assert where == f"{place.address}/done/{DAY}/offers.csv.results.xlsx"
    assert folder.claims() == ()
    assert place.is_clean_here()


def test_what_was_half_copied_goes_when_another_machine_brought_the_file_to_its_end(
    place: Place, tmp_path: Path
) -> None:
    """A machine died between the copy and its note, and comes back when all is done."""
    place.drop("offers.csv", "a")
    dead = place.folder()
    claim = dead.claim(only(dead), token=token(1))
    assert claim is not None
    dead.fetch(claim)
    next(place.spool.rglob(".note.json")).unlink()
    other = replace(place, spool=tmp_path / "other").folder()
    taken = next(iter(other.claims()), None) or other.claim(only(other), token=token(2))
    assert taken is not None
    through(other, taken)

    assert dead.claims() == ()
    assert place.is_clean_here()


def test_nothing_is_ever_overwritten(place: Place) -> None:
    folder = place.folder()
    for number, text in enumerate("abc"):
        place.drop("offers.csv", text)
        claim = folder.claim(only(folder), token=token(number))
        assert claim is not None
        through(folder, claim, FinalFolder.FAILED)

    files = place.files()
    assert files[f"failed/{DAY}/offers.csv"] == "a"
    assert files[f"failed/{DAY}/offers-2.csv"] == "b"
    assert files[f"failed/{DAY}/offers-3.csv"] == "c"
    assert len(files) == 9


def test_a_file_that_changed_since_the_look_is_not_claimed(place: Place) -> None:
    place.drop("offers.csv", "a")
    folder = place.folder()
    seen = only(folder)
    place.drop("offers.csv", "longer")

    assert folder.claim(seen, token=token(1)) is None
    assert only(folder).identity != seen.identity
    assert place.files() == {"offers.csv": "longer"}
    assert place.is_clean_here()


def test_the_same_name_dropped_while_the_first_is_loaded_is_a_file_of_its_own(
    place: Place,
) -> None:
    place.drop("offers.csv", "first")
    folder = place.folder()
    claim = folder.claim(only(folder), token=token(1))
    assert claim is not None

    place.drop("offers.csv", "second")
    through(folder, claim)

    assert place.files()["offers.csv"] == "second"
    assert place.files()[f"done/{DAY}/offers.csv"] == "first"
    assert only(folder).name == "offers.csv"


def test_a_marker_vouches_for_one_file_only(place: Place) -> None:
    folder = place.folder(markers=True)
    place.drop("offers.csv", "a")
    assert not only(folder).is_marked
    place.drop("offers.csv.done", "")

    claim = folder.claim(only(folder), token=token(1))
    assert claim is not None
    through(folder, claim)
    place.drop("offers.csv", "b")

    assert not only(folder).is_marked


def test_what_is_no_drop_is_ignored_with_its_reason(place: Place) -> None:
    for name in ("~$offers.xlsx", ".hidden.csv", "offers.csv.part", "notes.pdf", "other/x.csv"):
        place.drop(name, "x")
    place.drop("crm/offers.csv", "x")

    listing = place.folder(known=("crm",)).list_files()

    assert listing.candidates == ()
    assert {left.name for left in listing.ignored} == {
        "~$offers.xlsx", ".hidden.csv", "offers.csv.part", "notes.pdf", "other",
    }  # fmt: skip


def test_a_sub_folder_is_a_folder_of_its_own(place: Place) -> None:
    place.drop("crm/offers.csv", "x")
    folder = place.folder(name="crm")

    claim = folder.claim(only(folder), token=token(1))
    assert claim is not None
    through(folder, claim)

    assert f"crm/done/{DAY}/offers.csv" in place.files()


def test_a_file_that_is_put_back_overwrites_nothing(place: Place) -> None:
    folder = place.folder()
    place.drop("offers.csv", "old")
    claim = folder.claim(only(folder), token=token(1))
    assert claim is not None
    at = folder.place(claim, FinalFolder.FAILED, day=DAY)
    folder.finish(claim, at)
    place.drop("offers.csv", "new")

    stored_at = folder.put_back(at, "offers.csv")

    assert stored_at == f"{place.address}/offers-2.csv"
    assert place.files() == {"offers.csv": "new", "offers-2.csv": "old"}
    assert place.is_clean_here()


class Died(BaseException):
    """The process ends here."""


class Dying:
    """A store that dies at its `fatal`th call, before or after it had its effect."""

    def __init__(self, store: Any, *, fatal: int, after: bool) -> None:
        self._store = store
        self._left = fatal
        self._after = after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._store, name)
        if name in ("close", "address"):
            return real

        def call(*arguments: Any, **more: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Died
            result = real(*arguments, **more)
            if self._left == 0:
                raise Died
            return result

        return call


def watch_once(folder: RemoteFolder, new: str) -> None:
    """Do what a watcher does from its start: what was claimed first, then what is new."""
    for claim in folder.claims():
        through(folder, claim)
    for candidate in folder.list_files().candidates:
        claim = folder.claim(candidate, token=new)
        if claim is not None:
            through(folder, claim)


def deadly(folder: RemoteFolder, *, fatal: int, after: bool) -> RemoteFolder:
    """Let the store of a folder die at a call."""
    dying = Dying(folder._store, fatal=fatal, after=after)
    folder._store = dying
    folder._claims = replace(folder._claims, store=dying)
    return folder


class Cutting:
    """A store whose first copy to this machine ends early, without a word."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._is_cut = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, path: str, to: Path, **more: Any) -> None:
        self._store.get(path, to, **more)
        if not self._is_cut:
            self._is_cut = True
            to.write_bytes(to.read_bytes()[:-1])


def test_a_copy_that_is_cut_short_is_never_loaded(place: Place) -> None:
    place.drop("offers.csv", "whole")
    folder = place.folder()
    cutting = Cutting(folder._store)
    folder._store = cutting
    folder._claims = replace(folder._claims, store=cutting)

    with pytest.raises(OSError, match="4 of 5 bytes came"):
        watch_once(folder, token(1))
    watch_once(folder, token(2))

    assert place.files()[f"done/{DAY}/offers.csv"] == "whole"
    assert place.is_clean_here()


QUICK = {  # the rest in make torture
    *(
        ("memory", after, markers)
        for after in ("before", "after")
        for markers in ("plain", "marked")
    ),
    ("sftp", "after", "marked"),
}
DEATHS = [
    pytest.param(
        *(kind, after, markers),
        marks=() if (kind, after, markers) in QUICK else pytest.mark.slow,
        id=f"{kind}-{after}-{markers}",
    )
    for kind in ("memory", "sftp", "s3")
    for after in ("before", "after")
    for markers in ("plain", "marked")
]


@pytest.mark.parametrize(("place", "after", "markers"), DEATHS, indirect=["place"])
def test_whatever_call_it_dies_at_the_next_watcher_brings_it_to_its_place(
    place: Place, after: str, markers: str
) -> None:
    marked = markers == "marked"
    for fatal in itertools.count(1):
        name = f"offers{fatal}.csv"
        place.drop(name, "a")
        if marked:
            place.drop(f"{name}.done", "")
        dying = deadly(place.folder(markers=marked), fatal=fatal, after=after == "after")
        try:
            watch_once(dying, token(1))
            break
        except Died:
            watch_once(place.folder(markers=marked), token(2))
        files = place.files()
        inside = [path for path in files if path.startswith(f"done/{DAY}/{name}")]
        assert sorted(path.removeprefix(f"done/{DAY}/{name}") for path in inside) in (
            ["", ".results.xlsx", ".summary.json"],
            ["", ".done", ".results.xlsx", ".summary.json"],
        )
        assert not [path for path in files if not path.startswith("done/")], fatal
        assert place.is_clean_here()
    assert fatal > 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sftp://me:pa55@host/in", "ssh agent"),
        ("s3://AKIA:pa55@bucket/in", "AWS_ACCESS_KEY_ID"),
        ("s3://bucket/in?key=pa55", "without ? and #"),
        ("https://host/in", "web server"),
        ("file:///srv/in", "as a path"),
        ("s3:///in", "bucket) is missing"),
        ("sftp://host:port/in", "not an address"),
    ],
)
def test_an_address_that_cannot_be_is_refused_and_its_password_not_repeated(
    text: str, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        remote_address(text)

    assert said in str(caught.value)
    assert "pa55" not in str(caught.value)


def test_a_path_is_no_address() -> None:
    assert remote_address("/srv/inbox") is None
    assert str(remote_address("SFTP://me@host:2222/in/")) == "sftp://me@host:2222/in"


def test_a_host_that_is_not_known_and_a_key_that_is_not_taken_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with running_sftp(tmp_path) as server:
        monkeypatch.setenv("HOME", str(server.home))
        known = server.home / ".ssh" / "known_hosts"
        folder = open_folder(_address(server.address("in")), spool=tmp_path / "spool")
        with pytest.raises(FileNotFoundError, match="make the folder"):
            folder.list_files()
        folder.close()
        (server.home / ".ssh" / "id_ed25519").unlink()
        with pytest.raises(SettingsError, match="does not let loader in"):
            folder.list_files()
        known.write_text("")
        with pytest.raises(SettingsError, match="is not known"):
            folder.list_files()
        folder.close()


def test_a_server_that_comes_back_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with running_sftp(tmp_path) as server:
        monkeypatch.setenv("HOME", str(server.home))
        (server.root / "in").mkdir()
        folder = open_folder(_address(server.address("in")), spool=tmp_path / "spool")
        folder.list_files()
        server.cut()
        with pytest.raises(OSError, match=r"127\.0\.0\.1"):
            folder.list_files()
        assert folder.list_files().candidates == ()
    with pytest.raises(OSError, match=r"127\.0\.0\.1"):
        folder.list_files()
    folder.close()


def test_a_bucket_that_is_not_there_or_not_ours_is_said(
    s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    missing = open_folder(_address("s3://no-such-bucket/in"), spool=tmp_path)

    with pytest.raises(OSError, match="no bucket"):
        missing.list_files()


def test_a_kind_of_place_without_its_library_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="teleport"):
        open_folder(_address("teleport://host/in"), spool=tmp_path)


def test_a_bucket_is_reached_through_the_proxy_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://bucket.example")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "key")
    with served(answer) as port:
        settings = load_settings(
            environment={
                "LOADER_PROXY": f"http://127.0.0.1:{port}",
                "LOADER_PROXY_USER": "me",
                "LOADER_PROXY_PASSWORD": "p@ss",
            }
        )
        address = remote_address("s3://inbox/new")
        assert address is not None
        store = ObjectStore(address, network=network_of(settings))
        with pytest.raises(OSError, match="s3://inbox/new"):
            store.listing("")

    assert asked[0].startswith(b"GET http://bucket.example/inbox?")
    assert b64encode(b"me:p@ss") in asked[0]


def test_a_bucket_with_a_certificate_of_the_company_is_reached_by_its_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certificate_for("127.0.0.1", folder=tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "key")
    monkeypatch.setattr("loader.inbox.remote.objects._S3_CONFIG", {"retries": {"max_attempts": 0}})
    address = remote_address("s3://inbox/new")
    assert address is not None
    with served(answer, tls) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{port}")
        said = []
        for environment in ({}, {"LOADER_CA_FILE": str(certificate)}):
            network = network_of(load_settings(environment=environment))
            with pytest.raises(OSError, match="s3://inbox/new") as error:
                ObjectStore(address, network=network).listing("")
            said.append(str(error.value))

    assert "LOADER_CA_FILE" in said[0]
    assert len(asked) >= 1
    assert "LOADER_CA_FILE" not in said[1]
