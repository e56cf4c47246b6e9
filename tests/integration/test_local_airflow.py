"""The local Airflow: runs a quarter by its key, says what died, and leaves nobody behind.

After ``test_close_in_airflow.py`` and ``test_in_the_browser.py``, whose Airflow it takes and ends.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from office import TWO_DAGS, Office

from trimestre.errors import PermanentError
from trimestre.orchestration import processes
from trimestre.orchestration.local import LocalAirflow
from trimestre.orchestration.provider import get_provider_info


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    """A folder of a project for Airflows that start from nothing, or fail to."""
    folder = Path(tempfile.mkdtemp(prefix="trimestre-test-"))
    (folder / "dags").mkdir()
    (folder / "dags" / "two.py").write_text(TWO_DAGS)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def airflow(office: Office) -> LocalAirflow:
    """That of the office, which nobody uses afterwards."""
    return office.airflow


def marked(airflow: LocalAirflow) -> set[int]:
    return {process.pid for process in processes.marked(airflow.airflow_home)}


def wait_for_runs(airflow: LocalAirflow, dag_id: str, keys: set[str]) -> None:
    deadline = time.monotonic() + 60
    states: dict[str, str] = {}
    while time.monotonic() < deadline and not keys <= {k for k, s in states.items() if s == "success"}:
        runs = airflow.request("GET", f"/dags/{dag_id}/dagRuns")["dag_runs"]
        states = {run["partition_key"]: run["state"] for run in runs}
        assert "failed" not in states.values()
        time.sleep(0.2)
    assert keys <= set(states)


def test_a_quarter_runs_by_its_key(airflow: LocalAirflow) -> None:
    for dag_id in ("consumer", "producer"):  # an event for a paused DAG is lost
        airflow.unpause(dag_id)
    airflow.trigger("consumer", partition_key="2019-Q4")
    wait_for_runs(airflow, "consumer", {"2019-Q4", "2020-Q2"})


def test_all_listen_on_loopback_only(airflow: LocalAirflow) -> None:
    addresses = set()
    for process in processes.marked(airflow.airflow_home):
        with contextlib.suppress(psutil.NoSuchProcess):  # a worker that has ended by now
            listening = [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
            addresses |= {connection.laddr.ip for connection in listening}
    assert addresses == {"127.0.0.1"}


def test_secrets_are_the_owners_only(airflow: LocalAirflow) -> None:
    files = list((airflow.home / "secrets").iterdir())
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    password = json.loads(airflow.password_file.read_text())[airflow.user]
    logs = "".join(log.read_text(errors="replace") for log in airflow.logs.glob("*.log"))
    assert password not in logs
    for file in files:
        assert file.read_text() not in logs


def test_the_connection_types_are_offered_in_spanish(airflow: LocalAirflow) -> None:
    airflow.token()
    hooks = airflow._http.get(
        f"{airflow.url}/ui/connections/hook_meta", headers={"Authorization": f"Bearer {airflow.token()}"}
    ).json()
    names = {hook["connection_type"]: hook for hook in hooks}
    assert names["moodle"]["standard_fields"]["password"]["title"] == "Clave (token) del servicio web"
    assert {t["connection-type"] for t in get_provider_info()["connection-types"]} <= set(names)


def test_a_request_that_cannot_be_fulfilled_is_told(airflow: LocalAirflow) -> None:
    with pytest.raises(PermanentError, match="estado HTTP 404"):
        airflow.request("GET", "/dags/nothing")
    with pytest.raises(PermanentError, match="DAG nothing: no se encontró después de 1 s"):
        airflow.unpause("nothing", timeout=1)


def test_a_second_one_of_the_same_home_is_refused_and_harms_nobody(airflow: LocalAirflow) -> None:
    before = marked(airflow)
    second = LocalAirflow(airflow.home, airflow.project, "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(PermanentError, match=f"ya está en marcha \\(proceso {os.getpid()}\\)"):
        second.start()
    second.stop()
    assert before <= marked(airflow)


# The last that uses the office: it breaks what the others use.
def test_a_dead_component_is_told_and_stop_leaves_nobody(airflow: LocalAirflow) -> None:
    airflow._processes["triggerer"].kill()
    airflow._processes["triggerer"].wait()
    with pytest.raises(PermanentError, match=r"triggerer de Airflow: terminó con el código -9"):
        airflow.wait_healthy(5)
    assert marked(airflow)
    airflow.stop()
    assert not marked(airflow)
    airflow.stop()


def test_a_taken_port_is_left_for_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert processes.first_free_port(port) > port


def test_a_project_without_dags_is_told(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="TRIMESTRE_PROJECT"):
        LocalAirflow(tmp_path / "home", tmp_path, "postgresql://nobody@127.0.0.1:1/none").start()


def test_an_unreachable_database_is_told(project: Path, tmp_path: Path) -> None:
    airflow = LocalAirflow(tmp_path / "home", project, "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(PermanentError, match=r"no se encontró conexión con none en 127.0.0.1:1"):
        airflow.start()
    assert not marked(airflow)


RUN_AND_DIE = """
import os, pathlib, signal, sys, threading, time
from trimestre.orchestration import local, processes
if sys.argv[4] == "orphans":
    processes.die_with_parent = lambda sig: None
airflow = local.LocalAirflow(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3])
threading.Timer(float(sys.argv[5]), lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
airflow.start().wait_healthy()
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("way", "seconds"), [("orphans", 3), ("orphans", 20), ("told", 4.5)])
def test_the_next_start_mends_what_a_killed_run_left(
    fresh_home: Path, project: Path, database: str, way: str, seconds: float
) -> None:
    arguments = [sys.executable, "-c", RUN_AND_DIE, fresh_home, project, database, way, str(seconds)]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    airflow = LocalAirflow(fresh_home, project, database)
    left = marked(airflow)
    assert bool(left) or way == "told"
    with airflow:
        airflow.wait_healthy()
        assert not left & marked(airflow)
    assert not marked(airflow)
