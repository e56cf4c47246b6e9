"""`trimestre status` and `trimestre watch`: what people read, what programs read, and the exit code of a monitor."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from receivers import Posted
from rich.console import Console
from saying import Say, sayer

from trimestre.warehouse.database import transaction
from trimestre.watching import ledger, looking
from trimestre.watching.conditions import Condition

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = ("framework", *(path.stem for path in (PROJECT / "sources").glob("*.yaml")))


@pytest.fixture
def say(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """Run a command in this process on a fresh warehouse."""
    # How full the disk of whoever runs the tests is says nothing.
    monkeypatch.setattr(looking.shutil, "disk_usage", lambda _: SimpleNamespace(total=100, free=50))
    url = warehouse.url.render_as_string(hide_password=False)
    here = {"TRIMESTRE_PROJECT": PROJECT, "TRIMESTRE_HOME": tmp_path, "TRIMESTRE_WAREHOUSE_URL": url}
    return sayer(monkeypatch, capsys, here)


def runs(engine: sa.Engine, state: str = "empty", *, age: timedelta = timedelta(minutes=5), source: str = "") -> None:
    """Every source ran ``age`` ago, or one."""
    with engine.begin() as connection:
        for code in (source,) if source else SOURCES:
            connection.execute(
                sa.text(
                    "INSERT INTO ops.batch (source, state, started_at, landed_at) VALUES (:source, :state, :at, :at)"
                ),
                {"source": code, "state": state, "at": datetime.now(UTC) - age},
            )


def test_a_monitor_reads_one_line_and_a_code(say: Say, warehouse: sa.Engine) -> None:
    runs(warehouse)
    fine = say("status", "--check")
    assert (fine.code, fine.err) == (0, "")
    assert fine.out == "BIEN: 6 fuentes, 0 trimestres calculados. | notices=0 behind=0 retained=0\n"
    runs(warehouse, "rejected", source="eventos")
    bad = say("status", "--check")
    assert bad.code == 2
    assert len(bad.out.splitlines()) == 1
    assert bad.out.startswith("MAL: 1. El lote ")
    assert "Listas de asistencia de eventos" in bad.out


def test_a_warehouse_that_does_not_answer_is_bad_and_a_wrong_project_is_not_known(
    say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", "postgresql+psycopg://nobody:s3cret@127.0.0.1:1/none")
    down = say("status", "--check")
    assert down.code == 2
    assert down.out.startswith("MAL: 1. almacén: no se encontró una conexión")
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(tmp_path))
    unknown = say("status", "--check")
    assert (unknown.code, unknown.out[:12]) == (3, "NO SE SABE: ")
    assert "s3cret" not in down.out + unknown.out


def test_a_schema_behind_the_code_is_bad_and_says_how_to_mend(say: Say, warehouse: sa.Engine) -> None:
    with warehouse.begin() as connection:
        connection.execute(sa.text("UPDATE ops.schema_version SET version_num = '0001'"))
    found = say("status", "--check")
    assert found.code == 2
    assert "«trimestre migrate»" in found.out


def test_the_table_names_every_source_and_what_is_open(say: Say, warehouse: sa.Engine) -> None:
    runs(warehouse)
    with transaction(warehouse) as connection:
        failed = Condition("run_failed", "source:eventos", {"name": "Listas", "task": "Recibir", "message": "found x"})
        ledger.report(connection, failed, datetime.now(UTC))
    said = say("status")
    assert (said.code, said.err) == (0, "")
    for part in (*SOURCES, "Avisos abiertos", "found x", "Esquema de la base", "Disco de los archivos recibidos"):
        assert part in said.out
    rows = json.loads(say("status", "--json").out)
    assert rows["level"] == "critical"
    assert {source["source"] for source in rows["sources"]} == set(SOURCES)
    assert [(one["kind"], one["subject"]) for one in rows["notices"]] == [("run_failed", "source:eventos")]


def test_what_is_wrong_and_nobody_was_told_yet_is_seen(
    say: Say, warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person reads no less than a monitor: also what the next look will find, and that nobody looks."""
    runs(warehouse)
    runs(warehouse, "rejected", source="eventos")
    with warehouse.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO ops.watch VALUES ('everything', CAST(:at AS timestamptz))"),
            {"at": datetime.now(UTC) - timedelta(hours=5)},
        )
    monkeypatch.setattr("trimestre.cli.status.console", Console(width=400))
    said = say("status")
    assert "No hay avisos abiertos" not in said.out
    untold = [line for line in said.out.splitlines() if "aún sin avisar" in line]
    assert ["quedó «rechazado»" in line or "La vigilancia corrió" in line for line in untold] == [True, True]
    say("watch")
    assert "aún sin avisar" not in say("status").out


def test_the_watch_of_a_cron_keeps_what_it_saw(say: Say, warehouse: sa.Engine) -> None:
    runs(warehouse)
    runs(warehouse, "rejected", source="eventos")
    first, second = say("watch"), say("watch")
    assert "Avisos nuevos: 1." in first.out
    assert "Avisos nuevos: 0." in second.out
    assert "no dice por dónde avisar" in first.out


def test_a_watch_reads_the_files_of_the_project_once(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    read_text = Path.read_text

    def noted(path: Path, *given: Any, **named: Any) -> str:
        read.append(path.name)
        return read_text(path, *given, **named)

    monkeypatch.setattr(Path, "read_text", noted)
    assert say("watch").code == 0
    assert read.count("framework.yaml") == 1


def test_the_watch_of_a_cron_tells_a_project_that_can_not_be_read_once(
    say: Say, warehouse: sa.Engine, posted: Posted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No source runs and no figure is computed, and those who are to be told of it were not."""
    project = tmp_path / "project"
    for name in ("framework", "sources", "expectations"):
        shutil.copytree(PROJECT / name, project / name)
    (project / "framework" / "notifications.yaml").write_text("webhooks: [{connection: avisos, format: json}]\n")
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(project))
    address = {"host": posted.connection.host, "password": posted.connection.password}
    monkeypatch.setenv("AIRFLOW_CONN_AVISOS", json.dumps(address))
    runs(warehouse)
    periods = project / "framework" / "periods.yaml"
    right = periods.read_text()
    periods.write_text("nothing: of this\n")
    assert [say("watch").code for _ in range(2)] == [1, 1]
    periods.write_text(right)
    assert say("watch").code == 0
    told = [(one["event"], one["kind"]) for request in posted.requests for one in request["body"]["notices"]]
    assert told == [("opened", "project_broken"), ("recovered", "project_broken")]


def test_a_watch_without_a_warehouse_fails_and_says_so(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    said = say("watch")
    assert said.code == 1
    assert "no se encontró una conexión" in said.err
