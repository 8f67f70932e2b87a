"""Small sources and what the loader made of them, for the end-to-end tests."""

import csv
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.fork_server import shared_fork_server
from tests.support.forked import DEVNULL, PIPE, Forked

if TYPE_CHECKING:
    from offer_sandbox import Sandbox

HEADER = ("name", "placement", "type", "content", "channel", "status")
SAMPLES = Path(__file__).parents[2] / "samples"
PLACEMENT = "dps:offer-placement:1a24dc4342f2e21e"


def write_offers(
    path: Path,
    names: Sequence[str],
    *,
    content: str = "<p>Hello</p>",
    placement: str = PLACEMENT,
) -> Path:
    """Write a CSV of good offers."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for name in names:
            writer.writerow((name, placement, "html", content, "web", "approved"))
    return path


def connection_variables(sandbox: "Sandbox", api: str = "dps") -> dict[str, str]:
    """Return the variables by which the loader reaches a sandbox."""
    return {
        "LOADER_API_URL": sandbox.api_url(api),
        "LOADER_IMS_URL": sandbox.ims_url,
        "LOADER_CLIENT_ID": sandbox.client_id,
        "LOADER_CLIENT_SECRET": sandbox.client_secret,
        "LOADER_ORG_ID": sandbox.org_id,
        "LOADER_SANDBOX_NAME": sandbox.sandbox_name,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """The result of a finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What was printed with --json."""
        value: dict[str, Any] = json.loads(self.out)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """The command, in a process of its own, with a journal and settings of the test."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The environment of the process: nothing of the user's settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LOADER_")}
        ours = {"LOADER_JOURNAL": str(self.folder / "journal.sqlite3"), "HOME": str(self.folder)}
        return {**kept, **ours, **self.variables}

    def start(
        self,
        *arguments: str,
        stdin: int = DEVNULL,
        stdout: int = PIPE,
        stderr: int = PIPE,
        limits: Mapping[str, int] | None = None,
    ) -> Forked[str]:
        """Start it and return at once. A pipe holds little: what says much is given a file.

        Limits of the process are by their name in `resource`.
        """
        return shared_fork_server().start(
            *arguments,
            folder=self.folder,
            variables=self.environment(),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            limits=limits,
        )

    def run(self, *arguments: str) -> CommandResult:
        """Run it to its end."""
        life = shared_fork_server().run(
            *arguments, folder=self.folder, variables=self.environment(), mortal=False
        )
        assert "Traceback" not in life.out + life.err, life.err
        return CommandResult(code=life.code, out=life.out, err=life.err)

    def newest_run(self) -> str:
        """Return the id of the run that began last."""
        return str(self.run("runs", "--json").json["runs"][0]["summary"]["run_id"])


def loader_for(sandbox: "Sandbox", folder: Path, *, api: str = "dps", **more: str) -> Loader:
    """Give a loader whose settings name the sandbox."""
    return Loader(
        folder=folder,
        variables={
            "LOADER_API": api,
            **connection_variables(sandbox, api),
            "LOADER_MAX_PER_SECOND": "500",
            "LOADER_MAX_IN_FLIGHT": "8",
            "LOADER_SETTLE_SECONDS": "0.2",
            **more,
        },
    )


def results_of(path: Path) -> list[dict[str, str]]:
    """Read results written as CSV."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
