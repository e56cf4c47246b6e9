"""A real Airflow that watches: a failing ingest is mailed once with its end, metrics and lineage arrive."""

import json
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from the_case import new_world

from trimestre.embedded import EmbeddedPostgres
from trimestre.orchestration.local import LocalAirflow
from trimestre.simulators import write_drop_files
from trimestre.warehouse.database import connect
from trimestre.warehouse.migrate import migrate

sys.path.append(str(Path(__file__).resolve().parents[1] / "watching"))
from receivers import smtp, webhook

PROJECT = Path(__file__).resolve().parents[2]
NOTICES = """
email: {to: [operacion@example.org], connection: correo}
webhooks: [{connection: avisos, format: json}]
"""

pytestmark = pytest.mark.slow


def wait(done: Callable[[], Any], seconds: float = 90) -> Any:
    """What ``done`` gives once it gives anything."""
    until = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.3)
    return found


def copy_of_the_project(folder: Path) -> Path:
    """The project with its DAGs, and who is told."""
    for name in ("sources", "framework", "expectations", "dags"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "plugins").mkdir()
    (folder / "framework" / "notifications.yaml").write_text(NOTICES)
    return folder


def state_of(airflow: LocalAirflow, dag: str, run: str) -> str | None:
    state = str(airflow.request("GET", f"/dags/{dag}/dagRuns/{run}")["state"])
    return state if state in ("success", "failed") else None


def test_whoever_has_to_know_is_told_by_a_real_airflow(fresh_home: Path) -> None:
    project, home = copy_of_the_project(fresh_home / "project"), fresh_home / "home"
    home.mkdir(mode=0o711)
    drop = home / "drop"
    write_drop_files(new_world(), drop)
    lineage = home / "lineage.jsonl"
    with (
        smtp() as box, webhook() as posted, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as statsd,
        EmbeddedPostgres.start(home) as postgres,
    ):  # fmt: skip
        statsd.bind(("127.0.0.1", 0))
        statsd.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        for name in ("airflow", "warehouse"):
            postgres.ensure_database(name)
        url = postgres.url("warehouse")
        migrate(url)
        plain = {"disable_ssl": True, "disable_tls": True, "from_email": "trimestre@example.org"}
        environment = {
            "TRIMESTRE_PROJECT": str(project),
            "TRIMESTRE_HOME": str(home),
            "TRIMESTRE_WAREHOUSE_URL": url,
            "AIRFLOW_CONN_CORREO": json.dumps(
                {"conn_type": "smtp", "host": "127.0.0.1", "port": box.port, "extra": plain}
            ),
            "AIRFLOW_CONN_AVISOS": json.dumps(
                {"conn_type": "http", "host": f"http://127.0.0.1:{posted.port}", "password": "hooks/s3cret"}
            ),
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_PORT": str(statsd.getsockname()[1]),
            "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
                {"type": "file", "log_file_path": str(lineage), "append": True}
            ),
        }
        with LocalAirflow(home, project, postgres.url("airflow"), environment, port=8177) as airflow:
            airflow.wait_healthy()
            for dag in ("ingest__framework", "ingest__eventos"):
                airflow.unpause(dag)
            wait(lambda: state_of(airflow, "ingest__framework", airflow.trigger("ingest__framework")) or True)
            (drop / "eventos").rename(drop / "elsewhere")
            failing = airflow.trigger("ingest__eventos")
            assert wait(lambda: state_of(airflow, "ingest__eventos", failing)) == "failed"
            (mail,) = wait(lambda: box.mails)
            assert mail["Subject"] == "[Trimestre] Falló: Ingesta · Listas de asistencia de eventos"
            assert f"Página: {airflow.url}/trimestre/calidad" in mail.get_content()
            assert posted.requests[0]["path"] == "/hooks/s3cret"
            (drop / "elsewhere").rename(drop / "eventos")
            mended = airflow.trigger("ingest__eventos")
            assert wait(lambda: state_of(airflow, "ingest__eventos", mended)) == "success"
            wait(lambda: len(box.mails) > 1)
            assert box.mails[1]["Subject"].startswith("[Trimestre] Resuelto: ")
            watching = airflow.trigger("watch")
            assert wait(lambda: state_of(airflow, "watch", watching)) == "success"
            assert len(box.mails) == 2
        metrics = _arrived(statsd)
        assert {"airflow.trimestre.source.eventos.rows_merged", "airflow.trimestre.quarters_behind"} <= metrics
        open_ones = sa.text("SELECT count(*) FROM ops.notice WHERE opened_at IS NOT NULL AND recovered_at IS NULL")
        engine = connect(url)
        with engine.begin() as connection:
            assert connection.execute(open_ones).scalar() == 0
        engine.dispose()
    _check_lineage([json.loads(line) for line in lineage.read_text().splitlines()])


def _arrived(statsd: socket.socket) -> set[str]:
    statsd.settimeout(0.2)
    found = set()
    try:
        while True:
            found.add(statsd.recv(4096).decode().partition(":")[0])
    except TimeoutError:
        return found


def _check_lineage(events: list[dict[str, Any]]) -> None:
    merges = [event for event in events if event["job"]["name"] == "ingest__eventos.merge"]
    assert [event["eventType"] for event in merges] == ["START", "COMPLETE"]
    assert any(one["name"] == "warehouse.warehouse.attendance" for one in merges[1]["outputs"])
    (staged,) = [
        event for event in events if (event["job"]["name"], event["eventType"]) == ("ingest__eventos.stage", "COMPLETE")
    ]
    assert [one["name"] for one in staged["inputs"]] == ["eventos/asistencia_mapeo"]
    landed = [event for event in events if event["job"]["name"] == "ingest__eventos.land"]
    assert {"FAIL"} < {event["eventType"] for event in landed}
    assert [event["eventType"] for event in landed][-2:] == ["START", "COMPLETE"]
    assert landed[-1]["outputs"][0]["name"] == "eventos/asistencia_mapeo"
