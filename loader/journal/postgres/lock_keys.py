"""The numbers of the advisory locks of a journal."""

from hashlib import sha256


def writer_key(schema: str) -> int:
    """Return the key of the one who adds rows, whatever the target."""
    return _key(f"{schema}\nwriter")


def owner_key(schema: str, target: str) -> int:
    """Return the key of the owner of a target."""
    return _key(f"{schema}\nowner\n{target}")


def holder_key(schema: str, what: str) -> int:
    """Return the key of the watcher that holds something of an inbox."""
    return _key(f"{schema}\nheld\n{what}")


def _key(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big", signed=True)
