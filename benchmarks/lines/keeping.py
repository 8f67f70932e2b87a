"""Pull and plan of what a sandbox holds, as many offers as Adobe allows in one."""

from collections.abc import Iterator, Mapping
from tempfile import TemporaryDirectory

from benchmarks.bench import Bench, Costs, run_command
from benchmarks.line import Line
from offer_sandbox import Sandbox, running_sandbox

FULL = 10_000
_PLACEMENT = "dps:offer-placement:1a24dc4342f2e21e"
_MEMORY = 350.0


def keeping(bench: Bench) -> Iterator[Line]:
    """CPU and memory of a pull into a workbook, and of the plan of that workbook."""
    count = bench.rows(FULL)
    with running_sandbox() as sandbox, TemporaryDirectory(dir=bench.folder) as folder:
        for number in range(count):
            sandbox.put_offer(_offer(number))
        variables = _connection_variables(sandbox, journal=f"{folder}/j.sqlite3")
        sheets = iter(range(1_000))

        def pull() -> Costs:
            words = ["pull", f"{folder}/{next(sheets)}.xlsx", "--quiet"]
            return run_command(words, variables)

        def plan() -> Costs:
            return run_command(["plan", f"{folder}/0.xlsx", "--quiet"], variables)

        for verb, run in (("pull", pull), ("plan", plan)):
            found = bench.repeated(run)
            for what, amount, unit, target in (
                (f"{verb} of {FULL:,} offers", found.cpu, "CPU-s", None),
                (f"peak memory of a {verb}, {FULL:,} offers", found.peak_mb, "MB", _MEMORY),
            ):
                yield Line(
                    what=what,
                    found=amount,
                    unit=unit,
                    target=target,
                    judged=count == FULL,
                    ran=found.ran(count, of=FULL, unit="offers"),
                )


def _offer(number: int) -> dict[str, object]:
    components = [{"type": "html", "format": "text/html", "content": f"<p>Offer {number}</p>"}]
    channel = "https://ns.adobe.com/xdm/channel-types/web"
    return {
        "name": f"Offer {number}",
        "description": f"Shown where nothing else fits, number {number}",
        "status": "approved",
        "representations": [
            {"placement": _PLACEMENT, "channel": channel, "components": components}
        ],
    }


def _connection_variables(sandbox: Sandbox, *, journal: str) -> Mapping[str, str]:
    return {
        "LOADER_API": "dps",
        "LOADER_API_URL": sandbox.api_url("dps"),
        "LOADER_IMS_URL": sandbox.ims_url,
        "LOADER_CLIENT_ID": sandbox.client_id,
        "LOADER_CLIENT_SECRET": sandbox.client_secret,
        "LOADER_ORG_ID": sandbox.org_id,
        "LOADER_SANDBOX_NAME": sandbox.sandbox_name,
        "LOADER_JOURNAL": journal,
        "LOADER_MAX_PER_SECOND": "1000",
    }
