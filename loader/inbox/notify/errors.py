"""How a notification may fail: in a way that a retry may help, or not.

`str(error)` goes to the log, so it holds no secret and no address of a webhook.
"""


class NotifyError(Exception):
    """A notification did not arrive."""


class Unreachable(NotifyError):
    """The other side was not reached, or is busy: try again."""


class Refused(NotifyError):
    """The other side says no: trying again is no use."""
