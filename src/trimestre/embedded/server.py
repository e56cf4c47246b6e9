"""The server itself: started, joined, watched over and stopped, and its databases.

Data flow: home + settings -> postmaster -> port, password -> URL. One server per home, whoever starts it.
"""

import contextlib
import fcntl
import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil  # type: ignore[import-untyped]
import psycopg
from psycopg import sql
from sqlalchemy import URL

from trimestre.embedded.data import SUPERUSER, DataFolder, end, server_environment
from trimestre.embedded.machine import die_with_parent, ensure_secret, tail
from trimestre.embedded.place import place_for_root, wheel_binaries
from trimestre.errors import PermanentError, TransientError
from trimestre.texts import INSTALLED

log = logging.getLogger(__name__)

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
    # A failing statement and its DETAIL line hold values of rows, so personal data: neither is logged.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@contextlib.contextmanager
def _explained(what: str, path: Path) -> Iterator[None]:
    """Turn an operating system's refusal about ``path`` into a :class:`PermanentError`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise PermanentError(
            INSTALLED["folder"].format(what=what, reason=reason, where=error.filename or path, user=_user_name())
        ) from error


def _user_name() -> str:
    with contextlib.suppress(KeyError, ImportError):
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    return str(os.geteuid())


class EmbeddedPostgres:
    """One PostgreSQL server whose data, log and password live below ``home``.

    Use :meth:`start`; the constructor only works out the paths. A server of the same home that another living
    process owns is shared, and :meth:`stop` then leaves it alone; one whose owner is gone is taken over.
    """

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = home.absolute()
        self.settings = {"maintenance_work_mem": _build_memory(), **SETTINGS, **(settings or {})}
        self.log_file = self.home / "logs" / "postgres.log"
        self.password_file = self.home / "secrets" / "postgres_password"
        self.port = 0
        self._folder = DataFolder(self.home / "postgres", wheel_binaries())
        self._password = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._owner_file = self.home / "postgres.owner"
        self._owned = False
        self._lock_file = self.home / "postgres.lock"
        self._guests_file = self.home / "postgres.guests"
        self._joined: IO[str] | None = None
        """Held for as long as we work with another process's server, and let go by the system if we are killed."""

    @classmethod
    def start(cls, home: Path, settings: Mapping[str, str] | None = None) -> Self:
        """Start (or join) the server of ``home``; create its data folder the first time.

        ``settings`` are PostgreSQL parameters that replace ours, e.g. ``{"fsync": "off"}`` in tests.

        Raises PermanentError (folder, permission, version) or TransientError (it did not come up).
        """
        server = cls(home, settings)
        with _explained("embedded PostgreSQL", server.home):
            # As root the server's user must pass through; nobody may list it.
            server.home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            server.log_file.parent.mkdir(mode=0o700, exist_ok=True)
            server.password_file.parent.mkdir(mode=0o700, exist_ok=True)
            with server._lock_file.open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # two starts at once: the second joins the first's server
                if os.geteuid() == 0:
                    server._folder = place_for_root(server.home, server._folder)
                server._start()
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self._folder.path

    @property
    def pid(self) -> int | None:
        """Process id of the running postmaster, ``None`` when there is none."""
        running = self._folder.postmaster()
        return running.pid if running else None

    def url(self, database: str, driver: str = "psycopg") -> str:
        """SQLAlchemy URL of ``database``, with the password; ``driver`` is psycopg or psycopg2."""
        return URL.create(
            f"postgresql+{driver}", SUPERUSER, self._password, "127.0.0.1", self.port, database
        ).render_as_string(hide_password=False)

    def ensure_database(self, name: str) -> None:
        """Create the empty database ``name`` unless it is there."""
        with self._connect() as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                self._create(connection, name, "template0")

    def create_database(self, name: str, template: str = "template0") -> None:
        """Create ``name`` as a copy of ``template``, to which nobody may be connected meanwhile."""
        with self._connect() as connection:
            self._create(connection, name, template)

    def drop_database(self, name: str) -> None:
        """Drop the database ``name`` if it is there, ending the connections to it."""
        with self._connect() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Stop the server, unless another living process owns it. Ends connections, loses nothing.

        Those who joined it are waited for: it would end with its owner.
        """
        if self._joined:
            self._joined.close()
            self._joined = None
        if not self._owned:
            return
        with self._alone():
            running = self._folder.postmaster()
            if running:
                end(running)
            if self._process:
                self._process.wait()
            self._process, self._owned = None, False
            self._owner_file.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """The server for its owner: nobody who joined it is left, and nobody joins it."""
        told = False
        while True:
            with self._lock_file.open("w") as lock, self._guests_file.open("w") as guests:
                fcntl.flock(lock, fcntl.LOCK_EX)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(guests, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield
                    return
            if not told:
                log.warning(INSTALLED["guests"])
                told = True
            time.sleep(0.2)

    @staticmethod
    def _create(connection: psycopg.Connection, name: str, template: str) -> None:
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        )

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self._password,
            dbname=SUPERUSER,
            autocommit=True,
            connect_timeout=5,
        )

    # -- running ---------------------------------------------------------------------------------------------

    def _start(self) -> None:
        running = self._folder.postmaster()
        password_lost = self.data.exists() and not self.password_file.exists()
        if running and not password_lost and self._join(running):
            return
        for process in [running] if running else self._folder.leftovers():
            end(process)
        self._password = ensure_secret(self.password_file, lambda: secrets.token_hex(24))
        self._folder.ensure(self._password)
        if password_lost:
            self._folder.reset_password(self._password)
        for attempt in range(5):
            self.port = _free_port()
            if self._launch():
                break
            # Another program took the port between our choice and the server's start.
            if "could not bind" not in tail(self.log_file, 20) or attempt == 4:
                raise TransientError(
                    INSTALLED["stopped"].format(port=self.port, log=self.log_file, end=tail(self.log_file, 8))
                )
        self._own()

    def _join(self, running: psutil.Process) -> bool:
        """Use the running server; False when it does not answer and has to be started anew."""
        self._password = self.password_file.read_text().strip()
        port = self._folder.port()
        if port is None:
            return False
        self.port = port
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and running.is_running():
            with contextlib.suppress(psycopg.OperationalError), self._connect():
                if _owner_lives(self._owner_file):
                    self._joined = self._guests_file.open("w")
                    fcntl.flock(self._joined, fcntl.LOCK_SH)
                else:
                    self._own()
                return True
            time.sleep(0.1)
        return False

    def _own(self) -> None:
        me = psutil.Process()
        self._owner_file.write_text(json.dumps({"pid": me.pid, "started": me.create_time()}))
        self._owned = True

    def _launch(self) -> bool:
        """Start the postmaster and wait until it takes connections; False when it exits instead."""
        self._folder.remove_stale_pid_file()
        options = [word for k, v in self.settings.items() for word in ("-c", f"{k}={v}")]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [self._folder.binaries / "postgres", "-D", self.data, "-p", str(self.port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=server_environment(),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for us; we stop the server when its users are gone
                preexec_fn=die_with_parent(signal.SIGINT),
                **self._folder.as_user,
            )
        # Long enough for the recovery after a crash.
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                return False
            # Asked only when it says so: the port may be another program's, which need not answer.
            if self._folder.says_ready(self.port):
                with contextlib.suppress(psycopg.OperationalError), self._connect():
                    return True
            time.sleep(0.02)
        end(psutil.Process(self._process.pid))
        self._process.wait()
        return False


def _build_memory() -> str:
    """What an index is built in: a thirty-second of the machine's memory, from 128 to 512 MB."""
    return f"{min(max(psutil.virtual_memory().total // 32 // 2**20, 128), 512)}MB"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _owner_lives(owner_file: Path) -> bool:
    try:
        owner = json.loads(owner_file.read_text())
        return bool(abs(psutil.Process(owner["pid"]).create_time() - owner["started"]) < 1)
    except (OSError, ValueError, KeyError, psutil.Error):
        return False
