"""A server of somebody else, on another port of this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Attacker:
    """A server on another port of this machine; what it serves, and what browsers sent it."""

    page: str = ""
    address: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def attacking() -> Iterator[Attacker]:
    somebody = Attacker()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            somebody.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(somebody.page.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    somebody.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield somebody
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
