"""What stands in deploy/: every metric, setting and option that it names exists."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from loader.inbox.metrics.inbox_metrics import InboxMetrics
from loader.settings import config_document, load_settings
from loader.settings.inbox import inbox_settings
from loader.settings.metrics import log_settings, metrics_settings
from loader.settings.notify import notify_settings
from loader.settings.schedule import schedules

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXTS = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
METRIC = re.compile(r"\bloader_[a-z_]+\b")
OURS = {"loader_state"}  # the name of a volume


def metrics_in_the_code() -> set[str]:
    """Every name that a query may use."""
    families = list(InboxMetrics().registry.collect())
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}
    return {
        family.name + ending for family in families for ending in endings.get(family.type, [""])
    }


@pytest.mark.parametrize("name", ["prometheus/alerts.yml", "grafana/loader.json"])
def test_every_metric_that_is_asked_for_exists(name: str) -> None:
    named = set(METRIC.findall((DEPLOY / name).read_text("utf-8")))

    assert len(named) > 5
    assert named <= metrics_in_the_code()


def test_every_metric_of_the_code_is_on_the_dashboard_or_alerted() -> None:
    shown = "".join((DEPLOY / name).read_text("utf-8") for name in
                    ("prometheus/alerts.yml", "grafana/loader.json"))  # fmt: skip
    derived = ("_sum", "_count")

    missing = {name for name in metrics_in_the_code() if name not in shown}

    assert {name for name in missing if not name.endswith(derived)} == set()


def test_the_dashboard_has_panels_that_ask_something() -> None:
    dashboard = json.loads((DEPLOY / "grafana/loader.json").read_text("utf-8"))

    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"]) > 8
    assert all(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])


@pytest.mark.parametrize("name", ["loader.toml", "loader.container.toml"])
@pytest.mark.parametrize("commented", [False, True], ids=["as it is", "with all of it"])
def test_the_settings_can_be_used(tmp_path: Path, name: str, commented: bool) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    if commented:
        text = re.sub(r"^# (\[|[a-z_]+ = )", r"\1", text, flags=re.MULTILINE)
    path = tmp_path / "loader.toml"
    path.write_text(text, "utf-8")
    secrets = {"LOADER_WEBHOOK_URL": "https://hooks.example.com/x", "LOADER_SMTP_PASSWORD": "x"}
    document = config_document(str(path), environment={})

    load_settings(config=str(path), environment={})
    inbox_settings(document)
    metrics, log = metrics_settings(document), log_settings(document)
    notify = notify_settings(document, environment=secrets if commented else {})
    due = schedules(document)

    assert metrics.host_and_port() is not None
    assert log.form in ("auto", "json")
    if commented and name == "loader.toml":
        assert notify.email is not None
        assert [each.name for each in due] == ["nightly"]


def test_commands_in_it_have_options_that_exist() -> None:
    from loader.cli.commands.watch import watch  # noqa: PLC0415 - click, only here

    known = {option for parameter in watch.params for option in parameter.opts}
    for path in (*TEXTS, DEPLOY.parent / "docs" / "file-drop.md"):
        for line in re.findall(r"loader watch [^\n]*", path.read_text("utf-8")):
            assert set(re.findall(r"--[a-z-]+", line)) <= known, path


def test_the_settings_in_the_operator_s_page_can_be_used(tmp_path: Path) -> None:
    page = (DEPLOY.parent / "docs" / "file-drop.md").read_text("utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    for name in ("webhook", "smtp-password"):
        (tmp_path / name).write_text("https://hooks.example.com/x")
        (tmp_path / name).chmod(0o600)
    path = tmp_path / "loader.toml"

    for block in blocks:
        path.write_text(block, "utf-8")
        document = config_document(str(path), environment={})
        inbox_settings(document)
        notify_settings(document, environment={})
        metrics_settings(document)
        log_settings(document)
        schedules(document)

    assert len(blocks) > 5


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_the_units_are_what_systemd_expects(tmp_path: Path) -> None:
    program = tmp_path / "loader"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text("utf-8").replace("/opt/loader/bin/loader", str(program))
        (tmp_path / unit.name).write_text(text, "utf-8")
    units = [str(path) for path in tmp_path.iterdir() if path.suffix in (".service", ".timer")]

    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )

    assert len(units) == 3
    assert (ran.returncode, ran.stderr.strip()) == (0, "")


def test_the_two_services_differ_only_where_they_must() -> None:
    watch, once = (
        set((DEPLOY / f"systemd/loader-{name}.service").read_text("utf-8").splitlines())
        for name in ("watch", "once")
    )

    assert {line.partition("=")[0] for line in watch ^ once if "=" in line} == {
        "Description", "Type", "ExecStart", "Restart", "RestartSec", "RestartPreventExitStatus",
        "SuccessExitStatus", "TimeoutStartSec", "WantedBy",
    }  # fmt: skip
