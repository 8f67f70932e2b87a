"""All secrets of this process, and how they are kept out of every text.

A secret is known by its value: text from outside may repeat it URL-encoded, JSON- or HTML-escaped,
in base64, as the numbers of its letters, broken over lines or cut. So texts are compared by their
letters and digits alone, after every escape is undone, and a piece of a secret counts as the
secret. What merely looks like a secret (`Bearer …`, a password in a URL) is hidden, too.

Secrets only become known and are never unknown again, so there is one `SECRETS` in a process.
"""

import base64
import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from threading import Lock
from typing import Final
from urllib.parse import quote, unquote, urlsplit

HIDDEN: Final = "(hidden)"
SECRET_VARIABLES: Final = (
    "LOADER_CLIENT_SECRET",
    "LOADER_ACCESS_TOKEN",
    "LOADER_WEBHOOK_URL",
    "LOADER_SMTP_PASSWORD",
    "LOADER_PROXY_PASSWORD",
    *("LOADER_JOURNAL_PASSWORD", "PGPASSWORD"),
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AZURE_CLIENT_SECRET", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY"),
    *("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_SAS_TOKEN"),
)

_PIECE: Final = 12  # so many letters and digits in a row are taken for a piece of a secret
_CUT: Final = 4  # a shorter secret counts when so many are missing
_SHORT: Final = 8  # a secret that is shorter is hidden as a whole only
_LETTERS: Final = 4  # and one that is shorter still, only as a word of its own
_TOKENS: Final = 4  # the tokens of the last renewals; older ones have expired
_LAYERS: Final = 3  # of escapes in escapes
_ESCAPE: Final = re.compile(
    r"(?P<percent>(?:%[0-9a-f]{2})+)"
    r"|\\+u(?P<json>[0-9a-f]{4})|\\+x(?P<byte>[0-9a-f]{2})|\\+u\{(?P<brace>[0-9a-f]{1,5})\}"
    r"|(?P<octal>(?:\\+[0-3][0-7]{2}){4,})|(?P<quoted>(?:=[0-9a-f]{2}){4,})"
    r"|(?P<entity>&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});)",
    re.IGNORECASE,
)
_LOOKS_SECRET: Final = (
    re.compile(r"(?i)(?<=bearer )\s*[^\s'\",;]+"),
    re.compile(
        r"(?i)(?P<kept>\b(?:client_secret|access_token|refresh_token|id_token)"
        r"\\?[\"']?\s*[:=]\s*)(?:\\?[\"'][^\"']*|[^\s&\"',}]+)"
    ),
    re.compile(r"(?i)(?P<kept>[?&;][\w.-]*(?:password|passwd|secret|token)[\w.-]*=)[^\s&;'\"]+"),
    re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*(?=@)"),
    re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*"),
)

# Letters in lower case, and the signs to drop. A sign that is kept may begin an escape.
_LOWER: Final = bytes(range(128)).lower().ljust(256, b"?")
_SIGNS: Final = bytes(
    number for number in range(128) if not chr(number).isalnum() and chr(number) not in "%&=\\"
)

_Letter = tuple[str, int, int]  # what it means, and where in the text it begins and ends


class KnownSecrets:
    """The secrets that are known so far. Threads may add and look at the same time."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._changing = Lock()
        self._known: frozenset[str] = frozenset()
        self._words: tuple[re.Pattern[str], ...] = ()  # secrets that are hidden as a whole only
        self._lasting: tuple[_Spelling, ...] = ()
        self._tokens: dict[str, tuple[_Spelling, ...]] = {}  # the newest at the end
        self._index: _SecretIndex | None = None  # made of these when it is first needed
        self.add(*secrets)

    def __repr__(self) -> str:
        return "KnownSecrets(***)"

    def add(self, *secrets: str) -> None:
        """Keep these out of every text from now on. Of a URL, what only its owner knows counts."""
        with self._changing:
            for secret in {one.strip() for one in secrets} - self._known - {""}:
                self._known |= {secret}
                if len(_plain(secret)) < _SHORT or "://" in secret:
                    self._words += (_as_word(secret),)
                for part in _secret_parts(secret):
                    self._lasting += tuple(_spellings(part))
                self._index = None

    def add_token(self, token: str) -> None:
        """Keep a token out of every text, until some more have come after it."""
        with self._changing:
            if token and token not in self._tokens:
                self._tokens[token] = tuple(_spellings(token))
                for old in [*self._tokens][:-_TOKENS]:
                    del self._tokens[old]
                self._index = None

    def are_in(self, text: str) -> bool:
        """Say whether a text holds a secret, or a long piece of one, in any spelling."""
        return self.are_repeated_in(text) or any(word.search(text) for word in self._words)

    def are_repeated_in(self, text: str) -> bool:
        """Say the same of long secrets alone: a short one may be a word that people write, too."""
        return bool(self._current_index().found_in(_letters_alone(text)))

    def hide(self, text: str) -> str:
        """Return the text without secrets, and without what looks like one."""
        letters = _letters(text)
        spans = [
            (letters[begin][1], letters[end - 1][2])
            for begin, end in self._current_index().found_in(
                "".join(letter for letter, _, _ in letters)
            )
        ]
        text = _hide_spans(text, spans)
        for word in self._words:
            text = word.sub(HIDDEN, text)
        for pattern in _LOOKS_SECRET:
            text = pattern.sub(lambda m: (m.groupdict().get("kept") or "") + HIDDEN, text)
        return text

    def _current_index(self) -> "_SecretIndex":
        index = self._index
        if index is None:
            with self._changing:
                index = _SecretIndex.of(*self._lasting, *chain(*self._tokens.values()))
                self._index = index
        return index


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spelling:
    """The letters and digits of a secret in one spelling; `size` of them in a row are a piece."""

    letters: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _SecretIndex:
    """What is searched for in texts.

    `parts` show quickly that a text holds no piece: every new offer brings an id. They are so short
    that each piece in a text holds one of those that are `step` letters apart.
    """

    spellings: tuple[_Spelling, ...]
    parts: frozenset[str]
    size: int
    step: int

    @classmethod
    def of(cls, *spellings: _Spelling) -> "_SecretIndex":
        """Return the index of secrets in these spellings."""
        smallest = min((one.size for one in spellings), default=1)
        size = smallest // 2 + 1
        parts = frozenset(part for one in spellings for part in _windows(one.letters, size))
        return cls(spellings=spellings, parts=parts, size=size, step=smallest - size + 1)

    def found_in(self, letters: str) -> list[tuple[int, int]]:
        """Return where in the letters of a text a piece begins and ends."""
        if self.parts.isdisjoint(_windows(letters, self.size, step=self.step)):
            return []
        return [
            (begin, begin + one.size)
            for one in self.spellings
            for begin, piece in enumerate(_windows(letters, one.size))
            if piece in one.letters
        ]


def _windows(letters: str, size: int, *, step: int = 1) -> list[str]:
    return [letters[at : at + size] for at in range(0, len(letters) - size + 1, step)]


def _secret_parts(secret: str) -> Iterator[str]:
    """Yield what is hidden piece by piece: of a URL the password, and of a web address the path."""
    if "://" not in secret:
        yield secret
        return
    with suppress(ValueError):  # not a URL after all: it is hidden as a whole
        parts = urlsplit(secret)
        yield parts.password or ""
        if parts.scheme in {"http", "https"}:
            yield secret.partition(parts.netloc)[2]


def _as_word(secret: str) -> re.Pattern[str]:
    forms = {secret, quote(secret, safe=""), html.escape(secret), json.dumps(secret)[1:-1]}
    either = "|".join(re.escape(one) for one in sorted(forms, key=len, reverse=True))
    return re.compile(either if len(secret) >= _LETTERS else rf"(?<!\w)(?:{either})(?!\w)")


def _spellings(secret: str) -> Iterator[_Spelling]:
    """Yield the spellings in which a secret is looked for; none of one that is too short."""
    if len(_plain(secret)) < _SHORT:
        return
    for letters in dict.fromkeys(_encodings(secret)):
        size = min(_PIECE, max(len(letters) - _CUT, _SHORT), len(letters))
        yield _Spelling(letters=letters, size=size)


def _encodings(secret: str) -> Iterator[str]:
    """Yield a secret's letters as they are, as numbers, and in base64 wherever in a text it is.

    Numbers are hexadecimal or decimal: what separates them does not count.
    """
    yield "".join(letter for letter, _, _ in _letters(secret))
    yield secret.encode().hex()
    yield "".join(map(str, secret.encode()))
    for whole in (secret.encode(), base64.b64encode(secret.encode())):
        for before in range(3):
            coded = base64.b64encode(b"\0" * before + whole).decode()
            first = (8 * before + 5) // 6  # the first character that the bytes before do not touch
            yield _plain(coded.rstrip("=")[first:-1])


def _letters(text: str) -> list[_Letter]:
    """Undo every escape, and return the letters and digits that it stands for."""
    found: list[_Letter] = [(letter, at, at + 1) for at, letter in enumerate(text)]
    for _ in range(_LAYERS):
        shown = "".join(letter for letter, _, _ in found)
        if not _ESCAPE.search(shown):
            break
        found = list(_unescaped(shown, found))
    return [(_lower(letter), begin, end) for letter, begin, end in found if letter.isalnum()]


def _letters_alone(text: str) -> str:
    """Return the letters without their places: quick, for every offer of a list is searched."""
    if text.isascii():
        letters = text.encode().translate(_LOWER, _SIGNS).decode()
        if letters.isalnum():
            return letters
    for _ in range(_LAYERS):
        if not _ESCAPE.search(text):
            break
        text = _ESCAPE.sub(_decode_escape, text)
    return text.translate(_PLAIN)


def _unescaped(shown: str, found: list[_Letter]) -> Iterator[_Letter]:
    at = 0
    for escape in _ESCAPE.finditer(shown):
        yield from found[at : escape.start()]
        begin, at = found[escape.start()][1], escape.end()
        for letter in _decode_escape(escape):
            yield letter, begin, found[at - 1][2]
    yield from found[at:]


def _decode_escape(escape: re.Match[str]) -> str:
    if coded := escape["percent"]:
        return bytes.fromhex(coded.replace("%", "")).decode("utf-8", "replace")
    if entity := escape["entity"]:
        return html.unescape(entity)
    if coded := escape["quoted"]:
        return bytes.fromhex(coded.replace("=", "")).decode("utf-8", "replace")
    if octal := escape["octal"]:
        return bytes(int(one, 8) for one in re.findall("[0-7]{3}", octal)).decode(
            "utf-8", "replace"
        )
    return chr(int(escape["json"] or escape["byte"] or escape["brace"], 16))


def _plain(text: str) -> str:
    return text.translate(_PLAIN)


def _lower(letter: str) -> str:
    lower = unicodedata.normalize("NFKC", letter).lower()
    return lower if len(lower) == 1 else letter


class _PlainLetters(dict[int, str]):
    """What every letter is compared as, "" for a sign; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = _lower(letter) if letter.isalnum() else ""
        return self[code]


_PLAIN: Final = _PlainLetters()


def _hide_spans(text: str, spans: list[tuple[int, int]]) -> str:
    kept, at = [], 0
    for begin, end in _merge_spans(spans):
        kept += [text[at:begin], HIDDEN]
        at = end
    return "".join([*kept, text[at:]])


def _merge_spans(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def secrets_of(environment: Mapping[str, str]) -> set[str]:
    """Return the secrets that the environment holds."""
    addresses = (
        value
        for name, value in environment.items()
        if name.lower().endswith("_proxy") or name == "LOADER_JOURNAL"
    )
    return {value for name in SECRET_VARIABLES if (value := environment.get(name, "").strip())} | {
        unquote(password) for address in addresses if (password := _password_in(address))
    }


def _password_in(address: str) -> str:
    login, at, _ = address.rpartition("@")
    return login.rpartition("//")[2].partition(":")[2] if at else ""


SECRETS: Final = KnownSecrets()
