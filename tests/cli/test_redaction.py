"""No text holds a secret, in whatever spelling it comes back; a text without one is not changed."""

import base64
import html
import json
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote, quote_plus

import pytest

from loader.redaction import HIDDEN, KnownSecrets

SECRET = "p8e-aB3_dE6fG9/hJ2+kL5&mN8=qR1"
SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "percent, where it must": lambda s: quote(s, safe=""),
    "percent, as in a form": quote_plus,
    "percent, every letter": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "percent, twice": lambda s: quote(quote(s, safe=""), safe=""),
    "json, every letter": lambda s: "".join(f"\\u{ord(one):04X}" for one in s),
    "json in json": lambda s: json.dumps(json.dumps("".join(f"\\u{ord(o):04x}" for o in s))),
    "json, slashes": lambda s: s.replace("/", "\\/"),
    "bytes of python": lambda s: "".join(f"\\x{ord(one):02x}" for one in s),
    "html": html.escape,
    "html, every letter": lambda s: "".join(f"&#{ord(one)};" for one in s),
    "html, hexadecimal": lambda s: "".join(f"&#x{ord(one):x};" for one in s),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 for URLs": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "basic authentication": lambda s: base64.b64encode(f"id:{s}".encode()).decode(),
    "base64 of more": lambda s: base64.b64encode(f"Bearer {s} and".encode()).decode(),
    "upper case": str.upper,
    "lower case": str.lower,
    "cut at the end": lambda s: s[:-4],
    "cut at the beginning": lambda s: s[4:],
    "broken over lines": lambda s: "\r\n ".join((s[:7], s[7:20], s[20:])),
    "letters apart": " ".join,
    "zero-width": "\u200b".join,
    "full width": lambda s: "".join(chr(ord(one) + 0xFEE0) for one in s),
    "base64, twice": lambda s: base64.b64encode(base64.b64encode(s.encode())).decode(),
    "hexadecimal": lambda s: s.encode().hex(),
    "hexadecimal, bytes apart": lambda s: s.encode().hex(":").upper(),
    "the numbers of its letters": lambda s: str(list(s.encode())),
    "octal": lambda s: "".join(f"\\{byte:03o}" for byte in s.encode()),
    "quoted-printable": lambda s: "".join(f"={byte:02X}" for byte in s.encode()),
    "quoted-printable in part": lambda s: s[:9] + "".join(f"={b:02X}" for b in s[9:20].encode()),
    "braces of JavaScript": lambda s: "".join(f"\\u{{{ord(one):x}}}" for one in s),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_hidden_in_every_spelling(spelling: str) -> None:
    known = KnownSecrets([SECRET])
    spelt = SPELLINGS[spelling](SECRET)
    middle = spelt[len(spelt) // 3 : len(spelt) // 3 + 12]

    hidden = known.hide(f"cannot take {spelt}, says the gateway")

    assert known.are_in(spelt)
    assert middle not in hidden
    assert HIDDEN in hidden
    assert hidden.startswith("cannot tak")
    assert hidden.endswith(" says the gateway")


@pytest.mark.parametrize("length", range(4, 60))
def test_a_secret_of_any_length_is_hidden_as_a_whole(length: int) -> None:
    secret = (SECRET * 2)[:length]

    hidden = KnownSecrets([secret]).hide(f"cannot take {secret}.")

    assert secret not in hidden
    assert HIDDEN in hidden


def test_a_short_secret_masks_no_letters_of_words() -> None:
    known = KnownSecrets(["p", "a/b", "pa ss"])

    hidden = known.hide("port p of a/bus: a%2Fb, pa%20ss")

    assert hidden == f"port {HIDDEN} of a/bus: {HIDDEN}, {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        "The offer 'Spring sale' (50 % off) cannot be created: HTTP 400",
        "https://platform.adobe.io/data/core/dps/offers?offer-type=fallback",
        "dps:fallback-offer:1a24dc4342f2e21e",
        "a token is missing; set LOADER_ACCESS_TOKEN or LOADER_CLIENT_SECRET",
        "",
    ],
)
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    known = KnownSecrets([SECRET, "s3cr", "https://hooks.example.com/services/T0/B0/abcdefgh"])

    assert known.hide(text) == text
    assert not known.are_in(text)


def test_of_a_webhook_its_path_is_secret_and_not_its_host() -> None:
    known = KnownSecrets(["https://me:p4ssw0rd-long@hooks.example.com/services/T00/B00/abcdefghij"])

    hidden = known.hide("POST /services/T00/B00/abcdefghij to hooks.example.com: p4ssw0rd-long")

    assert hidden == f"POST /{HIDDEN} to hooks.example.com: {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def-ghi",
        "postgresql://me:abc.def-ghi@host/db",
        "mysql://host/db?sslpassword=abc.def-ghi&x=1",
        '{"access_token": "abc.def-ghi',
        '{\\"client_secret\\":\\"abc.def-ghi\\"}',
        "grant_type=client_credentials&client_secret=abc.def-ghi&scope=x",
        "eyJhbGciOiJub25lIn0.abc.def-ghi",
    ],
)
def test_what_looks_like_a_secret_is_hidden_too(text: str) -> None:
    hidden = KnownSecrets().hide(text)

    assert "abc" not in hidden
    assert "ghi" not in hidden
    assert HIDDEN in hidden


def test_only_so_many_tokens_are_kept() -> None:
    known = KnownSecrets([SECRET])
    tokens = [sha256(str(number).encode()).hexdigest() for number in range(100)]
    for token in tokens:
        known.add_token(token)

    assert known.are_in(tokens[-1])
    assert known.are_in(SECRET)
    assert not known.are_in(tokens[0])


@pytest.mark.parametrize("before", range(13))
def test_a_piece_of_a_secret_is_found_wherever_it_stands(before: int) -> None:
    known = KnownSecrets([SECRET, "0th3r-s3c"])
    known.add_token("token-that-was-given")
    letters = "".join(filter(str.isalnum, SECRET))
    for piece in (letters[2:14], "tokenthatwas", "0TH3R-S3C"):
        assert known.are_in("-" + "x" * before + piece + "y" * (13 - before)), piece
