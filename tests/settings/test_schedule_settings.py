"""`[[schedule]]`: what it accepts, and what is said about the rest."""

from pathlib import Path

import pytest

from loader.errors import SettingsError
from loader.settings import config_document
from loader.settings.schedule import Schedule, schedules


def written(folder: Path, text: str) -> tuple[Schedule, ...]:
    path = folder / "loader.toml"
    path.write_text(text, "utf-8")
    return schedules(config_document(str(path), environment={}))


def test_schedules_are_read_in_their_order(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        """
        [[schedule]]
        name = "nightly"
        cron = "30  2 * * MON-FRI"
        zone = "Europe/Paris"
        [[schedule]]
        name = "hourly"
        cron = "0 * * * *"
        inbox = "s3://offers/in"
        """,
    )

    assert [(each.name, each.cron, each.zone, each.inbox) for each in found] == [
        ("nightly", "30 2 * * MON-FRI", "Europe/Paris", ""),
        ("hourly", "0 * * * *", "UTC", "s3://offers/in"),
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('cron = "61 * * * *"', "cron (schedule in"),
        ('cron = "61 * * * *"', "bad minute"),
        ('cron = "@daily"', "five fields are expected"),
        ('cron = "0 0 2 * * *"', "five fields are expected"),
        ('cron = "0 0 30 2 *"', "never due"),
        ('cron = "0 2 * * *"\nzone = "Paris"', "no such time zone"),
        ('cron = "0 2 * * *"\nzon = "UTC"', "did you mean zone?"),
        ("", "cron (schedule in"),
        ("cron = 5", "five fields"),
    ],
)
def test_what_cannot_be_is_said_with_its_number(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        written(tmp_path, f'[[schedule]]\nname = "x"\n{table}\n')

    assert said in str(caught.value)
    assert "number 1" in str(caught.value)


def test_a_name_may_stand_once_and_brackets_are_double(tmp_path: Path) -> None:
    one = '[[schedule]]\nname = "x"\ncron = "0 2 * * *"\n'

    with pytest.raises(SettingsError, match="is there twice"):
        written(tmp_path, one + one)
    with pytest.raises(SettingsError, match="double brackets"):
        written(tmp_path, one.replace("[[", "[").replace("]]", "]"))
