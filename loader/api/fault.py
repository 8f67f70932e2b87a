"""How an exchange can fail without a status. The values are codes of docs/errors.md."""

from enum import StrEnum


class Fault(StrEnum):
    """What went wrong on the wire. By itself it proves nothing: `Reply.began` does."""

    NOT_SENT = "not-sent"  # its intent was too old when it could have left
    CONNECT_TIMEOUT = "connect-timeout"
    CONNECT_ERROR = "connect-error"
    PROXY_REFUSED = "proxy-refused"  # by our settings or its rules: no row would get through
    PROXY_ERROR = "proxy-error"  # it could not be reached, or could not reach the API
    TIMEOUT = "timeout"  # no complete reply in time
    CONNECTION_LOST = "connection-lost"
    BAD_REPLY = "bad-reply"  # no HTTP, cut off, or not to be decoded
    BAD_REQUEST = "bad-request"  # our own mistake, which would come again with every row
