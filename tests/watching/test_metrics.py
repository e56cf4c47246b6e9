"""Our metrics arrive where Airflow's do: at the StatsD server of its configuration."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from airflow.sdk.observability import stats

from trimestre.orchestration import metrics
from trimestre.watching.looking import Disk, Seen

NOW = datetime(2020, 7, 2, 9, tzinfo=UTC)


@contextmanager
def statsd(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A StatsD server that keeps what it gets, and Airflow's client that sends there."""
    from airflow.sdk.observability.metrics import stats_utils

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.2)
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_HOST", "127.0.0.1")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_PORT", str(server.getsockname()[1]))
        stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
        yield server
    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "False")
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)


def arrived(server: socket.socket) -> dict[str, str]:
    """Name -> value and type."""
    found = {}
    try:
        while True:
            name, _, value = server.recv(4096).decode().partition(":")
            found[name] = value
    except TimeoutError:
        return found


def test_what_a_merge_brought_arrives_under_the_name_of_its_source(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.begin() as connection:
        batch = connection.execute(
            sa.text(
                "INSERT INTO ops.batch (source, state, started_at, merged_at)"
                " VALUES ('eventos', 'merged', now(), now()) RETURNING batch_id"
            )
        ).scalar()
        for statement in (
            "INSERT INTO ops.record_account VALUES (:b, 'd', 100, 0, 10, 60, 30)",
            "INSERT INTO ops.row_account VALUES (:b, 'attendance', 100, 20, 73, 7, 0, 0, 20, 0, 0, 3, 80, 97)",
        ):
            connection.execute(sa.text(statement), {"b": batch})
        task = SimpleNamespace(dag_id="ingest__eventos", task_id="merge")
        with statsd(monkeypatch) as server:
            context = {"task": task, "ti": SimpleNamespace(start_date=NOW - timedelta(seconds=2))}
            metrics.emit_step(connection, context, NOW)
            found = arrived(server)
    name = "airflow.trimestre.source.eventos."
    assert found.pop(f"{name}merge.duration").startswith("2000.0")
    assert found == {
        f"{name}records_landed": "100|c",
        f"{name}records_parsed": "30|c",
        f"{name}rows_merged": "20|c",
        f"{name}rows_quarantined": "7|c",
        f"{name}rows_vanished": "3|c",
    }


def test_how_everything_stands_arrives_with_every_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = SimpleNamespace(source="eventos", merged_at=NOW - timedelta(hours=6), retained=4)
    seen = Seen([source], ["2020-Q1", "2020-Q2"], ["facts"], [], [Disk("landing", 25, 100)], "")  # type: ignore[list-item]
    with statsd(monkeypatch) as server:
        metrics.emit_seen(seen, NOW)
        found = arrived(server)
    assert {name.removeprefix("airflow.trimestre."): value for name, value in found.items()} == {
        "source.eventos.age": "21600|g",
        "source.eventos.retained": "4|g",
        "quarters_behind": "2|g",
        "marts_behind": "1|g",
        "candidates_waiting": "0|g",
        "disk.landing.free_percent": "25.0|g",
    }
