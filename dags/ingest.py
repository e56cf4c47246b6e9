"""One DAG per source: land, stage, validate, merge, and name the quarters that may have moved."""

from airflow.sdk import DAG, task

from trimestre.orchestration import tasks
from trimestre.orchestration.defaults import DEFAULT_ARGUMENTS, START, SourceDag, asset, source_dags
from trimestre.orchestration.timetable import NightlyRuntimePartitions


def ingest_dag(entry: SourceDag) -> DAG:
    """The nightly DAG of one source."""
    with DAG(
        dag_id=f"ingest__{entry.source}",
        dag_display_name=f"Ingesta · {entry.name}",
        description=f"Trae, valida y carga cada noche: {entry.name}",
        schedule=NightlyRuntimePartitions(entry.schedule, timezone=entry.timezone),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULT_ARGUMENTS,
        tags=["ingesta"],
    ) as dag:
        if entry.problem:
            task(task_id="contract_error", retries=0)(tasks.fail_with(entry.problem))()
            return dag

        @task(outlets=[asset(entry.source)])
        def publish(batch_id: int, outlet_events=None):
            """Name the quarters whose figures are behind what was merged."""
            return tasks.publish(outlet_events[asset(entry.source)])

        landed = task(tasks.land)(entry.source)
        publish(task(tasks.merge)(task(tasks.validate)(task(tasks.stage)(landed))))
    return dag


for _entry in source_dags():
    globals()[f"ingest__{_entry.source}"] = ingest_dag(_entry)
