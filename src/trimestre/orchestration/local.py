"""A whole Airflow on this machine, for the demo, the tests and a single-machine use: four processes, no more.

Instead of ``airflow standalone``, which on SIGTERM leaves its components behind as orphans. Everything listens
on 127.0.0.1; secrets are generated once (0600); every process we start carries a mark in its environment, by
which a later start finds and ends what a killed run left, and by which nothing else is ever touched.

Data flow: home + project + database -> environment -> processes -> web server, REST API and logs.
"""

import contextlib
import fcntl
import json
import os
import secrets
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from trimestre.embedded import ensure_secret, tail, write_secret
from trimestre.errors import PermanentError
from trimestre.orchestration.airflow_database import AirflowDatabase
from trimestre.orchestration.processes import end, first_free_port, marked, spawn
from trimestre.orchestration.rest import APPROVER, USER, USERS, AirflowApi
from trimestre.texts import INSTALLED

COMPONENTS = {
    "api-server": ("api-server", "--workers", "1"),
    # The log servers would listen on every interface, and nobody needs them on one machine.
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}


class LocalAirflow(AirflowApi):
    """Airflow's api-server, scheduler, dag-processor and triggerer, started, watched and stopped together.

    Use it as a context manager, or :meth:`start` and :meth:`stop`.

    Args:
        home: what this machine keeps; logs go to ``home/logs``, secrets to ``home/secrets``.
        project: the folder with ``dags/`` and perhaps ``plugins/``.
        database_url: SQLAlchemy URL of Airflow's own database; must exist, is migrated by :meth:`start`.
        environment: further variables for the components, e.g. ``TRIMESTRE_*`` and ``AIRFLOW_CONN_*``.
        port: preferred port of the web server; the next free one is taken.
        paused: whether new DAGs begin paused.
        parse_seconds: how often DAG files are looked for and read again.
    """

    def __init__(
        self,
        home: Path,
        project: Path,
        database_url: str,
        environment: Mapping[str, str] | None = None,
        port: int = 8080,
        *,
        paused: bool = True,
        parse_seconds: int = 5,
    ) -> None:
        super().__init__()
        self.home, self.project = home.absolute(), project.absolute()
        self.airflow_home = self.home / "airflow"
        self.logs = self.home / "logs"
        self.port = port
        self.user, self.approver = USER, APPROVER
        self.password_file = self.home / "secrets" / "airflow_passwords.json"
        self._secrets = self.home / "secrets"
        self._database = AirflowDatabase(database_url, self.airflow_home / "migrated.json")
        self._extra = dict(environment or {})
        self._paused, self._parse_seconds = paused, parse_seconds
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """Address of the web interface."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- starting and stopping -------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start the four components and migrate the database; returns before they are healthy.

        Raises PermanentError (no DAGs, no permission, already running, migration failed).
        """
        self._prepare_folders()
        self._take_lock()
        try:
            end(marked(self.airflow_home))
            self.port = first_free_port(self.port)
            environment = self._environment()
            must_migrate = not self._database.is_migrated()
            for name, command in COMPONENTS.items():
                launcher = [sys.executable, "-m", "trimestre.orchestration.launcher", "--wait", *command]
                self._processes[name] = spawn(launcher, self.airflow_home, self.log_of(name), environment)
            if must_migrate:
                self._migrate(environment)
            for process in self._processes.values():
                if process.stdin:
                    with contextlib.suppress(BrokenPipeError):  # it died: check() says why
                        process.stdin.write(b"go\n")
                        process.stdin.close()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, grace: float = 20) -> None:
        """End every process that was started here; those that do not go within ``grace`` seconds are killed.

        Running tasks are waited for within that time. May be called again and after a failed start.
        """
        # The web server goes last: running tasks talk to it, and fail when it is gone.
        first = [p for name, p in self._processes.items() if name != "api-server"]
        deadline = time.monotonic() + grace
        for group in (first, list(self._processes.values())):
            for process in group:
                if process.poll() is None:
                    process.terminate()
            for process in group:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline - time.monotonic()))
        if self._lock:  # without it what is marked belongs to another living run
            end(marked(self.airflow_home))
        for process in self._processes.values():
            process.wait()
            if process.stdin:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
        self._processes = {}
        self.close()
        if self._lock:
            self._lock.close()
            self._lock = None

    def check(self) -> None:
        """Raise PermanentError with the end of its log when a component has died."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise PermanentError(
                    INSTALLED["component"].format(
                        name=name,
                        code=process.returncode,
                        log=self.log_of(name),
                        end=tail(self.log_of(name), 15),
                    )
                )

    # -- the surroundings ------------------------------------------------------------------------------------

    def _prepare_folders(self) -> None:
        dags = self.project / "dags"
        if not dags.is_dir():
            raise PermanentError(INSTALLED["no_dags"].format(dags=dags))
        try:
            for folder in (self.airflow_home, self.logs, self._secrets):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Without the file five processes would write it at the same time.
            (self.airflow_home / "airflow.cfg").touch()
            self._ensure_passwords()
        except OSError as error:
            raise PermanentError(INSTALLED["home"].format(why=error.strerror, where=error.filename)) from error

    def _take_lock(self) -> None:
        """One Airflow per home: the kernel gives the lock back however its holder ends."""
        lock = (self.airflow_home / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise PermanentError(INSTALLED["running"].format(home=self.home, holder=holder)) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def _ensure_passwords(self) -> None:
        # Complete before the first start: Airflow prints the passwords that it has to generate itself.
        known: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, TypeError):
            known = dict(json.loads(self.password_file.read_text()))
        if not all(known.get(user) for user in USERS):
            every = {user: known.get(user) or secrets.token_urlsafe(12) for user in USERS}
            write_secret(self.password_file, json.dumps(every))

    def _environment(self) -> dict[str, str]:
        """Our own variables, Airflow's, and then those of the constructor."""
        # Settings of another Airflow would change this one; connections (AIRFLOW_CONN_*) are meant.
        foreign = ("AIRFLOW__", "AIRFLOW_HOME", "AIRFLOW_CONFIG")
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith(foreign)},
            "AIRFLOW_HOME": str(self.airflow_home),
            **{f"AIRFLOW__{key}": str(value) for key, value in self._settings().items()},
            "GX_ANALYTICS_ENABLED": "False",
            "OPENBLAS_NUM_THREADS": "1",  # the scheduler forks, and threads do not survive that
            "OMP_NUM_THREADS": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            **self._extra,
        }

    def _settings(self) -> dict[str, object]:
        """Airflow's settings, ``SECTION__KEY`` -> value."""

        def secret(name: str, make: Callable[[], str]) -> str:
            return ensure_secret(self._secrets / name, make)

        return {
            "CORE__DAGS_FOLDER": self.project / "dags",
            "CORE__PLUGINS_FOLDER": self.project / "plugins",
            "CORE__LOAD_EXAMPLES": False,
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": 8,  # LocalExecutor forks as many workers at once
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": self._paused,
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "CORE__TEST_CONNECTION": "Enabled",  # the Test button of the connections; off by default
            "CORE__FERNET_KEY": secret("airflow_fernet_key", lambda: urlsafe_b64encode(os.urandom(32)).decode()),
            "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in USERS.items()),
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": self.password_file,
            # Airflow itself needs psycopg2 for its synchronous engine.
            "DATABASE__SQL_ALCHEMY_CONN": self._database.url("postgresql+psycopg2"),
            # Airflow's own choice, asyncpg, is not installed; psycopg 3 can do it as well.
            "DATABASE__SQL_ALCHEMY_CONN_ASYNC": self._database.url("postgresql+psycopg"),
            "API__HOST": "127.0.0.1",
            "API__PORT": self.port,
            "API__BASE_URL": self.url,
            "API__SECRET_KEY": secret("airflow_api_secret_key", lambda: secrets.token_hex(32)),
            "API_AUTH__JWT_SECRET": secret("airflow_jwt_secret", lambda: secrets.token_hex(32)),
            "DAG_PROCESSOR__REFRESH_INTERVAL": self._parse_seconds,
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": self._parse_seconds,
            "LOGGING__BASE_LOG_FOLDER": self.logs / "tasks",
            "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": self.logs / "dag-processor",
            "SCHEDULER__ENABLE_HEALTH_CHECK": False,  # its server would listen on every interface
        }

    def _migrate(self, environment: dict[str, str]) -> None:
        log = self.log_of("db-migrate")
        process = spawn([sys.executable, "-m", "airflow", "db", "migrate"], self.airflow_home, log, environment)
        try:
            process.communicate()
        finally:
            if process.poll() is None:  # Ctrl-C
                process.terminate()
                process.wait()
        if process.returncode:
            raise PermanentError(INSTALLED["migration"].format(code=process.returncode, log=log, end=tail(log, 15)))
        self._database.note_migrated()
