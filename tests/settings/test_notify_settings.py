"""`[notify]`: where its secrets come from, what it accepts, and what is said about the rest."""

from pathlib import Path

import pytest

from loader.errors import SettingsError
from loader.settings import config_document, load_settings
from loader.settings.notify import NotifySettings, notify_settings

EMAIL = (
    '[notify.email]\nhost = "mx.example.com"\nsender = "a@b.example"\nrecipients = "c@d.example"\n'
)
HOOK = "https://hooks.example.com/services/T0/s3cr3t"


def written(folder: Path, text: str, **variables: str) -> NotifySettings:
    path = folder / "loader.toml"
    path.write_text(text, "utf-8")
    return notify_settings(config_document(str(path), environment={}), environment=variables)


def test_secrets_come_from_the_environment_or_from_files(tmp_path: Path) -> None:
    secret = tmp_path / "hook"
    secret.write_text(f"{HOOK}\n")
    secret.chmod(0o600)

    by_file = written(tmp_path, '[notify.webhook]\nurl_file = "hook"\nshape = "teams"\n')
    by_variable = written(tmp_path, "", LOADER_WEBHOOK_URL=HOOK)
    email = written(tmp_path, f'{EMAIL}user = "u"\n', LOADER_SMTP_PASSWORD="pa55").email

    assert by_file.secret_values() == by_variable.secret_values() == (HOOK,)
    assert by_variable.webhook is not None
    assert email is not None
    assert (email.real_port, email.recipients) == (587, ("c@d.example",))
    assert "pa55" not in repr(email)
    assert "s3cr3t" not in repr(by_file)


def test_nobody_is_told_where_nothing_is_set(tmp_path: Path) -> None:
    assert written(tmp_path, "[notify]\n") == NotifySettings()


@pytest.mark.parametrize(
    ("text", "variables", "said"),
    [
        ("[notify.webhook]\n", {}, "url (notify.webhook in"),
        (f'[notify.webhook]\nurl = "{HOOK}"', {}, "does not belong in loader.toml"),
        ('[notify.webhook]\nurl_file = "gone"', {}, "cannot be read"),
        ("", {"LOADER_WEBHOOK_URL": "http://hooks.example.com/s3cr3t"}, "https is needed"),
        ("", {"LOADER_WEBHOOK_URL": "s3cr3t"}, "a whole address is expected"),
        ('[notify.webhook]\nshape = "irc"', {"LOADER_WEBHOOK_URL": HOOK}, "json, slack or teams"),
        ('[notify]\noutcomes = ["done"]', {}, "a list of loaded, loaded-with-errors"),
        ('[notify]\nwebhok = "x"', {}, "no such setting"),
        ("notify = 3", {}, "a table [notify] is expected"),
        (f'{EMAIL}user = "u"', {}, "user and password belong together"),
        (f'{EMAIL}user="u"\nsecurity="none"', {"LOADER_SMTP_PASSWORD": "s3cr3t"}, "in the clear"),
        (EMAIL.replace('"c@d.example"', "[]"), {}, "a list of addresses is expected"),
        (EMAIL.replace("a@b.example", "a@b.example\\nBcc: x@y"), {}, "one address like"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_without_the_secret(
    tmp_path: Path, text: str, variables: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        written(tmp_path, text, **variables)

    assert said in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_its_variables_are_no_mistakes_for_the_other_verbs(tmp_path: Path) -> None:
    settings = load_settings(environment={"LOADER_WEBHOOK_URL": HOOK, "LOADER_SMTP_PASSWORD": "x"})

    assert settings.notices == ()
