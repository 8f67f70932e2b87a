"""Where the journal is: a file, or a database whose password is never shown."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from loader.errors import SettingsError
from loader.journal_address import DatabaseAddress
from loader.redaction import secrets_of
from loader.settings import load_settings

SHOWN = "postgresql://ops@db.example.com:6432/journals?sslmode=require"
SECRET = "p:w/ord%of&mine"
WRITTEN = "postgres://ops:p%3Aw%2Ford%25of%26mine@db.example.com:6432/journals?sslmode=require"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_a_password_in_the_address_is_used_and_never_shown() -> None:
    made = load_settings(environment={"LOADER_JOURNAL": WRITTEN})
    place = made.journal_place

    assert isinstance(place, DatabaseAddress)
    assert (place.url, place.password) == (SHOWN, SECRET)
    assert SECRET in made.secret_values()
    assert SECRET in secrets_of({"LOADER_JOURNAL": WRITTEN})
    for text in (str(place), repr(place), str(made.described()), repr(made)):
        assert "mine" not in text, text
        assert "ord" not in text.replace("coordinates", "").replace("password", ""), text


@pytest.mark.parametrize(
    ("written", "shown", "password"),
    [
        ("postgresql://", "postgresql://", ""),
        ("postgresql:///journals", "postgresql:///journals", ""),
        ("postgresql://:s@h/d", "postgresql://h/d", "s"),
        ("postgresql://u@%2Frun%2Fpg:5433/d", "postgresql://u@%2Frun%2Fpg:5433/d", ""),
        ("postgresql://u@h/d?password=s%26t", "postgresql://u@h/d", "s&t"),
        ("postgresql://u:s@a:1,b:2/d", "postgresql://u@a:1,b:2/d", "s"),
        ("postgresql://u:s@t@h/d", "postgresql://u@h/d", "s@t"),
    ],
)
def test_an_address_is_taken_apart(written: str, shown: str, password: str) -> None:
    address = DatabaseAddress.parse(written)

    assert (address.url, address.password) == (shown, password)


def test_the_password_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("of the file\n", "utf-8")
    file.chmod(0o600)
    ways = {
        "of the variable": {"LOADER_JOURNAL_PASSWORD": "of the variable"},
        "of the file": {"LOADER_JOURNAL_PASSWORD_FILE": str(file)},
    }
    for password, variables in ways.items():
        place = load_settings(environment={"LOADER_JOURNAL": SHOWN, **variables}).journal_place
        assert isinstance(place, DatabaseAddress)
        assert place.password == password


def test_the_password_comes_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    keyring = ModuleType("keyring")
    keyring.get_password = lambda *names: asked.append(names) or "of the ring"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(
        sys.modules,
        "keyring.errors",
        SimpleNamespace(KeyringError=LookupError),  # type: ignore[arg-type]
    )
    environment = {
        "LOADER_JOURNAL": SHOWN,
        "LOADER_KEYRING": "true",
        "LOADER_CLIENT_ID": "id",
        "LOADER_CLIENT_SECRET": "s3cret-value",
    }
    place = load_settings(environment=environment).journal_place

    assert isinstance(place, DatabaseAddress)
    assert place.password == "of the ring"
    assert asked == [("fallback-offer-loader", SHOWN)]


def test_a_password_does_not_stand_where_others_read_it(tmp_path: Path) -> None:
    (tmp_path / "loader.toml").write_text(f"[profile.default]\njournal = '{WRITTEN}'\n", "utf-8")
    for flags in ({}, {"journal": WRITTEN}):
        with pytest.raises(SettingsError, match="LOADER_JOURNAL_PASSWORD") as said:
            load_settings(flags=flags, environment={})
        assert "mine" not in str(said.value)


def test_an_address_in_a_profile_is_no_path(tmp_path: Path) -> None:
    (tmp_path / "loader.toml").write_text(f"[profile.default]\njournal = '{SHOWN}'\n", "utf-8")
    made = load_settings(environment={})

    assert str(made.journal) == SHOWN
    assert made.journal_file.name == "journal.sqlite3"


def test_what_is_wrong_with_an_address_does_not_repeat_it() -> None:
    with pytest.raises(SettingsError) as said:
        load_settings(environment={"LOADER_JOURNAL": "postgresql://u:word-of-mine@[::1/d"})

    assert "LOADER_JOURNAL" in str(said.value)
    assert "word-of-mine" not in str(said.value)
