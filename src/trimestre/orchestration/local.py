"""A whole Airflow on this machine, for the demo, the tests and a single-machine use: four processes, no more.

Instead of ``airflow standalone``, which on SIGTERM leaves its components behind as orphans. Everything listens
on 127.0.0.1; secrets are generated once (0600); every process we start carries a mark in its environment, by
which a later start finds and ends what a killed run left, and by which nothing else is ever touched.
"""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psutil  # type: ignore[import-untyped]
import psycopg
import requests
from sqlalchemy import make_url

from trimestre.embedded import die_with_parent, ensure_secret, write_secret
from trimestre.errors import PermanentError, TransientError

USER = "admin"
MARK = "TRIMESTRE_LOCAL_AIRFLOW"
COMPONENTS = {
    "api-server": ("api-server", "--workers", "1"),
    # The log servers would listen on every interface, and nobody needs them on one machine.
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
_HEALTH_NAMES = ("metadatabase", "scheduler", "triggerer", "dag_processor")


class LocalAirflow:
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
        self.home, self.project = home.absolute(), project.absolute()
        self.airflow_home = self.home / "airflow"
        self.logs = self.home / "logs"
        self.port = port
        self.user = USER
        self.password_file = self.home / "secrets" / "airflow_passwords.json"
        self._secrets = self.home / "secrets"
        # Airflow itself needs psycopg2 for its synchronous engine.
        self._database = make_url(database_url).set(drivername="postgresql+psycopg2")
        self._extra = dict(environment or {})
        self._paused, self._parse_seconds = paused, parse_seconds
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lock: IO[str] | None = None
        self._bearer = ""
        self._http = requests.Session()
        self._http.trust_env = False  # a proxy of the user's environment has no part in talking to ourselves

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
            self._end(self._marked())
            self.port = _free_port(self.port)
            environment = self._environment()
            must_migrate = not self._is_migrated()
            for name, command in COMPONENTS.items():
                launcher = [sys.executable, "-m", "trimestre.orchestration.launcher", "--wait", *command]
                self._processes[name] = self._spawn(name, launcher, environment)
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
            self._end(self._marked())
        for process in self._processes.values():
            process.wait()
            if process.stdin:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
        self._processes = {}
        self._bearer = ""
        self._http.close()
        if self._lock:
            self._lock.close()
            self._lock = None

    def check(self) -> None:
        """Raise PermanentError with the end of its log when a component has died."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise PermanentError(
                    f"Airflow's {name}: found that it ended with code {process.returncode}, expected it to run. "
                    f"Read {self._log(name)}; its end says:\n{_tail(self._log(name))}"
                )

    def wait_healthy(self, timeout: float = 90) -> None:
        """Wait until all four components say that they are healthy.

        Raises PermanentError when one dies, TransientError after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        missing: list[str] = list(_HEALTH_NAMES)
        while time.monotonic() < deadline:
            self.check()
            with contextlib.suppress(requests.RequestException, ValueError):
                health = self._http.get(f"{self.url}/api/v2/monitor/health", timeout=5).json()
                missing = [n for n in _HEALTH_NAMES if (health.get(n) or {}).get("status") != "healthy"]
                if not missing:
                    return
            time.sleep(0.2)
        raise TransientError(
            f"Airflow: found {', '.join(missing)} not healthy after {timeout:.0f} s, expected all four components. "
            f"Read the logs in {self.logs} and start again."
        )

    # -- Airflow's REST API ----------------------------------------------------------------------------------

    def token(self) -> str:
        """Bearer token of the user ``admin``, fetched once."""
        if not self._bearer:
            password = json.loads(self.password_file.read_text())[USER]
            answer = self._send("POST", "/auth/token", {"username": USER, "password": password}, {})
            self._bearer = str(answer.json()["access_token"])
        return self._bearer

    def request(self, method: str, path: str, json: object = None) -> Any:
        """Call Airflow's REST API: ``path`` below ``/api/v2``, e.g. ``/dags``; returns the parsed answer.

        Raises PermanentError for an answer 4xx, TransientError for 5xx or no answer.
        """
        bearer = {"Authorization": f"Bearer {self.token()}"}
        answer = self._send(method, f"/api/v2{path}", json, bearer)
        return answer.json() if answer.content else None

    def unpause(self, dag_id: str, timeout: float = 60) -> None:
        """Unpause a DAG, waiting up to ``timeout`` seconds until its file has been read.

        Raises PermanentError, with what Airflow says of DAG files that it cannot import.
        """
        self._wait_for_dag(dag_id, timeout)
        self.request("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, partition_key: str | None = None, conf: Mapping[str, object] | None = None) -> str:
        """Start a run by hand, of one quarter when ``partition_key`` is given; returns the run's id."""
        body: dict[str, object] = {"logical_date": None, "conf": dict(conf or {})}
        if partition_key is not None:
            body["partition_key"] = partition_key
        return str(self.request("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def _wait_for_dag(self, dag_id: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while True:
            self.check()
            found = self.request("GET", f"/dags?limit=100&dag_id_pattern={dag_id}")["dags"]
            if any(dag["dag_id"] == dag_id and not dag.get("is_stale") for dag in found):
                return
            if time.monotonic() > deadline:
                # Only now, because a bad file of another DAG is no reason to give up.
                errors = self.request("GET", "/importErrors")["import_errors"]
                trace = "\n".join(e["stack_trace"].strip().splitlines()[-1] for e in errors)
                raise PermanentError(
                    f"DAG {dag_id}: found none after {timeout:.0f} s, expected a DAG file below "
                    f"{self.project / 'dags'} that gives it. Mend the file; Airflow reads it again by itself. {trace}"
                )
            time.sleep(0.3)

    def _send(self, method: str, path: str, body: object, headers: dict[str, str]) -> requests.Response:
        try:
            answer = self._http.request(method, self.url + path, json=body, headers=headers, timeout=30)
        except requests.RequestException as error:
            self.check()
            raise TransientError(
                f"Airflow's {method} {path}: found {type(error).__name__}, expected an answer. Try again."
            ) from error
        if answer.status_code >= 500:
            raise TransientError(
                f"Airflow's {method} {path}: found HTTP {answer.status_code}, expected 2xx. "
                f"Read {self._log('api-server')} and try again."
            )
        if answer.status_code >= 400:
            raise PermanentError(
                f"Airflow's {method} {path}: found HTTP {answer.status_code} {answer.text[:300]}, expected 2xx. "
                "Change the request."
            )
        return answer

    # -- processes -------------------------------------------------------------------------------------------

    def _spawn(self, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        log = self._log(name)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with log.open("wb") as file:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self.airflow_home,
                start_new_session=True,  # Ctrl-C is for us; we end them in order
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def _marked(self) -> list[psutil.Process]:
        """Every process that a run of this home started, and their children, however they were left."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and process.environ().get(MARK) == str(self.airflow_home):
                    found.append(process)
        return found

    @staticmethod
    def _end(processes: Iterable[psutil.Process]) -> None:
        alive = list(processes)
        for method, seconds in (("terminate", 5), ("kill", 5)):
            for process in alive:
                with contextlib.suppress(psutil.NoSuchProcess):
                    getattr(process, method)()
            _, alive = psutil.wait_procs(alive, timeout=seconds)

    def _log(self, name: str) -> Path:
        return self.logs / f"airflow-{name}.log"

    # -- the surroundings ------------------------------------------------------------------------------------

    def _prepare_folders(self) -> None:
        dags = self.project / "dags"
        if not dags.is_dir():
            raise PermanentError(
                f"project: found no folder {dags}, expected one with the DAG files. "
                "Name the project's folder by TRIMESTRE_PROJECT."
            )
        try:
            for folder in (self.airflow_home, self.logs, self._secrets):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Without the file five processes would write it at the same time.
            (self.airflow_home / "airflow.cfg").touch()
            self._ensure_password()
        except OSError as error:
            raise PermanentError(
                f"home: found {error.strerror} at {error.filename}, expected a folder that you may write. "
                "Give it to your user or choose another with TRIMESTRE_HOME."
            ) from error

    def _take_lock(self) -> None:
        """One Airflow per home: the kernel gives the lock back however its holder ends."""
        lock = (self.airflow_home / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise PermanentError(
                f"Airflow of {self.home}: found it already running (process {holder}), expected none. "
                "Use that one, stop it with Ctrl-C, or choose another folder with TRIMESTRE_HOME."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def _ensure_password(self) -> None:
        # Complete before the first start: Airflow prints the passwords that it has to generate itself.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if json.loads(self.password_file.read_text()).get(USER):
                return
        write_secret(self.password_file, json.dumps({USER: secrets.token_urlsafe(12)}))

    def _environment(self) -> dict[str, str]:
        """Our own variables, Airflow's, and then those of the constructor."""
        inherited = {
            key: value
            for key, value in os.environ.items()
            # Settings of another Airflow would change this one; connections (AIRFLOW_CONN_*) are meant.
            if not key.startswith(("AIRFLOW__", "AIRFLOW_HOME", "AIRFLOW_CONFIG"))
        }

        def secret(name: str, make: Callable[[], str]) -> str:
            return ensure_secret(self._secrets / name, make)

        database = self._database
        sections = {
            "CORE__DAGS_FOLDER": self.project / "dags",
            "CORE__PLUGINS_FOLDER": self.project / "plugins",
            "CORE__LOAD_EXAMPLES": False,
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": 8,  # LocalExecutor forks as many workers at once
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": self._paused,
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "CORE__FERNET_KEY": secret("airflow_fernet_key", lambda: urlsafe_b64encode(os.urandom(32)).decode()),
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": self.password_file,
            "DATABASE__SQL_ALCHEMY_CONN": database.render_as_string(hide_password=False),
            # Airflow's own choice, asyncpg, is not installed; psycopg 3 can do it as well.
            "DATABASE__SQL_ALCHEMY_CONN_ASYNC": database.set(drivername="postgresql+psycopg").render_as_string(
                hide_password=False
            ),
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
        return {
            **inherited,
            "AIRFLOW_HOME": str(self.airflow_home),
            **{f"AIRFLOW__{key}": str(value) for key, value in sections.items()},
            "GX_ANALYTICS_ENABLED": "False",
            "OPENBLAS_NUM_THREADS": "1",  # the scheduler forks, and threads do not survive that
            "OMP_NUM_THREADS": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            **self._extra,
            MARK: str(self.airflow_home),
            "SPT_NOENV": "1",  # setproctitle would overwrite the environment, and with it the mark
        }

    # -- Airflow's database ----------------------------------------------------------------------------------

    @property
    def _migrated_note(self) -> Path:
        return self.airflow_home / "migrated.json"

    def _state_of_database(self) -> dict[str, str] | None:
        """What we note after a migration; ``None`` for a database that holds no Airflow."""
        url = self._database.set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            with psycopg.connect(url, connect_timeout=10) as connection:
                row = connection.execute(
                    "select version_num, current_database(), (select system_identifier from pg_control_system())"
                    " from alembic_version"
                ).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
        except psycopg.OperationalError as error:
            raise PermanentError(
                f"Airflow's database: found no connection to '{self._database.database}' at "
                f"{self._database.host}:{self._database.port}, expected a running PostgreSQL. "
                "Start it, or correct the URL."
            ) from error
        if row is None:
            return None
        names = ("revision", "database", "server")
        return {"airflow": version("apache-airflow"), **dict(zip(names, map(str, row), strict=True))}

    def _is_migrated(self) -> bool:
        # Airflow's own check imports Airflow (2 s) and is done here by what the last migration left.
        state = self._state_of_database()
        with contextlib.suppress(OSError, ValueError):
            return state is not None and state == json.loads(self._migrated_note.read_text())
        return False

    def _migrate(self, environment: dict[str, str]) -> None:
        process = self._spawn("db-migrate", [sys.executable, "-m", "airflow", "db", "migrate"], environment)
        try:
            process.communicate()
        finally:
            if process.poll() is None:  # Ctrl-C
                process.terminate()
                process.wait()
        if process.returncode:
            raise PermanentError(
                f"Airflow's database: found that its migration ended with code {process.returncode}, expected 0. "
                f"Read {self._log('db-migrate')}; its end says:\n{_tail(self._log('db-migrate'))}"
            )
        self._migrated_note.write_text(json.dumps(self._state_of_database()))


def _tail(path: Path, lines: int = 15) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    return ""


def _free_port(first: int) -> int:
    """The first free port of 127.0.0.1 from ``first`` on."""
    for port in range(first, min(first + 200, 65536)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            # A port whose last connections are only being forgotten (TIME_WAIT) is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise PermanentError(
        f"Airflow's port: found none free from {first} to {first + 199}, expected one. Choose another first port."
    )
