"""Every exception that aiohttp has for a request was looked at: does it prove "not sent"?"""

from typing import Final

from aiohttp import client_exceptions
from aiohttp.http_exceptions import HttpProcessingError

from loader.api.exception_to_fault import NOT_SENT, fault_of
from loader.api.fault import Fault

PROOFS: Final = {
    "ClientConnectorCertificateError",
    "ClientConnectorDNSError",
    "ClientConnectorError",
    "ClientConnectorSSLError",
    "ClientProxyConnectionError",
    "ClientSSLError",
    "ConnectionTimeoutError",
    "ServerFingerprintMismatch",
}
NO_PROOFS: Final = {
    "ClientConnectionError",
    "ClientConnectionResetError",
    "ClientError",
    "ClientHttpProxyError",
    "ClientOSError",
    "ClientPayloadError",
    "ClientResponseError",
    "ContentTypeError",
    "ServerConnectionError",
    "ServerDisconnectedError",
    "ServerTimeoutError",
    "SocketTimeoutError",
}
NEVER_RAISED: Final = {  # no web socket, no redirect, no body in pieces; addresses are checked
    "InvalidURL",
    "InvalidUrlClientError",
    "InvalidUrlRedirectClientError",
    "NonHttpUrlClientError",
    "NonHttpUrlRedirectClientError",
    "RedirectClientError",
    "UploadAbortedError",
    "WSMessageTypeError",
    "WSServerHandshakeError",
}


def test_a_new_exception_of_the_library_needs_a_look() -> None:
    known = PROOFS | NO_PROOFS | NEVER_RAISED

    assert {*client_exceptions.__all__} == known


def test_what_proves_that_nothing_was_sent_is_known_by_name() -> None:
    proofs = {
        name
        for name in client_exceptions.__all__
        if issubclass(getattr(client_exceptions, name), NOT_SENT)
    }

    assert proofs == PROOFS
    assert not issubclass(HttpProcessingError, NOT_SENT)


def test_an_exception_that_nobody_knows_proves_nothing() -> None:
    class NewError(client_exceptions.ClientError):
        """Of a later aiohttp."""

    assert not issubclass(NewError, NOT_SENT)
    assert fault_of(NewError("odd"))[0] is Fault.CONNECTION_LOST
