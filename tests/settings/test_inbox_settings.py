"""The inbox tables of loader.toml: what they accept, what folders inherit, what is said."""

from pathlib import Path

import pytest

from loader.errors import SettingsError
from loader.settings import config_document, load_settings
from loader.settings.inbox import InboxSettings, folder_plans, inbox_settings


def written(folder: Path, text: str) -> InboxSettings:
    path = folder / "loader.toml"
    path.write_text(text, "utf-8")
    return inbox_settings(config_document(str(path), environment={}))


def test_a_folder_takes_from_the_inbox_what_it_does_not_say(tmp_path: Path) -> None:
    made = written(
        tmp_path,
        """
        [inbox]
        settle_seconds = 3
        on_invalid = "reject-file"
        [[inbox.folder]]
        path = "legacy-crm"
        profile = "crm"
        [[inbox.folder]]
        path = "partners"
        settle_seconds = 60
        """,
    )

    plans = folder_plans(made)

    assert [(plan.name, plan.rules.settle_seconds) for plan in plans] == [
        ("", 3.0),
        ("legacy-crm", 3.0),
        ("partners", 60.0),
    ]
    assert {plan.rules.on_invalid for plan in plans} == {"reject-file"}
    assert [plan.rules.profile for plan in plans] == [None, "crm", None]


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / "loader.toml").write_text("[profile.default]\n", "utf-8")

    made = inbox_settings(config_document(str(tmp_path / "loader.toml"), environment={}))

    assert made == InboxSettings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[inbox]\nsetle_seconds = 3", "did you mean settle_seconds?"),
        ("[inbox]\nsettle_seconds = -1", "seconds, from 0 to 86400 is expected"),
        ("[inbox]\nsettle_seconds = true", "not true or false"),
        ('[inbox]\non_invalid = "stop"', "load-valid or reject-file is expected"),
        ("[inbox]\nfolder = 3", "[[inbox.folder]] tables are expected"),
        ("[[inbox.folder]]\nprofile = 'crm'", "path (folder 1 of inbox"),
        ("[[inbox.folder]]\npath = '../crm'", "without slashes"),
        ("[[inbox.folder]]\npath = '..'", "without slashes"),
        ('[[inbox.folder]]\npath = "a\\u0000b"', "NUL"),
        ("[[inbox.folder]]\npath = 'done'", "none of processing, done, failed"),
        ("[[inbox.folder]]\npath = 'a'\n[[inbox.folder]]\npath = 'a'", "is there twice"),
        ("inbox = 3", "a table [inbox] is expected"),
    ],
)
def test_what_cannot_be_is_said_with_its_table(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        written(tmp_path, text)

    assert said in str(caught.value)


def test_the_tables_of_the_inbox_do_not_disturb_the_other_verbs(tmp_path: Path) -> None:
    path = tmp_path / "loader.toml"
    path.write_text("[profile.default]\nmax_per_second = 2\n[inbox]\n[typo]\n", "utf-8")

    with pytest.raises(SettingsError) as caught:
        load_settings(config=str(path), environment={})

    assert "typo" in str(caught.value)
    path.write_text("[profile.default]\nmax_per_second = 2\n[inbox]\n", "utf-8")
    assert load_settings(config=str(path), environment={}).max_per_second == 2
