"""What the simulators share: a threading HTTP server on the loopback, kept alive, quiet, that can be told to fail."""

import contextlib
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from trimestre.simulators.faults import FaultKind, Faults

_PAGE = b"<html><h1>Service Unavailable</h1></html>"


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
    """Base of the simulators: ``start()`` and ``stop()``, or a ``with`` block; 127.0.0.1 only.

    ``faults`` says which calls go wrong; None = all go well.
    """

    def __init__(self, port: int = 0) -> None:
        self.faults: Faults | None = None
        self._failing, self._failure = 0, Response()
        self._failing_lock = threading.Lock()
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

    def start(self, faults: Faults | None = None) -> Self:
        """Begin to answer, with faults if some are given; raises ``OSError`` if the wanted port is taken."""
        self.faults = faults or self.faults
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

    def fail_next(self, count: int = 1, *, status: int = 503, headers: dict[str, str] | None = None) -> None:
        """Answer the next ``count`` requests with an error as a proxy does, then normally again."""
        self._failing, self._failure = count, Response(_PAGE, "text/html", status, headers=headers or {})

    def shift(self) -> None:
        """Take somebody out of what is read page by page, or put them back; the subclass knows whom."""

    def expire_keys(self) -> None:
        """End every session; only a site that has sessions does something."""

    def spoiled(self, request: Request) -> tuple[FaultKind | None, Response | None]:
        """What goes wrong with a request, and the answer it gets instead of its own."""
        with self._failing_lock:
            if self._failing > 0:
                self._failing -= 1
                return None, self._failure
        faults = self.faults
        kind = (
            faults.of(f"{request.method} {request.path}?{request.query} ".encode() + request.body) if faults else None
        )
        if faults is None or kind is None:
            return None, None
        if kind == "expired":
            self.expire_keys()
        pause = {"Retry-After": faults.retry_after}
        instead = {
            "unavailable": Response(_PAGE, "text/html", 503),
            "unavailable_later": Response(b"Service Unavailable", "text/plain", 503, headers=pause),
            "too_many": Response(b"Too Many Requests", "text/plain", 429, headers=pause),
            "broken": Response(_PAGE, "text/html", 500),
            "page": Response(_PAGE, "text/html"),
        }
        return kind, instead.get(kind)

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        simulator = self

        class Handler(_Handler):
            """Handler bound to this simulator."""

            simulated = simulator

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
    simulated: Simulator
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

    def do_PATCH(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        kind = self.headers.get("Content-Type", "")
        request = Request(self.command, path, query, kind, body)
        fault, instead = self.simulated.spoiled(request)
        response = instead or self.respond(request)
        if fault == "shift":
            self.simulated.shift()
        if fault == "slow" and self.simulated.faults:
            time.sleep(self.simulated.faults.delay)
        self.close_connection = self.close_connection or fault in ("dropped", "cut")
        if fault != "dropped":
            self._send(response, fault)

    def _send(self, response: Response, fault: FaultKind | None) -> None:
        half = response.body[: len(response.body) // 2]
        body = half if fault == "truncated" else response.body
        self.send_response(response.status, response.reason)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(half if fault == "cut" else body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a request line may hold a token."""
