"""Servers that notices arrive at: SMTP and HTTP, on this machine, for one test."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from trimestre.sources.base import Connection


@dataclass
class Mailbox:
    """What an SMTP server took."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    logins: int = 0
    refusal: str = ""
    """Answer to RCPT TO in place of 250; empty = taken."""
    unknown: str = ""
    """An address that is refused (550) while others are taken."""

    @property
    def connection(self) -> Connection:
        """As a connection of Airflow says it."""
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "trimestre@example.org"}
        return Connection(f"https://127.0.0.1:{self.port}", extra=extra)


class _Smtp(socketserver.StreamRequestHandler):
    """As much of SMTP as smtplib speaks."""

    def handle(self) -> None:
        box: Mailbox = self.server.box  # type: ignore[attr-defined]
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "EHLO":
                self._say("250-here", "250 AUTH PLAIN")
            elif verb == "AUTH":
                box.logins += 1
                self._say("235 in")
            elif verb == "RCPT" and box.refusal:
                self._say(box.refusal)
            elif verb == "RCPT" and box.unknown and box.unknown in line:
                self._say("550 nobody")
            elif verb == "DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part[1:] if part.startswith(b"..") else part)
                mail = message_from_bytes(b"".join(lines), policy=policy.default)
                box.mails.append(mail)
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@dataclass
class Posted:
    """What an HTTP server was told."""

    port: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200

    @property
    def connection(self) -> Connection:
        """Its secret is the rest of the path."""
        return Connection(f"http://127.0.0.1:{self.port}/hooks", password="T000/s3cret")


class _Http(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        posted: Posted = self.server.posted  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        posted.requests.append({"path": self.path, "body": body, "headers": dict(self.headers)})
        self.send_response(posted.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


class _SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def smtp() -> Iterator[Mailbox]:
    """An SMTP server."""
    server = _SmtpServer(("127.0.0.1", 0), _Smtp)
    server.box = box = Mailbox(server.server_address[1])  # type: ignore[attr-defined]
    with _running(server):
        yield box


@contextmanager
def webhook() -> Iterator[Posted]:
    """An HTTP server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Http)
    server.posted = told = Posted(server.server_address[1])  # type: ignore[attr-defined]
    with _running(server):
        yield told
