"""Run pure functions on the workers of a Dask cluster, and have their results in order.

Tasks may run twice: a worker that dies loses what it had, and the scheduler gives it to another.
"""

import logging
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from time import monotonic
from typing import Any, Final, TypeVar

from loader.errors import ClusterError

LOCAL: Final = "local"
_CONNECT_SECONDS: Final = 10.0
_ALONE_SECONDS: Final = 30.0  # without any worker, until a run ends
_LOOK_SECONDS: Final = 1.0
_SCHEMES: Final = {"dask": "tcp", "tcp": "tcp", "tls": "tls"}
_EXAMPLE: Final = "an address like dask://scheduler.example.com:8786, or local, is expected"
T = TypeVar("T")
R = TypeVar("R")


class Cluster:
    """Workers. `words` says where they are."""

    def __init__(self, client: Any, words: str) -> None:  # Any: distributed has no types
        self._client = client
        self._words = words

    def results(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Yield what the function makes of each task, in their order.

        A few more tasks than there are workers are given out ahead. Raises `ClusterError`.
        """
        waiting = iter(tasks)
        ahead = 2 * sum(self._workers().values()) + 2
        futures = [self._submit(function, task) for task in islice(waiting, ahead)]
        while futures:
            future = futures.pop(0)
            yield self._result(future)
            future.release()
            futures += [self._submit(function, task) for task in islice(waiting, 1)]

    def _submit(self, function: Callable[[T], R], task: T) -> Any:
        return self._client.submit(function, task, key=f"loader-{uuid.uuid4().hex}", pure=False)

    def _result(self, future: Any) -> Any:
        alone_since = None
        while True:
            try:
                return future.result(timeout=_LOOK_SECONDS)
            except TimeoutError as error:
                if future.status == "error":  # the task's own
                    raise self._lost(error) from error
                if self._workers():
                    alone_since = None
                elif alone_since is None:
                    alone_since = monotonic()
                elif monotonic() - alone_since > _ALONE_SECONDS:
                    raise ClusterError(f"{self._words} has lost all of its workers") from None
            except Exception as error:
                raise self._lost(error) from error

    def _workers(self) -> dict[str, int]:
        """Return the threads of each worker."""
        try:
            found: dict[str, int] = self._client.nthreads()
        except Exception as error:
            raise self._lost(error) from error
        return found

    def _lost(self, error: Exception) -> ClusterError:
        said = " ".join(str(error).split())[:300]
        match type(error).__name__:
            case "KilledWorker":
                what = "workers died of a file, one after the other: they may need more memory"
            case "CancelledError" | "CommClosedError" | "FutureCancelledError" | "OSError":
                what = "the connection to the scheduler was lost"
            case "ModuleNotFoundError" | "ImportError":
                what = "a worker lacks this version of the loader, or what it needs"
            case name:
                what = f"a task failed ({name})"
        return ClusterError(f"{self._words}: {what}: {said}. Nothing was changed: check again")


@contextmanager
def opened_cluster(address: str) -> Iterator[Cluster]:
    """Give the workers of a scheduler, or of a cluster of this machine's cores until the end."""
    client, words = _connected(address)
    try:
        yield Cluster(client, words)
    finally:
        _close(client)
        _close(client.cluster)


def _connected(address: str) -> tuple[Any, str]:
    target = _target(address)
    try:
        import dask  # noqa: PLC0415 - an extra

        dask.config.set({"logging.distributed": "critical"})
        from distributed import Client, LocalCluster  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ClusterError(
            "--on needs the extra [dask]: pip install 'fallback-offer-loader[dask]'"
        ) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    words = "the cluster of this machine" if address == LOCAL else f"the Dask scheduler {address}"
    cluster = None
    try:
        if address == LOCAL:
            cluster = LocalCluster(
                n_workers=os.cpu_count() or 1,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                worker_dashboard_address="127.0.0.1:0",
                env={"DASK_LOGGING__DISTRIBUTED": "critical"},
                memory_limit=0,  # files are read in a process that has a limit of its own
            )
        client = Client(cluster or target, timeout=_CONNECT_SECONDS, set_as_default=False)
    except Exception as error:
        _close(cluster)
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise ClusterError(
            f"{words} cannot be used: {said}. Is it running, of the same version of Dask as this"
            f" ({dask.__version__}), and reachable from here?"
        ) from error
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
    except TimeoutError:
        _close(client)
        raise ClusterError(f"{words} has no workers: start some (dask worker)") from None
    return client, words


def _close(what: Any) -> None:  # Any: as above
    """End a connection or a cluster; what it is slow to end does not change what was found."""
    if what is not None:
        with suppress(Exception):
            what.close(timeout=_CONNECT_SECONDS)


def _target(address: str) -> str:
    """Return the address as Dask writes it."""
    if address == LOCAL:
        return ""
    scheme, found, place = address.partition("://")
    host, colon, port = place.rpartition(":")
    if not found or scheme not in _SCHEMES or not (host and colon and port.isdecimal()):
        raise ClusterError(f"--on {address}: {_EXAMPLE}")
    return f"{_SCHEMES[scheme]}://{place}"
