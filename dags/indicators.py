"""The figures of a quarter: follows the quarters that ingests and decisions name, one run a quarter at a time."""

from functools import reduce
from operator import or_

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from trimestre import texts
from trimestre.orchestration import tasks
from trimestre.orchestration.defaults import DECISIONS, DEFAULT_ARGUMENTS, START, asset, source_dags
from trimestre.orchestration.watching import WATCHED

with DAG(
    dag_id="indicators",
    dag_display_name="Indicadores del trimestre",
    description="Calcula los indicadores de cada trimestre que cambió",
    doc_md=texts.INDICATORS_DOC,
    schedule=PartitionedAssetTimetable(
        assets=reduce(or_, [*(asset(entry.source) for entry in source_dags()), DECISIONS])
    ),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGUMENTS | WATCHED,
    tags=["indicadores"],
):

    @task(task_display_name=texts.TASKS["compute"])
    def compute(dag_run=None):
        """Compute the quarter that is the run's partition key."""
        # `dag.test()` takes no partition key, so a test passes the quarter in the run's configuration.
        return tasks.compute(dag_run.partition_key or (dag_run.conf or {}).get("partition_key"))

    @task(task_display_name=texts.TASKS["refresh_marts"], trigger_rule="none_failed")
    def refresh_marts():
        """Bring the tables for analysts up to date, also where no figure moved."""
        return tasks.refresh_marts()

    compute() >> refresh_marts()
