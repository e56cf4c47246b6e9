"""One DAG per source: land, stage (its files side by side), validate, merge, and name the quarters that moved."""

from airflow.sdk import DAG, task

from trimestre import texts
from trimestre.orchestration import tasks
from trimestre.orchestration.defaults import DEFAULT_ARGUMENTS, START, SourceDag, asset, source_dags
from trimestre.orchestration.timetable import NightlyRuntimePartitions
from trimestre.orchestration.watching import WATCHED


def step(name, **options):
    """A task that calls the function of that name."""
    return task(task_id=name, task_display_name=texts.TASKS[name], **options)


def ingest_dag(entry: SourceDag) -> DAG:
    """The nightly DAG of one source."""
    with DAG(
        dag_id=entry.dag_id,
        dag_display_name=f"Ingesta · {entry.name}",
        description=f"Trae, valida y carga cada noche: {entry.name}",
        doc_md=texts.INGEST_DOC,
        schedule=NightlyRuntimePartitions(entry.schedule, timezone=entry.timezone),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULT_ARGUMENTS | WATCHED,
        tags=["ingesta"],
    ) as dag:
        if entry.problem:
            step("contract_error", retries=0)(tasks.fail_with(entry.problem))()
            return dag

        @step("publish", outlets=[asset(entry.source)])
        def publish(batch_id: int, outlet_events=None):
            """Name the quarters whose figures are behind what was merged."""
            return tasks.publish(outlet_events[asset(entry.source)])

        landed = step("land")(tasks.land)(entry.source)
        # One task for each big file, or for small ones together: none for a batch that brought nothing.
        staged = step("stage", map_index_template="{{ task.op_kwargs['group']['name'] }}")(tasks.stage).expand(
            group=step("divide")(tasks.divide)(landed)
        )
        complete = step("complete", trigger_rule="none_failed")(tasks.complete)(landed)
        staged >> complete
        publish(step("merge")(tasks.merge)(step("validate")(tasks.validate)(complete)))
    return dag


for _entry in source_dags():
    globals()[_entry.dag_id] = ingest_dag(_entry)
