"""The parts of docker-compose.yaml as processes of this machine: Redis, two Celery workers and Airflow with FAB."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from nights import PROJECT, SELDOM, Installation

from trimestre.embedded import write_secret
from trimestre.orchestration.local import LocalAirflow
from trimestre.orchestration.processes import first_free_port, spawn

USERS = {"admin": "Admin", "coordinacion": "Op", "usuario": "User", "lectura": "Viewer"}
WORKERS = ("first", "second")
SECONDS = 180
SOON = """

from datetime import timedelta

for _dag in [found for name, found in globals().items() if name.startswith("ingest__")]:
    for _task in _dag.tasks:
        _task.retry_delay = timedelta(seconds=1)
"""
"""Put after the real DAG file: a test that waits half a minute for a retry says nothing more."""
QUESTION = '''
"""One question, put to one person as a close puts it (airflow, dag)."""
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG

with DAG("question", schedule=None):
    approver = {"id": "coordinacion", "name": "Coordinación"}
    HITLOperator(task_id="approve", subject="?", options=["Aprobar"], assigned_users=[approver])
'''


@dataclass
class Server:
    """Airflow as a server runs it, over one installation of the case."""

    airflow: LocalAirflow
    workers: dict[str, subprocess.Popen[bytes]]
    passwords: dict[str, str]

    def worker_of(self, pid: int) -> str:
        """The worker that a process of a task belongs to."""
        for name, worker in self.workers.items():
            if worker.poll() is None and pid in {child.pid for child in psutil.Process(worker.pid).children(True)}:
                return name
        raise AssertionError(f"no worker runs the process {pid}")

    def kill(self, name: str) -> None:
        """End a worker and all that it runs, as if its machine had lost its power."""
        worker = self.workers[name]
        children = psutil.Process(worker.pid).children(True)
        for process in (psutil.Process(worker.pid), *children):
            with suppress(psutil.NoSuchProcess):  # a task that is just done
                process.kill()
        worker.wait()
        psutil.wait_procs(children, timeout=5)


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Redis with a password on loopback; its URL."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("TRIMESTRE_REQUIRE_REDIS") == "1":
            pytest.fail("no redis-server on the PATH")
        pytest.skip("no redis-server on the PATH")
    folder.mkdir()
    password, port = secrets.token_hex(16), first_free_port(6390)
    write_secret(folder / "redis.conf", f'requirepass {password}\nbind 127.0.0.1\nport {port}\nsave ""\ndir {folder}\n')
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, folder / "redis.conf"], stdout=log, stderr=log)
    try:
        yield f"redis://:{password}@127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def write_accounts(path: Path) -> dict[str, str]:
    """A file of accounts, one of each role; their passwords."""
    passwords = {user: secrets.token_urlsafe(12) for user in USERS}
    names = {"first_name": "Nombre", "last_name": "Ilustrativo"}
    accounts = [
        {"username": user, "email": f"{user}@example.org", "role": role, "password": passwords[user]} | names
        for user, role in USERS.items()
    ]
    write_secret(path, json.dumps(accounts))
    return passwords


class ServerAirflow(LocalAirflow):
    """An Airflow whose accounts are made before anything runs, as the service ``migrate`` does.

    The web server makes FAB's roles too: done at once, both write the same rows and one of them fails.
    """

    def _migrate(self, environment: dict[str, str]) -> None:
        super()._migrate(environment)
        said = make_accounts(self.home / "accounts.json", environment)
        assert f"accounts: {len(USERS)} made, 0 were there" in said


@contextmanager
def server_over(here: Installation, airflow_database: str) -> Iterator[Server]:
    """Everything started and healthy; ended and gone when left."""
    home, project = here.folder / "home", here.folder / "project"
    (project / "dags").mkdir(parents=True)
    (project / "dags" / "ingest.py").write_text((PROJECT / "dags" / "ingest.py").read_text() + SOON)
    (project / "dags" / "question.py").write_text(QUESTION)
    shutil.copytree(PROJECT / "plugins", project / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    (home / "secrets").mkdir(parents=True)
    passwords = write_accounts(home / "accounts.json")
    write_secret(home / "secrets" / "airflow_passwords.json", json.dumps(passwords))  # where the tests look them up
    with redis(here.folder / "redis") as broker:
        write_secret(home / "secrets" / "broker", broker)
        settings = {
            "CORE__EXECUTOR": "CeleryExecutor",
            "CORE__AUTH_MANAGER": "trimestre.orchestration.fab.AccountsManager",
            "FAB__CONFIG_FILE": str(PROJECT / "deploy" / "webserver_config.py"),
            "CELERY__BROKER_URL_CMD": f"cat {home / 'secrets' / 'broker'}",
            "CELERY__RESULT_BACKEND": f"db+{airflow_database.replace('+psycopg:', '+psycopg2:')}",
            "CELERY__WORKER_CONCURRENCY": "2",
            "CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "86400",
            # A worker that is gone is noticed after seconds; on a server after minutes.
            "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "8",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "1",
            "SCHEDULER__TASK_QUEUED_TIMEOUT": "20",
            "SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "2",
        }
        environment = here.environment | {f"AIRFLOW__{key}": value for key, value in settings.items()}
        with ServerAirflow(home, project, airflow_database, environment, parse_seconds=SELDOM) as airflow:
            surroundings = airflow._environment()
            workers = {name: _worker(name, airflow, surroundings) for name in WORKERS}
            airflow.wait_healthy(SECONDS)
            yield Server(airflow, workers, passwords)
            airflow.stop(grace=1)
            for worker in workers.values():
                worker.wait()


def _worker(name: str, airflow: LocalAirflow, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = ["celery", "worker", "--celery-hostname", f"celery@{name}", "--skip-serve-logs"]
    launcher = [sys.executable, "-m", "trimestre.orchestration.launcher", *command]
    worker = spawn(launcher, airflow.airflow_home, airflow.log_of(f"worker-{name}"), environment)
    assert worker.stdin
    worker.stdin.close()
    return worker


def make_accounts(path: Path, environment: dict[str, str]) -> str:
    """Make the accounts of a file, as the service `migrate` does; what it said."""
    command = [sys.executable, "-m", "trimestre.orchestration.accounts", str(path)]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-2000:]
    return made.stdout
