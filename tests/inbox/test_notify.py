"""People are told at the end of a file, over real sockets; failing to tell fails nothing else."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from loader.inbox.drops import DropOutcome, Outage, TroubleKind
from loader.inbox.events import FileEnded, FolderRecovered, FolderWaits, WatcherClosed
from loader.inbox.notify import Notifier, bounded_smtp, notifier
from loader.inbox.notify.listener import Channel, send_test
from loader.inbox.notify.message import file_message
from loader.settings import load_settings
from loader.settings.notify import EmailSettings, NotifyRules, NotifySettings, WebhookSettings
from tests.support.free_ports import free_port
from tests.support.inbox_reports import REPORT, report
from tests.support.listeners import Mailbox, running_hook, running_mailbox
from tests.support.proxies import USER, FalseProxy, running_tinyproxy, served


def told(settings: NotifySettings, *reports: object) -> list[str]:
    """Tell, to the end; give what was complained about."""
    complaints: list[str] = []
    telling = notifier(settings, complain=complaints.append)
    assert telling is not None
    for each in reports or (REPORT,):
        telling(FileEnded(report=each))
    telling(WatcherClosed())
    return complaints


def by_webhook(url: str, shape: str = "json", **more: object) -> NotifySettings:
    webhook = WebhookSettings(url=SecretStr(url), shape=shape)
    return NotifySettings(webhook=webhook, rules=NotifyRules(**more))


def by_email(mailbox: Mailbox, **more: object) -> NotifySettings:
    email = EmailSettings(
        host="127.0.0.1",
        port=mailbox.port,
        sender="loader@example.com",
        recipients=("ops@example.com", "team@example.com"),
        **{"security": "none", "ca_file": mailbox.certificate, **more},
    )
    return NotifySettings(email=email)


def test_a_webhook_gets_the_whole_summary_as_json() -> None:
    with running_hook() as hook:
        assert told(by_webhook(hook.url)) == []

    document = json.loads(hook.bodies[0])
    assert document["text"].splitlines()[0] == "crm/offers.csv loaded with errors"
    assert document["report"]["counts"] == {
        "read": 3, "created": 2, "duplicate": 0, "invalid": 1, "failed": 0, "unknown": 0,
        "pending": 0, "skipped": 0, "parts": 0, "undone": 0,
    }  # fmt: skip
    assert document["report"]["drop"]["token"] == "t-1"


def test_slack_and_teams_get_their_shapes_and_a_stranger_s_words_stay_words() -> None:
    evil = report(reason="see <!channel> and [this](https://evil.example)")
    with running_hook() as hook:
        told(by_webhook(hook.url, "slack"), evil)
        told(by_webhook(hook.url, "teams"), evil)

    slack, teams = (json.loads(body) for body in hook.bodies)
    text = slack["blocks"][0]["text"]["text"]
    assert "*crm/offers.csv loaded with errors*" in text
    assert "3 read: 2 created, 1 invalid" in text
    assert "&lt;!channel&gt;" in text
    assert 'found "&lt;htm&gt;"' in text
    card = teams["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    assert card["body"][0]["text"] == "crm/offers.csv loaded with errors"
    assert "](" not in json.dumps(card).replace("]\\\\(", "")
    assert {"title": "Rows", "value": "3 read: 2 created, 1 invalid"} in card["body"][2]["facts"]


def test_an_e_mail_has_totals_errors_and_the_workbook(tmp_path: Path) -> None:
    workbook = tmp_path / "offers.results.xlsx"
    workbook.write_bytes(b"PK-results")
    with running_mailbox(tmp_path) as mailbox:
        assert told(by_email(mailbox), report(results=str(workbook))) == []

    mail = mailbox.mails[0]
    assert mail["Subject"] == "[loader] crm/offers.csv loaded with errors"
    assert mailbox.recipients == ["ops@example.com", "team@example.com"]
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Rows: 3 read: 2 created, 1 invalid" in body.get_content()
    assert "1 × bad-type" in body.get_content()
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (workbook.name, b"PK-results")


@pytest.mark.parametrize(
    ("results", "at_most"),
    [("offers.results.xlsx", 9), ("gone.xlsx", 100), ("s3://bucket/results.xlsx", 100), ("", 100)],
)
def test_what_is_too_large_or_elsewhere_is_not_attached(
    tmp_path: Path, results: str, at_most: int
) -> None:
    (tmp_path / "offers.results.xlsx").write_bytes(b"PK-results")
    path = results if "://" in results or not results else str(tmp_path / results)
    with running_mailbox(tmp_path) as mailbox:
        told(by_email(mailbox, attach_at_most_bytes=at_most), report(results=path))

    assert list(mailbox.mails[0].iter_attachments()) == []


def test_a_name_with_line_breaks_makes_no_header(tmp_path: Path) -> None:
    drop = report().drop.__class__(
        inbox="/i", folder="", name="a\r\nBcc: all@example.com.csv", token="t", claimed_at=0.0
    )
    with running_mailbox(tmp_path) as mailbox:
        assert told(by_email(mailbox), report(drop=drop)) == []

    assert mailbox.mails[0]["Bcc"] is None
    assert set(mailbox.recipients) == {"ops@example.com", "team@example.com"}


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_goes_over_a_private_connection_only(tmp_path: Path, security: str) -> None:
    login = {"security": security, "user": "loader", "password": SecretStr("pa55")}
    with running_mailbox(tmp_path, password="pa55", tls=security == "tls") as mailbox:
        assert told(by_email(mailbox, **login)) == []
        wrong = told(by_email(mailbox, **{**login, "password": SecretStr("wr0ng")}))
        untrusted = told(by_email(mailbox, **{**login, "ca_file": None}))

    assert len(mailbox.mails) == 1
    assert wrong == [
        (
            'e-mail: nobody was notified of "crm/offers.csv loaded with errors":'
            " the mail server says no (535)"
        )
    ]
    assert "certificate cannot be trusted" in untrusted[0]


def quick(ways: list[Channel], complain: Callable[[str], None]) -> Notifier:
    rules = NotifyRules(outcomes=("failed",))
    return Notifier(ways, rules=rules, complain=complain, pauses_seconds=(0.0, 0.0))


def test_what_is_busy_is_tried_again_and_what_says_no_is_not(tmp_path: Path) -> None:
    complaints: list[str] = []
    failed = report(outcome=DropOutcome.FAILED)
    with running_hook([503, 429, 200]) as busy, running_mailbox(tmp_path) as mailbox:
        mailbox.refusals.append("451 try again later")
        ways = [*_channels(by_webhook(busy.url)), *_channels(by_email(mailbox))]
        telling = quick(ways, complaints.append)
        telling(FileEnded(report=failed))
        assert mailbox.heard.wait(20)
        telling(WatcherClosed())
    with running_hook([404]) as wrong:
        telling = quick(_channels(by_webhook(wrong.url)), complaints.append)
        telling(FileEnded(report=failed))
        assert wrong.heard.wait(20)
        telling(WatcherClosed())

    assert (len(busy.bodies), len(mailbox.mails), len(wrong.bodies)) == (3, 1, 1)
    assert len(complaints) == 1
    assert "answered 404" in complaints[0]
    assert "s3cr3t" not in complaints[0]


def test_nobody_there_is_said_without_the_secret_and_the_rest_is_told() -> None:
    with running_hook() as hook:
        gone = by_webhook(f"http://127.0.0.1:{free_port()}/s3cr3t")
        complaints = told(gone)
        assert told(by_webhook(hook.url)) == []

    (complaint,) = complaints
    assert complaint.startswith(
        'webhook: nobody was notified of "crm/offers.csv loaded with errors":'
    )
    assert complaint.endswith(" the webhook cannot be reached (ConnectError)")
    assert len(hook.bodies) == 1


def test_a_webhook_is_reached_through_the_proxy_and_what_it_refuses_is_said(
    tmp_path: Path,
) -> None:
    def told_through(url: str, proxy: str) -> list[str]:
        """Tell a webhook through a proxy; give what was complained about."""
        given = {"proxy": proxy, "proxy_user": USER, "proxy_password": SecretStr("s3cr3tpr0xy")}
        settings = load_settings(environment={}, config=str(_no_settings(tmp_path)))
        complaints: list[str] = []
        telling = notifier(
            by_webhook(url),
            complain=complaints.append,
            network=lambda: settings.model_copy(update=given),
        )
        assert telling is not None
        telling(FileEnded(report=REPORT))
        telling(WatcherClosed())
        return complaints

    with running_hook() as hook, running_tinyproxy(tmp_path, password="s3cr3tpr0xy") as real:
        assert told_through(hook.url, real.url) == []
        log = real.log()
    with served(FalseProxy(answer=b"HTTP/1.1 407 s3cr3tpr0xy\r\n\r\n").handle) as port:
        (complaint,) = told_through("https://127.0.0.1:9/s3cr3t", f"http://127.0.0.1:{port}")

    assert len(hook.bodies) == 1
    assert f"POST http://127.0.0.1:{hook.port}/" in log
    assert f"127.0.0.1:{port} as {USER}" in complaint
    assert "HTTP 407" in complaint
    assert "proxy_user" in complaint
    assert "s3cr3t" not in complaint


def _no_settings(folder: Path) -> Path:
    (folder / "none.toml").write_text("[profile.default]\n")
    return folder / "none.toml"


def test_only_the_endings_asked_for_are_told() -> None:
    endings = [report(outcome=outcome) for outcome in DropOutcome]
    with running_hook() as hook:
        told(by_webhook(hook.url, outcomes=("failed", "duplicate")), *endings)

    said = [json.loads(body)["report"]["outcome"] for body in hook.bodies]
    assert said == ["duplicate", "failed"]


def test_that_a_file_waits_is_told_once_for_each_reason() -> None:
    waits = [report(outcome=DropOutcome.WAITING, reason=why) for why in ("a", "a", "b", "b")]
    with running_hook() as hook:
        told(by_webhook(hook.url, outcomes=("waiting", "loaded")), *waits)

    assert [json.loads(body)["report"]["reason"] for body in hook.bodies] == ["a", "b"]


def test_a_trouble_that_lasts_is_told_once_and_so_is_its_end() -> None:
    def trouble(again_at: float) -> Outage:
        return Outage(
            inbox="/srv/inbox",
            folder="crm",
            kind=TroubleKind.API,
            message="the API refuses the client secret",
            since=0.0,
            again_at=again_at,
        )

    with running_hook() as hook:
        telling = notifier(by_webhook(hook.url), complain=print)
        assert telling is not None
        for again_at in (15.0, 1700.0, 1900.0, 2500.0):
            telling(FolderWaits(outage=trouble(again_at)))
        telling(FolderRecovered(outage=trouble(2500.0)))
        telling(FolderRecovered(outage=trouble(2500.0)))
        telling(WatcherClosed())

    said = [json.loads(body) for body in hook.bodies]
    assert [each["text"].splitlines()[0] for each in said] == [
        "/srv/inbox/crm waits for the API",
        "/srv/inbox/crm goes on",
    ]
    assert said[0]["trouble"]["message"] == "the API refuses the client secret"


@pytest.mark.parametrize(
    ("place", "inbox", "root", "expected"),
    [
        ("/srv/inbox/done/a b.xlsx", "/srv/inbox", "https://files/x/", "https://files/x/done/a%20b.xlsx"),
        ("/srv/inbox/done/a b.xlsx", "/srv/inbox/", "\\\\share\\in", "\\\\share\\in/done/a b.xlsx"),
        ("s3://b/in/done/a.csv", "s3://b/in", "https://files", "https://files/done/a.csv"),
        ("/elsewhere/a.csv", "/srv/inbox", "https://files", "/elsewhere/a.csv"),
        ("/srv/inbox/a.csv", "/srv/inbox", "", "/srv/inbox/a.csv"),
    ],
)  # fmt: skip
def test_links_start_where_people_can_open_the_inbox(
    place: str, inbox: str, root: str, expected: str
) -> None:
    drop = REPORT.drop.__class__(inbox=inbox, folder="", name="a", token="t", claimed_at=0.0)

    message = file_message(report(drop=drop, results=place), link_root=root)

    assert ("Results", expected) in message.facts


def _channels(settings: NotifySettings) -> list[Channel]:
    telling = notifier(settings, complain=print)
    assert telling is not None
    telling(WatcherClosed())
    return list(telling._channels)


@pytest.mark.parametrize("line", [b"220-" + b"x" * 8_000 + b"\r\n", b""], ids=["bytes", "time"])
def test_a_mail_server_that_answers_without_end_is_left(
    monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    monkeypatch.setattr(bounded_smtp, "MOST_WAITS", 10 if line else 0)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while True:
                writer.write(line or b"220-\r\n")
                await writer.drain()
        writer.transport.abort()

    with served(answer) as port:
        email = EmailSettings(
            host="127.0.0.1",
            port=port,
            sender="loader@example.com",
            recipients=("ops@example.com",),
            security="none",
        )
        (complaint,) = send_test(NotifySettings(email=email), now=0.0).values()

    assert "the mail server cannot be used" in complaint
