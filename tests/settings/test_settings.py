"""Flags > environment > profile > defaults; every problem at once; no secret ever shown."""

import os
from pathlib import Path

import pytest

from loader.errors import SettingsError
from loader.settings import load_settings
from loader.settings.origin import OriginKind
from loader.settings.required import require_target

FULL = {
    "LOADER_CLIENT_ID": "id",
    "LOADER_CLIENT_SECRET": "s3cret-value",
    "LOADER_ORG_ID": "x@AdobeOrg",
    "LOADER_SANDBOX_NAME": "dev",
}


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_the_strongest_layer_wins(tmp_path: Path) -> None:
    (tmp_path / "loader.toml").write_text(
        "[profile.default]\nmax_per_second = 1\nmax_in_flight = 2\napi = 'xcore'\n"
        "settle_seconds = 9\n",
        "utf-8",
    )
    environment = {"LOADER_MAX_PER_SECOND": "3", "LOADER_MAX_IN_FLIGHT": "4"}

    made = load_settings(flags={"max_per_second": "7"}, environment=environment)

    assert (made.max_per_second, made.max_in_flight, made.settle_seconds) == (7, 4, 9)
    assert str(made.api) == "xcore"
    assert str(made.origin("max_per_second")) == "--max-per-second"
    assert "LOADER_MAX_IN_FLIGHT" in str(made.origin("max_in_flight"))
    assert "loader.toml" in str(made.origin("settle_seconds"))
    assert made.origin("journal").kind is OriginKind.DEFAULT


def test_a_profile_is_chosen_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "loader.toml").write_text(
        "[profile.default]\nsandbox_name = 'dev'\n[profile.prod]\nsandbox_name = 'prod'\n", "utf-8"
    )

    assert load_settings(environment={}).sandbox_name == "dev"
    assert load_settings(environment={}, profile="prod").sandbox_name == "prod"
    with pytest.raises(SettingsError, match="prod"):
        load_settings(environment={}, profile="prd")


def test_defaults_are_the_documented_ones() -> None:
    made = load_settings(environment={})

    assert made.api_url.rstrip("/") == "https://platform.adobe.io/data/core/dps"
    assert made.ims_url == "https://ims-na1.adobelogin.com/ims/token/v3"
    assert (made.max_per_second, made.max_in_flight, made.settle_seconds) == (5, 5, 60)
    xcore = load_settings(environment={"LOADER_API": "xcore"})
    assert xcore.api_url.rstrip("/") == "https://platform.adobe.io/data/core/xcore"


def test_every_problem_is_said_at_once() -> None:
    environment = {
        "LOADER_MAX_PER_SECOND": "fast",
        "LOADER_API": "soap",
        "LOADER_API_URL": "http://example.com",
        "LOADER_MAX_IN_FLIHT": "3",
    }
    with pytest.raises(SettingsError) as caught:
        load_settings(environment=environment, assignments=["nonsense=1"], needs_target=True)

    text = str(caught.value)
    for word in ("fast", "soap", "https", "nonsense", "org_id", "sandbox_name", "client_id"):
        assert word in text, text


@pytest.mark.parametrize("name", ["LOADER_ORG_ID", "LOADER_SANDBOX_NAME", "LOADER_CLIENT_ID"])
@pytest.mark.parametrize("value", ["two words", "caf\u00e9", "a\tb"])
def test_what_goes_into_a_header_has_no_blanks_and_no_foreign_characters(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings(environment=FULL | {name: value}, needs_target=True)


def test_what_a_target_needs_is_asked_for_late_too() -> None:
    made = load_settings(environment=FULL | {"LOADER_ORG_ID": ""})

    with pytest.raises(SettingsError, match="org_id is not set"):
        require_target(made)


def test_plain_http_is_for_loopback_only() -> None:
    made = load_settings(environment={"LOADER_API_URL": "http://127.0.0.1:1/data/core/dps"})

    assert made.api_url.startswith("http://127.0.0.1:1/")
    with pytest.raises(SettingsError, match="https"):
        load_settings(environment={"LOADER_IMS_URL": "http://ims.example.com/token"})


@pytest.mark.parametrize("name", ["LOADER_API_URL", "LOADER_IMS_URL", "LOADER_PROXY"])
@pytest.mark.parametrize(
    "address",
    [
        *("me:{}@host.example", "https://me:{}@host.example", "https://me:{}%40host.example"),
        *("https://host.example:{}/x", "https://host.example/x?token={}", "host.example;token={}"),
        *("https://host.example/x#{}", "https:\\\\me:{}@host.example", "https://host.example/ {}"),
    ],
)
def test_a_password_in_an_address_that_cannot_be_used_is_not_repeated(
    name: str, address: str
) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load_settings(environment={name: address.format("s3cr3t-canary")})

    assert "s3cr3t" not in str(caught.value)


def test_an_address_without_a_secret_is_shown() -> None:
    with pytest.raises(SettingsError, match=r"http://example\.com/path"):
        load_settings(environment={"LOADER_API_URL": "http://example.com/path"})


def test_a_secret_is_never_shown() -> None:
    made = load_settings(environment=FULL, needs_target=True)

    shown = repr(made) + str(made) + str(made.model_dump()) + str(list(made.described()))
    assert "s3cret-value" not in shown
    assert "s3cret-value" in made.secret_values()
    with pytest.raises(SettingsError) as caught:
        load_settings(environment=FULL | {"LOADER_MAX_IN_FLIGHT": "x"}, needs_target=True)
    assert "s3cret-value" not in str(caught.value)


def test_a_secret_has_no_flag_and_no_place_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment={}, assignments=["client_secret=s3cret-value"])
    assert "s3cret-value" not in str(caught.value)
    (tmp_path / "loader.toml").write_text(
        "[profile.default]\nclient_secret = 's3cret-value'\n", "utf-8"
    )
    with pytest.raises(SettingsError) as caught:
        load_settings(environment={})
    assert "s3cret-value" not in str(caught.value)


def test_a_secret_may_come_from_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-file\n", "utf-8")
    file.chmod(0o600)
    environment = {k: v for k, v in FULL.items() if k != "LOADER_CLIENT_SECRET"}
    environment["LOADER_CLIENT_SECRET_FILE"] = str(file)

    assert load_settings(environment=environment).client_secret.get_secret_value() == "from-file"
    if os.name == "posix":
        file.chmod(0o644)
        with pytest.raises(SettingsError, match="chmod 600"):
            load_settings(environment=environment)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "loader.toml").write_text("this is not toml", "utf-8")

    with pytest.raises(SettingsError, match=r"loader\.toml"):
        load_settings(environment={})


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (".".join(["a"] * 200_000) + " = 1", "nested more than 32 levels"),
        ("a = " + "[" * 100_000, "loader.toml is not"),
        ("[profile.default]\nmax_in_flight = " + "9" * 5_000, "thousands of digits"),
        ("#" * 1_000_001, "larger than"),
        ('[profile.default]\njournal = "a\\u0000b"', "journal.*NUL"),
    ],
)
def test_a_hostile_file_is_refused_in_words(tmp_path: Path, toml: str, said: str) -> None:
    (tmp_path / "loader.toml").write_text(toml, "utf-8")

    with pytest.raises(SettingsError, match=said) as caught:
        load_settings(environment={})

    assert len(str(caught.value)) < 1_000


def test_a_pipe_in_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")

    with pytest.raises(SettingsError, match="is not a file"):
        load_settings(environment={}, config="pipe.toml")


def test_a_file_that_may_not_be_looked_at_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_path: Path) -> bool:  # as in a home of somebody else, which root could look into
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refused)

    with pytest.raises(SettingsError, match=r"loader\.toml cannot be read"):
        load_settings(environment={})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"", "no certificate in PEM form"),
        (b"junk", "no certificate in PEM form"),
        (b"\x30\x82\x03\x0a\x02", "no certificate in PEM form"),
    ],
)
def test_certificates_are_parsed_with_the_settings(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)

    with pytest.raises(SettingsError, match=f"ca_file.*{said}"):
        load_settings(environment={"LOADER_CA_FILE": "ca.pem"})
    with pytest.raises(SettingsError, match=r"ca_file.*it is not a file"):
        load_settings(environment={"LOADER_CA_FILE": str(tmp_path)})


@pytest.mark.parametrize(
    "url",
    [
        "user:s3cret-value@example.com/x",
        "https://user:s3cret-value@example.com:99999/x",
        "https://user:s3cret-value@[example.com/x",
        "https://example.com/x?token=s3cret-value",
        "https://example.com/x#s3cret-value",
        "s3cret-value@",
    ],
)
def test_a_password_in_an_address_is_never_printed(url: str) -> None:
    for name in ("LOADER_API_URL", "LOADER_IMS_URL"):
        with pytest.raises(SettingsError) as caught:
            load_settings(environment={name: url})
        assert "s3cret-value" not in str(caught.value)


def test_with_a_journal_in_a_database_the_settle_time_outlasts_every_request() -> None:
    database = {"LOADER_JOURNAL": "postgresql://me@db.example.com/journals"}
    with pytest.raises(SettingsError, match=r"settle_seconds is 0: .* above 0"):
        load_settings(environment={**database, "LOADER_SETTLE_SECONDS": "0"})

    assert load_settings(environment={"LOADER_SETTLE_SECONDS": "0"}).settle_seconds == 0.0
    assert load_settings(environment=database).settle_seconds == 60.0


def test_the_title_of_a_sandbox_is_met_with_its_name_and_values_are_shown_as_written() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(environment={**FULL, "LOADER_SANDBOX_NAME": "My Sandbox"})
    shown = {name: value for name, value, _ in load_settings(environment=FULL).described()}

    assert "the name, such as dev, is expected, not the title" in str(refused.value)
    assert (shown["keyring"], shown["approval_actions"]) == ("false", "none")
    assert "(" not in shown["scopes"]
