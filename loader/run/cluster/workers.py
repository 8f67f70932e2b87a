"""Run pure functions on the workers of a Dask cluster, and have their results in order.

Tasks may run twice: a worker that dies loses what it had, and the scheduler gives it to another.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from time import monotonic
from typing import Any, Final, TypeVar

from loader.errors import ClusterError
from loader.events import Limited, Listener, silent
from loader.run.cluster.connecting import close, connect

_ALONE_SECONDS: Final = 30.0  # without any worker, until a run ends
_ALONE: Final = f"{_ALONE_SECONDS:.0f} seconds at most"
_LOOK_SECONDS: Final = 1.0
T = TypeVar("T")
R = TypeVar("R")


class Cluster:
    """Workers. `words` says where they are."""

    def __init__(self, client: Any, words: str, listener: Listener) -> None:  # Any: not typed
        self._client = client
        self._words = words
        self._listener = listener

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
                    raise self._cluster_error(error) from error
                if self._workers():
                    if alone_since is not None:
                        self._listener(Limited(by=""))
                    alone_since = None
                elif alone_since is None:
                    alone_since = monotonic()
                    self._listener(Limited(by=f"no worker is left: waiting for one, {_ALONE}"))
                elif monotonic() - alone_since > _ALONE_SECONDS:
                    raise ClusterError(f"{self._words} has lost all of its workers") from None
            except Exception as error:
                raise self._cluster_error(error) from error

    def _workers(self) -> dict[str, int]:
        """Return the threads of each worker."""
        try:
            found: dict[str, int] = self._client.nthreads()
        except Exception as error:
            raise self._cluster_error(error) from error
        return found

    def _cluster_error(self, error: Exception) -> ClusterError:
        reason = ": " + " ".join(str(error).split())[:300].rstrip(".")
        match type(error).__name__:
            case "KilledWorker":
                what = "workers died of a file, one after the other: they may need more memory"
            case "CancelledError" | "CommClosedError" | "FutureCancelledError" | "OSError":
                what, reason = "the connection to the scheduler was lost", ""
            case "ModuleNotFoundError" | "ImportError":
                what = "a worker lacks this version of the loader, or what it needs"
            case name:
                what = f"a task failed ({name})"
        return ClusterError(f"{self._words}: {what}{reason}. Nothing was changed: check again")


@contextmanager
def open_cluster(address: str, *, listener: Listener = silent) -> Iterator[Cluster]:
    """Yield the workers of a scheduler, or of a cluster of this machine's cores until the end."""
    client, words = connect(address)
    try:
        yield Cluster(client, words, listener)
    finally:
        close(client)
        close(client.cluster)
