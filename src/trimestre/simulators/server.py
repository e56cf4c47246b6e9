"""What the simulators share: a threading HTTP server on the loopback, kept alive, quiet."""

import contextlib
import socket
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass
class Request:
    """One HTTP request as it came."""

    method: str
    path: str
    query: str
    content_type: str
    body: bytes


@dataclass
class Response:
    """One HTTP answer; ``reason`` replaces the usual phrase of the status line."""

    body: bytes = b""
    content_type: str = "application/json"
    status: int = 200
    reason: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Simulator:
    """Base of the simulators: ``start()`` and ``stop()``, or a ``with`` block; 127.0.0.1 only."""

    def __init__(self, port: int = 0) -> None:
        self._wanted_port = port
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port served; before the start the wanted one (0 = any free one)."""
        return self._server.server_address[1] if self._server else self._wanted_port

    @property
    def url(self) -> str:
        """Address of the simulated site, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Begin to answer; raises ``OSError`` if the wanted port is taken."""
        self._server = _Server(("127.0.0.1", self._wanted_port), self._handler_class())
        # A short poll: stop() waits for its end, and every test stops a simulator.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name=type(self).__name__, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and free the port; harmless if not started."""
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(timeout=5)
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, request: Request) -> Response:
        """Answer one request; the subclass knows how."""
        raise NotImplementedError

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        simulator = self

        class Handler(_Handler):
            """Handler bound to this simulator."""

            def respond(self, request: Request) -> Response:
                return simulator.answer(request)

        return Handler


class _Server(ThreadingHTTPServer):
    """Server that cuts its kept-alive connections when it closes, as a stopped site does."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news; anything else is a fault of the simulator and is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go out as one segment at once: with Nagle's algorithm every call would cost 40 ms.
    disable_nagle_algorithm = True
    wbufsize = -1

    def respond(self, request: Request) -> Response:
        raise NotImplementedError

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        kind = self.headers.get("Content-Type", "")
        response = self.respond(Request(self.command, path, query, kind, body))
        self.send_response(response.status, response.reason)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a request line may hold a token."""
