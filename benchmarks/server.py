"""Start the server of `server.c`, compiled for this run into a folder of its own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).with_name("server.c")


def compiler() -> str | None:
    """Return the C compiler of this machine."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


@contextmanager
def running_server(
    folder: Path, *, log: Path | None = None, limit: int = 0, retry_after: int = 0
) -> Iterator[str]:
    """Run the server until the block ends; give its address. A limit needs a log."""
    program = _compiled(folder)
    port_file = folder / f"port-{os.urandom(4).hex()}"
    words = [str(program), str(port_file)]
    if log is not None:
        words += [str(log), str(limit), str(retry_after)]
    with subprocess.Popen(words) as server:
        try:
            while not port_file.exists():
                if server.poll() is not None:
                    raise RuntimeError("the server of the benchmark did not start")
                time.sleep(0.01)
            yield f"http://127.0.0.1:{int(port_file.read_text())}"
        finally:
            server.kill()


def _compiled(folder: Path) -> Path:
    program = folder / "server"
    if not program.exists():
        name = compiler()
        if name is None:
            raise FileNotFoundError("cc")
        part = folder / f"server-{os.urandom(4).hex()}"
        subprocess.run([name, "-O2", "-o", part, SOURCE], check=True)
        part.rename(program)
    return program


def settings_for(address: str, **more: str) -> dict[str, str]:
    """Return the environment that leads a loader to the server."""
    return {
        "LOADER_API": "dps",
        "LOADER_API_URL": f"{address}/data/core/dps",
        "LOADER_IMS_URL": f"{address}/ims/token/v3",
        "LOADER_CLIENT_ID": "bench",
        "LOADER_CLIENT_SECRET": "bench",
        "LOADER_ORG_ID": "BENCH@AdobeOrg",
        "LOADER_SANDBOX_NAME": "bench",
        **more,
    }
