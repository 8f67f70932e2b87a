"""Which proxy an address is reached through: the setting, the usual variables, the exceptions."""

from pathlib import Path

import pytest

from loader.errors import SettingsError
from loader.redaction import KnownSecrets, secrets_of
from loader.settings import Settings, load_settings

API = "https://platform.adobe.io/data/core/dps"
NONE = "no proxy (neither proxy nor HTTPS_PROXY is set)"
EXCEPTED = "no proxy (NO_PROXY excepts platform.adobe.io)"
PASSWORD = "pr0xy-Canary-Zx81"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def settings(*assignments: str, **variables: str) -> Settings:
    return load_settings(environment=variables, assignments=assignments)


@pytest.mark.parametrize(
    ("variables", "address", "said"),
    [
        ({}, API, NONE),
        ({"HTTPS_PROXY": "http://p:3128"}, API, "http://p:3128 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "p:3128"}, API, "http://p:3128 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://p"}, API, "http://p:80 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "https://p/"}, API, "https://p:443 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://[::1]:8080"}, API, "http://[::1]:8080 (HTTPS_PROXY)"),
        ({"https_proxy": "http://a", "HTTPS_PROXY": "http://p"}, API, "http://a:80 (HTTPS_PROXY)"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://p"}, API, NONE),
        ({"ALL_PROXY": "http://all:1"}, API, "http://all:1 (ALL_PROXY)"),
        ({"HTTP_PROXY": "http://p"}, API, NONE),
        ({"HTTP_PROXY": "http://p"}, "http://api.example", "http://p:80 (HTTP_PROXY)"),
        (
            {"HTTP_PROXY": "http://p", "REQUEST_METHOD": "GET"},
            "http://api.example",
            "no proxy (neither proxy nor HTTP_PROXY is set)",
        ),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "adobe.io"}, API, EXCEPTED),
        ({"HTTPS_PROXY": "http://p", "no_proxy": ".adobe.io,x"}, API, EXCEPTED),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, API, EXCEPTED),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "dobe.io"}, API, "http://p:80 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://p"}, "https://127.0.0.1/", "no proxy (127.0.0.1 is this machine)"),
        ({"HTTPS_PROXY": f"http://me:{PASSWORD}@p:3128"}, API, "http://p:3128 as me (HTTPS_PROXY)"),
    ],
)  # fmt: skip
def test_the_usual_variables_count_where_the_setting_is_absent(
    variables: dict[str, str], address: str, said: str
) -> None:
    assert str(settings(**variables).proxy_for(address)) == said


def test_the_setting_decides_and_no_proxy_makes_exceptions() -> None:
    variables = {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "inside.example"}
    mine = settings("proxy=http://mine:3128", **variables)

    assert str(mine.proxy_for(API)) == "http://mine:3128 (proxy, --set proxy)"
    assert not mine.proxy_for("https://hooks.inside.example/x").url
    none = settings("proxy=none", **variables).proxy_for(API)
    assert str(none) == "no proxy (proxy, --set proxy says none)"


def test_user_and_password_come_from_the_variable_or_from_settings(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from file p@ss\n")
    file.chmod(0o600)
    given = {"LOADER_PROXY_USER": "me", "LOADER_PROXY_PASSWORD_FILE": str(file)}

    own = settings(HTTPS_PROXY="http://you:p%40ss%2F@p", **given).proxy_for(API)
    ours = settings(HTTPS_PROXY="http://p", **given).proxy_for(API)

    assert own.login == ("you", "p@ss/")
    assert ours.login == ("me", "from file p@ss")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (f"http://me:{PASSWORD}@p:3128", "proxy_user"),
        ("socks5://p:1080", "not supported"),
        ("http://p:port", "like http://proxy.example.com:3128"),
        ("http://p:0", "like http://proxy.example.com:3128"),
        ("http://p/path", "like http://proxy.example.com:3128"),
        (f"http://p?token={PASSWORD}", "like http://proxy.example.com:3128"),
        ("http:// p", "spaces"),
        ("http://", "like http://proxy.example.com:3128"),
    ],
)
def test_a_proxy_that_cannot_be_is_said_without_its_password(given: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(f"proxy={given}")

    assert said in str(caught.value)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("given", ["socks5h://p:1080", f"http://me:{PASSWORD}@p:port", "::"])
def test_a_variable_that_cannot_be_used_is_said_only_where_it_is_needed(given: str) -> None:
    made = settings(ALL_PROXY=given)

    with pytest.raises(SettingsError, match="the proxy of ALL_PROXY cannot be used") as caught:
        made.proxy_for(API)

    assert PASSWORD not in str(caught.value)
    assert not settings("proxy=none", ALL_PROXY=given).proxy_for(API).url


def test_half_a_login_is_said() -> None:
    for half in ({"LOADER_PROXY_USER": "me"}, {"LOADER_PROXY_PASSWORD": PASSWORD}):
        with pytest.raises(SettingsError, match="belong together") as caught:
            settings(**half)
        assert PASSWORD not in str(caught.value)


def test_the_password_is_shown_nowhere() -> None:
    made = settings(LOADER_PROXY_USER="me", LOADER_PROXY_PASSWORD=PASSWORD, HTTPS_PROXY="http://p")
    proxy = made.proxy_for(API)

    assert PASSWORD not in f"{made!r}{made.described()}{proxy!r}{proxy}"
    assert PASSWORD in made.secret_values()
    with pytest.raises(SettingsError, match="secret does not belong"):
        settings(f"proxy_password={PASSWORD}")
    quoted = "p%40" + PASSWORD
    for value in (f"http://me:{quoted}@p:1", f"me:{quoted}@p:1"):
        known = KnownSecrets(secrets_of({"https_proxy": value}))
        assert known.are_in(f"p@{PASSWORD}")
        assert known.are_in(quoted)
