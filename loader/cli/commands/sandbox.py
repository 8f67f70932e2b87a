"""`loader sandbox`: the local imitation of the API, until Ctrl-C."""

import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loader.cli.output.terminal import echo
from loader.errors import ExitCode, SettingsError

if TYPE_CHECKING:
    from offer_sandbox import FaultPlan, Sandbox, SandboxSettings


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port.  [a free one]"
)
@click.option(
    "--database",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Keep the offers in this file.  [in memory]",
)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change what the sandbox does (`loader explain sandbox`; repeatable).",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="LINE",
    help='A fault, like "reset-after on=create probability=0.1" (repeatable).',
)
def sandbox(
    *, port: int, database: Path | None, assignments: tuple[str, ...], faults: tuple[str, ...]
) -> int:
    """Start a local imitation of the API and print the settings that connect to it.

    It runs until Ctrl-C. Its faults can be changed while it runs: `loader explain sandbox`.
    """
    from offer_sandbox import running_sandbox

    settings = _settings(assignments, faults)
    try:
        with running_sandbox(settings, port=port, database=database or ":memory:") as local:
            _print_variables(local)
            _wait()
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {settings.host}:{port}: {error.strerror or error}; choose another"
            " --port, or leave it out"
        ) from None
    return ExitCode.OK


def _settings(assignments: tuple[str, ...], faults: tuple[str, ...]) -> "SandboxSettings":
    from pydantic import TypeAdapter, ValidationError  # slow to import

    from loader.settings.layers import nearest
    from offer_sandbox import SandboxSettings

    given: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise click.UsageError(f"--set {assignment}: expected NAME=VALUE")
        given[name.replace("-", "_")] = value
    if isinstance(several := given.get("other_sandboxes"), str):
        given["other_sandboxes"] = [one for each in several.split(",") if (one := each.strip())]
    unknown = sorted(
        set(given) - set(SandboxSettings.__dataclass_fields__) | ({"faults"} & set(given))
    )
    if unknown:
        known = [name for name in SandboxSettings.__dataclass_fields__ if name != "faults"]
        hint = nearest(unknown[0], known) or f"; there are {', '.join(known)}"
        raise click.UsageError(f"--set {unknown[0]}: no such setting{hint}")
    try:
        settings = TypeAdapter(SandboxSettings).validate_python(given)
    except ValidationError as error:
        lines = [f"--set {one['loc'][0]}: {one['msg']}" for one in error.errors()]
        raise click.UsageError("\n".join(lines)) from None
    return replace(settings, faults=_fault_plan(faults))


def _fault_plan(faults: tuple[str, ...]) -> "FaultPlan":
    from loader.settings.layers import nearest
    from offer_sandbox import FaultPlan
    from offer_sandbox.faults import UnknownName

    more = "; `loader explain sandbox` says what a fault takes"
    try:
        return FaultPlan.parse(faults)
    except UnknownName as error:
        hint = nearest(error.name, error.known) or f"; there are {', '.join(error.known)}"
        raise click.UsageError(f"--fault {error.name}: no such {error.what}{hint}{more}") from None
    except ValueError as error:
        raise click.UsageError(f"--fault: {error}{more}") from None


def _print_variables(local: "Sandbox") -> None:
    """Print what a shell needs to reach the sandbox; `eval "$(…)"` is not needed but works."""
    for line in (
        f"# The sandbox is listening at {local.root} (Ctrl-C ends it). In another window:",
        f"export LOADER_API_URL={local.api_url('dps')}   # or {local.api_url('xcore')}",
        f"export LOADER_IMS_URL={local.ims_url}",
        f"export LOADER_CLIENT_ID={local.client_id}",
        f"export LOADER_CLIENT_SECRET={local.client_secret}",
        f"export LOADER_ORG_ID={local.org_id}",
        f"export LOADER_SANDBOX_NAME={local.sandbox_name}",
        f"# faults and counters: {local.admin_url}",
    ):
        echo(line)


def _wait() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(0.5):
        pass
