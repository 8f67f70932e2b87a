"""Receivers of notifications: a webhook and a mail server, on real sockets of this machine."""

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.support.certificates import certificate_for
from tests.support.free_ports import free_port
from tests.support.threaded_server import threaded_server


@dataclass(slots=True, kw_only=True)
class Hook:
    """A webhook: the posted bodies, and its answers (the last one repeats)."""

    port: int
    answers: list[int]
    bodies: list[bytes] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its address, with a secret in it."""
        return f"http://127.0.0.1:{self.port}/services/T0/s3cr3t-path?sig=s3cr3t-sig"


@contextmanager
def running_hook(answers: Sequence[int] = (200,)) -> Iterator[Hook]:
    """Run a webhook."""
    hook = Hook(port=0, answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer = hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0]
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()
            hook.heard.set()

        def log_message(self, *arguments: Any) -> None:
            pass

    with threaded_server(Handler) as hook.port:
        yield hook


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """A mail server, and the mails that it received."""

    port: int
    certificate: Path
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)  # answers to give before it takes one
    heard: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail, or refuse it."""
        if self.refusals:
            return self.refusals.pop(0)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        self.heard.set()
        return "250 taken"


@contextmanager
def running_mailbox(folder: Path, *, password: str = "", tls: bool = False) -> Iterator[Mailbox]:
    """Run a mail server; with a password it wants STARTTLS (or TLS at once) and a login."""
    certificate, key = certificate_for("127.0.0.1", folder=folder)
    mailbox = Mailbox(port=free_port(), certificate=certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def check(_server: Any, _session: Any, _envelope: Any, _way: str, login: Any) -> AuthResult:
        return AuthResult(
            success=(login.login, login.password) == (b"loader", password.encode()), handled=False
        )

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=mailbox.port,
        authenticator=check if password else None,
        auth_required=bool(password) and not tls,
        auth_require_tls=bool(password) and not tls,
        tls_context=None if tls else context,
        require_starttls=bool(password) and not tls,
        ssl_context=context if tls else None,
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
