"""`[web]`: what is accepted, and how a mistake is named."""

from pathlib import Path

import pytest

from loader.errors import SettingsError
from loader.settings.config_file import Document
from loader.settings.web import web_settings

TOML = Path("/etc/loader/loader.toml")


def document(**table: object) -> Document:
    return Document(path=TOML, tables={"web": table})


def test_without_a_table_the_page_is_for_this_machine() -> None:
    found = web_settings(Document())

    assert (found.port, found.user_header, found.trusted_proxies) == (0, None, ())


def test_what_is_given_is_read_and_paths_lie_beside_the_file() -> None:
    found = web_settings(
        document(
            port=8470,
            public_url="https://Offers.Example.com/",
            trusted_proxies=["10.0.0.5", "fd00::/8"],
            user_header="X-User",
            certificate="tls/server.pem",
        )
    )

    assert found.public_url == "https://offers.example.com"
    assert found.certificate == TOML.parent / "tls/server.pem"
    assert found.trusted_proxies == ("10.0.0.5", "fd00::/8")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"port": 70_000}, "port .*a whole number from 0 to 65535"),
        ({"port": True}, "port .*not true or false"),
        ({"public_url": "http://offers.example.com"}, "public_url .*https://"),
        ({"public_url": "https://offers.example.com/page"}, "public_url .*without a path"),
        ({"user_header": "X User"}, "user_header .*name of a header"),
        ({"trusted_proxies": ["proxy"]}, "trusted_proxies .*IP address"),
        ({"upload_mb": 0}, "upload_mb .*from 1 to 4096"),
        ({"prot": 1}, "prot .*no such setting; did you mean port"),
    ],
)
def test_a_mistake_is_named_with_what_is_expected(table: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        web_settings(document(**table))

    assert str(TOML) in str(caught.value)
