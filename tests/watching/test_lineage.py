"""OpenLineage hears which datasets each task read and wrote, and no address, password, name or value."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.serde import Serde
from openlineage.client.uuid import generate_new_uuid

from trimestre.orchestration import launcher, lineage
from trimestre.pipeline import night, parting
from trimestre.warehouse.tables import metadata

if TYPE_CHECKING:
    from conftest import DemoPlant

NOW = datetime(2020, 7, 10, tzinfo=UTC)
Told = dict[str, Any]


def told(engine: sa.Engine, dag_id: str, task_id: str, group: dict[str, Any] | None = None) -> Told:
    """The event of a task as it is sent."""
    url = sa.make_url("postgresql+psycopg://lectora:s3cret@db.example.org:5433/datos")
    tables = lineage.Tables(url.render_as_string(hide_password=False))
    with engine.begin() as connection:
        inputs, outputs = lineage.datasets(connection, tables, dag_id, task_id, group)
    run, job = Run(str(generate_new_uuid())), Job("trimestre", f"{dag_id}.{task_id}")
    event = RunEvent(
        eventTime=NOW.isoformat(),
        run=run,
        job=job,
        eventType=RunState.COMPLETE,
        producer="https://example.org",
        inputs=list(inputs),  # type: ignore[arg-type]
        outputs=list(outputs),  # type: ignore[arg-type]
    )
    text = Serde.to_json(event)
    assert "s3cret" not in text
    assert "lectora" not in text
    event_told: Told = json.loads(text)
    return event_told


def names(event: Told, side: str) -> list[str]:
    return [f"{one['namespace']} {one['name']}" for one in event[side]]


@pytest.fixture
def steps(demo_plant: "DemoPlant") -> dict[str, Told]:
    """The events of the steps of one ingest."""
    plant, found = demo_plant.plant, {}
    night.ingest(plant, "framework", NOW)
    batch_id = night.land(plant, "eventos")
    found["land"] = told(plant.engine, "ingest__eventos", "land")
    (group,) = night.divide(plant, batch_id, 32)
    night.stage_parts(plant, batch_id, group.parts)
    found["stage"] = told(plant.engine, "ingest__eventos", "stage", {"batch_id": batch_id, **asdict(group)})
    night.complete(plant, batch_id)
    found["complete"] = told(plant.engine, "ingest__eventos", "complete")
    night.validate(plant, batch_id, NOW)
    found["validate"] = told(plant.engine, "ingest__eventos", "validate")
    night.merge(plant, batch_id, NOW)
    found["merge"] = told(plant.engine, "ingest__eventos", "merge")
    return found


def test_an_ingest_is_told_from_its_source_to_the_warehouse(steps: dict[str, Told]) -> None:
    landed = "trimestre://landing eventos/asistencia_mapeo"
    staged = "postgres://db.example.org:5433 datos.staging.attendance"
    assert names(steps["land"], "inputs") == ["trimestre://sources eventos"]
    assert names(steps["land"], "outputs") == names(steps["stage"], "inputs") == [landed]
    assert names(steps["complete"], "inputs") == [landed]
    assert staged in names(steps["stage"], "outputs")
    assert names(steps["stage"], "outputs") == names(steps["complete"], "outputs") == names(steps["validate"], "inputs")
    assert staged in names(steps["merge"], "inputs")
    merged = {one["name"]: one for one in steps["merge"]["outputs"]}
    attendance = merged["datos.warehouse.attendance"]
    assert attendance["outputFacets"]["outputStatistics"]["rowCount"] > 0
    fields = attendance["facets"]["columnLineage"]["fields"]
    assert [origin["field"] for origin in fields["registered_at"]["inputFields"]] == ["registered_at"]
    columns = [field["name"] for field in attendance["facets"]["schema"]["fields"]]
    assert columns == list(metadata.tables["warehouse.attendance"].columns.keys())


def test_tasks_that_stage_a_batch_side_by_side_tell_their_own_files(
    demo_plant: "DemoPlant", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parting, "GROUP_BYTES", 1)  # each scope by itself
    plant = demo_plant.plant
    batch_id = night.land(plant, "framework")
    read, written = [], []
    for group in night.divide(plant, batch_id, 100):
        night.stage_parts(plant, batch_id, group.parts)
        event = told(plant.engine, "ingest__framework", "stage", {"batch_id": batch_id, **asdict(group)})
        read.append(names(event, "inputs"))
        written.append(set(names(event, "outputs")))
    night.complete(plant, batch_id)
    whole = told(plant.engine, "ingest__framework", "complete")
    assert len(read) > 1
    assert read[0] != names(whole, "inputs") == sorted({name for one in read for name in one})
    assert written[0] != set(names(whole, "outputs")) == set().union(*written)


def test_no_row_is_in_an_event(steps: dict[str, Told], demo_plant: "DemoPlant") -> None:
    text = json.dumps(steps, ensure_ascii=False)
    with demo_plant.plant.engine.begin() as connection:
        people = connection.execute(sa.text("SELECT full_name, email FROM restricted.account_identity")).all()
    assert people
    assert not any(value and value in text for row in people for value in row)


def test_figures_are_told_by_the_evidence_they_are_made_of(warehouse: sa.Engine) -> None:
    event = told(warehouse, "indicators", "compute")
    assert "postgres://db.example.org:5433 datos.warehouse.certificate" in names(event, "inputs")
    values = {one["name"]: one for one in event["outputs"]}["datos.results.indicator_value"]
    origins = {
        (origin["name"], origin["field"])
        for origin in values["facets"]["columnLineage"]["fields"]["value"]["inputFields"]
    }
    assert {("certificates", "value"), ("survey_reach", "hit")} <= origins
    marts = names(told(warehouse, "upkeep", "refresh_marts"), "outputs")
    assert marts == [
        f"postgres://db.example.org:5433 datos.{name}" for name in sorted(metadata.tables) if name[:6] == "marts."
    ]


@pytest.mark.parametrize(
    ("dag_id", "task_id"), [("corregir_retenidos", "decide"), ("other", "merge"), ("watch", "look")]
)
def test_what_moves_no_data_of_ours_names_none(warehouse: sa.Engine, dag_id: str, task_id: str) -> None:
    event = told(warehouse, dag_id, task_id)
    assert (event["inputs"], event["outputs"]) == ([], [])


def test_airflows_provider_asks_us_and_tells_nothing_of_a_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form holds what somebody typed, and the provider's own facets hold the whole form."""
    for name, value in launcher.LINEAGE.items():
        monkeypatch.setenv(name, value)
    from airflow.providers.openlineage import conf
    from airflow.providers.openlineage.extractors.manager import ExtractorManager
    from airflow.providers.openlineage.utils import emission_policy

    caches = [conf.custom_extractors, conf.emission_policy, *vars(emission_policy).values()]
    for cached in caches:
        getattr(cached, "cache_clear", lambda: None)()
    task = SimpleNamespace(task_type="_PythonDecoratedOperator")
    assert ExtractorManager().get_extractor_class(task) is lineage.Extractor
    emits = {
        dag_id: emission_policy.resolve_dag_emission_policy(dag_id).emit
        for dag_id in ("corregir_retenidos", "close_quarter", "ingest__eventos", "indicators")
    }
    assert list(emits.values()) == [False, False, True, True]
    for cached in caches:
        getattr(cached, "cache_clear", lambda: None)()
