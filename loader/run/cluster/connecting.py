"""Connect to the scheduler of a Dask cluster, or start one on the cores of this machine.

What Dask itself prints is silenced: whatever is wrong is in one `ClusterError`.
"""

import logging
import os
import warnings
from contextlib import suppress
from itertools import product
from typing import Any, Final

from loader.errors import ClusterError

LOCAL: Final = "local"
_CONNECT_SECONDS: Final = 10.0
_SCHEMES: Final = {"dask": "tcp", "tcp": "tcp", "tls": "tls"}
_LOGGERS: Final = ("distributed", "distributed.client")  # each has a level of its own
_SAME: Final = ("distributed", "fallback-offer-loader")  # packages; a scheduler needs both, too
_EXAMPLE: Final = "an address like dask://scheduler.example.com:8786, or local, is expected"


def connect(address: str) -> tuple[Any, str]:  # Any: distributed has no types
    """Return a client of a cluster that has workers, and words for the cluster.

    Raises `ClusterError`.
    """
    target = _target(address)
    words = "the cluster of this machine" if address == LOCAL else f"the Dask scheduler {address}"
    version = _silence_dask()
    cluster = client = None
    try:
        cluster = _local_cluster() if address == LOCAL else None
        client = _client(cluster or target)
        if problem := _problem(client):
            raise ClusterError(f"{words} {problem}")
    except Exception as error:
        close(client)
        close(cluster)
        if isinstance(error, ClusterError):
            raise
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ClusterError(
            f"{words} cannot be used: {reason}. Is it running, of the same version of Dask as this"
            f" ({version}), and reachable from here?"
        ) from error
    return client, words


def close(what: Any) -> None:  # Any: as above
    """End a connection or a cluster; what it is slow to end does not change what was found."""
    if what is not None:
        with suppress(Exception):
            what.close(timeout=_CONNECT_SECONDS)


def _problem(client: Any) -> str:
    """Return why the cluster that was reached cannot be used."""
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
    except TimeoutError:
        return "has no workers: start some (dask worker)"
    found = client.get_versions(packages=_SAME)
    others = {"scheduler": found["scheduler"]} | {
        f"worker {address}": each for address, each in found["workers"].items()
    }
    for name, package in product(others, _SAME):
        here, there = (each["packages"].get(package) for each in (found["client"], others[name]))
        if here != there:
            has = f"{package} {there}" if there else f"no {package}"
            return (
                f"cannot be used: its {name} has {has}, but this machine has {here or 'none'}:"
                " install the same versions everywhere"
            )
    return ""


def _silence_dask() -> str:
    """Return the version of Dask, which prints nothing from now on."""
    try:
        from dask import __version__ as version  # noqa: PLC0415 - an extra
        from distributed.versions import VersionMismatchWarning  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ClusterError(
            "--on needs the extra [dask]: pip install 'fallback-offer-loader[dask]'"
        ) from error
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore", VersionMismatchWarning)
    return str(version)


def _client(target: Any) -> Any:
    """Return a client that is connected, or leave none behind.

    Dask's own leaves its connections to the end of the process where it cannot be made, and the
    end then waits for them and prints a traceback.
    """
    from distributed import Client  # noqa: PLC0415 - as above

    class ClosedClient(Client):  # type: ignore[misc] # has no types
        def start(self, **options: Any) -> None:
            try:
                super().start(**options)
            except BaseException:
                close(self)
                raise

    return ClosedClient(target, timeout=_CONNECT_SECONDS, set_as_default=False)


def _local_cluster() -> Any:
    from distributed import LocalCluster  # noqa: PLC0415 - as above

    return LocalCluster(
        n_workers=os.cpu_count() or 1,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        env={"DASK_LOGGING__DISTRIBUTED": "critical"},
        memory_limit=0,  # files are read in a process that has a limit of its own
    )


def _target(address: str) -> str:
    """Return the address as Dask writes it."""
    if address == LOCAL:
        return ""
    scheme, found, place = address.partition("://")
    host, colon, port = place.rpartition(":")
    if not found or scheme not in _SCHEMES or not (host and colon and port.isdecimal()):
        raise ClusterError(f"--on {address}: {_EXAMPLE}")
    return f"{_SCHEMES[scheme]}://{place}"
