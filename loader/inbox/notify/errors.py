"""How an attempt to tell someone may fail: so that it may be tried again, or so that it is no use.

Rules of this file: `str(error)` is for the log, so it holds no secret and no address of a webhook.
"""


class NotifyError(Exception):
    """Someone was not told."""


class Unreachable(NotifyError):
    """The other side was not reached, or is busy: try again."""


class Refused(NotifyError):
    """The other side says no: trying again is no use."""
