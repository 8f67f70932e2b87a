"""Whoever is told, or where files lie: a server that repeats our secrets puts them nowhere."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pydantic import SecretStr

from loader.inbox.events import FileEnded, WatcherClosed
from loader.inbox.notify import notifier, send_test
from loader.inbox.remote import open_folder, remote_address
from loader.redaction import SECRETS, secrets_of
from loader.settings.notify import EmailSettings, NotifySettings, WebhookSettings
from tests.support.inbox_reports import REPORT
from tests.support.proxies import served
from tests.support.remote_servers import running_sftp

HOOK = "canary-hook-Path-Qx71Vb38"
PASSWORD = "canary-smtp-Pass-Zk84Lm42"
AWS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "canary/aws+Secret/Hj57Wd2Ns7",
    "AWS_SESSION_TOKEN": "canary/aws+Session/Rt61Yf3==",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def pieces(secret: str) -> list[str]:
    """What of a secret must not be seen, in some spellings."""
    coded = base64.b64encode(secret.encode()).decode()
    return [secret, secret[5:], secret[:-5], coded[4:-4], secret.replace("/", "%2F")]


def assert_hidden(text: str, *secrets: str) -> None:
    assert text
    assert len(text) < 3000
    for secret in secrets:
        assert not [piece for piece in pieces(secret) if piece.lower() in text.lower()]


@contextmanager
def saying(*answers: bytes) -> Iterator[int]:
    """A server that answers the n-th thing it is sent with the n-th answer, then ends."""

    async def handle(reader: Any, writer: Any) -> None:
        for number, answer in enumerate(answers):
            if number or answers[0].startswith(b"HTTP"):
                await reader.read(65_536)
            writer.write(answer)
            await writer.drain()
        writer.close()

    with served(handle) as port:
        yield port


def complaints_of(settings: NotifySettings) -> str:
    complaints: list[str] = []
    telling = notifier(settings, complain=complaints.append)
    assert telling is not None
    telling(FileEnded(report=REPORT))
    telling(WatcherClosed())
    return "\n".join((*complaints, *send_test(settings, now=0.0).values()))


@pytest.mark.parametrize(
    "head",
    [
        f"302 Found\r\nLocation: https://evil.example/{HOOK}",
        f"400 {HOOK}",
        f"500 {HOOK}\r\nX-Echo: {HOOK}",
        f"200\x00{HOOK}",
        f"404 No\r\nContent-Encoding: {HOOK}",
    ],
)
def test_a_webhook_that_repeats_its_address(head: str) -> None:
    with saying(f'HTTP/1.1 {head}\r\n\r\n{{"at": "{HOOK}"}}'.encode()) as port:
        webhook = WebhookSettings(url=SecretStr(f"http://127.0.0.1:{port}/services/{HOOK}"))
        said = complaints_of(NotifySettings(webhook=webhook))

    assert_hidden(said, HOOK)


def test_a_webhook_whose_reply_has_no_end_holds_up_nothing() -> None:
    async def handle(reader: Any, writer: Any) -> None:
        await reader.read(65_536)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):
            while not writer.is_closing():
                writer.write(b"5\r\nabcde\r\n" * 1000)
                await writer.drain()

    with served(handle) as port:
        webhook = WebhookSettings(url=SecretStr(f"http://127.0.0.1:{port}/{HOOK}"))

        assert send_test(NotifySettings(webhook=webhook), now=0.0) == {"webhook": ""}


CODED = base64.b64encode(f"\0loader\0{PASSWORD}".encode()).decode()
GREETING = (b"220 mail\r\n", b"250-mail\r\n250 AUTH PLAIN\r\n")


@pytest.mark.parametrize(
    "answers",
    [
        (*GREETING, f"535 5.7.8 {PASSWORD}\r\n".encode()),
        (*GREETING, f"454-{CODED}\r\n454 {PASSWORD}\r\n".encode()),
        (*GREETING, f"{PASSWORD}\r\n".encode()),
        (*GREETING, b"235 ok\r\n", f"550 {PASSWORD} {CODED}\r\n".encode()),
        (*GREETING, b"235 ok\r\n", b"250 ok\r\n", f"550 {PASSWORD}\r\n".encode() * 2),
        (f"554 {PASSWORD}\r\n".encode(),),
    ],
)
def test_a_mail_server_that_repeats_the_password(answers: tuple[bytes, ...]) -> None:
    with saying(*answers) as port:
        email = EmailSettings(
            host="127.0.0.1",
            port=port,
            security="none",
            user="loader",
            password=SecretStr(PASSWORD),
            sender="a@example.com",
            recipients=("b@example.com",),
        )
        said = complaints_of(NotifySettings(email=email))

    assert_hidden(said, PASSWORD)


@pytest.fixture
def fresh_s3() -> Iterator[None]:
    """The library keeps what it opened, with the endpoint that it had then."""
    import s3fs  # noqa: PLC0415 - slow to import

    s3fs.S3FileSystem.clear_instance_cache()
    yield
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.usefixtures("fresh_s3")
@pytest.mark.parametrize("status", ["403 Forbidden", "400 Bad", "301 Moved", "200 OK"])
def test_a_bucket_that_repeats_keys_and_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    SECRETS.add(*secrets_of(AWS))
    secrets = AWS["AWS_SECRET_ACCESS_KEY"], AWS["AWS_SESSION_TOKEN"]
    both = " ".join(secrets)
    body = f"<Error><Code>{secrets[1]}</Code><Message>{both} \x1b[2J {'x' * 9999}</Message></Error>"
    answer = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nX-A: {both}\r\n\r\n{body}"
    with saying(answer.encode()) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        address = remote_address("s3://canary-bucket/in")
        assert address is not None
        folder = open_folder(address, spool=tmp_path / "spool")
        with pytest.raises(OSError, match="canary-bucket") as caught:
            folder.list_files()

    assert_hidden(str(caught.value), *secrets)
    assert str(caught.value).isprintable()


@pytest.mark.usefixtures("fresh_s3")
def test_a_bucket_that_lists_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("loader.inbox.remote.store.MOST_LISTED", 25)
    keys = "".join(f"<Contents><Key>in/{n}.csv</Key><Size>1</Size></Contents>" for n in range(10))
    more = "<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>"
    page = f"<ListBucketResult><Name>canary-bucket</Name>{more}{keys}</ListBucketResult>"

    async def handle(reader: Any, writer: Any) -> None:
        with suppress(OSError, EOFError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(
                    f"HTTP/1.1 200 OK\r\nContent-Length: {len(page)}\r\n\r\n{page}".encode()
                )
                await writer.drain()

    with served(handle) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        address = remote_address("s3://canary-bucket/in")
        assert address is not None
        folder = open_folder(address, spool=tmp_path / "spool")
        with pytest.raises(OSError, match="lists more than 25 files"):
            folder.list_files()


class Talkative(asyncssh.SFTPServer):
    """Refuses with very many words, among them control characters and a secret."""

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        raise asyncssh.SFTPFailure(f"\x1b[2J{HOOK}\r\n{'x' * 99_999}")

    async def scandir(self, path: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied(f"\x1b[2J{HOOK}\r\n{'x' * 99_999}")
        yield  # type: ignore[unreachable]


def test_an_sftp_server_that_says_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SECRETS.add(HOOK)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with running_sftp(tmp_path, Talkative) as server:
        monkeypatch.setenv("HOME", str(server.home))
        address = remote_address(server.address("in"))
        assert address is not None
        folder = open_folder(address, spool=tmp_path / "spool")
        with pytest.raises(OSError, match="does not allow it") as refused:
            folder.list_files()
        with pytest.raises(OSError, match="127") as failed:
            folder.exists(f"{address}/done/a.csv")
        folder.close()

    for caught in (refused, failed):
        assert_hidden(str(caught.value), HOOK)
        assert str(caught.value).isprintable()
