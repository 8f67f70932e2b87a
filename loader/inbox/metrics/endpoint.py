"""/metrics and /healthz on a port, in a thread, while `loader watch` runs.

    /healthz   200 {"status": "ok"}        the watcher lives; "troubles" says what waits for what
               503 {"status": "stalled"}   nothing was heard of it for too long: restart it

A folder that waits for the API, or a file that takes long, is no reason to restart anything, so
neither is a 503. Only GET and HEAD are answered, and only these two paths.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from loader.errors import SettingsError
from loader.inbox.metrics.inbox_metrics import InboxMetrics

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

STALLED_SECONDS: Final = 600.0
_POLL_SECONDS: Final = 0.1


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = 10  # a client that says nothing does not hold a thread for ever

    def log_message(self, *arguments: Any) -> None:
        """Log nothing: every scrape would be a line."""


@contextmanager
def serve_metrics(
    numbers: InboxMetrics,
    address: tuple[str, int],
    *,
    now: Callable[[], float],
    stalled_seconds: float = STALLED_SECONDS,
) -> Iterator[int]:
    """Answer at `address` (port 0: any that is free) until the block ends; give the port."""
    host, port = address
    app = _app(numbers, now=now, stalled_seconds=stalled_seconds)
    try:
        server = make_server(host, port, app, server_class=_Server, handler_class=_Handler)
    except OSError as error:
        raise SettingsError(
            f"address (metrics) = {host}:{port}: it cannot be used ({error.strerror or error});"
            " is another loader watching? Choose another port"
        ) from error
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _app(
    numbers: InboxMetrics, *, now: Callable[[], float], stalled_seconds: float
) -> Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]:
    metrics = make_wsgi_app(numbers.registry)

    def app(environment: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = environment["PATH_INFO"]
        if environment["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _answer(start, "405 Method Not Allowed", {"error": "only GET"})
        if path == "/metrics":
            answer: Iterable[bytes] = metrics(environment, start)
            return answer
        if path == "/healthz":
            silent = now() - numbers.alive_at > stalled_seconds
            return _health(start, numbers, stalled=silent and not numbers.is_loading)
        return _answer(start, "404 Not Found", {"error": "there are /metrics and /healthz"})

    return app


def _health(start: "StartResponse", numbers: InboxMetrics, *, stalled: bool) -> list[bytes]:
    troubles = [
        {"folder": trouble.folder, "kind": trouble.kind, "since": trouble.since}
        for trouble in numbers.troubles
    ]
    document = {"status": "stalled" if stalled else "ok", "troubles": troubles}
    return _answer(start, "503 Service Unavailable" if stalled else "200 OK", document)


def _answer(start: "StartResponse", status: str, document: object) -> list[bytes]:
    body = json.dumps(document).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start(status, headers)
    return [body]
