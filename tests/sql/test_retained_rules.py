"""A row of every rule that may be accepted: it fails that rule alone, is accepted, and is merged."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from trimestre.contracts import Project, load_project
from trimestre.pipeline.merging import merge_batch
from trimestre.pipeline.quarantine.honouring import ACCEPT, honour
from trimestre.pipeline.validation import validate
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import CONTENT_HASH
from trimestre.warehouse.tables import STAGING

PROJECT = load_project(Path(__file__).resolve().parents[2])
NOW = datetime(2020, 7, 1, 3, 0, tzinfo=UTC)
LATER = "2020-12-31T12:00:00+00:00"
SOURCE, BATCH = "prueba", 1
ACCOUNT = {"account_ref": "a1", "account_key": "00000000-0000-0000-0000-000000000001"}
EDITION = next(iter(PROJECT.editions()))
SURVEY, EVENT = PROJECT.surveys[0].survey, PROJECT.events[0].event
ROWS: dict[tuple[str, str], dict[str, Any]] = {
    ("certificate", "obtencion_no_futura"): ACCOUNT | {"edition": EDITION, "state": "obtained", "obtained_at": LATER},
    ("module_completion", "conclusion_no_futura"): ACCOUNT
    | {
        "edition": EDITION, "module": PROJECT.editions()[EDITION][0].modules[0].module, "state": "completed",
        "completed_at": LATER,
    },
    ("response", "envio_no_futuro"): ACCOUNT
    | {"survey": SURVEY, "response_id": "1", "complete": "true", "submitted_at": LATER},
    ("reported_value", "fecha_no_futura"): {
        "indicator": PROJECT.indicators[0].code, "period": "2020-Q2", "value": "3", "reported_on": LATER[:10],
        "verification": "minuta",
    },
    ("attendance_interval", "conexion_el_dia_del_evento"): ACCOUNT
    | {"event": EVENT, "joined_at": LATER, "left_at": "2020-12-31T13:00:00+00:00", "seconds": "3600"},
}  # fmt: skip
ACCEPTABLE = [
    (entity, rule.rule) for entity, suite in PROJECT.suites.items() for rule in suite.rules if rule.acceptable
]


def staged(connection: sa.Connection, entity: str, row: dict[str, Any]) -> str:
    """A batch with one row; the content of that row as decisions name it."""
    for text in (
        "INSERT INTO ops.batch (batch_id, source, state, started_at) VALUES (:batch, :source, 'staged', now())",
        "INSERT INTO staging.record (batch_id, landed_file_id, dataset, scope, position, record_no, record_hash,"
        " record_id, status) VALUES (:batch, 1, 'd', '', '1', 1, 'x', nextval('ops.record_id'), 'parsed')",
        "INSERT INTO warehouse.event (source, event, name, held_on, line, valid_from, valid_to, row_hash, batch_id,"
        " dataset, scope, stale) VALUES ('framework', :event, 'E', '2020-05-27', 'L2', now(), 'infinity', 'x', 1, 'd',"
        " '', FALSE)",
    ):
        connection.execute(sa.text(text), {"batch": BATCH, "source": SOURCE, "event": EVENT})
    connection.execute(sa.insert(STAGING[entity]).values(batch_id=BATCH, record_no=1, **row))
    content = connection.execute(sa.text(f"SELECT {CONTENT_HASH} FROM staging.{entity} AS s")).scalar_one()
    return str(content.hex())


def failed(connection: sa.Connection) -> list[tuple[str, str]]:
    rows = connection.execute(
        sa.text("SELECT rule, severity FROM staging.failed_row WHERE severity <> 'accepted' ORDER BY rule")
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("entity", "rule"), ACCEPTABLE)
def test_an_accepted_row_is_merged(warehouse: sa.Engine, entity: str, rule: str) -> None:
    project: Project = PROJECT
    with transaction(warehouse) as connection:
        content = staged(connection, entity, ROWS[(entity, rule)])
        subject = {"source": SOURCE, "dataset": "d", "entity": entity, "row_hash": content, "rule": rule}
        honour(connection, project, SOURCE, BATCH)
        validate(connection, project, BATCH, NOW)
        assert (rule, "critical") in failed(connection)
        assert [severity for _, severity in failed(connection)].count("critical") == 1
        decide(connection, ACCEPT, subject, reason="acta", decided_by="ana")
        honour(connection, project, SOURCE, BATCH)
        outcomes = {(o.rule, o.severity): o.failed for o in validate(connection, project, BATCH, NOW)}
        assert (rule, "warning") in failed(connection)
        assert outcomes[(rule, "critical")] == 1
        assert merge_batch(connection, SOURCE, BATCH, lock_warehouse(connection))
        versions = f"SELECT count(*) FROM {ENTITIES[entity].table} WHERE source = :source"
        assert connection.execute(sa.text(versions), {"source": SOURCE}).scalar_one() == 1
        assert connection.execute(sa.text("SELECT count(*) FROM quarantine.row")).scalar_one() == 0
        account = connection.execute(sa.text("SELECT merged, quarantined FROM ops.row_account")).one()
        assert tuple(account) == (1, 0)
