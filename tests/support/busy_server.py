"""A server that takes no more requests for now: what was not sent stays pending."""


def takes_no_more(call: str, *, after: int = 0) -> str:
    """Return the fault of a server that answers 429 for an hour, once it took some such calls."""
    return f"status-before status=429 on={call} skip={after} retry-after=seconds retry-seconds=4000"
