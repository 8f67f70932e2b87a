"""The message as an e-mail, with the rows to fix or the results where they are small enough.

Text from outside never becomes a mail header. A certificate that is not trusted means no
connection, and the password is sent only over an encrypted one.
"""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from mimetypes import guess_type
from pathlib import Path

from loader.inbox.notify.bounded_smtp import BoundedSmtp, BoundedSmtpOverTls
from loader.inbox.notify.errors import Refused, Unreachable
from loader.inbox.notify.message import Message
from loader.settings.notify import EmailSettings


def compose_mail(settings: EmailSettings, message: Message) -> EmailMessage:
    """Write the e-mail."""
    workbook = message.workbook
    mail = EmailMessage()
    mail["Subject"] = f"[loader] {_printable(message.title)}"
    mail["From"] = settings.sender
    mail["To"] = [_address(recipient) for recipient in settings.recipients]
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=settings.sender.partition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    attached = _attachment(workbook, at_most=settings.attach_at_most_bytes)
    mail.set_content(f"{message.text()}\n")
    if attached is not None:
        kind, _ = guess_type(workbook)
        main, _, sub = (kind or "application/octet-stream").partition("/")
        mail.add_attachment(attached, maintype=main, subtype=sub, filename=Path(workbook).name)
    return mail


def send(settings: EmailSettings, mail: EmailMessage) -> None:
    """Send once. Raise `Unreachable` if a retry may help, `Refused` if not."""
    try:
        with _connect(settings) as server:
            if settings.user and settings.password:
                server.login(settings.user, settings.password.get_secret_value())
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({code for code, _ in error.recipients.values()})
        raise _error(max(codes), "the mail server refuses the recipients") from None
    except smtplib.SMTPResponseException as error:
        raise _error(error.smtp_code, "the mail server says no") from None
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message
        raise Refused(f"the mail server's certificate cannot be trusted: {reason}") from None
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(f"the mail server cannot do what is asked: {error}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"the mail server cannot be used ({type(error).__name__})") from None


def _connect(settings: EmailSettings) -> smtplib.SMTP:
    wait = settings.timeout_seconds
    if settings.security == "none":
        return BoundedSmtp(settings.host, settings.real_port, timeout=wait)
    trust = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    if settings.security == "tls":
        return BoundedSmtpOverTls(settings.host, settings.real_port, timeout=wait, context=trust)
    server = BoundedSmtp(settings.host, settings.real_port, timeout=wait)
    try:
        server.starttls(context=trust)
    except BaseException:
        server.close()
        raise
    return server


def _error(code: int, what: str) -> Refused | Unreachable:
    return Refused(f"{what} ({code})") if code >= 500 else Unreachable(f"{what} ({code})")


def _attachment(path: str, *, at_most: int) -> bytes | None:
    """Read a workbook, unless it is too large, elsewhere (an address) or gone."""
    if not path or "://" in path or not at_most:
        return None
    try:
        with Path(path).open("rb") as file:
            content = file.read(at_most + 1)
    except OSError:
        return None
    return content if len(content) <= at_most else None


def _address(text: str) -> Address:
    return Address(addr_spec=text)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
