"""The mapping's setting is `mapping`; its older name `profile_file` goes on working everywhere."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from loader.errors import SettingsError
from loader.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def made(
    *, profile: Sequence[str] = (), variables: Sequence[str] = (), assignments: Sequence[str] = ()
) -> Settings:
    """Make the settings of these lines of a profile, these LOADER_ variables, these --set."""
    Path("loader.toml").write_text("\n".join(("[profile.default]", *profile)), "utf-8")
    environment = dict(each.split("=", 1) for each in variables)
    return load_settings(environment=environment, assignments=assignments)


@pytest.mark.parametrize("name", ["mapping", "profile_file"])
def test_a_mapping_goes_by_both_names_wherever_it_is_given(name: str) -> None:
    in_file = made(profile=[f"{name} = 'crm.toml'"])
    in_environment = made(variables=[f"LOADER_{name.upper()}=crm.toml"])
    in_assignment = made(assignments=[f"{name}=crm.toml"])

    assert in_file.mapping == Path("crm.toml")
    assert in_environment.mapping == in_assignment.mapping == Path("crm.toml")
    assert str(in_environment.origin("mapping")) == f"LOADER_{name.upper()}"
    for each in (in_file, in_environment, in_assignment):
        assert "profile_file" not in [shown for shown, *_ in each.described()]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (
            {"profile": ["mapping = 'a.toml'", "profile_file = 'b.toml'"]},
            ("mapping (profile default in", "profile_file (profile default in"),
        ),
        (
            {"variables": ["LOADER_MAPPING=a.toml", "LOADER_PROFILE_FILE=b.toml"]},
            ("mapping (LOADER_MAPPING)", "profile_file (LOADER_PROFILE_FILE)"),
        ),
        (
            {"assignments": ["mapping=a.toml", "profile_file=b.toml"]},
            ("mapping (--set mapping)", "profile_file (--set profile_file)"),
        ),
    ],
)
def test_both_names_with_different_values_are_refused(
    given: dict[str, list[str]], named: tuple[str, str]
) -> None:
    with pytest.raises(SettingsError, match="keep mapping") as caught:
        made(**given)

    assert all(each in str(caught.value) for each in named), caught.value


def test_both_names_with_one_value_are_one_setting() -> None:
    assert made(variables=["LOADER_MAPPING=a", "LOADER_PROFILE_FILE=a"]).mapping == Path("a")


def test_a_stronger_layer_wins_whichever_name_it_uses() -> None:
    old_in_file = ["profile_file = 'file.toml'"]

    assert made(profile=old_in_file, variables=["LOADER_MAPPING=env"]).mapping == Path("env")
    assert made(variables=["LOADER_MAPPING=env"], assignments=["profile-file=set"]).mapping == Path(
        "set"
    )


def test_what_is_wrong_with_an_older_name_is_said_under_the_name_that_was_written() -> None:
    with pytest.raises(
        SettingsError, match=r"^a setting cannot be used: mapping .*profile_file of"
    ):
        made(profile=["profile_file = 3"])


@pytest.mark.parametrize("name", ["maping", "profil_file"])
def test_an_older_name_is_not_suggested(name: str) -> None:
    with pytest.raises(SettingsError, match="no such setting") as caught:
        made(assignments=[f"{name}=a"])

    assert "did you mean profile_file" not in str(caught.value)
