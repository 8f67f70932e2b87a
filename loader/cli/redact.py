"""Keep secrets out of a text: the ones we know, and whatever looks like one.

The second net: nothing that we write on purpose holds a secret. This one is for the words of
others, such as the message of an unexpected error.
"""

import re
from collections.abc import Iterable, Mapping

from loader.redaction import HIDDEN, hidden

_SHORTEST_INSIDE_WORDS = 4
SECRET_VARIABLES = (
    "LOADER_CLIENT_SECRET",
    "LOADER_ACCESS_TOKEN",
    "LOADER_WEBHOOK_URL",
    "LOADER_SMTP_PASSWORD",
)

_LOOKS_SECRET = (
    re.compile(r"(?i)(?<=bearer )\s*[^\s'\",;]+"),
    re.compile(r"(?i)(?:(?<=client_secret=)|(?<=access_token=))[^\s&'\"]+"),
    re.compile(r"(?i)(?<=\"client_secret\":)\s*\"[^\"]*\"|(?<=\"access_token\":)\s*\"[^\"]*\""),
    re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*(?=@)"),
    re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),
)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Hide `secrets`, and what looks like one."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST_INSIDE_WORDS:
            text = text.replace(secret, HIDDEN)
        else:  # a password like "p" is hidden where it stands alone, not in every word
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    text = hidden(text)
    for pattern in _LOOKS_SECRET:
        text = pattern.sub(HIDDEN, text)
    return text


def secrets_of(environment: Mapping[str, str]) -> set[str]:
    """Give the secrets that the environment holds, as they are and without blanks around them."""
    values = {environment.get(name, "") for name in SECRET_VARIABLES}
    return {form for value in values for form in (value, value.strip()) if form}
