"""The Dockerfile, the compose file, the manifest and the recipes name only what exists."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from loader.cli.group import cli
from loader.settings.fields import NAMES
from tests.support.workbooks import write_offers

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
MANIFEST = {
    each["kind"]: each
    for each in yaml.safe_load_all((DEPLOY / "kubernetes/loader.yaml").read_text("utf-8"))
}
RECIPES = (ROOT / "docs/recipes.md").read_text("utf-8")


def parsed(arguments: list[str]) -> None:
    """Parse a command line as the loader does; nothing is run."""
    verb, *rest = arguments
    command = cli.get_command(None, verb)  # type: ignore[arg-type]  # it needs no context
    assert command is not None, verb
    command.make_context(verb, list(rest), resilient_parsing=False)


def are_settings(variables: Any) -> None:
    """Check that every variable of the loader is a setting, its file, or of the command."""
    for name in variables:
        stem = name.removeprefix("LOADER_").removesuffix("_FILE").lower()
        assert stem in {*NAMES, "config", "journal_password"}, name


def test_the_image_is_built_from_all_that_the_package_needs() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    extras = re.findall(r"\.\[([a-z0-9,]+)\]", "\n".join(lines))[0].split(",")

    assert {*wheel["packages"], *wheel["force-include"], "constraints.txt"} <= copied
    assert all((ROOT / each).exists() for each in copied if not each.startswith(("--", "/")))
    assert set(extras) <= set(project["project"]["optional-dependencies"])


def test_the_services_have_commands_settings_and_volumes_that_exist() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        if service["image"] != "fallback-offer-loader":
            continue
        are_settings(service.get("environment", ()))
        parsed(service.get("command") or ["watch", "/"])
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in COMPOSE["volumes"], name
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", ())) <= set(services)
    one, two = (services[f"watcher-{number}"] for number in (1, 2))
    assert one["volumes"] == two["volumes"]
    assert one["environment"].items() <= two["environment"].items()


def test_the_manifest_has_arguments_settings_and_mounts_that_exist() -> None:
    pod = MANIFEST["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    claim = MANIFEST["PersistentVolumeClaim"]["metadata"]["name"]
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}

    are_settings(MANIFEST["ConfigMap"]["data"])
    parsed([*container["args"][:1], "/"])
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    assert volumes["inbox"]["persistentVolumeClaim"]["claimName"] == claim
    assert container["envFrom"][0]["configMapRef"]["name"] == "loader"
    labels = pod["metadata"]["labels"].items()
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert MANIFEST[kind]["spec"]["selector"]["matchLabels"].items() <= labels
    files = [value for value in MANIFEST["ConfigMap"]["data"].values() if value.startswith("/run")]
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
    assert all(any(file.startswith(f"{mount}/") for mount in mounts) for file in files)


def test_every_command_of_the_recipes_can_be_given() -> None:
    blocks = re.findall(r"^```console\n(.*?)^```", RECIPES, re.DOTALL | re.MULTILINE)
    commands = re.findall(r"^\$ loader (.*)$", "".join(blocks), re.MULTILINE)
    for each in commands:
        parsed(shlex.split(each))
    assert len(commands) > 1


def test_the_function_of_the_recipes_loads_and_says_when_to_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", RECIPES, re.DOTALL | re.MULTILINE)
    for block in blocks:
        ast.parse(block)
    space: dict[str, Any] = {}
    exec(blocks[0], space)  # what the page says is what is tried
    run = subprocess.run

    def with_this_python(command: list[str], **more: Any) -> Any:
        return run([sys.executable, "-m", *command], check=False, **more)

    monkeypatch.setattr(subprocess, "run", with_this_python)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOADER_JOURNAL", str(tmp_path / "journal.sqlite3"))
    write_offers(tmp_path / "offers.csv", ["A", "B"])

    report = space["load_offers"]("offers.csv", options=("--sandbox",))

    assert report["summary"]["created"] == 2
    with pytest.raises(RuntimeError, match="no such file"):
        space["load_offers"]("nothing.csv", options=("--sandbox",))
    monkeypatch.setenv("LOADER_JOURNAL", str(tmp_path / "offers.csv"))
    with pytest.raises(space["TryAgain"]):
        space["load_offers"]("offers.csv", options=("--sandbox",))
    assert len(blocks) == 4
