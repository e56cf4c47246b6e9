"""A server of several workers: who reads and who changes there, and a night that outlives one of its workers."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
import requests
import sqlalchemy as sa
import yaml
from nights import PROJECT, Installation
from server_topology import Server, make_accounts, server_over
from the_case import case_project

from trimestre.embedded import EmbeddedPostgres
from trimestre.keys import from_text
from trimestre.pipeline import night
from trimestre.pipeline.plant import Plant
from trimestre.sources.base import Connection

SECONDS = 180
SOURCES = ("framework", "moodle_pnud", "eventos")
VICTIM = "ingest__moodle_pnud"


@pytest.fixture(scope="module")
def here(install: Callable[..., AbstractContextManager[Installation]]) -> Iterator[Installation]:
    with install() as installation:
        yield installation


@pytest.fixture(scope="module")
def server(here: Installation, postgres: EmbeddedPostgres, make_database: Callable[[str], str]) -> Iterator[Server]:
    name = make_database("template0")
    with server_over(here, postgres.url(name)) as running:
        yield running
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def undisturbed(install: Callable[..., AbstractContextManager[Installation]]) -> dict[str, list[str]]:
    """What the same night leaves in the tables when one process runs it."""
    with install() as other:
        connections = {
            "moodle_pnud": Connection(other.moodle.url, password=other.moodle.token),
            "encuestas": Connection(other.limesurvey.endpoint, other.limesurvey.username, other.limesurvey.password),
        }
        project, folder = case_project(), other.folder
        key = from_text(other.environment["TRIMESTRE_ACCOUNT_KEY"])
        plant = Plant(other.engine, project, folder / "landing", folder / "drop", key, connections.get)
        for source in SOURCES:
            night.ingest(plant, source, datetime.now(UTC))
        return content(other)


def content(here: Installation) -> dict[str, list[str]]:
    """Every row of warehouse, restricted and quarantine, and the accounting, without numbers and times of the run."""
    tables = here.rows(
        "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' AND (table_schema IN ('warehouse', 'restricted', 'quarantine')"
        " OR table_schema = 'ops' AND table_name IN ('record_account', 'row_account')) ORDER BY 1"
    )
    drawn = ["batch_id", "record_id", "landed_file_id", "valid_from", "valid_to"]
    found = {}
    for table in tables:
        statement = f"SELECT CAST(to_jsonb(t) - CAST(:drawn AS text[]) AS text) AS row FROM {table['name']} AS t"
        found[table["name"]] = sorted(row["row"] for row in here.rows(statement, drawn=drawn))
    return found


def wait(server: Server, done: Callable[[], Any]) -> Any:
    """Wait until something is true; what it is."""
    deadline = time.monotonic() + SECONDS
    while not (found := done()):
        assert time.monotonic() < deadline
        server.airflow.check()
        time.sleep(0.5)  # each look costs the web server, whose core the tasks need
    return found


def tasks(server: Server, dag_id: str) -> dict[str, dict[str, Any]]:
    """The tasks of the newest run of a DAG."""
    newest = server.airflow.request("GET", f"/dags/{dag_id}/dagRuns?order_by=-id")["dag_runs"][0]
    run = quote(newest["dag_run_id"], safe="")
    found = server.airflow.request("GET", f"/dags/{dag_id}/dagRuns/{run}/taskInstances")["task_instances"]
    return {task["task_id"]: task for task in found}


def ask(server: Server, user: str, method: str, path: str, **how: Any) -> int:
    """The status of an answer to a user."""
    headers = {"Authorization": f"Bearer {server.airflow.token(user)}", "Sec-Fetch-Site": "same-origin"}
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, server.airflow.url + path, headers=headers, timeout=30, **how).status_code


def test_each_role_reads_and_changes_as_much_as_it_may(server: Server) -> None:
    may = {
        ("GET", "/trimestre/"): {"admin", "coordinacion", "usuario", "lectura"},
        ("GET", "/api/v2/plugins"): {"admin", "coordinacion", "usuario", "lectura"},  # else no entry in the menu
        ("PATCH", "/api/v2/dags/ingest__framework"): {"admin", "coordinacion", "usuario"},
        ("GET", "/trimestre/calidad/retenidos"): {"admin", "coordinacion"},
        ("GET", "/trimestre/capturar"): {"admin", "coordinacion"},
        ("POST", "/trimestre/documentos"): {"admin", "coordinacion"},
        ("GET", "/api/v2/connections"): {"admin", "coordinacion"},
        ("GET", "/auth/fab/v1/users"): {"admin"},
    }
    wait(server, lambda: server.airflow.request("GET", "/dags?dag_id_pattern=ingest__framework")["dags"])
    for (method, path), expected in may.items():
        body = {"is_paused": True} if method == "PATCH" else None
        statuses = {user: ask(server, user, method, path, json=body) for user in ("admin", "lectura", "usuario")}
        statuses["coordinacion"] = ask(server, "coordinacion", method, path, json=body)
        assert {user for user, status in statuses.items() if status not in {401, 403}} == expected, (path, statuses)


def test_the_page_names_the_role_of_a_fab_account(server: Server) -> None:
    said = {"admin": "administración", "coordinacion": "operación", "usuario": "usuario", "lectura": "lectura"}
    for user, role in said.items():
        headers = {"Authorization": f"Bearer {server.airflow.token(user)}"}
        assert f"{user} · {role}" in requests.get(f"{server.airflow.url}/trimestre/", headers=headers, timeout=30).text


def test_the_login_leads_back_to_the_page_and_greets_in_spanish(server: Server) -> None:
    with requests.Session() as browser:
        login = browser.get(f"{server.airflow.url}/trimestre/", headers={"Accept": "text/html"}, timeout=30)
        assert "/auth/login/" in login.url
        assert "Usuario" in login.text
        token = login.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        passwords = server.passwords
        filled = {"username": "lectura", "password": passwords["lectura"], "csrf_token": token}
        page = browser.post(login.url, data=filled, timeout=30)
        assert page.url == f"{server.airflow.url}/trimestre/"
        assert "lectura · lectura" in page.text


@pytest.mark.slow
def test_an_account_that_is_there_keeps_the_password_that_its_owner_chose(server: Server, tmp_path: Path) -> None:
    accounts = json.loads((server.airflow.home / "accounts.json").read_text())
    again = [account | {"password": "otra clave muy larga"} for account in accounts if account["role"] == "Viewer"]
    (tmp_path / "accounts.json").write_text(json.dumps(again))
    said = make_accounts(tmp_path / "accounts.json", server.airflow._environment())
    assert "accounts: 0 made, 1 were there" in said
    body = {"username": "lectura", "password": server.passwords["lectura"]}
    assert requests.post(f"{server.airflow.url}/auth/token", json=body, timeout=30).status_code == 201


def test_a_question_is_answered_by_whom_it_is_put_to_and_nobody_else(server: Server) -> None:
    server.airflow.unpause("question")
    server.airflow.trigger("question")
    task = wait(server, lambda: (found := tasks(server, "question")["approve"])["state"] == "awaiting_input" and found)
    run = quote(task["dag_run_id"], safe="")
    path = f"/api/v2/dags/question/dagRuns/{run}/taskInstances/approve/-1/hitlDetails"
    answer = {"chosen_options": ["Aprobar"], "params_input": {}}
    statuses = {user: ask(server, user, "PATCH", path, json=answer) for user in ("admin", "lectura", "coordinacion")}
    assert statuses == {"admin": 403, "lectura": 403, "coordinacion": 200}


def test_nobody_logs_in_by_default(server: Server) -> None:
    for name in ("admin", "airflow"):
        body = {"username": name, "password": name}
        assert requests.post(f"{server.airflow.url}/auth/token", json=body, timeout=30).status_code == 401


@pytest.mark.slow
def test_the_health_check_of_docker_compose_finds_a_living_worker(server: Server) -> None:
    compose = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())
    _, *command = compose["services"]["worker"]["healthcheck"]["test"]
    environment = server.airflow._environment() | {"HOSTNAME": "second"}  # as its container would be called
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    asked = [word.replace("$$", "$") for word in command]
    done = subprocess.run(asked, env=environment, cwd=server.airflow.home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "pong" in done.stdout


def test_all_parts_listen_on_loopback_only(server: Server) -> None:
    addresses = set()
    for worker in server.workers.values():
        for process in (psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # a task that is just done
                addresses |= {c.laddr.ip for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}
    assert addresses <= {"127.0.0.1"}


def test_a_night_outlives_a_worker_that_is_killed_in_the_middle_of_a_merge(
    server: Server, here: Installation, undisturbed: dict[str, list[str]]
) -> None:
    with here.engine.connect() as other:
        # Certificates come late in a merge: it waits here with half of its transaction done.
        other.execute(sa.text("LOCK TABLE warehouse.certificate IN SHARE MODE"))
        for source in SOURCES:
            server.airflow.unpause(f"ingest__{source}")
        waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = CAST('warehouse.certificate' AS regclass)"
        wait(server, lambda: here.rows(waiting))
        killed = server.worker_of(tasks(server, VICTIM)["merge"]["pid"])
        server.kill(killed)
        other.rollback()
    runs = wait(server, lambda: ended(server))
    assert {run["state"] for run in runs} == {"success"}
    assert tasks(server, VICTIM)["merge"]["try_number"] >= 2
    assert [name for name, worker in server.workers.items() if worker.poll() is None] == sorted(
        {*server.workers} - {killed}
    )
    found = content(here)
    assert {name: len(rows) for name, rows in found.items()} == {name: len(rows) for name, rows in undisturbed.items()}
    assert [name for name in found if found[name] != undisturbed[name]] == []
    assert len(found["warehouse.certificate"]) > 0


def ended(server: Server) -> list[dict[str, Any]]:
    """The runs of the night once all have ended."""
    runs: list[dict[str, Any]] = server.airflow.request("GET", "/dags/~/dagRuns")["dag_runs"]
    runs = [run for run in runs if run["dag_id"].startswith("ingest")]
    return runs if len(runs) >= len(SOURCES) and all(run["state"] in {"success", "failed"} for run in runs) else []
